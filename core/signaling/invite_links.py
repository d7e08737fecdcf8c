"""Room names and pasted VDO.Ninja links (protocol.md §1.2, §2).

The page reads its address in a way of its own: several names for one thing, of which a certain
one wins; switches that count by being there, even when empty; a value that is decoded twice; and
room names in the path. Whatever leads a page somewhere leads here to the same place, or is
refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote_plus, unquote_to_bytes, urlsplit

import msgspec
from msgspec import UNSET, UnsetType

from ..config import DEFAULT_SALT, Family, IceConfig, TurnServer, session_name
from ..errors import UsageError
from ..model import Codec, Kind
from .secrets import BLANKS, normalise_room, normalise_stream

LINK_LIMIT = 4096
"""Characters of a room name or link."""
STREAM_LIMIT = 64
"""Streams outside rooms that one link or list may name; servers keep as many requests."""

_DIRECTOR = ("director", "dir")
_ROOM = ("room", "roomid", "r")
_VIEW = ("streamid", "view", "v", "pull")
_PUSH = ("push", "id", "permaid")
_PASSWORD = ("password", "pass", "pw", "p")
_NO_PASSWORD = ("nopassword", "nopass", "nopw", "p0")
_HASH = ("hash", "crc", "check")
_INVITE = ("invite", "i", "code")
_FANOUT = ("wss", "pie", "bypass")
_SECRET = frozenset((*_PASSWORD, "turn"))
# as a value; the page compares letter by letter
_PASSWORD_OFF = ("false", "0", "off")
_FOLDERS = ("alpha", "beta", "director")
"""Last parts of a path that are pages of the site and no rooms."""

_FIELD_LIMIT = 100
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST_AND_PATH = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?/|localhost(:\d+)?/")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCREEN = ":s"
_SHARED_HOSTS = ("vdo.ninja", "rtc.ninja", "versus.cam", "socialstream.ninja")
"""Pages under these names all use the name itself as salt."""
_GITHUB_HOST = "steveseguin.github.io"
_PIESOCKET = "wss://free3.piesocket.com/v3/1?api_key="

_NOWHERE = "the link names no room (room=…) and no stream (view=… or push=…)"
_ENCODED_INVITE = (
    "this invite hides where it leads (invite=…, i=… or code=…), and only a page can read it; "
    "ask for the room's plain link, or give its name and password"
)
_TOKEN = (
    "the link has a token=, which makes its room another one; roomdeck does not know such rooms"
)


class RoomLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a room name or link says; what it leaves open is the caller's to decide."""

    room: str
    """Normalised; "" where it leads to streams outside rooms."""
    view: tuple[str, ...] = ()
    """Stream ids that a page of this link would show, normalised; empty is all of the room."""
    push: str = ""
    """Stream id that a page of this link would publish, normalised."""
    host: str | None = None
    """Host of the page."""
    server: str | None = None
    """Websocket URL of the handshake server."""
    family: Family = Family.AUTO
    password: str | UnsetType | None = UNSET
    """``None`` where the link switches it off."""
    asks_password: bool = False
    """The page would ask for the password."""
    salt: str | None = None
    hash: str | None = None
    """Start of the suffix that the right password gives; `Secrets.matches` checks it."""
    codec: Codec | None = None
    ice: IceConfig = IceConfig()

    @property
    def streams(self) -> tuple[str, ...]:
        """Streams outside rooms that it leads to."""
        return () if self.room else tuple(dict.fromkeys(filter(None, (*self.view, self.push))))

    @property
    def name(self) -> str:
        """What a recording of it is called."""
        return session_name(self.room, self.streams)

    def __repr__(self) -> str:
        """Show nothing that opens a room or a relay."""
        return f"<RoomLink {self.name!r} server={self.server!r} family={self.family}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to rich, which would otherwise list every field."""
        return [("name", self.name), ("server", self.server), ("family", self.family)]


def parse_room(text: str) -> RoomLink:
    """Read a room name, or a link of a VDO.Ninja page that has a room or a stream in it.

    Raises:
        UsageError: Neither is to be found in it, or only a page could follow it; says why.
    """
    text = text.strip(BLANKS)
    if len(text) > LINK_LIMIT:
        raise UsageError(f"a room or link of {len(text)} characters, more than {LINK_LIMIT}")
    if not is_link(text):
        return RoomLink(room=_named(text, "the room name is empty"))
    try:
        parts = urlsplit(text if _SCHEME.match(text) else f"https://{text}")
        segment, fields = _path(parts)
        values = dict(reversed(_arguments(fields)))
        return _link(parts.hostname, segment, values)
    except ValueError:
        raise UsageError("this link cannot be read; is it complete?") from None


def is_link(text: str) -> bool:
    """Whether `parse_room` takes a text for a link, and not for a room's name."""
    text = text.strip(BLANKS)
    return bool(_SCHEME.match(text) or ("?" in text and "=" in text) or _HOST_AND_PATH.match(text))


def without_secrets(link: str) -> tuple[str, str]:
    """Take out of a link what opens its room or its relay, so that it can be shown.

    Returns:
        The link without its passwords, and these; `with_secrets` makes of both a link that leads
        to where the first one did. What is no link stays as it is.
    """
    if not is_link(link):
        return link, ""
    start, *rest = re.split("([?&])", link.strip(BLANKS).partition("#")[0])
    host, slash, last = start.rpartition("/")
    shown, secrets, first = host + slash, list[str](), ""
    for mark, argument in [("", last), *zip(rest[::2], rest[1::2], strict=True)]:
        if unquote_plus(argument.partition("=")[0]).lower() in _SECRET:
            secrets.append(argument)
            first = first or (mark if mark == "?" else "")
        else:
            shown += (first or mark) + argument
            first = ""
    return shown + first, "&".join(secrets)


def with_secrets(link: str, secrets: str) -> str:
    """Put what `without_secrets` took out into a link."""
    if not secrets:
        return link
    return f"{link}{'&' if '?' in link else '?'}{secrets}"


def stream_ids(text: str) -> tuple[str, ...]:
    """Read ``a,b``: ids of streams outside rooms, as a page would publish them.

    Raises:
        UsageError: One of them is no id, or there are too many.
    """
    names = [name for name in text.split(",") if name.strip()]
    pattern = next((name for name in names if set(name) & set("*?[")), None)
    if pattern is not None:
        raise UsageError(
            f"{pattern!r} is no stream id: outside rooms nobody tells which streams there are, so "
            "each must be named in full"
        )
    return _streams(names)


_WEB = {"http": "ws", "https": "wss"}


def normalise_server(text: str) -> str:
    """Return a websocket URL; without a scheme it is taken for an encrypted one, as by the page.

    Raises:
        UsageError: It is the URL of something else, or names no host.
    """
    scheme, found, rest = text.strip().partition("://")
    if not found:
        scheme, rest = "wss", text.strip()
    scheme = scheme.lower()
    if scheme in _WEB:
        raise UsageError(
            f"a handshake server is spoken to over a websocket: write {_WEB[scheme]}://{rest} "
            f"in place of {scheme}://{rest}"
        )
    url = f"{scheme}://{rest}"
    try:
        named = bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:  # a port that is none, half an IPv6 address
        named = False
    if scheme not in ("ws", "wss") or not named or not url.isprintable() or " " in url:
        raise UsageError(f"no server: {text!r}; write it like wss://HOST or ws://HOST:PORT")
    return url


def salt_of_host(host: str) -> str:
    """Return the salt that a page of this host uses (protocol.md §2.3)."""
    host = host.lower().rstrip(".")
    if host in ("localhost", _GITHUB_HOST) or _is_address(host):
        return DEFAULT_SALT
    shared = (name for name in _SHARED_HOSTS if host == name or host.endswith(f".{name}"))
    return next(shared, host)


def _path(parts: SplitResult) -> tuple[str, str]:
    """Return the room that a path ends with, or "", and all arguments as one query.

    A page takes a last part without a dot for a room, and what looks like arguments there for
    arguments. A second question mark is an ampersand to it.
    """
    query = parts.query.replace("?", "&")
    last = parts.path.rpartition("/")[2]
    if len(last) < 2 or "." in last or last in _FOLDERS:
        return "", query
    first = last.split("&")[0]
    if not first or "=" in first:
        return "", f"{last}&{query}"
    return first, query


def _arguments(query: str) -> list[tuple[str, str]]:
    # with max_num_fields a longer list is a ValueError
    return parse_qsl(query, keep_blank_values=True, max_num_fields=_FIELD_LIMIT)


def _link(host: str | None, segment: str, values: Mapping[str, str]) -> RoomLink:
    if _first(values, _INVITE):
        raise UsageError(_ENCODED_INVITE)
    if values.get("token"):
        raise UsageError(_TOKEN)
    server, family = _server(values)
    password, asked = _password(values)
    push = _first(values, _PUSH)
    link = RoomLink(
        room=normalise_room(_room(values, segment)),
        view=_streams((_first(values, _VIEW) or "").split(",")),
        push=normalise_stream(push) if push else "",
        host=host,
        server=server,
        family=family,
        password=password,
        asks_password=asked,
        salt=values.get("salt") or (salt_of_host(host) if host else None),
        hash=_first(values, _HASH),
        codec=_codec(values.get("codec", "")),
        ice=IceConfig(stun=_stun(values.get("stun", "")), turn=_turn(values.get("turn", ""))),
    )
    if not link.name:
        raise UsageError(_NOWHERE)
    return link


def _room(values: Mapping[str, str], segment: str) -> str:
    """Return the room as typed; a director's name for it wins over a guest's."""
    if any(name in values for name in _DIRECTOR):
        # where it is left blank, the others are asked in this order
        return _first(values, (*_DIRECTOR, "roomid", "r", "room")) or segment
    return next((values[name] for name in _ROOM if name in values), segment)


def _named(text: str, complaint: str) -> str:
    name = normalise_room(text)
    if not name:
        raise UsageError(complaint)
    return name


def _streams(names: list[str]) -> tuple[str, ...]:
    """Normalise ids; ``ID:s`` is the screen that ID shares, which comes in its connection."""
    ids = dict.fromkeys(normalise_stream(name.split(_SCREEN)[0]) for name in names)
    ids.pop("", None)
    if len(ids) > STREAM_LIMIT:
        raise UsageError(f"{len(ids)} streams are more than one recorder asks for: {STREAM_LIMIT}")
    return tuple(ids)


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((values[name] for name in names if values.get(name)), None)


def _server(values: Mapping[str, str]) -> tuple[str | None, Family]:
    """Return the server's URL, and its family, which a switch without a URL tells as well."""
    if values.get("wss"):
        return normalise_server(values["wss"]), Family.FANOUT
    if "wss" not in values and values.get("wss2"):
        return normalise_server(values["wss2"]), Family.ROUTED
    if values.get("pie"):
        return normalise_server(_PIESOCKET + values["pie"]), Family.FANOUT
    return None, Family.FANOUT if any(name in values for name in _FANOUT) else Family.AUTO


def _password(values: Mapping[str, str]) -> tuple[str | UnsetType | None, bool]:
    """Read the password, and whether a page asks for it: it does where it is left blank."""
    if any(name in values for name in _PASSWORD):
        typed = _first(values, _PASSWORD)
        if typed is None:
            return UNSET, True
        off = typed in _PASSWORD_OFF
        return None if off else _decoded_again(typed).strip(BLANKS) or None, False
    return None if any(name in values for name in _NO_PASSWORD) else UNSET, False


def _decoded_again(text: str) -> str:
    """Undo percent signs that are still there, as the page does; what is no escape stays."""
    if _BAD_ESCAPE.search(text):
        return text
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        return text


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
