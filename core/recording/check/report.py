"""What a check finds, as values."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ...model import EndReason, Kind


class Verdict(StrEnum):
    """What a person would say of a file who looked at all of it."""

    GOOD = "good"
    FLAWED = "flawed"
    """It plays, and something in it is not as it should be."""
    BAD = "bad"


class Level(StrEnum):
    """How much a finding weighs."""

    NOTE = "note"
    """Worth knowing; the file may be as good as it can be."""
    FLAW = "flaw"
    BAD = "bad"


class What(StrEnum):
    """Which question a finding answers."""

    READ = "read"
    """Whether the file can be read as a container."""
    DECODE = "decode"
    KEY_FRAME = "key-frame"
    """Where playing can begin."""
    EMPTY = "empty"
    """A track without frames."""
    HOLE = "hole"
    LOSS = "loss"
    OFFSET = "offset"
    """Sound against picture."""
    PLACE = "place"
    """Frames that are not at their own time."""
    END = "end"
    START = "start"
    ORDER = "order"
    LAYERS = "layers"
    SIZE = "size"
    SENT = "sent"
    """Frames against those that were sent."""
    COUNT = "count"
    """Frames against those that were recorded."""
    REASON = "reason"
    """How the recording ended."""
    SIDECAR = "sidecar"
    UNJUDGED = "unjudged"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to say about a file."""

    level: Level
    what: What
    text: str
    """In words, with when and how much."""
    time: float | None = None
    """Seconds in the file at which it begins, where it has a place."""
    seconds: float | None = None
    """How long it lasts, or how far off something is."""


class Size(msgspec.Struct, frozen=True):
    """The size of the picture from some time on."""

    time: float
    """Seconds in the file."""
    width: int
    height: int


class Gap(msgspec.Struct, frozen=True):
    """A place where nothing came for longer than usual."""

    time: float
    """Seconds in the file at which the frame before it begins."""
    seconds: float
    steady: bool = False
    """Pictures came regularly for seconds before it, and again after it."""


class Backward(msgspec.Struct, frozen=True):
    """Frames whose time is before that of a frame before them."""

    count: int = 0
    time: float = 0.0
    """Of the frame before the first of them."""
    seconds: float = 0.0
    """The farthest step."""


class TrackReport(msgspec.Struct, frozen=True, kw_only=True):
    """One track of a file; times in seconds since the earliest frame of the file."""

    kind: Kind
    codec: str
    frames: int
    """Packets that the container holds."""
    hidden: int
    """Those of them that the container tells players to leave out."""
    decoded: int
    """Pictures or blocks of sound that the decoder made of them."""
    key_frames: int
    starts_with_key: bool
    start: float
    end: float
    interval: float = 0.0
    """The usual distance of two frames."""
    header: Size | None = None
    """The size that a player learns before the first picture; video only."""
    sizes: list[Size] = []
    """The first, and every one that differs from the one before; video only."""
    size_changes: int = 0
    gaps: list[Gap] = []
    """The longest ones, in order of time."""
    gap_count: int = 0
    without_key: Gap | None = None
    """The longest time without a key frame."""
    without_key_frames: int = 0
    """Frames within that time."""
    errors: list[str] = []
    """The first decode errors, with their times."""
    error_count: int = 0
    untimed: int = 0
    """Packets that have no time."""
    backward: Backward = Backward()
    """Frames that are stored before one that they follow."""
    repeated: int = 0
    """Frames that have the time of the frame before."""
    squeezed: int = 0
    """Frames that are shown 2 ms or less after another."""
    disordered: Backward = Backward()
    """Pictures that the decoder gives in another order than that of their times."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One track of a file and what its publisher says was sent.

    Positions count the frames of this kind in the sent log, from 0.
    """

    kind: Kind
    sent: int
    in_file: int
    matched: int
    """Frames of the file that were sent in this order and are the same byte for byte."""
    first: int | None
    """Position of the first matched frame; ``None`` where nothing matches."""
    first_is_key: bool
    missing: int
    """Sent between the first and the last frame of the file, and not in it."""
    missing_ranges: list[tuple[int, int]] = []
    """First and last position of each run of missing frames."""
    missing_at_end: int = 0
    """Sent after the last frame of the file."""
    seconds_at_end: float = 0.0
    """How long those are."""
    wrong: int = 0
    """At the time of a sent frame, with other bytes."""
    extra: int = 0
    """Never sent."""
    mistimed: int = 0
    """Places where times in the file and RTP times differ from there on."""
    shifts: list[tuple[float, float]] = []
    """Seconds in the sent log, and file time minus sent time from there on."""


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a file in which sound and picture are not where they belong together."""

    begin: float
    """Seconds in the file."""
    end: float
    seconds: float
    """By which the sound is late against the picture; below zero: early. The worst of it."""
    by: str
    """Who says so: ``sent-log``, ``sender-reports`` or ``arrival``."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What the sidecar says of the file."""

    sidecar: str
    """Path."""
    stream: str
    reason: EndReason | None
    seconds: float
    frames: dict[Kind, int]
    lost: dict[Kind, int]
    """Packets."""
    holes: int
    aligned_by: str


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one file."""

    file: str
    verdict: Verdict = Verdict.GOOD
    findings: list[Finding] = []
    """The weightiest first."""
    bytes: int = 0
    container: str = ""
    seconds: float = 0.0
    video: TrackReport | None = None
    audio: TrackReport | None = None
    start_offset: float | None = None
    """Seconds by which the audio begins after the video."""
    end_offset: float | None = None
    """Seconds by which the audio ends after the video."""
    aligned_by: str | None = None
    """What says where sound and picture belong: as `Lateness.by`; ``None``: nothing does."""
    late: list[Lateness] = []
    """Where sound and picture are more than 40 ms apart, as far as that can be known."""
    comparisons: list[Comparison] = []
    recorded: Recorded | None = None
    unreadable: list[str] = []
    """Why not all of the file could be read."""

    @property
    def bad(self) -> bool:
        """Whether there is anything that a recording must not have."""
        return self.verdict is Verdict.BAD

    @property
    def problems(self) -> list[str]:
        """Why the file is bad, in words."""
        return self.texts(Level.BAD)

    def texts(self, level: Level) -> list[str]:
        """Return the findings of a level in words."""
        return [finding.text for finding in self.findings if finding.level is level]

    @property
    def tracks(self) -> list[TrackReport]:
        """The tracks that there are."""
        return [track for track in (self.video, self.audio) if track is not None]
