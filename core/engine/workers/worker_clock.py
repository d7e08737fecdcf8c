"""Which second of the session it was when the clock of another machine showed something. Pure.

Both clocks are monotonic: they start anywhere, drift apart, stand still while their machine is
suspended, and never go back. Four times of one exchange bound how they stand to each other, however
the delays of its two ways are divided (RFC 5905, 8): what was said after it was heard was said in
between. Of each stretch of time the exchange with the shortest round trip is kept as a `Moment`. A
straight line through the moments near a time says which it was; that moments bound the truth says
how wrong the line can be, and that a clock was suspended or stepped where they exclude each other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...ipc.worker_messages import Hello, Moment

STRETCH = 16.0
"""Seconds of which one moment is kept."""
APART = 6e-4
"""Most by which two clocks run apart: NTP slews by up to 500 ppm, and crystals are 50 ppm off."""
_USUAL = 5e-5
"""The same as is expected before anything is known of it."""
_FLOOR = 5e-5
"""Seconds to which no exchange is exact: that long a process may take to look at a clock."""
_ALIKE = 1e-4
"""Seconds to which the quickest exchanges agree with each other."""
NEAR = 12
"""Moments before and after a time that are looked at for it."""
KEPT = 4096
"""Moments after which every other one of the older half is dropped: 18 hours."""


def began_here(hellos: Iterable[Hello]) -> float | None:
    """Return when a session began by our clock, that an engine of another machine began.

    Of all that workers say that comes latest which was said last: nothing comes before it is said.

    Args:
        hellos: What workers said that go on with it.

    Returns:
        Monotonic seconds; ``None``: none of them knows.
    """
    told = [one.heard - _second(one) for one in hellos if one.said and one.began is not None]
    return min(told, default=None)


def _second(hello: Hello) -> float:
    """Return which second of the session it was when a worker said it."""
    clock = WorkerClock(hello.moments)
    return clock.read(hello.said).session if clock.known else hello.said - (hello.began or 0.0)


class Exchange(NamedTuple):
    """One question for the time, and its answer."""

    sent: float
    """Seconds of the session."""
    heard: float
    """By the clock of the worker."""
    said: float
    """The same."""
    answered: float
    """Seconds of the session."""


class Reading(NamedTuple):
    """What a time of the worker's clock is in the session."""

    session: float
    """Seconds since it began."""
    error: float
    """Seconds by which that is wrong at most."""
    drift: float
    """By how much the session's clock runs faster: 5e-5 is 50 ppm."""
    round_trip: float
    """Seconds that the quickest exchange took by which it is known."""


class WorkerClock:
    """The clock of one worker.

    Args:
        moments: What is known of it, in order.
    """

    def __init__(self, moments: Iterable[Moment] = ()) -> None:
        self._runs: list[list[Moment]] = []
        """In each of them the clock neither stood still nor was stepped."""
        self._best: Moment | None = None
        """Of the stretch that is not over, one of the last run."""
        self._last: Moment | None = None
        """The newest of that stretch."""
        self._until = 0.0
        """When it is over, seconds of the session."""
        self._read: dict[float, Reading] = {}
        """What was read since anything became known."""
        for moment in moments:
            self._keep(moment)

    @property
    def known(self) -> bool:
        """Whether anything is."""
        return bool(self._runs)

    def learn(self, exchange: Exchange) -> list[Moment]:
        """Take an exchange; return the moments that are kept from now on."""
        moment = _moment(exchange)
        newest = self._newest()
        if moment is None or (newest is not None and moment.worker < newest.worker):
            return []
        kept: list[Moment] = []
        if not self._runs or not _agree(moment, self._recent()):
            # The last one says until when the clock ran as it did.
            kept = self._close(self._best, self._last)
            self._runs.append([])
        elif moment.session >= self._until:
            kept = self._close(self._best)
        if self._best is None:
            run = self._runs[-1]
            age = moment.session - run[0].session if run else 0.0
            self._until = moment.session + min(STRETCH, age)
        if self._best is None or moment.error < self._best.error:
            self._best = moment
            self._read.clear()
        self._last = moment
        return kept

    def read(self, worker: float) -> Reading:
        """Return what a time of its clock is in the session; something has to be `known`."""
        reading = self._read.get(worker)
        if reading is None:
            reading = self._read[worker] = self._reading(worker)
        return reading

    def show(self, session: float) -> float:
        """Return what its clock showed at a second of the session, as far as known."""
        worker = session
        for _ in range(3):
            # The clocks run alike but for their drift: a step of that is left, then one of its own.
            worker += session - self.read(worker).session
        return worker

    def moments(self) -> list[Moment]:
        """Return all that is known, to begin another one with."""
        return [*(moment for run in self._runs for moment in run), *self._unkept()]

    # ── learning ─────────────────────────────────────────────────────────────────────────

    def _unkept(self) -> list[Moment]:
        return [self._best] if self._best is not None else []

    def _close(self, *moments: Moment | None) -> list[Moment]:
        """End a stretch, and keep these moments of it."""
        kept = [one for one in dict.fromkeys(moments) if one is not None]
        for moment in kept:
            self._keep(moment)
        self._best = self._last = None
        return kept

    def _keep(self, moment: Moment) -> None:
        if not self._runs or not _agree(moment, self._runs[-1][-2 * NEAR :]):
            self._runs.append([])
        run = self._runs[-1]
        run.append(moment)
        if len(run) > KEPT:
            del run[1 : KEPT // 2 : 2]
        if len(self._runs) > KEPT:
            del self._runs[: KEPT // 2]
        self._read.clear()

    def _recent(self) -> list[Moment]:
        return [*self._runs[-1][-2 * NEAR :], *self._unkept()]

    def _newest(self) -> Moment | None:
        return self._last or (self._runs[-1][-1] if self._runs and self._runs[-1] else None)

    # ── reading ──────────────────────────────────────────────────────────────────────────

    def _reading(self, worker: float) -> Reading:
        runs = [*self._runs[:-1], self._recent_run()]
        after = bisect_left(runs, worker, key=lambda run: run[0].worker)
        run = runs[max(0, after - 1)]
        if 0 < after < len(runs) and worker > run[-1].worker:
            return _between(run[-1], runs[after][0], worker)
        here = bisect_left(run, worker, key=lambda moment: moment.worker)
        return _along(run[max(0, here - NEAR) : here + NEAR], worker)

    def _recent_run(self) -> list[Moment]:
        return [*self._runs[-1], *self._unkept()]


def _moment(exchange: Exchange) -> Moment | None:
    """Return the middle of an exchange; ``None`` where a clock stood still in it."""
    sent, heard, said, answered = exchange
    round_trip = (answered - sent) - (said - heard)
    if round_trip < 0 or said < heard:
        return None
    error = round_trip / 2 + (said - heard) * APART
    return Moment((heard + said) / 2, (sent + answered) / 2, max(error, _FLOOR))


def _agree(moment: Moment, others: Sequence[Moment]) -> bool:
    """Whether clocks that do nothing but run may have shown all of these."""
    return all(abs(_lead(moment, one)) <= _slack(moment, one) for one in others)


def _lead(one: Moment, other: Moment) -> float:
    """By how much the session's clock gained on the worker's from one moment to the other."""
    return (one.session - other.session) - (one.worker - other.worker)


def _slack(one: Moment, other: Moment) -> float:
    return one.error + other.error + APART * abs(one.worker - other.worker)


def _between(before: Moment, after: Moment, worker: float) -> Reading:
    """Read a time at which a clock was suspended or stepped, nobody knows when exactly."""
    share = (worker - before.worker) / (after.worker - before.worker)
    session = before.session + share * (after.session - before.session)
    low, high = before.session - before.error, after.session + after.error
    error = max(session - low, high - session)
    return Reading(session, error, 0.0, 2 * max(before.error, after.error))


def _along(near: Sequence[Moment], worker: float) -> Reading:
    """Read a time at which both clocks did nothing but run."""
    origin, least = near[0], min(one.error for one in near)
    gained, drift = _line(
        [(one.worker - worker, _lead(one, origin), _scatter(one.error, least)) for one in near]
    )
    low = max(_lead(one, origin) - _reach(one, worker) for one in near)
    high = min(_lead(one, origin) + _reach(one, worker) for one in near)
    gained = min(max(gained, low), high)
    error = max(abs(gained - low), abs(high - gained))
    session = origin.session + (worker - origin.worker) + gained
    return Reading(session, error, drift, 2 * least)


def _reach(moment: Moment, worker: float) -> float:
    """Seconds by which a moment leaves open what another time was."""
    return moment.error + APART * abs(worker - moment.worker)


def _scatter(error: float, least: float) -> float:
    """Return to how many seconds a moment agrees with others: what delays all is the same."""
    return error - least + max(least / 10, _ALIKE)


def _line(points: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Return the height at 0 and the slope of a line through points.

    Least squares, where a slope is the less believed the larger it is, as long as little is known.

    Args:
        points: Place, height, and how exact the height is.
    """
    weights = [1 / exact**2 for _, _, exact in points]
    whole = sum(weights)
    x = sum(w * point[0] for w, point in zip(weights, points, strict=True)) / whole
    y = sum(w * point[1] for w, point in zip(weights, points, strict=True)) / whole
    product = square = 0.0
    for weight, (place, height, _) in zip(weights, points, strict=True):
        product += weight * (place - x) * (height - y)
        square += weight * (place - x) ** 2
    slope = product / (square + 1 / _USUAL**2)
    return y - slope * x, slope
