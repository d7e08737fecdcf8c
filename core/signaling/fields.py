"""Reading single fields of JSON that strangers wrote."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ..errors import ProtocolError

IDENTIFIER_LIMIT = 128
"""Characters of a UUID or stream id; VDO.Ninja makes at most 76."""
LABEL_LIMIT = 100
NOTICE_LIMIT = 300

Fields = Mapping[str, Any]


def load_fields(text: str | bytes, limit: int) -> Fields:
    """Decode one JSON object of at most ``limit`` bytes.

    Raises:
        ProtocolError: It is too long, not JSON or not an object.
    """
    if len(text) > limit:
        raise ProtocolError(f"message of {len(text)} characters, more than {limit}")
    try:
        value = msgspec.json.decode(text)
    except RecursionError:
        raise ProtocolError("JSON nested too deeply") from None
    except ValueError as error:
        raise ProtocolError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ProtocolError("not a JSON object")
    return cast(Fields, value)


def identifier(fields: Fields, name: str, limit: int = IDENTIFIER_LIMIT) -> str | None:
    """Return a bounded, printable text; ``None`` where it is absent, null or empty.

    Raises:
        ProtocolError: It is something else.
    """
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ProtocolError(f"{name} is not a text")
    if len(value) > limit:
        raise ProtocolError(f"{name} is longer than {limit} characters")
    if not value.isprintable():
        raise ProtocolError(f"{name} holds control characters")
    return value


def required(fields: Fields, name: str) -> str:
    """Return an `identifier` that must be there.

    Raises:
        ProtocolError: It is missing or unusable.
    """
    value = identifier(fields, name)
    if value is None:
        raise ProtocolError(f"{name} is missing")
    return value


def flag(fields: Fields, name: str) -> bool | None:
    """Return the truth of a field; ``None`` where it is absent or no number or boolean."""
    value = fields.get(name)
    return bool(value) if isinstance(value, bool | int) else None


def number(fields: Fields, name: str) -> int | None:
    """Return a number as an integer within ±2^31, else ``None``."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(max(-(2.0**31), min(2.0**31, value)))


def shown(value: object, limit: int) -> str:
    """Make a stranger's text safe for a terminal: no control characters, at most ``limit`` long.

    Anything but a text becomes "".
    """
    if not isinstance(value, str):
        return ""
    # a label of a mebibyte is not worth looking at as a whole
    start = itertools.islice(value.strip(), limit)
    return "".join(c if c.isprintable() else " " for c in start).strip()
