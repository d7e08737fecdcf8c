"""Requests to a publisher for an offer: how many, and when the next one is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

REPLAY_DELAYS = (15.0, 30.0, 60.0)
"""Seconds before an unanswered ``play`` is repeated (protocol.md §4.6, §8)."""
MAX_PLAYS = 3
"""Unanswered requests after which nobody can be there; the next one is the last."""
LOST_PLAYS = 2
"""The same where a connection was lost: it had answered before."""
INSIST = 2
INSIST_DELAY = 4.0
"""How often, and after how many seconds, a publisher whose connection died with its worker is told
again that it is over, and asked for another: pages ignore who they believe to be connected with
(protocol.md §4.6), and the offer of one that does not comes within a second."""
HURRY = 3
"""How often a stream that is announced again and again may be asked for within `AGAIN`."""
AGAIN = 3.0
"""Seconds after which an announcement repeats an unanswered request."""


@dataclass(slots=True)
class Plays:
    """The ``play`` requests for one stream."""

    unanswered: int = 0
    """In a row."""
    due_at: float | None = None
    """When to ask (again)."""
    last_at: float = -1e9
    hurried: list[float] = field(default_factory=list[float])
    """When it was last asked for because somebody announced it."""
    insist: int = 0
    """How often its publisher is still to be told that its worker died."""

    def hopeless(self, lost: bool) -> bool:
        """Whether so many were not answered that nobody can be there.

        Args:
            lost: There was a connection since its publisher announced it.
        """
        return self.unanswered > (LOST_PLAYS if lost else MAX_PLAYS)

    def is_due(self, now: float) -> bool:
        """Whether it is time to ask (again)."""
        return self.due_at is not None and now >= self.due_at

    def delay(self, forever: bool) -> float | None:
        """Return the least time between the last one and the next; ``None``: there is none.

        Args:
            forever: It is asked for until it comes, however late.
        """
        if self.insist:
            return INSIST_DELAY
        tried = max(self.unanswered - 1, 0)
        if forever:
            tried = min(tried, len(REPLAY_DELAYS) - 1)
        return REPLAY_DELAYS[tried] if tried < len(REPLAY_DELAYS) else None

    def sent(self, now: float, forever: bool) -> None:
        """One is sent; arguments as of `delay`."""
        self.unanswered, self.last_at = self.unanswered + 1, now
        delay = self.delay(forever)
        self.due_at = None if delay is None else now + delay

    def answered(self) -> None:
        """A connection came of them."""
        self.unanswered, self.due_at, self.insist = 0, None, 0

    def ask_at(self, at: float | None) -> None:
        """The next one is due then; ``None`` is not until something else happens."""
        self.due_at = at

    def begin_anew(self) -> None:
        """Those that were not answered so far do not count any more."""
        self.unanswered = 0

    def repeat_goodbye(self) -> None:
        """Its publisher is told again that its connection died, which is no request more."""
        self.insist, self.unanswered = self.insist - 1, self.unanswered - 1

    def insist_on(self, times: int) -> None:
        """Its publisher may not know that its connection died: ask anew, and so often."""
        self.unanswered, self.insist = 0, times

    def hurry(self, now: float) -> bool:
        """Whether it may be asked for at once; counts it. A flood must not disturb who answers."""
        self.hurried = [time for time in self.hurried if now - time < AGAIN]
        if len(self.hurried) >= HURRY:
            return False
        self.hurried.append(now)
        return True
