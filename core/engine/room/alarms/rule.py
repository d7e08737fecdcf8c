"""What a rule is, and what it can say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from ....model import AlarmKind

View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something is."""

    text: str
    """What, and what helps."""
    seconds: float | None = None
    """For how long, where that was measured; else it is as long as the rule says so."""
    data: Mapping[str, Any] = field(default_factory=lambda: dict[str, Any]())
    """Figures, for the event."""


class Unknown(Enum):
    """Nothing can be said now: an alarm stays as it is, and none begins."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN
Verdict = Wrong | Unknown | None
"""``None``: all is well."""


@dataclass(frozen=True, slots=True)
class Limit:
    """From which value on something is wrong."""

    usual: float
    unit: str
    """``dBFS``, ``%``, ``s`` or ``times``."""
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[View]):
    """How one kind of alarm is found."""

    kind: AlarmKind
    judge: Callable[[View, float], Verdict]
    """Takes what there is to see, and the limit."""
    over: str
    """What is told when it is; ``{guest}`` is who."""
    after: float
    """Seconds for which something has to be wrong before it is an alarm."""
    clear: float
    """Seconds for which all has to be well before it is none any more."""
    limit: Limit | None = None
    explained: tuple[AlarmKind, ...] = ()
    """What else explains it where that is wrong; rules of these come first."""
    told: bool = True
    """Else it only explains."""
