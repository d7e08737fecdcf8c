"""A stream, as the engine knows it at a moment."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from .alarms import Alarm, Stall
from .media import Kind
from .takes import AudioSummary, VideoSummary
from .tracks import PictureMeter, SoundMeter, TrackAges, TrackStats

SCREEN_SHARE = "-screen"
"""How the id of a screen share ends; before it is the one of whoever shares it."""


class StreamState(StrEnum):
    """What a row of the dashboard says about a stream."""

    REC = "REC"
    """Each track that arrives reaches the disk."""
    WAIT = "WAIT"
    """Connecting, or something that arrives is not written yet."""
    STALL = "STALL"
    """Something stands still that should go on; `StreamSnapshot.stalls` says what."""
    FAIL = "FAIL"
    """Recording ended by an error; the reason says which."""
    SAVE = "SAVE"
    """The file is being closed."""
    LIVE = "LIVE"
    """Connected and looked at: nothing of it is recorded."""
    IDLE = "IDLE"
    """Connected, and sends neither sound nor pictures: nothing is amiss."""
    OFF = "OFF"
    """Live, but nobody asked to record it."""
    SKIP = "SKIP"
    """Excluded by a rule or by hand."""
    DONE = "DONE"
    """Left; its file is closed."""


class Monitor(StrEnum):
    """What becomes of streams that nobody has asked to record."""

    OFF = "off"
    """All are recorded as soon as they come."""
    CONNECTED = "connected"
    """They are connected and looked at."""
    LISTED = "listed"
    """They are told of, without a connection."""


class StreamSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One stream as the engine knows it now."""

    stream: str
    label: str = ""
    state: StreamState
    reason: str = ""
    """Why it is not recording, and what to do, or why it is not called as it says; in words."""
    wanted: bool = True
    """It is to be recorded; else it is only looked at, stopped or excluded."""
    video: VideoSummary | None = None
    audio: AudioSummary | None = None
    fps: float = 0.0
    bitrate: float = 0.0
    """Bits per second of RTP payload over the last seconds."""
    loss: float = 0.0
    """Share of packets given up within the last seconds, 0 to 1."""
    jitter: float = 0.0
    round_trip: float | None = None
    sound: SoundMeter | None = None
    """``None``: nothing is known of it (yet)."""
    picture: PictureMeter | None = None
    alarms: tuple[Alarm, ...] = ()
    """What is wrong with it now, the worst first."""
    muted: bool = False
    camera_off: bool = False
    screen: bool = False
    """Its pictures are of a screen."""
    here: bool = False
    """It is in the room, as far as we know: not everybody who leaves says so."""
    away: float | None = None
    """Seconds since its publisher gave a sign of life, where it should; ``None``: it is here, or
    never was."""
    held: float | None = None
    """Seconds in the past at which a take would begin; ``None``: nothing of it is held."""
    file: str = ""
    bytes: int = 0
    """Of the take being recorded."""
    seconds: float = 0.0
    last_bytes: int = 0
    """Of the last take that ended."""
    last_seconds: float = 0.0
    takes: int = 0
    """Takes begun in this session."""
    worker: int | None = None
    tracks: dict[Kind, TrackStats] = {}
    """The receivers' counters; empty while there is no connection."""
    ages: dict[Kind, TrackAges] = {}
    """Of the tracks, when the snapshot was taken."""
    stalls: tuple[Stall, ...] = ()
    """What stands still."""
    stalled: float | None = None
    """Seconds for which the first of these has."""
    media_age: float | None = None
    """Seconds since the last media packet, when the snapshot was taken."""
    growth_age: float | None = None
    """Seconds since the file last grew, when the snapshot was taken."""
    drops: int = 0
    """Datagrams of this connection that the system dropped because its buffer was full."""
    malformed: int = 0
    """Packets of this connection that could not be read."""
    unrouted: int = 0
    """Packets of this connection that belong to none of its tracks."""
