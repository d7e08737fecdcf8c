"""What a publisher does."""

from __future__ import annotations

import msgspec

from ..config import RoomConfig
from .impairment import Impairment
from .source_config import SourceConfig


class PublishConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one publisher of one stream needs to know."""

    room: RoomConfig
    stream: str
    """Stream id, without hash suffix."""
    source: SourceConfig
    """Its ``seconds`` end the publisher: it lingers for retransmissions, then leaves."""
    label: str = ""
    """Display name; empty for none."""
    media_first: bool = False
    """Media in the first offer, as native publishers do; else the page's two-step start."""
    screen: SourceConfig | None = None
    """A screen share that begins with the stream."""
    sent: str | None = None
    """A file for a line per encoded frame; a screen share's has ``-screen`` in its name."""
    impairment: Impairment | None = None
    rsa: bool = False
    """Use an RSA certificate, as every GStreamer publisher does."""


class PublishEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a publisher."""

    type: str
    """``joined``, ``disconnected``, ``alert``, ``viewer.offer``, ``viewer.connected``,
    ``viewer.media``, ``viewer.left``, ``ended``."""
    viewer: str = ""
    """UUID of the viewer concerned."""
    text: str = ""
