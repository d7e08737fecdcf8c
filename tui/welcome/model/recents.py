"""Rooms that were recorded lately: what is remembered of one, which is nothing secret. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

import msgspec

from ....core.config import DEFAULT_PASSWORD, DEFAULT_SALT, RecordConfig, RoomConfig
from ....core.errors import UsageError
from ....core.signaling.invite_links import RoomLink, parse_room, salt_of_host

MOST = 12
"""Rooms that are remembered."""
PASSWORD, SALT, RELAY = "password", "salt", "relay"


class Recent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A room, and how it was recorded the last time."""

    name: str
    room: str
    """As `record` takes it: a name, or a link without anything secret."""
    server: str = ""
    tls_ca: str = ""
    output: str = ""
    codec: str = ""
    lacks: tuple[str, ...] = ()
    """What it had besides that is not remembered: `PASSWORD`, `SALT`, `RELAY`."""
    last: float = 0.0
    """Unix time at which it was last left."""

    def options(self) -> dict[str, str]:
        """Return the options of `record`, by their names."""
        options = {
            "room": self.room,
            "server": self.server,
            "tls_ca": self.tls_ca,
            "output": self.output,
            "codec": self.codec,
        }
        return {name: value for name, value in options.items() if value}


def recent_of(config: RecordConfig, link: RoomLink, now: float) -> Recent:
    """Return what may be remembered of a recording.

    Args:
        config: Of the recording.
        link: What was given for the room.
        now: Unix time.
    """
    room = config.room
    text = _room_text(room, link)
    lacks = {
        PASSWORD: room.password not in (None, DEFAULT_PASSWORD),
        SALT: _salt_of(text) != room.salt,
        RELAY: link.ice.turn is not None,
    }
    return Recent(
        name=room.name,
        room=text,
        server="" if _may_be_secret(room.server) else room.server,
        tls_ca=room.tls_ca,
        output=config.output,
        codec=config.codec or "",
        lacks=tuple(name for name, lacking in lacks.items() if lacking),
        last=now,
    )


def added(recents: Sequence[Recent], new: Recent) -> tuple[Recent, ...]:
    """Return them with a new one at the front, in the place of an older one of its room."""
    return (new, *(one for one in recents if not _same(one, new)))[:MOST]


def without(recents: Sequence[Recent], forgotten: Recent) -> tuple[Recent, ...]:
    """Return them without one."""
    return tuple(one for one in recents if not _same(one, forgotten))


def _same(one: Recent, other: Recent) -> bool:
    return (one.room, one.server) == (other.room, other.server)


def _room_text(room: RoomConfig, link: RoomLink) -> str:
    """Return the room's name where that says it all, else a link that says the rest."""
    known = link.host if link.host and salt_of_host(link.host) == room.salt else None
    only = link.view if link.room else ()
    if not (room.streams or only or room.password is None) and room.salt == DEFAULT_SALT:
        return room.room
    views = ",".join(room.streams or only)
    arguments = [
        f"room={quote(room.room)}" if room.room else "",
        f"view={quote(views, safe=',')}" if views else "",
        "p0" if room.password is None else "",
    ]
    return f"https://{known or DEFAULT_SALT}/?{'&'.join(filter(None, arguments))}"


def _salt_of(text: str) -> str:
    try:
        return parse_room(text).salt or DEFAULT_SALT
    except UsageError:
        return ""


def _may_be_secret(server: str) -> bool:
    """Whether a server's URL holds more than where it is, as keys of those who rent it."""
    parts = urlsplit(server)
    return bool(parts.query or parts.fragment or parts.username or parts.password)
