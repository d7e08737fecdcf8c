"""From what is wrong at each look to what began and ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .rule import Unknown, Verdict, Wrong


class Turn(Enum):
    """What changed."""

    BEGAN = "began"
    ENDED = "ended"


@dataclass(slots=True)
class Hysteresis:
    """One thing that can be wrong, of one stream, guest or room."""

    after: float
    """As in `Rule`."""
    clear: float
    begun: bool = False
    wrong: Wrong | None = None
    """The last that was said of it, while it may be so still."""
    since: float = 0.0
    """Since when it is wrong."""
    begun_at: float = 0.0
    """When it began to be an alarm."""
    _well_since: float | None = None

    def see(self, verdict: Verdict, now: float) -> Turn | None:
        """Take what a look found, and return what changed.

        Args:
            verdict: What a rule says.
            now: Monotonic seconds.
        """
        if isinstance(verdict, Wrong):
            return self._see_wrong(verdict, now)
        if not self.begun:
            self.wrong = None
            return None
        if isinstance(verdict, Unknown):
            self._well_since = None
            return None
        if self._well_since is None:
            self._well_since = now
        return self.end() if now - self._well_since >= self.clear else None

    def _see_wrong(self, wrong: Wrong, now: float) -> Turn | None:
        if wrong.seconds is not None and not self.begun:
            self.since = now - wrong.seconds
        elif self.wrong is None:
            self.since = now
        self.wrong, self._well_since = wrong, None
        if self.begun or now - self.since < self.after:
            return None
        self.begun, self.begun_at = True, now
        return Turn.BEGAN

    def resume(self, wrong: Wrong, since: float, begun_at: float) -> None:
        """It had begun before anybody looked here."""
        self.wrong, self.since = wrong, since
        self.begun, self.begun_at = True, begun_at

    def end(self) -> Turn | None:
        """It is over, or what it is of is gone; `lasted` can be asked for until it begins again."""
        was, self.begun, self.wrong = self.begun, False, None
        return Turn.ENDED if was else None

    def lasted(self, now: float) -> float:
        """Return for how many seconds it was wrong, or has been so far."""
        return (now if self._well_since is None else self._well_since) - self.since
