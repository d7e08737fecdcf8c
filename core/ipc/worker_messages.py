"""What an engine and a media worker say to each other.

Plain JSON objects, one per text frame, over the worker's Unix-domain socket: never an
object, a file handle or a media byte, so that a worker could be on another machine.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..config import AttendantConfig, IceConfig, RecordConfig, Sound
from ..errors import UNDECODABLE, ProtocolError
from ..model import (
    STILL,
    AudioSummary,
    Codec,
    Container,
    EndReason,
    EventLevel,
    Kind,
    Picture,
    PictureMeter,
    ReceivePath,
    Size,
    SoundMeter,
    TakeSummary,
    TrackAges,
    TrackStats,
    VideoSummary,
)
from ..recording.disk import Space
from ..recording.place import Place

MAX_FRAME = 1 << 22
"""Bytes of what an engine says at once."""
TERM = "Roomdeck-Term"
"""Header with when an engine began, Unix time: of two that know nothing of each other, on machines
that were cut off, a worker keeps the later one."""
SUPERSEDED = 4001
"""How it refuses the other one, as of RFC 6455, 7.4.2."""
MAX_NEWS = 1 << 26
"""Bytes of what a worker says at once: after days alone it has many takes to tell of."""


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


# ── engine → worker ──────────────────────────────────────────────────────────────────────


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """What two clocks showed at the same time, as far as is known."""

    worker: float
    """Monotonic seconds of a worker whose clock is not the engine's."""
    session: float
    """Seconds since the session began."""
    error: float
    """Seconds by which they may have shown that apart."""


class Setup(msgspec.Struct, tag="setup", frozen=True):
    """First message of an engine to a worker that it started."""

    settings: Settings
    began: float | None = None
    """`Session.began` by the worker's own clock, where that is another one."""


class ClockAsked(msgspec.Struct, tag="clock.ask", frozen=True):
    """Asks for the time of a worker whose clock is another one; answered by `ClockTold`."""

    sent: float
    """When; comes back with the answer."""


class Moments(msgspec.Struct, tag="moments", frozen=True):
    """What became known of the worker's clock, for it to tell engines that come later."""

    moments: tuple[Moment, ...]


class Heritage(msgspec.Struct, tag="heritage", frozen=True):
    """What to start another engine with, should this one be gone; kept in memory only."""

    config: RecordConfig


class Offer(msgspec.Struct, tag="offer", frozen=True, kw_only=True):
    """An offer that came over the websocket; a known ``peer`` means renegotiation."""

    peer: str
    stream: str
    raw_id: str
    uuid: str
    session: str | None
    sdp: str
    claims: str = ""
    """The stream id that the publisher gives, where `stream` had to be another name."""
    screen: tuple[int, ...] = ()
    encrypted: bool = False
    """How it came, and so how its answer goes back."""
    wanted: bool = True
    """It is recorded from the first; else it is looked at."""


class Candidates(msgspec.Struct, tag="candidates", frozen=True):
    """The publisher's ICE candidates, decrypted."""

    peer: str
    candidates: tuple[dict[str, Any], ...]


class Record(msgspec.Struct, tag="record", frozen=True):
    """Begin to write a stream of a live connection, or stop writing it."""

    stream: str
    wanted: bool
    reason: EndReason = EndReason.STOPPED
    monitored: bool = False
    """Where it is not wanted: it is looked at."""


class Split(msgspec.Struct, tag="split", frozen=True):
    """Go on in a new file at the next key frame."""

    stream: str


class Close(msgspec.Struct, tag="close", frozen=True):
    """Say goodbye to a publisher and finish its files."""

    peer: str
    reason: EndReason


class Probe(msgspec.Struct, tag="probe", frozen=True):
    """Find out within some 1.5 s whether a publisher is still there.

    Answered by `Alive`, or by `Closed` where it is not.
    """

    peer: str


class Still(msgspec.Struct, tag="still", frozen=True):
    """Make a small picture of a stream's last key frame."""

    stream: str
    number: int
    """Comes back with the picture."""
    size: Size = STILL
    """Into which it has to fit."""


class Acknowledge(msgspec.Struct, tag="ack", frozen=True):
    """These files are in the sidecar; the worker need not remember their takes."""

    files: tuple[str, ...]


class Shutdown(msgspec.Struct, tag="shutdown", frozen=True):
    """Finish every file and leave."""

    reason: EndReason = EndReason.SHUTDOWN


ToWorker = (
    Setup
    | ClockAsked
    | Moments
    | Heritage
    | Offer
    | Candidates
    | Record
    | Split
    | Probe
    | Close
    | Still
    | Acknowledge
    | Shutdown
)


# ── worker → engine ──────────────────────────────────────────────────────────────────────


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

_to_worker = msgspec.json.Decoder(ToWorker)
_from_worker = msgspec.json.Decoder(FromWorker)


def encode(message: ToWorker | FromWorker) -> str:
    """Return the text frame for a message."""
    return msgspec.json.encode(message).decode()


def decode_to_worker(text: str | bytes) -> ToWorker:
    """Return what an engine said.

    Raises:
        ProtocolError: It is not a message of this link.
    """
    try:
        return _to_worker.decode(text)
    except UNDECODABLE as error:
        raise ProtocolError(f"not a message to a worker: {error}") from None


def decode_from_worker(text: str | bytes) -> FromWorker:
    """Return what a worker said.

    Raises:
        ProtocolError: It is not a message of this link.
    """
    try:
        return _from_worker.decode(text)
    except UNDECODABLE as error:
        raise ProtocolError(f"not a message of a worker: {error}") from None
