"""Enums and frozen values that cross the borders between the parts.

Everything a client of the engine may know is here; nothing here does anything.
Times called ``arrival`` or ``now`` are monotonic seconds, times called ``time`` or
``started`` are seconds since the Unix epoch. The latter are for people to read: the clock may be
set at any time, so that only monotonic times, and what was computed from them, are subtracted.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

LONGEST_PACKET = 16384
"""Bytes of an RTP or RTCP packet that is taken: what fits into the largest of the usual jumbo
frames."""
SCREEN_SHARE = "-screen"
"""How the id of a screen share ends; before it is the one of whoever shares it."""


class Kind(StrEnum):
    """What a track carries."""

    AUDIO = "audio"
    VIDEO = "video"


_SOUND_RATES = {"opus": 48000, "pcmu": 8000, "pcma": 8000, "g722": 8000}
_PICTURE_RATE = 90000


class Codec(StrEnum):
    """Codecs that can be recorded, by the name shown to people."""

    H264 = "h264"
    H265 = "h265"
    VP8 = "vp8"
    VP9 = "vp9"
    AV1 = "av1"
    OPUS = "opus"
    PCMU = "pcmu"
    PCMA = "pcma"
    G722 = "g722"

    kind: Kind
    """Whether this is a codec for sound or for pictures."""
    clock_rate: int
    """RTP clock in Hz. G.722 counts 8 kHz although it samples at 16 kHz (RFC 3551, 4.5.2)."""

    def __init__(self, name: str) -> None:
        # Plain attributes: both are read several times for every frame.
        self.kind = Kind.AUDIO if name in _SOUND_RATES else Kind.VIDEO
        self.clock_rate = _SOUND_RATES.get(name, _PICTURE_RATE)


class Container(StrEnum):
    """Kinds of files, by their extension."""

    AUTO = "auto"
    """By the codecs: ``ts`` for H.264 and H.265, else ``mkv``."""
    TS = "ts"
    MKV = "mkv"
    MP4 = "mp4"


class EncodedFrame(msgspec.Struct, frozen=True, gc=False):
    """One access unit of video, or one packet of audio, as the sender encoded it."""

    codec: Codec
    data: bytes
    """H.264/H.265: Annex B, four-byte start codes. VP8/VP9: the frame (VP9: superframe where
    it has layers). AV1: a temporal unit without temporal delimiters, every OBU with its size.
    Audio: the codec's packet."""
    rtp_time: int
    """RTP timestamp, unwrapped: never jumps by 2^32 within one epoch."""
    arrival: float
    """When its last packet arrived."""
    key: bool
    """Decodable without what went before; always true for audio."""
    width: int = 0
    """Pixels, from the bitstream; on video key frames only."""
    height: int = 0
    hole: bool = False
    """Something before this frame was lost for good."""
    epoch: int = 0
    """Counts restarts of the RTP clock (a new SSRC); times of two epochs are not comparable."""


class SenderReport(msgspec.Struct, frozen=True, gc=False):
    """One point of the sender's clock (RFC 3550, 6.4.1)."""

    ntp: float
    """Sender's wall clock, seconds since the Unix epoch."""
    rtp_time: int
    """The same instant on the track's RTP clock, unwrapped like `EncodedFrame.rtp_time`."""
    arrival: float
    epoch: int = 0


class TrackStats(msgspec.Struct, frozen=True):
    """Counters of one received track since it began."""

    expected: int = 0
    """Packets the sender must have sent, by sequence number."""
    received: int = 0
    """Packets of the media SSRC that came by themselves, duplicates excluded."""
    recovered: int = 0
    """Packets that came back by retransmission or redundancy."""
    lost: int = 0
    """Packets given up."""
    duplicates: int = 0
    late: int = 0
    malformed: int = 0
    unknown: int = 0
    """Packets of payload types that were not agreed on."""
    undecryptable: int = 0
    """Packets that the keys of the connection do not open."""
    too_long: int = 0
    """Packets of more than `LONGEST_PACKET` bytes, which were refused."""
    nacks: int = 0
    """Sequence numbers asked for again."""
    plis: int = 0
    frames: int = 0
    key_frames: int = 0
    dropped_frames: int = 0
    """Complete frames thrown away because what they refer to is missing."""
    holes: int = 0
    """Places where the track goes on after something was lost for good."""
    bytes: int = 0
    """RTP payload bytes."""
    jitter: float = 0.0
    """Seconds, RFC 3550 6.4.1."""


class TrackAges(msgspec.Struct, frozen=True):
    """Seconds since something last happened to one track."""

    media: float | None = None
    """Since a packet of it came that could be read; ``None`` before the first."""
    written: float | None = None
    """Since the file was seen to have more of it; ``None`` while a file has nothing of it."""


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


class SoundMeter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How loud a track is; dBFS, of the loudest channel."""

    level: float
    """RMS of the last half second; `SILENCE` where there was nothing to hear."""
    peak: float
    """The highest sample of the last three seconds, or what is known instead of it."""
    clipped: float | None = None
    """Seconds since samples last stood at full scale; ``None``: they never did."""
    silent: float = 0.0
    """Seconds since there was last something above `QUIET`; 0 while there is, and while its sender
    is muted."""
    decoded: bool = False
    """Measured from the sound itself, not taken from what packets say of it (RFC 6464)."""


SILENCE = -127.0
"""dBFS: what packets call digital silence."""
QUIET = -60.0
"""dBFS: what is not above it, nobody hears."""


class PictureMeter(msgspec.Struct, frozen=True, kw_only=True):
    """What a small copy of the pictures of a track shows."""

    black: float = 0.0
    """Seconds from the first to the last of those that were black, one after the other; 0 where
    the last one that was looked at was not."""
    frozen: float = 0.0
    """The same for those between which nothing moved."""


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


class StandingStall(msgspec.Struct, frozen=True):
    """What of a stream stands still, as an engine needs to know it that takes over."""

    stream: str
    what: Stall
    since: float
    """Monotonic seconds."""
    why: str


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


class Picture(msgspec.Struct, frozen=True):
    """A small still picture."""

    width: int
    height: int
    rgb: bytes
    """Three bytes a pixel, row by row from the top."""
    age: float = 0.0
    """Seconds since it arrived, when it was asked for: key frames may be minutes apart."""


class Size(msgspec.Struct, frozen=True, array_like=True):
    """Of a picture, in pixels."""

    width: int
    height: int


STILL = Size(96, 54)
"""Of a still picture at most, where no other size was asked for."""


class SignalingState(StrEnum):
    """The websocket to the handshake server."""

    CONNECTING = "connecting"
    JOINED = "joined"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class DiskSnapshot(msgspec.Struct, frozen=True):
    """The disk that holds the output folder."""

    free: int = 0
    """Bytes."""
    seconds_left: float | None = None
    """At the present rate, down to the floor; ``None`` while nothing is written."""
    total: int = 0
    """Bytes; 0: not known."""
    floor: int = 0
    """Bytes left at which recording stops."""
    goes_on: int = 0
    """Bytes left at which it then goes on."""
    full: bool = False
    """Recording has stopped for that, and not gone on."""


class EventType(StrEnum):
    """All that is told of. As JSON the value; ``docs/events.md`` lists them."""

    ENGINE_START = "engine.start"
    """A recording began, or looking at a room, or another engine took it over."""
    ENGINE_STOP = "engine.stop"
    """It was told to end, and finishes every file."""
    ENGINE_END = "engine.end"
    """All files are closed; the data are an `Outcome`."""
    LINK_JOINED = "link.joined"
    """The websocket is in the room (again)."""
    LINK_LOST = "link.lost"
    """The websocket is gone; what is recorded goes on."""
    STREAM_JOIN = "stream.join"
    """A publisher is there, or shares a screen."""
    STREAM_ADOPT = "stream.adopt"
    """A worker that outlived its engine is recording it, or looking at it."""
    STREAM_CONNECT = "stream.connect"
    """Its connection is up."""
    STREAM_LEAVE = "stream.leave"
    """It left, or its connection ended."""
    STREAM_STALL = "stream.stall"
    """Something of it stands still."""
    STREAM_RESUME = "stream.resume"
    """What stood still goes on."""
    STREAM_IDLE = "stream.idle"
    """It is connected, and sends nothing."""
    TAKE_START = "take.start"
    """A file was begun."""
    TAKE_END = "take.end"
    """A file was closed, and is on the disk."""
    TAKE_MENDING = "take.mending"
    """A closed file is being put right."""
    TAKE_MENDED = "take.mended"
    """A closed file was put right."""
    TAKE_UNMENDED = "take.unmended"
    """A closed file could not be put right; the text says why."""
    TAKE_REPAIRED = "take.repaired"
    """A file that somebody before left without its end was completed, or could not be."""
    DISK_SMALL = "disk.small"
    """A disk is so small that less than the floor stays free."""
    ALARM_BEGIN = "alarm.begin"
    """Something is wrong, and stays so until ``alarm.end``."""
    ALARM_END = "alarm.end"
    """What was wrong is right again, or its stream is gone."""
    UPLOAD_DONE = "upload.done"
    """A file is where it was to be uploaded to, and was compared with what is here."""
    UPLOAD_FAILED = "upload.failed"
    """A file could not be uploaded; it is tried again."""
    FILE_REMOVED = "file.removed"
    """A file that was uploaded or kept long enough was removed from the disk, as was asked for."""
    HOOK_FAILED = "hook.failed"
    """A command or an address that was to hear of an event did not take it."""
    HTTP_OPEN = "http.open"
    """Metrics and remote control can be had."""
    COMMAND = "command"
    """Somebody asked for something."""
    MARKER = "marker"
    """Somebody marked a moment."""
    REPORT = "report"
    """The report of the session is made."""
    WORKER_PLAIN = "worker.plain"
    """A worker takes packets in the slower way."""
    WARNING = "warning"
    """Something that a person should know."""
    ERROR = "error"
    """Something failed."""
    SCREEN = "screen"
    """What no engine says, but who follows one; not numbered."""


class EventLevel(StrEnum):
    """How much an event matters."""

    INFO = "info"
    WARNING = "warning"
    """A person should know it."""
    ERROR = "error"
    """Something failed."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; the events of an engine are numbered without gaps."""

    seq: int
    time: float
    elapsed: float = 0.0
    """Seconds since the session began, as in `TakeSummary.offset`."""
    type: str
    """An `EventType`; those of an engine of another version may be others."""
    stream: str = ""
    level: EventLevel = EventLevel.INFO
    text: str = ""
    data: dict[str, Any] = {}


class ReceivePath(StrEnum):
    """How a worker takes packets from the network."""

    FAST = "fast"
    """Its own sockets, all drained together ten times a second and more, decrypted in place."""
    PLAIN = "plain"
    """Every packet through asyncio and aiortc, where the fast path is not available."""


class WorkerSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One media worker."""

    number: int
    pid: int
    node: str = ""
    """Name of its machine, in a cluster; empty: that of the engine."""
    streams: int = 0
    """Connections that it holds."""
    cpu: float = 0.0
    """Share of one core that it used over the last seconds, 0 to 1 and above."""
    late: float = 0.0
    """Seconds by which its receiving loop was late at worst within the last seconds."""
    memory: int = 0
    """Bytes resident."""
    waiting: int = 0
    """Bytes of media that wait for the disk."""
    unsafe: float = 0.0
    """Seconds of media that a power cut would cost."""
    descriptors: float = 0.0
    """Sockets and files that it has open, as a share of those that the system allows."""
    path: ReceivePath | None = None
    """``None``: it has not said yet."""
    path_reason: str = ""
    """Why it is not the fast one; empty where it is."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an engine's run; the data of its last event, ``engine.end``."""

    joined: bool = False
    """It was in the room."""
    takes: int = 0
    """Files that were closed, well or badly."""
    failed: int = 0
    """Of these: those that ended by a fault of ours, of the disk or of a worker that died."""
    disk_full: bool = False
    broken: bool = False
    """It ended by an error of its own."""
    asked: bool = True
    """Something was to be recorded: all, or what somebody asked for."""
    hurried: bool = False
    """Files may be without their end: somebody could not wait."""


class UploadState(StrEnum):
    """How far a file is on its way to where it is uploaded to."""

    WAITING = "waiting"
    SENDING = "sending"
    CHECKING = "checking"
    DONE = "done"
    FAILED = "failed"
    """It is tried again later."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One file on its way."""

    file: str
    """Its path here."""
    node: str = ""
    """The machine that has it, in a cluster, and sends it."""
    state: UploadState
    to: str = ""
    """Where it goes, or is, without credentials."""
    sent: int = 0
    """Bytes."""
    bytes: int = 0
    rate: float = 0.0
    """Bytes per second."""
    error: str = ""
    """Of the last attempt, where that failed."""
    retry_in: float | None = None
    """Whole seconds until it is tried again; ``None``: as soon as its turn comes."""


class UploadsSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is uploaded."""

    files: tuple[Upload, ...] = ()
    """Those that are not done, and the last of those that are; at most 200."""
    waiting: int = 0
    """Files that are not where they are to be."""
    waiting_bytes: int = 0
    done: int = 0
    done_bytes: int = 0
    failed: int = 0
    """Attempts."""
    rate: float = 0.0
    """Bytes per second."""


class NodeState(StrEnum):
    """How a machine of a cluster is, as far as the engine knows."""

    UP = "up"
    DRAINED = "drained"
    """Somebody wants it empty: what it has goes on elsewhere, and nothing new comes."""
    FULL = "full"
    """Its disk is, or is before long: the same."""
    UNREACHABLE = "unreachable"
    """A worker on it could not be reached a moment ago; no stream goes there."""
    UNLISTED = "unlisted"
    """Ray does not tell of it (any more), and its workers are reached."""


class NodeClock(msgspec.Struct, frozen=True, kw_only=True):
    """How the clock of a machine stands to that of the engine's, measured by the link itself."""

    offset: float = 0.0
    """Seconds by which its time of day is ahead; below zero: behind."""
    error: float = 0.0
    """Seconds by which times that were put into the session's are wrong at most."""
    drift: float = 0.0
    """By how much the engine's clock runs faster: 5e-5 is 50 ppm."""
    round_trip: float = 0.0
    """Seconds that the quickest exchange took."""


class NodeSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One machine of a cluster."""

    name: str
    host: str = ""
    cores: int = 0
    """For workers."""
    state: NodeState = NodeState.UP
    workers: int = 0
    streams: int = 0
    """Connections that they hold."""
    cpu: float = 0.0
    """What they use, in cores."""
    bitrate: float = 0.0
    """Bits per second that come to be written."""
    memory: int = 0
    """Bytes resident, of the workers."""
    disk: DiskSnapshot | None = None
    """That of its files; ``None``: nobody there tells."""
    clock: NodeClock | None = None
    """``None``: the same."""


class ClusterSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The machines on which workers may be, as far as Ray tells."""

    nodes: tuple[NodeSnapshot, ...] = ()
    trouble: str = ""
    """Why Ray does not do what it should; then the nodes are those that it told of last."""


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
