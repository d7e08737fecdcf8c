"""RTCP packets that a recorder or a test publisher sends or understands.

They are sent reduced-size (RFC 5506): a datagram need not begin with a report.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from .rtcp_packets import (
    BitrateEstimate,
    Bye,
    FullIntraRequest,
    Nack,
    PictureLoss,
    ReceiverReportPacket,
    ReportBlock,
    RtcpPacket,
    SenderReportPacket,
    TransportWideFeedback,
)
from .rtcp_parse import parse_rtcp

__all__ = [
    "BitrateEstimate",
    "Bye",
    "FullIntraRequest",
    "Nack",
    "PictureLoss",
    "ReceiverReportPacket",
    "ReportBlock",
    "RtcpPacket",
    "SenderReportPacket",
    "TransportWideFeedback",
    "build_nack",
    "build_pli",
    "build_receiver_report",
    "build_remb",
    "build_sender_report",
    "join_rtcp",
    "parse_rtcp",
]

_HEADER = struct.Struct("!BBH")
_TWO = struct.Struct("!II")
_SENDER_INFO = struct.Struct("!IQIII")
_BLOCK = struct.Struct("!IIIIII")
_NACK_ITEM = struct.Struct("!HH")
_SR, _RR, _RTPFB, _PSFB = 200, 201, 205, 206
_DATAGRAM = 1200
"""Bytes that fit through any network with what surrounds them."""
_NACK_ITEMS_PER_PACKET = 200
"""Longer lists have made senders close the connection ("packet is too long")."""


def _packet(count: int, packet_type: int, body: bytes) -> bytes:
    return _HEADER.pack(0x80 | count, packet_type, len(body) // 4) + body


def join_rtcp(packets: Sequence[bytes]) -> list[bytes]:
    """As few datagrams with these packets as possible (RFC 3550, 6.1); only the last is padded."""
    datagrams = list(packets[:1])
    for packet in packets[1:]:
        if len(datagrams[-1]) + len(packet) <= _DATAGRAM:
            datagrams[-1] += packet
        else:
            datagrams.append(packet)
    return datagrams


def build_sender_report(report: SenderReportPacket) -> bytes:
    """An SR with up to 31 blocks."""
    info = _SENDER_INFO.pack(
        report.ssrc, report.ntp_64, report.rtp_timestamp, report.packets, report.octets
    )
    return _packet(len(report.blocks), _SR, info + b"".join(map(_build_block, report.blocks)))


def build_receiver_report(sender_ssrc: int, blocks: Sequence[ReportBlock]) -> bytes:
    """An RR with up to 31 blocks."""
    body = sender_ssrc.to_bytes(4, "big") + b"".join(map(_build_block, blocks))
    return _packet(len(blocks), _RR, body)


def _build_block(block: ReportBlock) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
    return _BLOCK.pack(
        block.ssrc,
        min(0xFF, block.fraction_lost) << 24 | lost,
        block.highest & 0xFFFFFFFF,
        min(0xFFFFFFFF, block.jitter),
        block.last_report,
        min(0xFFFFFFFF, block.delay),
    )


def build_nack(sender_ssrc: int, media_ssrc: int, sequences: Iterable[int]) -> list[bytes]:
    """Generic NACKs for extended or 16-bit sequence numbers in ascending order."""
    items: list[list[int]] = []
    for sequence in sequences:
        offset = (sequence - items[-1][0]) & 0xFFFF if items else 0
        if 0 < offset <= 16:
            items[-1][1] |= 1 << offset - 1
        else:
            items.append([sequence & 0xFFFF, 0])
    head = _TWO.pack(sender_ssrc, media_ssrc)
    packed = [_NACK_ITEM.pack(*item) for item in items]
    return [
        _packet(1, _RTPFB, head + b"".join(packed[start : start + _NACK_ITEMS_PER_PACKET]))
        for start in range(0, len(packed), _NACK_ITEMS_PER_PACKET)
    ]


def build_pli(sender_ssrc: int, media_ssrc: int) -> bytes:
    """A picture loss indication."""
    return _packet(1, _PSFB, _TWO.pack(sender_ssrc, media_ssrc))


def build_remb(sender_ssrc: int, bitrate: int, ssrcs: Sequence[int]) -> bytes:
    """A receiver estimated maximum bitrate in bits per second."""
    exponent = max(0, bitrate.bit_length() - 18)
    value = len(ssrcs) << 24 | exponent << 18 | bitrate >> exponent
    tail = b"".join(ssrc.to_bytes(4, "big") for ssrc in ssrcs)
    head = _TWO.pack(sender_ssrc, 0) + b"REMB" + value.to_bytes(4, "big")
    return _packet(15, _PSFB, head + tail)
