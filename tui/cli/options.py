"""From options and a pasted link to where the room is; small values as people write them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import UNSET

from ...core.config import (
    DEFAULT_PASSWORD,
    DEFAULT_SALT,
    HOSTED_SERVER,
    Family,
    IceConfig,
    RoomConfig,
    TurnServer,
    is_hosted,
)
from ...core.errors import MissingError, UsageError
from ...core.model import Codec
from ...core.signaling.invite_links import RoomLink, normalise_server, parse_room, stream_ids
from ...core.signaling.secrets import Secrets, password_from_text
from .names import video_codec

T = TypeVar("T")

TYPED, ENVIRONMENT, CONFIGURED = 3, 2, 1
HOSTED = "hosted"
HOSTED_NOTE = (
    "using the public VDO.Ninja service; it belongs to Steve Seguin and is meant for "
    "VDO.Ninja sessions: ask him before you build on it"
)
_NO_SERVER = """\
which handshake server? roomdeck uses none unless you say so.
  a server of your own      roomdeck serve, then: --server ws://HOST:PORT
  the server in a link      paste a link that names one (wss=… or wss2=…)
  the public service        --server hosted  (it is not ours; see the README)
ROOMDECK_SERVER, or server = "…" in the configuration file, saves typing it."""
_NOWHERE = (
    "the room name is empty; give a room's name or a pasted link, or streams outside rooms: "
    "--stream ID,ID"
)
_IN_A_ROOM = (
    "--stream names streams outside rooms, and a room is given as well; --only chooses among "
    "the streams of a room, and roomdeck publish ROOM STREAM publishes in one"
)
_ASKED = (
    "the page asks for the password of this link; give it with --password or --password-file "
    f"(VDO.Ninja's default is {DEFAULT_PASSWORD}, and --password false is none)"
)


@dataclass(frozen=True, slots=True)
class RoomFlags:
    """What was given for the room, from any source but the link."""

    room: str = ""
    server: str = ""
    streams: str = ""
    """Outside rooms: ``a,b``."""
    tls_ca: str = ""
    password: str | None = field(default=None, repr=False)
    password_file: str = ""
    salt: str = ""
    family: str = Family.AUTO
    stun: str = ""
    turn: str = ""
    turn_user: str = ""
    turn_password: str = field(default="", repr=False)
    rank: Callable[[str], int] = lambda name: 0
    """Where an option came from: `TYPED`, `ENVIRONMENT`, or less for the configuration file."""

    def typed(self, name: str) -> bool:
        """Whether an option was typed on the command line, and so wins over the link."""
        return self.rank(name) == TYPED


@dataclass(frozen=True, slots=True)
class RoomReading:
    """Where the room is, as far as what was given says so."""

    config: RoomConfig
    link: RoomLink
    wrong: Mapping[str, UsageError]
    """What is missing or cannot be used, by the option that it is about."""


def room_config(flags: RoomFlags) -> tuple[RoomConfig, RoomLink]:
    """Return where the room is, and what the link said besides.

    Raises:
        UsageError: Something is missing or wrong; says what to do.
    """
    reading = read_room(flags)
    for error in reading.wrong.values():
        raise error
    return reading.config, reading.link


def read_room(flags: RoomFlags) -> RoomReading:
    """Read what was given for the room, also where not all of it can be used.

    A typed option wins over the link, the link over environment and configuration file.
    """
    wrong: dict[str, UsageError] = {}

    def tried(option: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except UsageError as error:
            wrong.setdefault(option, error)
            return otherwise

    link = tried("room", lambda: _link(flags), RoomLink(room=""))
    server, family = tried("server", lambda: _server(flags, link), ("", Family.AUTO))
    salt = _choose(flags, "salt", flags.salt, link.salt or "") or DEFAULT_SALT
    config = RoomConfig(
        room=link.room,
        streams=link.streams,
        server=server,
        tls_ca=tried("tls_ca", lambda: _authorities(flags, server), ""),
        family=family,
        password=tried("password", lambda: _password(flags, link), None),
        salt=salt,
        ice=tried("ice", lambda: _ice(flags, link), IceConfig()),
    )
    if "password" not in wrong:
        tried("password", lambda: _check_hash(link, config), None)
    return RoomReading(config, link, wrong)


def _check_hash(link: RoomLink, room: RoomConfig) -> None:
    if link.hash and not Secrets(room.password, room.salt).matches(link.hash):
        raise UsageError(
            "the password does not fit this link (its hash= differs); a wrong one leads to "
            "another, empty room: give it with --password, and check --salt"
        )


def preferred_codec(text: str, link: RoomLink, typed: bool) -> Codec | None:
    """Return the codec that is asked for; a typed one wins over the link's, that over others.

    Raises:
        UsageError: It is no video codec.
    """
    codec = video_codec(text)
    return codec if typed else link.codec or codec


def patterns(text: str) -> tuple[str, ...]:
    """Split ``a,b*`` into patterns."""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def _link(flags: RoomFlags) -> RoomLink:
    """Return where to go: a room, or streams outside rooms, of which typed ones win."""
    streams = stream_ids(flags.streams)
    if not flags.room.strip():
        if not streams:
            raise MissingError(_NOWHERE)
        return RoomLink(room="", view=streams)
    link = parse_room(flags.room)
    if link.room and flags.typed("streams"):
        raise UsageError(_IN_A_ROOM)
    if streams and not link.room:
        return msgspec.structs.replace(link, view=streams, push="")
    return link


def _choose(flags: RoomFlags, name: str, given: str, linked: str) -> str:
    return given if flags.typed(name) else linked or given


def _server(flags: RoomFlags, link: RoomLink) -> tuple[str, Family]:
    server, family = _server_and_family(flags, link)
    if family is Family.AUTO and is_hosted(server):
        family = Family.ROUTED
    return server, family


def _server_and_family(flags: RoomFlags, link: RoomLink) -> tuple[str, Family]:
    try:
        family = Family(flags.family)
    except ValueError:
        raise UsageError(f"no server family {flags.family!r}; auto, routed or fanout") from None
    if link.server and not flags.typed("server"):
        return link.server, link.family if family is Family.AUTO else family
    if flags.server == HOSTED:
        return HOSTED_SERVER, Family.ROUTED
    if not flags.server:
        raise MissingError(_NO_SERVER)
    if not link.server and family is Family.AUTO:
        family = link.family
    return normalise_server(flags.server), family


def _authorities(flags: RoomFlags, server: str) -> str:
    if not flags.tls_ca:
        return ""
    path = os.path.abspath(flags.tls_ca)
    # Loads TLS and websockets.
    from ...core.signaling.network import tls_context

    tls_context(server, path)  # here, where its complaint is seen
    return path


def _password(flags: RoomFlags, link: RoomLink) -> str | None:
    typed = flags.typed("password") or flags.typed("password_file")
    if link.password is not UNSET and not typed:
        return link.password
    text = flags.password
    nearer = flags.rank("password_file") > flags.rank("password")
    if flags.password_file and (text is None or nearer):
        text = first_line(
            Path(flags.password_file), f"cannot read the password file {flags.password_file}"
        )
        if not text:
            raise UsageError(
                f"the first line of the password file {flags.password_file} is empty; "
                "write the password there, or false for a room without one"
            )
    if text is None and link.asks_password:
        raise MissingError(_ASKED)
    return DEFAULT_PASSWORD if text is None else password_from_text(text)


def first_line(path: Path, complaint: str) -> str:
    """Return the first line of a file, without blanks around it.

    Raises:
        UsageError: It cannot be read; begins with the complaint, and says why.
    """
    try:
        return path.read_text().split("\n", 1)[0].strip()
    except (OSError, ValueError) as error:
        raise UsageError(f"{complaint}: {error}") from None


def _ice(flags: RoomFlags, link: RoomLink) -> IceConfig:
    stun, turn = flags.stun, link.ice.turn
    if flags.turn and (turn is None or flags.typed("turn")):
        turn = TurnServer(flags.turn, flags.turn_user, flags.turn_password)
    if turn is None and (flags.typed("turn_user") or flags.typed("turn_password")):
        raise UsageError("a relay's user and password need the relay itself: --turn turn:host:3478")
    stun = _choose(flags, "stun", stun, link.ice.stun)
    if stun and not stun.startswith(("stun:", "stuns:")):
        raise UsageError(f"no STUN server: {stun!r}; write it like stun:host:3478")
    if turn and not turn.url.startswith(("turn:", "turns:")):
        raise UsageError(f"no TURN server: {turn.url!r}; write it like turn:host:3478")
    return IceConfig(stun=stun, turn=turn)
