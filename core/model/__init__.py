"""Enums and frozen values that cross the borders between the parts.

Everything a client of the engine may know is here, by subject; nothing here does anything. The
other parts import from the package, and only modules of it from each other.

Times called ``arrival`` or ``now`` are monotonic seconds, times called ``time`` or
``started`` are seconds since the Unix epoch. The latter are for people to read: the clock may be
set at any time, so that only monotonic times, and what was computed from them, are subtracted.
"""

from .alarms import Alarm, AlarmKind, Stall, StandingAlarm, StandingStall
from .events import Event, EventLevel, EventType, Outcome
from .machines import (
    ClusterSnapshot,
    DiskSnapshot,
    NodeClock,
    NodeSnapshot,
    NodeState,
    ReceivePath,
    WorkerSnapshot,
)
from .media import Codec, Container, EncodedFrame, Kind, SenderReport
from .room import RoomSnapshot, SignalingState
from .stills import STILL, Picture, Size
from .streams import SCREEN_SHARE, Monitor, StreamSnapshot, StreamState
from .takes import (
    AudioSummary,
    ClockPoint,
    EndReason,
    Misplaced,
    PacketCounts,
    PictureSize,
    Placement,
    TakeClock,
    TakeSummary,
    VideoSummary,
)
from .tracks import (
    LONGEST_PACKET,
    QUIET,
    SILENCE,
    PictureMeter,
    SoundMeter,
    TrackAges,
    TrackStats,
)
from .uploads import Upload, UploadsSnapshot, UploadState

__all__ = [
    "LONGEST_PACKET",
    "QUIET",
    "SCREEN_SHARE",
    "SILENCE",
    "STILL",
    "Alarm",
    "AlarmKind",
    "AudioSummary",
    "ClockPoint",
    "ClusterSnapshot",
    "Codec",
    "Container",
    "DiskSnapshot",
    "EncodedFrame",
    "EndReason",
    "Event",
    "EventLevel",
    "EventType",
    "Kind",
    "Misplaced",
    "Monitor",
    "NodeClock",
    "NodeSnapshot",
    "NodeState",
    "Outcome",
    "PacketCounts",
    "Picture",
    "PictureMeter",
    "PictureSize",
    "Placement",
    "ReceivePath",
    "RoomSnapshot",
    "SenderReport",
    "SignalingState",
    "Size",
    "SoundMeter",
    "Stall",
    "StandingAlarm",
    "StandingStall",
    "StreamSnapshot",
    "StreamState",
    "TakeClock",
    "TakeSummary",
    "TrackAges",
    "TrackStats",
    "Upload",
    "UploadState",
    "UploadsSnapshot",
    "VideoSummary",
    "WorkerSnapshot",
]
