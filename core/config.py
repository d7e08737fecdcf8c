"""Value objects for every option. Where they come from is ``tui/options.py``'s business."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from .model import Codec, Container

DEFAULT_PASSWORD = "someEncryptionKey123"
"""What VDO.Ninja uses where nobody gives a password (protocol.md §2.2)."""
DEFAULT_SALT = "vdo.ninja"
HOSTED_SERVER = "wss://wss.vdo.ninja:443"
"""The public service, used only where somebody asks for ``--server hosted``."""


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


class RoomConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where a room is and how to get in; shared by recorders and publishers."""

    room: str
    server: str
    """A ``ws://`` or ``wss://`` URL."""
    family: Family = Family.AUTO
    password: str | None = DEFAULT_PASSWORD
    """As typed; ``None`` is no password at all."""
    salt: str = DEFAULT_SALT
    ice: IceConfig = IceConfig()

    def __repr__(self) -> str:
        """Show no password."""
        return f"RoomConfig({self.room!r} at {self.server!r})"


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
    audio: bool = True
    video: bool = True
    seconds: float | None = None
    """Stop after so long."""
    workers: int = 0
    """At most so many worker processes; 0 is one per core."""
    disk_floor: int = 300_000_000
    """Recording stops cleanly when fewer bytes are free."""
