"""What all clients see of a room, put together from the parts that know it."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from ..ipc.worker_messages import Session
from ..model import RoomSnapshot, StandingAlarm, StreamSnapshot, UploadsSnapshot
from .handshake import Handshake
from .records.disk_budget import DiskBudget
from .records.session import elapsed
from .room.actions import Note
from .room.alarms.watch import AlarmWatch
from .room.emptiness import nobody
from .room.rates import RateMeters
from .room.room import Room
from .room.snapshot import stream_snapshots
from .room.takes import Takes
from .workers.pool import WorkerPool


class Snapshots:
    """Publishes how the room is, by all parts that know something of it.

    Args:
        session: Where it records, and since when.
        room: Its streams.
        meters: Their rates.
        takes: Counts what ended.
        pool: Its workers.
        handshake: The websocket.
        budget: The disk.
        alarms: Find what is wrong with all of it.
        note: Takes what they have to say.
        show: Each is called with every snapshot.
    """

    def __init__(
        self,
        session: Session,
        room: Room,
        meters: RateMeters,
        takes: Takes,
        pool: WorkerPool,
        handshake: Handshake,
        budget: DiskBudget,
        alarms: AlarmWatch,
        note: Callable[[Note], None],
        show: Sequence[Callable[[RoomSnapshot], None]],
    ) -> None:
        self._session = session
        self._room = room
        self._meters = meters
        self._takes = takes
        self._pool = pool
        self._handshake = handshake
        self._budget = budget
        self._alarms = alarms
        self._note = note
        self._show = show
        self._versions = itertools.count(1)
        self._written = 0.0
        self.uploads: UploadsSnapshot | None = None
        """How far they are, by who carries them out."""

    def publish(self) -> None:
        """Show the room as it is now, and tell what began to be wrong, or is well again."""
        snapshot, now = self._snapshot(), time.monotonic()
        self._tell(self._alarms.look(snapshot, nobody(self._room.entries), now))
        snapshot = self._alarms.shown(snapshot, now)
        self._written = sum(one.bitrate for one in snapshot.streams if one.wanted) / 8
        for show in self._show:
            show(snapshot)

    def finish(self) -> None:
        """Tell that nothing is wrong any more, for the recording is over."""
        self._tell(self._alarms.end(time.monotonic()))

    def resume(self, alarms: Sequence[StandingAlarm]) -> None:
        """Go on with alarms that an engine told that is gone."""
        self._alarms.resume(alarms)

    def _tell(self, notes: Sequence[Note]) -> None:
        for note in notes:
            self._note(note)

    def written(self) -> float:
        """Return the bytes per second that came to be written, as of the last snapshot."""
        return self._written

    def _snapshot(self) -> RoomSnapshot:
        session = self._session
        streams = stream_snapshots(self._room.entries, self._meters, self._pool.holders())
        return RoomSnapshot(
            version=next(self._versions),
            time=time.time(),
            room=session.room,
            server=session.server,
            link=self._handshake.state,
            link_detail=self._handshake.detail,
            started=session.started,
            elapsed=elapsed(session),
            streams=streams,
            disk=self._budget.snapshot(),
            output=session.output,
            sidecar=session.sidecar,
            workers=self._pool.snapshot(),
            cluster=self._pool.cluster(_bitrates(streams)),
            takes_done=self._takes.done,
            takes_failed=self._takes.failed,
            uploads=self.uploads,
            monitor=self._room.rules.monitor,
            newcomers=self._room.rules.newcomers,
        )


def _bitrates(streams: Iterable[StreamSnapshot]) -> dict[int, float]:
    """Return the bits per second that come to be written, by worker."""
    found: Counter[int] = Counter()
    for one in streams:
        if one.wanted and one.worker is not None:
            found[one.worker] += round(one.bitrate)
    return dict(found)
