"""What RTCP packets say, as values.

RFC 3550 (SR, RR, BYE), RFC 4585 (NACK, PLI), RFC 5104 (FIR), draft-alvestrand-rmcat-remb-03,
draft-holmer-rmcat-transport-wide-cc-extensions-01.
"""

from __future__ import annotations

import msgspec

from .twcc import FeedbackReport


class ReportBlock(msgspec.Struct, frozen=True, gc=False):
    """Reception of one SSRC (RFC 3550, 6.4.1)."""

    ssrc: int
    fraction_lost: int = 0
    """Since the report before, in 256ths."""
    lost: int = 0
    """Since the beginning; signed, 24 bits."""
    highest: int = 0
    """Extended highest sequence number received."""
    jitter: int = 0
    """In units of the RTP clock."""
    last_report: int = 0
    """Middle 32 bits of the NTP time of the last sender report; 0: none."""
    delay: int = 0
    """Since that report, in 65536ths of a second."""


class SenderReportPacket(msgspec.Struct, frozen=True):
    """What a sender says about its clocks and counts."""

    ssrc: int
    ntp_64: int
    """32.32 fixed point."""
    rtp_timestamp: int
    packets: int = 0
    octets: int = 0
    blocks: tuple[ReportBlock, ...] = ()


class ReceiverReportPacket(msgspec.Struct, frozen=True):
    """What a receiver says about what reached it."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


class Bye(msgspec.Struct, frozen=True):
    """Sources that are no longer active."""

    ssrcs: tuple[int, ...]


class Nack(msgspec.Struct, frozen=True):
    """Sequence numbers asked for again."""

    sender_ssrc: int
    media_ssrc: int
    sequences: tuple[int, ...]


class PictureLoss(msgspec.Struct, frozen=True):
    """PLI: a key frame is wanted."""

    sender_ssrc: int
    media_ssrc: int


class FullIntraRequest(msgspec.Struct, frozen=True):
    """FIR: a key frame is wanted from each of these."""

    sender_ssrc: int
    ssrcs: tuple[int, ...]


class TransportWideFeedback(msgspec.Struct, frozen=True):
    """Arrivals by transport sequence number."""

    sender_ssrc: int
    media_ssrc: int
    report: FeedbackReport


class BitrateEstimate(msgspec.Struct, frozen=True):
    """REMB: what the receiver thinks that it can take."""

    sender_ssrc: int
    bitrate: int
    """Bits per second."""
    ssrcs: tuple[int, ...]


RtcpPacket = (
    SenderReportPacket
    | ReceiverReportPacket
    | Bye
    | Nack
    | PictureLoss
    | FullIntraRequest
    | TransportWideFeedback
    | BitrateEstimate
)
