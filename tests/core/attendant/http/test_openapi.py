"""What is described is what is done."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from roomdeck.core.attendant.http.openapi import openapi
from roomdeck.core.attendant.http.routes import FAILURES, ROUTES
from roomdeck.core.version import VERSION


def test_it_is_of_this_version_and_plain_json() -> None:
    document = openapi()
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"] == VERSION
    assert msgspec.json.encode(document)


def test_every_route_is_in_it_and_nothing_else() -> None:
    paths = openapi()["paths"]
    assert {(path, method) for path, one in paths.items() for method in one} == {
        (route.path, route.method.lower()) for route in ROUTES
    }
    operations = [one for path in paths.values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(ROUTES)
    for operation in operations:
        assert set(operation["responses"]) <= {"200", *map(str, FAILURES)}
    told = {status for operation in operations for status in operation["responses"]}
    assert told == {"200", *map(str, FAILURES)} - {"405"}


def test_every_reference_leads_to_a_schema() -> None:
    document = openapi()
    schemas = document["components"]["schemas"]
    wanted = set(re.findall(r"#/components/schemas/(\w+)", msgspec.json.encode(document).decode()))
    assert wanted <= set(schemas)
    assert {
        "RoomSnapshot",
        "StreamSnapshot",
        "Event",
        "Health",
        "Picture",
        "Problem",
        "Mark",
    } <= wanted


def test_bodies_say_what_they_must_be() -> None:
    document = openapi()
    stop = document["paths"]["/api/stop"]["post"]["requestBody"]
    assert stop["required"]
    schema = _resolved(document, stop["content"]["application/json"]["schema"])
    assert schema["additionalProperties"] is False
    (many, _) = schema["properties"]["streams"]["anyOf"]
    assert (many["type"], many["minItems"], many["items"]["minLength"]) == ("array", 1, 1)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].rsplit("/", 1)[1]
    return document["components"]["schemas"][name]
