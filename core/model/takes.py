"""A take: what is in its file, where that is on the session's time, and why it ended."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from .media import Codec, Kind


class EndReason(StrEnum):
    """Why a take ended."""

    BYE = "bye"
    """The publisher said goodbye."""
    VANISHED = "vanished"
    """The publisher gave no sign of life any more, not even an answer to consent checks."""
    MOVED = "moved"
    """The publisher went to another room."""
    REPLACED = "replaced"
    """The publisher opened a new session (a reload, a reconnect)."""
    RELOCATED = "relocated"
    """It goes on in another connection, on another machine, where a take had begun before."""
    STOPPED = "stopped"
    """Somebody stopped this stream."""
    EXCLUDED = "excluded"
    SPLIT = "split"
    """A new file was asked for, now or whenever one is so long or large."""
    CODEC = "codec-change"
    TRACKS = "track-change"
    """A track was added (a camera switched on late)."""
    SIZE = "size-change"
    """The picture began small and grew, in a file that is taken to be as its first picture."""
    LENGTH = "length"
    """The file was as long as its container can count."""
    SHARE = "share-ended"
    """The screen share ended; the camera goes on."""
    SHUTDOWN = "shutdown"
    DISK_FULL = "disk-full"
    WRITE_ERROR = "write-error"
    OVERLOAD = "overload"
    """The disk was slower than the stream for longer than memory allows."""
    INTERRUPTED = "interrupted"
    """Everything that recorded it was ended, or the power was: nobody could say how it ended."""
    WORKER_LOST = "worker-lost"
    """The process that wrote it died; the file is complete to its last second."""


class VideoSummary(msgspec.Struct, frozen=True):
    """The video of a take."""

    codec: Codec
    width: int
    height: int
    frames: int


class PictureSize(msgspec.Struct, frozen=True, array_like=True):
    """The size of the picture from some time on."""

    time: float
    """Seconds in the file."""
    width: int
    height: int


class AudioSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """The audio of a take."""

    codec: Codec
    packets: int
    channels: int = 0
    """As the packets say, whatever was negotiated: 2 where any was stereo; 0 is unknown."""


class PacketCounts(msgspec.Struct, frozen=True):
    """What happened to the packets of one track during a take."""

    expected: int = 0
    received: int = 0
    recovered: int = 0
    lost: int = 0


class ClockPoint(msgspec.Struct, frozen=True, array_like=True):
    """Arrival and RTP time of one frame, so that alignment can be recomputed later."""

    time: float
    """Arrival, seconds since the Unix epoch by the clock as it was when the session started: that
    clock being set does not move it, so that the points of all takes can be compared."""
    rtp_time: int
    pts: float
    """Seconds in the file."""
    ntp: float | None
    """The sender's own clock at this frame, where its reports said so."""


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where a track was put on the time of its file, and by what."""

    time: float
    """When that was decided, seconds since the Unix epoch."""
    at: float
    """Seconds in the file from which it holds."""
    by: str
    """``start``, ``arrival`` or ``sender-reports``."""
    moved: float
    """Seconds by which the track is later in the file than it was put before."""


class Misplaced(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a track that is not in its place, since the file is not mended (yet)."""

    begin: float
    """Seconds in the file."""
    end: float
    late: float
    """Seconds by which it is too late in the file; below zero: too early."""


class TakeClock(msgspec.Struct, frozen=True, kw_only=True):
    """How the times of a take came to be those of its session, where another clock counted them."""

    by: str
    """``exchanges`` of the time between the engine and the worker."""
    error: float
    """Seconds by which `TakeSummary.offset` is wrong at most."""
    drift: float
    """By how much the session's clock ran faster than the other at that time: 5e-5 is 50 ppm."""
    round_trip: float
    """Seconds that the quickest of these exchanges took; half of it is the most that it errs."""


class TakeSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One take: one continuous recording of one stream in one file."""

    stream: str
    """Stream id as shown, without the hash suffix; a screen share is ``ID-screen``."""
    raw_id: str
    """Stream id as it was on the wire."""
    label: str = ""
    file: str
    """Path of the file."""
    node: str = ""
    """Name of the machine that has it, in a cluster; empty: that of the sidecar."""
    started: float
    """Unix time by the clock of the machine on which it was recorded, as in its name."""
    offset: float
    """Seconds from the start of the room session to the first frame, whatever the clock was set
    to in between."""
    recording: str = ""
    """The same for the parts of one recording, each of which goes on where the last one ended."""
    part: int = 1
    """From 1."""
    part_begin: float = 0.0
    """Seconds from time zero of the first part to that of this one, by the sender's clock where
    one goes through both."""
    bytes: int = 0
    seconds: float = 0.0
    video: VideoSummary | None = None
    audio: AudioSummary | None = None
    packets: dict[Kind, PacketCounts] = {}
    holes: int = 0
    starts: dict[Kind, float] = {}
    """Seconds in the file at which each track begins."""
    aligned_by: str = "arrival"
    """``sender-reports`` or ``arrival``: how audio and video were put in sync."""
    placed: dict[Kind, list[Placement]] = {}
    """By what each track has its place, and when that changed, in order of `Placement.time`."""
    odd_stamps: dict[Kind, int] = {}
    """Frames whose RTP times were not believed, and that lie between their neighbours instead."""
    misplaced: dict[Kind, list[Misplaced]] = {}
    """Empty in a finished file that is right."""
    clocks: dict[Kind, list[ClockPoint]] = {}
    sizes: list[PictureSize] = []
    """The first size of the picture, and each that was another than the one before; the first 100
    of them."""
    pre_roll: float = 0.0
    """Seconds from its first frame to when somebody asked to record it: so much had been held."""
    clock: TakeClock | msgspec.UnsetType = msgspec.UNSET
    """Where another clock counted its times than that of the session."""
    reason: EndReason | None = None
    """``None`` while it is being recorded."""
    error: str = ""
