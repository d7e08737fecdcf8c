"""A track, as it comes in: what is counted of it, how loud it is, and what its pictures show."""

from __future__ import annotations

import msgspec

LONGEST_PACKET = 16384
"""Bytes of an RTP or RTCP packet that is taken: what fits into the largest of the usual jumbo
frames."""
SILENCE = -127.0
"""dBFS: what packets call digital silence."""
QUIET = -60.0
"""dBFS: what is not above it, nobody hears."""


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


class PictureMeter(msgspec.Struct, frozen=True, kw_only=True):
    """What a small copy of the pictures of a track shows."""

    black: float = 0.0
    """Seconds from the first to the last of those that were black, one after the other; 0 where
    the last one that was looked at was not."""
    frozen: float = 0.0
    """The same for those between which nothing moved."""
