"""What is wrong, and what stands still."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class AlarmKind(StrEnum):
    """All that is watched for; in the configuration and as JSON the value."""

    SILENCE = "silence"
    CLIPPING = "clipping"
    BLACK = "black"
    FROZEN = "frozen"
    LOW_RATE = "low-rate"
    """The bit rate collapsed."""
    LOW_FPS = "low-fps"
    """The rate of pictures collapsed."""
    LOSS = "loss"
    """Packets are lost for good, and go on being lost."""
    NO_KEY_FRAME = "no-key-frame"
    NO_SOUND = "no-sound"
    """A picture without sound."""
    NO_PICTURE = "no-picture"
    """Sound without a picture."""
    STALL = "stall"
    FAILED = "failed"
    """A file could not be written, and no other one is yet."""
    DISK_FORECAST = "disk-forecast"
    """The disk will be full before long."""
    DISK_SLOW = "disk-slow"
    WORKER_LATE = "worker-late"
    ROOM_EMPTY = "room-empty"
    SERVER_GONE = "server-gone"
    CLUSTER = "cluster"
    """Ray does not do what it should; what is recorded goes on."""
    NODE = "node"
    """A machine of a cluster cannot be reached, or Ray does not tell of it any more."""
    MISSING = "missing"
    """A guest who should be here is not."""
    UPLOAD = "upload"
    """Files do not get where they are to be uploaded to."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong now and that a person should see to."""

    kind: AlarmKind
    text: str
    """What is wrong, and what helps."""
    seconds: float
    """Since when, seconds before the snapshot was taken."""
    begun: float = 0.0
    """Since when it is an alarm, in the same way."""
    stream: str = ""
    """Of which; empty: of the room, or a guest who is not here."""


class StandingAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that has begun, as an engine needs to know it that takes over from another."""

    kind: AlarmKind
    text: str
    since: float
    """When it began to be wrong, monotonic seconds."""
    begun_at: float
    """When it was told, in the same way."""
    stream: str = ""
    guest: str = ""
    """Who is not here, as of `RecordConfig.expected`."""


class Stall(StrEnum):
    """What of a stream stands still."""

    PICTURE = "picture"
    SOUND = "sound"
    NETWORK = "network"
    """Nothing comes."""
    DISK = "disk"
    """What comes is not written."""
    WORKER = "worker"
    """The process that should write it does not answer."""


class StandingStall(msgspec.Struct, frozen=True):
    """What of a stream stands still, as an engine needs to know it that takes over."""

    stream: str
    what: Stall
    since: float
    """Monotonic seconds."""
    why: str
