"""What a worker says to an engine."""

from __future__ import annotations

from typing import Any

import msgspec

from ...model import (
    AudioSummary,
    Codec,
    EndReason,
    EventLevel,
    Kind,
    Picture,
    PictureMeter,
    ReceivePath,
    SoundMeter,
    TakeSummary,
    TrackAges,
    TrackStats,
    VideoSummary,
)
from ...recording.disk import Space
from .session import Moment, Settings


class PeerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A live connection, as a returning engine needs to know it."""

    peer: str
    stream: str
    raw_id: str
    uuid: str
    session: str | None
    claims: str = ""
    connected: bool = False
    label: str = ""
    muted: bool = False
    camera_off: bool = False
    screen: bool = False
    """As of `PublisherInfo`."""


class StreamStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One stream of a live connection, once a second."""

    peer: str
    stream: str
    wanted: bool
    monitored: bool = False
    """It is not wanted, and looked at."""
    video: VideoSummary | None = None
    audio: AudioSummary | None = None
    """What comes of one that is looked at."""
    held: float | None = None
    """Seconds of it that a take would begin in the past; ``None``: nothing is held."""
    take: TakeSummary | None = None
    """Without its clocks and sizes, which grow with its length."""
    tracks: dict[Kind, TrackStats] = {}
    media_age: float | None = None
    """Seconds since the last media packet; ``None`` before the first."""
    ages: dict[Kind, TrackAges] = {}
    """Of the tracks that were announced."""
    sound: SoundMeter | None = None
    """How loud it is; ``None``: it has no sound, or nothing is known of it (yet)."""
    picture: PictureMeter | None = None
    """``None``: none was looked at (yet)."""
    headless: Codec | None = None
    """Codec of pictures that cannot be recorded, for their headers were never seen."""
    heard_age: float | None = None
    """Seconds since the publisher last gave any sign of life."""
    growth_age: float | None = None
    """Seconds since the file last grew; ``None`` while there is none."""
    round_trip: float | None = None
    drops: int = 0
    """Datagrams of the connection that the system dropped because its buffer was full."""
    malformed: int = 0
    """Packets of the connection that could not be read."""
    unrouted: int = 0
    """Packets of the connection that belong to none of its tracks."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The machine of a worker that is on a node of a cluster."""

    disk: Space
    """That of its files; nothing of it is known while both are 0."""
    monotonic: float
    """Seconds of its clock,"""
    unix: float
    """and Unix time there at that moment."""
    cpu: float = 0.0
    """Share of all of its cores that is used, by whomever."""
    memory: float = 0.0
    """Share of its memory that is."""
    network: float = 0.0
    """Bits per second over its network, both ways together."""
    written: float = 0.0
    """Bytes per second onto the disk of its files."""
    attendant: tuple[int, int] = (0, 0)
    """Process and port by which it is told what goes on there beside recording, as uploads; 0:
    nobody tells, or not yet."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker uses."""

    cpu: float = 0.0
    """Share of one core, user and system, since the last status."""
    late: float = 0.0
    """Seconds by which the receiving loop was late at worst since the last status."""
    memory: int = 0
    """Bytes resident."""
    waiting: int = 0
    """Bytes of media that wait for the disk."""
    unsafe: float = 0.0
    """Seconds of media that a power cut would cost."""
    descriptors: float = 0.0
    """Sockets and files, as a share of those that the system allows."""
    path: ReceivePath | None = None
    path_reason: str = ""
    """Why it is not the fast path; empty where it is."""
    machine: Machine | None = None
    """``None``: it is that of the engine."""


class Ended(msgspec.Struct, frozen=True):
    """A take that ended, until an engine has told of it."""

    take: TakeSummary
    at: float
    """When, monotonic seconds."""
    unmended: str = ""
    """Why it could not be put right, where that was tried."""


class Left(msgspec.Struct, frozen=True):
    """A connection that is over."""

    stream: str
    reason: EndReason
    text: str
    at: float
    """As of `Ended`."""


class Hello(msgspec.Struct, tag="hello", frozen=True, kw_only=True):
    """First message of a worker to whoever connects."""

    worker: int
    pid: int
    settings: Settings | None = None
    peers: tuple[PeerInfo, ...] = ()
    streams: tuple[StreamStatus, ...] = ()
    ended: tuple[Ended, ...] = ()
    """Takes that no engine has acknowledged."""
    left: tuple[Left, ...] = ()
    """The last connections that ended, told or not."""
    clock: str = ""
    """As of `clock_name`; empty: that of the engine."""
    began: float | None = None
    """As of `Setup`."""
    moments: tuple[Moment, ...] = ()
    """What engines told it of its clock, in order."""
    said: float = 0.0
    """When this was said, monotonic seconds of the worker."""
    heard: float = 0.0
    """When it came, monotonic seconds of the engine, which fills it in."""


class ClockTold(msgspec.Struct, tag="clock", frozen=True):
    """What the worker's clock showed."""

    sent: float
    """As it came."""
    heard: float
    """When the question did, monotonic seconds of the worker."""
    said: float = 0.0
    """When this went."""


class Answer(msgspec.Struct, tag="answer", frozen=True):
    """Our answer to an offer that came over the websocket."""

    peer: str
    sdp: str
    candidates: tuple[dict[str, Any], ...] = ()


class Connected(msgspec.Struct, tag="connected", frozen=True):
    """ICE and DTLS are done."""

    peer: str


class Alive(msgspec.Struct, tag="alive", frozen=True):
    """The publisher gave a sign of life after it was probed, or has yet to connect."""

    peer: str


class Closed(msgspec.Struct, tag="closed", frozen=True):
    """The connection is over and its files are finished."""

    peer: str
    reason: EndReason
    text: str = ""


class Found(msgspec.Struct, tag="found", frozen=True):
    """A second stream (a screen share) appeared in a connection."""

    peer: str
    stream: str


class PublisherInfo(msgspec.Struct, tag="info", frozen=True):
    """What a publisher said about itself."""

    peer: str
    label: str | None = None
    muted: bool | None = None
    camera_off: bool | None = None
    screen: bool | None = None
    """Its one picture is a screen, or the camera again."""


class TakeStart(msgspec.Struct, tag="take.start", frozen=True):
    """A file was opened and its first key frame written."""

    peer: str
    take: TakeSummary


class TakeEnd(msgspec.Struct, tag="take.end", frozen=True):
    """A file was closed."""

    peer: str
    take: TakeSummary


class Mending(msgspec.Struct, tag="mending", frozen=True):
    """A closed file is being put right; until that is done it is as it was."""

    stream: str
    file: str
    bytes: int


class TakeMended(msgspec.Struct, tag="take.mended", frozen=True):
    """A file was put right, or stays as it was."""

    take: TakeSummary
    """As it is now."""
    error: str = ""
    """Why it stays as it was."""


class Notice(msgspec.Struct, tag="notice", frozen=True):
    """Something a person should know about a stream."""

    stream: str
    text: str
    level: EventLevel = EventLevel.WARNING


class StillPicture(msgspec.Struct, tag="picture", frozen=True):
    """What came of a `Still`; no picture where there is no key frame, or it does not decode."""

    number: int
    picture: Picture | None
    error: str = ""
    """Why it does not decode; empty where it does, or where there is none."""


class Hearing(msgspec.Struct, frozen=True, array_like=True):
    """How loud one stream of a live connection is."""

    peer: str
    stream: str
    meter: SoundMeter


class Heard(msgspec.Struct, tag="heard", frozen=True):
    """All streams of a worker that have sound, twice a second."""

    streams: tuple[Hearing, ...]


class Seen(msgspec.Struct, tag="seen", frozen=True):
    """What one stream shows is an alarm from now on, or is none any more.

    `Status` says so, too, up to a second later.
    """

    peer: str
    stream: str
    meter: PictureMeter


class Status(msgspec.Struct, tag="status", frozen=True):
    """All streams of a worker, once a second."""

    streams: tuple[StreamStatus, ...]
    load: Load = Load()


FromWorker = (
    Hello
    | ClockTold
    | Answer
    | Connected
    | Alive
    | Closed
    | Found
    | PublisherInfo
    | TakeStart
    | TakeEnd
    | Mending
    | TakeMended
    | Notice
    | StillPicture
    | Heard
    | Seen
    | Status
)
