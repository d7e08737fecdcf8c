"""Value objects for every option. Where they come from is ``tui/cli/``'s business."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from .model import AlarmKind, Codec, Container, EventType, Monitor

_LONGEST_NAME = 30
"""Characters, as many as of a room's name."""
DEFAULT_PASSWORD = "someEncryptionKey123"
"""What VDO.Ninja uses where nobody gives a password (protocol.md §2.2)."""
DEFAULT_SALT = "vdo.ninja"
HOSTED_SERVER = "wss://wss.vdo.ninja:443"
"""The public service, used only where somebody asks for ``--server hosted``."""
_HOSTED_HOSTS = ("wss.vdo.ninja", "apibackup.vdo.ninja", "proxywss.rtc.ninja")


def is_hosted(server: str) -> bool:
    """Whether a server's URL is one of the public service's, which is a routed server."""
    try:
        return urlsplit(server).hostname in _HOSTED_HOSTS
    except ValueError:
        return False


EVERYBODY = "*"
SYNC = 2.0
FLOOR = 300_000_000
KEY_FRAMES = 10.0
"""Seconds; media.md has what they cost a page."""


HELD = 256_000_000
"""Bytes that a worker holds of all streams for `RecordConfig.pre_roll` at most."""
HELD_PART = 4
"""All workers together at most this part of the machine's memory."""
SHORTEST_PRE_ROLL, LONGEST_PRE_ROLL = 1.0, 600.0


class Family(StrEnum):
    """How a handshake server passes messages on (protocol.md §1.2)."""

    AUTO = "auto"
    ROUTED = "routed"
    FANOUT = "fanout"


class TurnServer(msgspec.Struct, frozen=True):
    """A relay; ``url`` is a ``turn:`` or ``turns:`` URL."""

    url: str
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Show no credentials."""
        return f"TurnServer({self.url!r})"


class IceConfig(msgspec.Struct, frozen=True):
    """Helpers for finding a way to the peer; none is needed within one network."""

    stun: str = ""
    turn: TurnServer | None = None


class Sound(msgspec.Struct, frozen=True):
    """What publishers are asked for in their sound, where it is Opus (RFC 7587, 6.1)."""

    stereo: bool = False
    """Two channels, also from those who did not offer them."""
    bitrate: int = 0
    """Bits per second on average; 0 leaves it to the publisher."""


def session_name(room: str, streams: tuple[str, ...]) -> str:
    """Return what a recording is called where people name it: its room, or its streams' ids."""
    return room or "_".join(streams)[:_LONGEST_NAME]


class RoomConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where a room is and how to get in; shared by recorders and publishers."""

    room: str
    """Its name; "" is outside rooms."""
    streams: tuple[str, ...] = ()
    """Ids of the streams to ask for, outside rooms; in a room, others tell who is there."""
    server: str
    """A ``ws://`` or ``wss://`` URL."""
    tls_ca: str = ""
    """A PEM file of certificates that vouch for the server, beside those that the system trusts."""
    family: Family = Family.AUTO
    password: str | None = DEFAULT_PASSWORD
    """As typed; ``None`` is no password at all."""
    salt: str = DEFAULT_SALT
    ice: IceConfig = IceConfig()

    @property
    def name(self) -> str:
        """What it is called in file names, lists and commands."""
        return session_name(self.room, self.streams)

    def __repr__(self) -> str:
        """Show no password."""
        return f"RoomConfig({self.name!r} at {self.server!r})"


DELIVERIES = ("edit", "prores", "prores-proxy", "audio", "web", "masters")
"""Kinds of files that are made from takes, by name: what they are is in ``core/delivery``."""


class Http(msgspec.Struct, frozen=True):
    """Where metrics and remote control are to be had."""

    host: str
    """A name or an address of this machine."""
    port: int
    """0 takes a free one."""
    token_file: str = ""
    """Path of the file with what whoever asks has to know; empty: whoever is on this machine may
    ask."""

    @property
    def is_local(self) -> bool:
        """Whether no other machine gets there."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def address(self) -> str:
        """As people write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Uploads(msgspec.Struct, frozen=True, kw_only=True):
    """Where files of a session go when they are closed."""

    to: tuple[str, ...]
    """URLs as of ``core/attendant/uploads/destination.py``; a later one where those before it
    fail."""
    rate: float = 0.0
    """Bytes per second at most, on average; 0: any."""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Which takes are removed from the disk; where they are uploaded, only those that were."""

    keep: float | None = None
    """Seconds since their end after which they go; ``None``: none goes for its age."""
    keep_free: int = 0
    """The oldest go until so many bytes are free."""
    spare_session: bool = False
    """Those of the session itself stay: files are to be made of them."""


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A program or an address that is to hear of events."""

    on: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Shell patterns of types of events; what fails in telling hooks is heard by its full name
    alone."""
    streams: tuple[str, ...] = ()
    """Shell patterns of streams; empty: those of all, and what is of no stream."""
    name: str = ""
    """What it is called where people read of it."""
    command: tuple[str, ...] = ()
    """A program and its arguments, without a shell."""
    url: str = ""
    secret: str = ""
    """Signs what is sent to an address; ``whsec_`` and base64, or any text."""
    secret_file: str = ""
    secret_env: str = ""
    """Where the secret is instead; resolved when a recording begins."""
    timeout: Annotated[float, Meta(gt=0, le=86400)] | None = None
    """Seconds that a program, or one attempt to reach an address, may take; ``None``: 60 or 10."""
    at_once: Annotated[int, Meta(ge=1, le=16)] = 1
    """So many events are told at the same time; with 1 they come in their order."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense; msgspec tells where it stands."""
        for pattern in self.on:
            if pattern != EventType.HOOK_FAILED and not any(
                fnmatchcase(one, pattern) for one in EventType if one is not EventType.HOOK_FAILED
            ):
                raise ValueError(
                    f"on: there is no event like {pattern!r}; docs/events.md has all types"
                )
        if bool(self.command) is bool(self.url):
            raise ValueError("either command or url is needed, not both")
        if self.command and (not self.command[0] or "\0" in "".join(self.command)):
            raise ValueError("command: its first text is a program")
        if self.url and not _is_web(self.url):
            raise ValueError("url: expected an address like https://host/path")
        if sum(map(bool, (self.secret, self.secret_file, self.secret_env))) > 1:
            raise ValueError("one of secret, secret_file and secret_env is enough")
        if self.command and (self.secret or self.secret_file or self.secret_env):
            raise ValueError("a secret signs what is sent to a url; a command needs none")

    @property
    def title(self) -> str:
        """What people read of it; no part of an address that may be a secret."""
        if self.name or self.command:
            return self.name or self.command[0]
        return urlsplit(self.url).hostname or ""

    def __repr__(self) -> str:
        """Show neither an address nor a secret."""
        return f"Hook({self.title!r} on {', '.join(self.on)})"


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class AttendantConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What goes on beside a recording, in a process of its own."""

    hooks: tuple[Hook, ...] = ()
    http: Http | None = None
    uploads: Uploads | None = None
    retention: Retention | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return self != AttendantConfig()


class PlaceRule(msgspec.Struct, frozen=True):
    """Which streams are to be recorded on which nodes of a cluster."""

    pattern: str
    """A shell pattern of stream ids, or of how publishers are called."""
    label: str
    """What a node has: a value or ``key=value`` of its labels, a custom resource, its name."""


class ClusterConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The Ray cluster on whose nodes workers are."""

    address: str
    """HOST:PORT of its head, or ``auto``: that of this machine."""
    token_file: str
    """Absolute path of the file with its token, which is the same on every node."""
    place: tuple[PlaceRule, ...] = ()
    """Where streams go that are not to go anywhere; several for one mean any of their nodes."""


class AlarmSetting(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from the rule of one kind of alarm."""

    on: bool = True
    after: float | None = None
    """Seconds for which it has to be wrong; ``None``: as the rule has it."""
    limit: float | None = None
    """In the unit of the rule, where it has a limit; ``None``: as the rule has it."""


class RecordConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an engine needs to know."""

    room: RoomConfig
    output: str
    """An absolute folder; made if it is not there."""
    prefix: str
    only: tuple[str, ...] = ()
    """Shell patterns of stream ids; empty is all."""
    exclude: tuple[str, ...] = ()
    codec: Codec | None = None
    """Preferred video codec."""
    container: Container = Container.AUTO
    """Wanted kind of files; codecs that it cannot hold go into Matroska."""
    key_frames: float = KEY_FRAMES
    """Longest time between two key frames of a stream in seconds, before one is asked for; 0:
    none is."""
    audio: bool = True
    video: bool = True
    sound: Sound = Sound()
    split_every: float = 0.0
    """A stream goes on in a new file at every multiple of so many seconds; 0: it does not."""
    split_bytes: int = 0
    """A stream goes on in a new file before its file is larger than so many bytes; 0: it does
    not."""
    seconds: float | None = None
    """Stop after so long."""
    sync: float = SYNC
    """Seconds of media at most that a power cut may cost; 0: files are forced to the disk only
    when they end."""
    workers: int = 0
    """At most so many worker processes; 0 is one per core."""
    cluster: ClusterConfig | None = None
    """Where workers are; ``None``: on this machine."""
    disk_floor: int = FLOOR
    """Recording stops cleanly when fewer bytes are free; on a small disk, a tenth of it."""
    report: bool = True
    """A report of the session is made beside its files when they are closed."""
    deliver: str = ""
    """Of `DELIVERIES`: files of this kind are made of the session when it is over."""
    attendant: AttendantConfig = AttendantConfig()
    expected: tuple[str, ...] = ()
    """Shell patterns of the stream ids of who should be here."""
    alarms: dict[AlarmKind, AlarmSetting] = {}
    """What differs from the rules."""
    monitor: Monitor = Monitor.OFF
    pre_roll: float = 0.0
    """Seconds that are held of each stream that is connected and only looked at, so that its take
    begins so long before somebody asks for it; 0: it begins then."""
    recorded: tuple[str, ...] = ()
    """Names of streams that are recorded although `monitor` is not off, as somebody asked for it;
    `EVERYBODY` is also who comes from now on."""

    def records(self, stream: str) -> bool:
        """Whether a stream is recorded that nobody has decided about, if no rule excludes it."""
        return self.monitor is Monitor.OFF or bool({stream, EVERYBODY} & {*self.recorded})
