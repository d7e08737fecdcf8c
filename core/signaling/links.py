"""Room names and pasted VDO.Ninja links (protocol.md §1.2, §2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

import msgspec
from msgspec import UNSET, UnsetType

from ..config import DEFAULT_SALT, Family, IceConfig, TurnServer
from ..errors import UsageError
from ..model import Codec, Kind
from .secrets import normalise_room, password_from_text

LINK_LIMIT = 4096
"""Characters of a room name or link."""

_ROOM = ("room", "r", "roomid", "director", "dir")
_PASSWORD = ("password", "pass", "pw", "p")
_FIELD_LIMIT = 100
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SHARED_HOSTS = ("vdo.ninja", "rtc.ninja", "versus.cam", "socialstream.ninja")
"""Pages under these names all use the name itself as salt."""
_GITHUB_HOST = "steveseguin.github.io"


class RoomLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a room name or link says; what it leaves open is the caller's to decide."""

    room: str
    """Normalised, not empty."""
    host: str | None = None
    """Host of the page."""
    server: str | None = None
    """Websocket URL of the handshake server."""
    family: Family = Family.AUTO
    password: str | UnsetType | None = UNSET
    """``None`` where the link switches it off."""
    salt: str | None = None
    hash: str | None = None
    """Start of the suffix that the right password gives; `Secrets.matches` checks it."""
    codec: Codec | None = None
    ice: IceConfig = IceConfig()

    def __repr__(self) -> str:
        """Show nothing that opens a room or a relay."""
        return f"<RoomLink {self.room!r} server={self.server!r} family={self.family}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to rich, which would otherwise list every field."""
        return [("room", self.room), ("server", self.server), ("family", self.family)]


def parse_room(text: str) -> RoomLink:
    """Read a room name, or a link of a VDO.Ninja page that has a room in it.

    Raises:
        UsageError: No room name is to be found in it.
    """
    text = text.strip()
    if len(text) > LINK_LIMIT:
        raise UsageError(f"a room or link of {len(text)} characters, more than {LINK_LIMIT}")
    absolute = _SCHEME.match(text) is not None
    if not absolute and not ("?" in text and "=" in text):
        return RoomLink(room=_room_name(text, "the room name is empty"))
    try:
        parts = urlsplit(text if absolute else f"https://{text}")
        values = dict(reversed(_arguments(parts)))
        return _link(parts.hostname, values)
    except ValueError:
        raise UsageError("this link cannot be read; is it complete?") from None


def normalise_server(text: str) -> str:
    """Return a websocket URL; without a scheme it is taken for an encrypted one, as by the page."""
    text = text.strip()
    return text if text.startswith(("ws://", "wss://")) else f"wss://{text}"


def salt_of_host(host: str) -> str:
    """Return the salt that a page of this host uses (protocol.md §2.3)."""
    host = host.lower().rstrip(".")
    if host in ("localhost", _GITHUB_HOST) or _is_address(host):
        return DEFAULT_SALT
    shared = (name for name in _SHARED_HOSTS if host == name or host.endswith(f".{name}"))
    return next(shared, host)


def _arguments(parts: SplitResult) -> list[tuple[str, str]]:
    # with max_num_fields a longer list is a ValueError
    return parse_qsl(parts.query, keep_blank_values=True, max_num_fields=_FIELD_LIMIT)


def _link(host: str | None, values: Mapping[str, str]) -> RoomLink:
    server = values.get("wss2") or values.get("wss")
    family = Family.ROUTED if values.get("wss2") else Family.FANOUT
    return RoomLink(
        room=_room_name(_first(values, _ROOM) or "", "the link names no room (room=…)"),
        host=host,
        server=normalise_server(server) if server else None,
        family=family if server else Family.AUTO,
        password=_password(values),
        salt=values.get("salt") or (salt_of_host(host) if host else None),
        hash=values.get("hash") or None,
        codec=_codec(values.get("codec", "")),
        ice=IceConfig(stun=_stun(values.get("stun", "")), turn=_turn(values.get("turn", ""))),
    )


def _room_name(text: str, complaint: str) -> str:
    name = normalise_room(text)
    if not name:
        raise UsageError(complaint)
    return name


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((values[name] for name in names if values.get(name)), None)


def _password(values: Mapping[str, str]) -> str | UnsetType | None:
    """Read the password; a page asks for one that is left blank, so that says nothing."""
    typed = _first(values, _PASSWORD)
    return UNSET if typed is None else password_from_text(typed)


def _codec(text: str) -> Codec | None:
    try:
        codec = Codec(text.lower())
    except ValueError:
        return None
    return codec if codec.kind is Kind.VIDEO else None


def _stun(text: str) -> str:
    return text if text.startswith(("stun:", "stuns:")) else ""


def _turn(text: str) -> TurnServer | None:
    """Read ``user;password;url``; whatever else a page may allow is left out."""
    parts = text.split(";")
    if len(parts) != 3 or not parts[2].startswith(("turn:", "turns:")):
        return None
    return TurnServer(url=parts[2], username=parts[0], password=parts[1])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
