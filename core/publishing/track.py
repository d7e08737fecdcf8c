"""One outgoing track: what it carries, what was negotiated for it, what became of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpSendParameters

from ..model import Codec
from ..webrtc.extensions import AUDIO_LEVEL, MID, TRANSPORT_CC
from .feed import Feed
from .packets import Extensions, Formats

_ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"


class SenderStats(msgspec.Struct):
    """What happened on one outgoing track."""

    packets: int = 0
    frames: int = 0
    nacks: int = 0
    """Sequence numbers asked for again."""
    retransmitted: int = 0
    plis: int = 0
    feedback: int = 0
    """Transport-wide congestion feedback packets that came."""
    reports: int = 0
    """Receiver report blocks that came."""
    fraction_lost: float = 0.0
    """Of the last one, 0 to 1."""
    packets_lost: int = 0
    jitter: float = 0.0
    """Seconds."""
    round_trip: float | None = None
    """Seconds."""


class OutboundTrack(MediaStreamTrack):
    """Tells the sender which frames to send; never read by anybody."""

    def __init__(self, codec: Codec, feed: Feed, counter: Iterator[int]) -> None:
        """``counter`` is the transport-wide sequence of the connection."""
        super().__init__()
        self.kind = str(codec.kind)
        self.codec = codec
        self.feed = feed
        self.counter = counter

    async def recv(self) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Nothing to read."""
        raise MediaStreamError


def transport_counter() -> Iterator[int]:
    """Transport-wide sequence numbers of one connection."""
    return itertools.count(1)


def formats(parameters: RTCRtpSendParameters, codec: Codec) -> Formats:
    """Payload types of the answer, which has ``codec``: aiortc refuses one without it."""
    codecs = parameters.codecs
    media = next(c.payloadType for c in codecs if c.name.lower() == codec)
    rtx = next(
        (
            c.payloadType
            for c in codecs
            if c.name.lower() == "rtx" and c.parameters.get("apt") == media
        ),
        None,
    )
    red = next((c.payloadType for c in codecs if c.name.lower() == "red"), None)
    return Formats(media=media or 0, rtx=rtx, red=red)


def extensions(parameters: RTCRtpSendParameters) -> Extensions:
    """Header extensions of the answer."""
    ids = {extension.uri: extension.id for extension in parameters.headerExtensions}
    return Extensions(
        mid=ids.get(MID, 0),
        mid_value=parameters.muxId,
        abs_send_time=ids.get(_ABS_SEND_TIME, 0),
        transport_sequence=ids.get(TRANSPORT_CC, 0),
        audio_level=ids.get(AUDIO_LEVEL, 0),
    )
