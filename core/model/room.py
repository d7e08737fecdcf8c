"""A room, as all its clients see it at a moment."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from .alarms import Alarm
from .machines import ClusterSnapshot, DiskSnapshot, WorkerSnapshot
from .streams import Monitor, StreamSnapshot
from .uploads import UploadsSnapshot


class SignalingState(StrEnum):
    """The websocket to the handshake server."""

    CONNECTING = "connecting"
    JOINED = "joined"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class RoomSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that a client of the engine sees; replaced as a whole, never changed."""

    version: int
    schema: int = 1
    time: float
    room: str
    server: str
    link: SignalingState
    link_detail: str = ""
    started: float
    elapsed: float = 0.0
    """Seconds since then, whatever the clock was set to in between."""
    streams: tuple[StreamSnapshot, ...] = ()
    disk: DiskSnapshot = DiskSnapshot()
    output: str = ""
    sidecar: str = ""
    workers: tuple[WorkerSnapshot, ...] = ()
    cluster: ClusterSnapshot | None = None
    """``None``: workers are on this machine alone."""
    takes_done: int = 0
    takes_failed: int = 0
    alarms: tuple[Alarm, ...] = ()
    """What is wrong with the room as a whole."""
    uploads: UploadsSnapshot | None = None
    """``None``: nothing is to be uploaded."""
    monitor: Monitor = Monitor.OFF
    newcomers: bool = True
    """Who comes is recorded; without `monitor` always."""
