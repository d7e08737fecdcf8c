"""What is to be done about one room: started, stopped, let be, started again. Pure."""

from __future__ import annotations

from datetime import tzinfo
from enum import StrEnum

from .schedule import Times, Window

PAUSES = (1.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before the next attempt, by how many failed before; the first is sooner than a worker
starts an heir (`roomdeck.core.ipc.heir`)."""
STEADY = 60.0
"""Seconds after which an engine that runs counts as well, and the next attempt as the first."""
JUMP = 2.0
"""Seconds by which a clock is set, and not merely brought nearer."""
UNSURE = 30.0
"""Seconds after the clock was set during which it ends nothing: it may be put right again."""


class Order(StrEnum):
    """What is to be done now."""

    START = "start"
    STOP = "stop"
    """Also what goes on without an engine; `Keeper.ended` tells that it is done."""


class State(StrEnum):
    """How a room is."""

    AWAY = "away"
    """It is not its time."""
    GOING = "going"
    """An engine has been asked for, and has not ended."""
    PAUSING = "pausing"
    """Its engine failed; another attempt is due soon."""
    STOPPING = "stopping"
    """Its engine has been asked to end."""
    DONE = "done"
    """Its engine ended, as somebody had asked: until its next time."""


class Keeper:
    """Decides for one room; is told what happened and when.

    Times of day go by the clock of the wall, pauses by one that nobody sets.
    """

    def __init__(self, times: Times, zone: tzinfo | None = None) -> None:
        self.state = State.AWAY
        self.window: Window | None = None
        """In which it is, or was when its engine was asked for."""
        self.times = times
        self._zone = zone
        self._failures = 0
        self._not_before = 0.0
        self._up_since: float | None = None
        self._apart: float | None = None
        self._unsure_until = float("-inf")

    def look(self, wall: float, steady: float) -> Order | None:
        """Return what is to be done at this moment, which is called about once a second."""
        self._watch_clock(wall, steady)
        window = self.times.window(wall, self._zone)
        match self.state:
            case State.GOING if window is None and steady >= self._unsure_until:
                self.state = State.STOPPING
                return Order.STOP
            case State.PAUSING if window is None:
                self.state = State.STOPPING
                return Order.STOP
            case State.PAUSING if steady >= self._not_before:
                return self._start(window)
            case State.DONE if window != self.window:
                self.state = State.AWAY
            case State.AWAY if window is not None:
                self._failures = 0
                return self._start(window)
            case _:
                pass
        return None

    def _start(self, window: Window | None) -> Order:
        self.state, self.window, self._up_since = State.GOING, window, None
        return Order.START

    def _watch_clock(self, wall: float, steady: float) -> None:
        apart, before = wall - steady, self._apart
        self._apart = apart
        if before is not None and abs(apart - before) > JUMP:
            self._unsure_until = steady + UNSURE

    def came_up(self, steady: float) -> None:
        """Take note that its engine runs."""
        self._up_since = steady

    def failed(self, steady: float) -> float | None:
        """Take note that its engine did not come up, or went without a word.

        Returns:
            Seconds until the next attempt; ``None`` where none is wanted.
        """
        if self.state is State.STOPPING:
            return None
        if self._up_since is not None and steady - self._up_since >= STEADY:
            self._failures = 0
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        self._not_before = steady + pause
        self.state, self._up_since = State.PAUSING, None
        return pause

    def ended(self) -> None:
        """Take note that its engine ended in order, because we or somebody else asked for it."""
        self.state = State.AWAY if self.state is State.STOPPING else State.DONE
        self._up_since = None
