"""The description of the API (OpenAPI 3.1), made of the routes and of the types in them. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from ...version import VERSION
from .routes import EVENTS, FAILURES, JSON, LONGEST_ID, PROBLEM, ROUTES, Problem, Route

_EVERYWHERE = (401, 421, 429)
_REF = "#/components/schemas/{name}"
_DESCRIPTION = (
    "Metrics, health and remote control of one recording. All that can be done at the control "
    "socket can be done here; docs/http.md says more."
)


def openapi() -> dict[str, Any]:
    """Return the document."""
    types = [*{of: None for route in ROUTES for of in _types(route)}, Problem]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    made = dict(zip(types, schemas, strict=True))
    return {
        "openapi": "3.1.0",
        "info": {"title": "roomdeck", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "paths": {route.path: {route.method.lower(): _operation(route, made)} for route in ROUTES},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "What is in --http-token-file, where there is one",
                }
            },
        },
    }


def _types(route: Route) -> list[Any]:
    given = [of for of in route.gives.values() if of not in (str, bytes)]
    return [*given, route.takes] if route.takes else given


def _operation(route: Route, made: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.says,
        "responses": {"200": _answer(route, made)} | _failures(route, made),
    }
    if route.asks:
        described["parameters"] = [
            {
                "name": name,
                "in": "query",
                "required": True,
                "description": says,
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
            }
            for name, says in route.asks.items()
        ]
    if EVENTS in route.gives:
        described["parameters"] = [
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The number of the last event that was heard",
                "schema": {"type": "integer", "minimum": 0},
            }
        ]
    if route.takes:
        described["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": made[route.takes]}},
        }
    return described


def _answer(route: Route, made: dict[Any, Any]) -> dict[str, Any]:
    content = {media: _content(media, of, made) for media, of in route.gives.items()}
    return {"description": route.says, "content": content}


def _content(media: str, of: Any, made: dict[Any, Any]) -> dict[str, Any]:
    if of is bytes:
        return {}
    if of is str:
        return {"schema": {"type": "string"}}
    if media == EVENTS:
        # Of each event, what its lines of data are.
        return {"schema": {"type": "string", "contentMediaType": JSON, "contentSchema": made[of]}}
    return {"schema": made[of]}


def _failures(route: Route, made: dict[Any, Any]) -> dict[str, Any]:
    failed = {
        str(status): {
            "description": FAILURES[status],
            "content": {PROBLEM: {"schema": made[Problem]}},
        }
        for status in sorted({*route.fails, *_EVERYWHERE})
    }
    if route.name == "health":
        failed["503"] = {
            "description": FAILURES[503],
            "content": {JSON: {"schema": made[route.gives[JSON]]}},
        }
    return failed
