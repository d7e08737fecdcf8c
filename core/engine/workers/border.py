"""What a worker says whose clock is another one, in the times of its engine. Pure.

Such a worker counts all of its times by its own clock, and remembers them so; behind this border
nothing is known of that.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import msgspec

from ...ipc import worker_messages
from ...model import ClockPoint, Placement, TakeClock, TakeSummary
from .worker_clock import Reading, WorkerClock

_EXCHANGES = "exchanges"
_TAKES = 4096
"""Of how many what to say of their clocks is kept: it is said far more often than it changes."""
_Timed = TypeVar("_Timed", ClockPoint, Placement)


class Border:
    """Stands between an engine and one worker; lets all by as it is while no clock is known.

    Args:
        session: As the engine knows it.
        clock: That of the worker.
        began: When the session did, by that clock.
    """

    def __init__(
        self, session: worker_messages.Session, clock: WorkerClock, began: float = 0.0
    ) -> None:
        self._session = session
        self._clock = clock
        self._began = began

    def come(self, message: worker_messages.FromWorker) -> worker_messages.FromWorker:
        """Return what it says."""
        replace = msgspec.structs.replace
        match message:
            case _ if not self._clock.known:
                return message
            case worker_messages.Status(streams):
                return replace(message, streams=tuple(map(self._status, streams)))
            case worker_messages.TakeStart() | worker_messages.TakeEnd():
                return replace(message, take=self._take(message.take))
            case worker_messages.TakeMended():
                return replace(message, take=self._take(message.take))
            case _:
                return message

    def go(self, message: worker_messages.ToWorker) -> worker_messages.ToWorker:
        """Return what is said to it."""
        match message:
            case worker_messages.Setup(settings):
                self._began = self._clock.show(0.0)
                return worker_messages.Setup(settings, self._began)
            case _:
                return message

    def hello(self, hello: worker_messages.Hello) -> worker_messages.Hello:
        """Return what it said first."""
        if not self._clock.known:
            return hello
        return msgspec.structs.replace(
            hello,
            streams=tuple(map(self._status, hello.streams)),
            ended=tuple(
                msgspec.structs.replace(one, take=self._take(one.take), at=self._at(one.at))
                for one in hello.ended
            ),
            left=tuple(msgspec.structs.replace(one, at=self._at(one.at)) for one in hello.left),
        )

    def _status(self, status: worker_messages.StreamStatus) -> worker_messages.StreamStatus:
        if status.take is None:
            return status
        return msgspec.structs.replace(status, take=self._take(status.take))

    def _take(self, take: TakeSummary) -> TakeSummary:
        if not take.file:
            return take
        read = self._clock.read(self._began + take.offset)
        return msgspec.structs.replace(
            take,
            offset=read.session,
            placed={kind: [self._unix(one) for one in it] for kind, it in take.placed.items()},
            clocks={kind: [self._unix(one) for one in it] for kind, it in take.clocks.items()},
            clock=_clock(read),
        )

    def _unix(self, one: _Timed) -> _Timed:
        """Return what happened, with a `ClockPoint.time` of the engine."""
        started = self._session.started
        read = self._clock.read(one.time - started + self._began)
        return msgspec.structs.replace(one, time=started + read.session)

    def _at(self, worker: float) -> float:
        """Return monotonic seconds of the engine."""
        return self._session.began + self._clock.read(worker).session


@lru_cache(_TAKES)
def _clock(read: Reading) -> TakeClock:
    return TakeClock(
        by=_EXCHANGES,
        error=round(read.error, 6),
        drift=round(read.drift, 9),
        round_trip=round(read.round_trip, 6),
    )
