"""What an engine and its workers both know: of the session, and of their clocks."""

from __future__ import annotations

import msgspec

from ...config import AttendantConfig, IceConfig, Sound
from ...model import Codec, Container
from ...recording.place import Place


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One stay of a recorder in a room; shared by all of its takes and its sidecar."""

    room: str
    server: str
    output: str
    prefix: str
    started: float
    """Seconds since the Unix epoch; for people, for the clock may be set while it records."""
    began: float
    """The same moment in monotonic seconds of the engine's machine, from which offsets count. All
    processes of a machine share that clock until it is started anew, and no session outlives
    them."""
    sidecar: str
    place: Place = Place()
    """On which disk the output is."""
    node: str = ""
    """Name of the machine of output and sidecar, in a cluster; empty: that of the engine."""
    clock: str = ""
    """By what the clock is known by which it began, as of `clock_name`."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that a worker must know to serve its streams without asking."""

    session: Session
    key: str = ""
    """AES key for the handshake, hexadecimal; empty where the room has no password."""
    suffix: str = ""
    ice: IceConfig = IceConfig()
    codec: Codec | None = None
    container: Container = Container.AUTO
    key_frames: float = 0.0
    """As in `RecordConfig`."""
    sync: float = 0.0
    """As in `RecordConfig`."""
    split_every: float = 0.0
    split_bytes: int = 0
    pre_roll: float = 0.0
    """As in `RecordConfig`."""
    held_bytes: int = 0
    """Of media that may be held for that."""
    audio: bool = True
    video: bool = True
    sound: Sound = Sound()
    black: float = 0.0
    """Seconds after which black pictures are an alarm; 0: never."""
    frozen: float = 0.0
    """The same for those that do not move."""
    beside: AttendantConfig = AttendantConfig()
    """What is done with closed files where they are, on a node of a cluster."""


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """What two clocks showed at the same time, as far as is known."""

    worker: float
    """Monotonic seconds of a worker whose clock is not the engine's."""
    session: float
    """Seconds since the session began."""
    error: float
    """Seconds by which they may have shown that apart."""
