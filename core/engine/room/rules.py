"""What becomes of streams unless somebody says otherwise. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ...config import EVERYBODY
from ...model import Monitor
from .states import Wish

_LISTED = "only listed; r connects and records it"


class Rules:
    """Which are recorded, which are looked at, and which are left alone.

    Args:
        only: Shell patterns of stream ids that let in.
        exclude: The same to keep out, which wins.
        monitor: What becomes of those that nobody asked to record.
        recorded: As in `RecordConfig`.
    """

    def __init__(
        self,
        only: Sequence[str] = (),
        exclude: Sequence[str] = (),
        monitor: Monitor = Monitor.OFF,
        recorded: Sequence[str] = (),
    ) -> None:
        self._only = tuple(only)
        self._exclude = tuple(exclude)
        self._recorded = frozenset(recorded) - {EVERYBODY}
        self.monitor = monitor
        self.newcomers = monitor is Monitor.OFF or EVERYBODY in recorded
        """Who comes is recorded."""

    def wish(self, name: str, stream: str) -> tuple[Wish, str]:
        """Return what becomes of a stream of this name and id; and why it is not recorded.

        In words; empty where it is recorded, or looked at.
        """
        if refusal := self.refusal(stream):
            return Wish.EXCLUDED, refusal
        if self.newcomers or name in self._recorded:
            return Wish.WANTED, ""
        return (Wish.STOPPED, _LISTED) if self.monitor is Monitor.LISTED else (Wish.MONITORED, "")

    def refusal(self, stream: str) -> str:
        """Return why a stream is excluded, in words; empty if it is not."""
        for pattern in self._exclude:
            if fnmatchcase(stream, pattern):
                return f"excluded by --exclude {pattern}"
        if self._only and not any(fnmatchcase(stream, pattern) for pattern in self._only):
            return f"not among --only {','.join(self._only)}"
        return ""

    def record_newcomers(self, wanted: bool) -> None:
        """Record who comes from now on, or only look at them, where that makes a difference."""
        self.newcomers = wanted or self.monitor is Monitor.OFF
