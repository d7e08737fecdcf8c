"""What was found out about one thing, and what mends it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Grade(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    """It records as well, but something may be lost, or wrong, that need not."""
    WRONG = "wrong"
    """It will not record, or not what was sent."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that was looked at."""

    check: str
    """What was looked at, in a word."""
    grade: Grade
    text: str
    """What was found."""
    mend: str = ""
    """What to type, or to do, where it is not well."""
    data: dict[str, Any] = {}
    """The figures, for programs."""
