"""What a connection tells its owner."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from ..model import Codec, EncodedFrame, Kind


class ConnectionState(StrEnum):
    """Life of a connection; `FAILED` and `CLOSED` are final."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    """It never came up, or the network path was lost."""
    CLOSED = "closed"
    """The publisher closed it, or we did."""


class TrackInfo(msgspec.Struct, frozen=True):
    """A media section that sends to us."""

    mid: str
    kind: Kind
    codec: Codec
    """The only codec that was answered, apart from its retransmission and redundancy formats."""
    msid: str
    """Id of the MediaStream it belongs to; empty where the offer names none."""
    index: int
    """Which media section of the offer, from 0, application sections not counted: what the
    field ``screen`` of an offer refers to (protocol.md §7.5)."""


class Answer(msgspec.Struct, frozen=True):
    """What goes back to the publisher."""

    sdp: str
    """Complete: it holds our candidates too."""
    candidates: list[dict[str, Any]]
    """The same candidates as objects of protocol.md §4.3, for peers that want them so."""


class ConnectionHandler(Protocol):
    """Owner of a connection. All is called on the event loop and must not raise."""

    def on_state(self, state: ConnectionState, reason: str) -> None:
        """The state changed; ``reason`` is a sentence for people where it went wrong."""
        ...

    def on_channel(self) -> None:
        """The data channel is open: the request for media can be sent."""
        ...

    def on_channel_message(self, text: str) -> None:
        """A text message of at most 256 KiB came over the data channel."""
        ...

    def on_excess(self, text: str) -> None:
        """The publisher wants more than its share; ``text`` goes on behind its name. Once each."""
        ...

    def on_tracks(self, tracks: Sequence[TrackInfo]) -> None:
        """All tracks that are being sent, after each negotiation."""
        ...

    def on_frames(self, mid: str, frames: Sequence[EncodedFrame]) -> None:
        """Frames of one track, in order."""
        ...
