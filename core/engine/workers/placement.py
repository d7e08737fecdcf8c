"""Which worker gets the next stream, by what each is measured to use. Pure."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterable, Mapping, Set
from enum import IntEnum

from ...ipc.worker_messages import Load
from ...model import WorkerSnapshot

WINDOW = 5.0
"""Seconds over which a worker's load is averaged."""
FULL = 0.4
"""Share of a core from which on another worker is started instead: enough is left for bursts,
and fewer workers mean less memory and fewer wake-ups."""
STREAM_COST = 0.02
"""Share of a core that a stream is taken to cost until it is measured: more than most do, so
that many that come at once are spread."""
CONNECTING = 2.0
"""Seconds from an offer to its first media, in which a stream costs next to nothing."""
MANY = 4
"""Offers at once from which on their handshakes are what keeps a worker busy."""
JOINING = CONNECTING + 1.0
"""Seconds from the first of these in which its reports, one a second, say nothing of what lasts."""
LATE = 0.2
"""Seconds of lateness from which on a worker's own measure of its load is not to be trusted."""
SILENT = 3.0
"""Seconds without a report after which a worker may hang."""


class Trouble(IntEnum):
    """Why a worker should get no more streams, in the order in which they are put up with."""

    NONE = 0
    LATE = 1
    SILENT = 2


class Gauge:
    """What one worker holds and uses.

    Args:
        peers: Connections that it has already.
        now: Monotonic seconds, as everywhere here.
    """

    def __init__(self, peers: Iterable[str], now: float) -> None:
        self.last = Load()
        """What it reported last."""
        self._placed = dict.fromkeys(peers, now)
        self._loads: deque[tuple[float, Load]] = deque()
        self._lasting: deque[tuple[float, Load]] = deque()
        """Those that are not of handshakes."""
        self._joining = 0
        """Of those that came at once, the last time that many did; and when the first of them did.

        Who comes `WINDOW` after that one is of others, so that what lasts shows while more come.
        """
        self._joining_since = -math.inf
        self._heard_at = now
        self._needed_at = now
        self._late = False
        self._expected: float | None = None
        """As of `expected`, unless something changed: each stream that comes asks all workers."""

    @property
    def peers(self) -> Set[str]:
        """Its connections."""
        return self._placed.keys()

    @property
    def cpu(self) -> float:
        """Mean share of a core over the last seconds; 0 before the first report."""
        return _cpu(self._loads)

    @property
    def late(self) -> float:
        """Worst lateness within the last seconds, seconds."""
        return _late(self._loads)

    def place(self, peer: str, now: float) -> None:
        """Give it a connection."""
        self._placed.pop(peer, None)
        self._placed[peer] = now
        self._expected = None
        if now - self._joining_since > WINDOW:
            self._joining, self._joining_since = 0, now
        self._joining += 1

    def drop(self, peer: str) -> None:
        """Take note that a connection is over."""
        self._placed.pop(peer, None)
        self._expected = None

    def idle(self, now: float) -> float:
        """Return for how many seconds it has been seen without connections."""
        if self._placed:
            self._needed_at = now
        return now - self._needed_at

    def report(self, load: Load, now: float) -> None:
        """Take what it measured since its report before."""
        self.last, self._heard_at = load, now
        self._loads.append((now, load))
        if self._joining < MANY or now - self._joining_since > JOINING:
            self._lasting.append((now, load))
        for loads in (self._loads, self._lasting):
            while loads and now - loads[0][0] > WINDOW:
                loads.popleft()
        self._late, self._expected = _late(self._lasting) > LATE, None

    @property
    def expected(self) -> float:
        """Share of a core that it will use when all its streams run.

        The mean does not contain yet what came within its window, so that part is assumed.
        """
        if self._expected is None:
            # The last ones came last: what lies before the first that is measured is so as well.
            newest = (_unmeasured(self._heard_at - at) for at in reversed(self._placed.values()))
            unmeasured = sum(itertools.takewhile(bool, newest))
            self._expected = _cpu(self._lasting) + STREAM_COST * unmeasured
        return self._expected

    def trouble(self, now: float) -> Trouble:
        """Return whether it can take more."""
        if now - self._heard_at > SILENT:
            return Trouble.SILENT
        return Trouble.LATE if self._late else Trouble.NONE


def worker_snapshot(number: int, pid: int, node: str, gauge: Gauge) -> WorkerSnapshot:
    """Return what a worker holds and uses."""
    last = gauge.last
    return WorkerSnapshot(
        number=number,
        pid=pid,
        node=node,
        streams=len(gauge.peers),
        cpu=gauge.cpu,
        late=gauge.late,
        memory=last.memory,
        waiting=last.waiting,
        unsafe=last.unsafe,
        descriptors=last.descriptors,
        path=last.path,
        path_reason=last.path_reason,
    )


def choose(
    workers: Mapping[int, Gauge], limit: int, now: float, busy: Set[int] = frozenset()
) -> int | None:
    """Return the worker for a new stream: the one that uses least.

    Args:
        workers: All that come into question, by number.
        limit: How many of these there may be.
        now: Monotonic seconds.
        busy: Those whose machine has enough to do without it.

    Returns:
        Its number; ``None`` where one more is to be started, because all are full, busy or in
        trouble.
    """
    ranks = {
        number: (gauge.trouble(now), number in busy, gauge.expected, number)
        for number, gauge in workers.items()
    }
    best = min(ranks, key=ranks.__getitem__, default=None)
    if best is None:
        return None
    trouble, strained, expected, _ = ranks[best]
    if (trouble or strained or expected >= FULL) and len(workers) < limit:
        return None
    return best


def _cpu(loads: Iterable[tuple[float, Load]]) -> float:
    shares = [load.cpu for _, load in loads]
    return sum(shares) / max(len(shares), 1)


def _late(loads: Iterable[tuple[float, Load]]) -> float:
    return max((load.late for _, load in loads), default=0.0)


def _unmeasured(age: float) -> float:
    """Return which part of a mean lies before a stream's first media, 0 to 1.

    Args:
        age: Seconds from its placing to the last report; negative where there was none since.
    """
    return min(max(1 + (CONNECTING - age) / WINDOW, 0.0), 1.0)
