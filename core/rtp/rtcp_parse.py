"""RTCP datagrams → values; everything in them is hostile until it has been looked at."""

from __future__ import annotations

import struct
from collections.abc import Callable

from ..errors import MediaError
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
from .twcc import parse_feedback

_HEADER = struct.Struct("!BBH")
_TWO = struct.Struct("!II")
_SENDER_INFO = struct.Struct("!IQIII")
_BLOCK = struct.Struct("!IIIIII")
_NACK_ITEM = struct.Struct("!HH")


def parse_rtcp(data: bytes) -> list[RtcpPacket]:
    """The packets of a compound or reduced-size datagram; unknown kinds are left out.

    Raises:
        MediaError: truncated or not version 2.
    """
    packets: list[RtcpPacket] = []
    position = 0
    while position < len(data):
        if position + 4 > len(data):
            raise MediaError("truncated RTCP header")
        first, packet_type, words = _HEADER.unpack_from(data, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            raise MediaError("RTCP packet longer than its datagram, or not version 2")
        body = data[position + 4 : end]
        if first & 0x20:
            body = _without_padding(body)
        parser = _PARSERS.get(packet_type)
        packet = parser(first & 0x1F, body) if parser else None
        if packet is not None:
            packets.append(packet)
        position = end
    return packets


def _without_padding(body: bytes) -> bytes:
    if not body or not 0 < body[-1] <= len(body):
        raise MediaError("RTCP padding longer than the packet")
    return body[: -body[-1]]


def _parse_blocks(count: int, body: bytes, start: int) -> tuple[ReportBlock, ...]:
    if start + 24 * count > len(body):
        raise MediaError("truncated RTCP report blocks")
    return tuple(
        _parse_block(*_BLOCK.unpack_from(body, start + 24 * index)) for index in range(count)
    )


def _parse_block(
    ssrc: int, losses: int, highest: int, jitter: int, last_report: int, delay: int
) -> ReportBlock:
    lost = losses & 0xFFFFFF
    lost -= (lost & 0x800000) << 1
    return ReportBlock(ssrc, losses >> 24, lost, highest, jitter, last_report, delay)


def _parse_sr(count: int, body: bytes) -> RtcpPacket:
    _require(body, 24)
    ssrc, ntp_64, rtp_timestamp, packets, octets = _SENDER_INFO.unpack_from(body)
    blocks = _parse_blocks(count, body, 24)
    return SenderReportPacket(ssrc, ntp_64, rtp_timestamp, packets, octets, blocks)


def _parse_rr(count: int, body: bytes) -> RtcpPacket:
    return ReceiverReportPacket(_ssrc(body, 0), _parse_blocks(count, body, 4))


def _parse_bye(count: int, body: bytes) -> RtcpPacket:
    return Bye(tuple(_ssrc(body, 4 * index) for index in range(count)))


def _parse_rtpfb(count: int, body: bytes) -> RtcpPacket | None:
    _require(body, 8)
    sender, media = _TWO.unpack_from(body)
    if count == 15:
        return TransportWideFeedback(sender, media, parse_feedback(body[8:]))
    if count != 1:
        return None
    if len(body) % 4:
        raise MediaError("truncated RTCP NACK")
    sequences: list[int] = []
    for first, mask in _NACK_ITEM.iter_unpack(body[8:]):
        sequences.append(first)
        sequences += [first + 1 + bit & 0xFFFF for bit in range(16) if mask >> bit & 1]
    return Nack(sender, media, tuple(sequences))


def _parse_psfb(count: int, body: bytes) -> RtcpPacket | None:
    _require(body, 8)
    sender, media = _TWO.unpack_from(body)
    if count == 1:
        return PictureLoss(sender, media)
    if count == 4:
        return FullIntraRequest(sender, tuple(_ssrc(body, at) for at in range(8, len(body), 8)))
    if count == 15 and body[8:12] == b"REMB":
        value = _ssrc(body, 12)
        bitrate = (value & 0x3FFFF) << (value >> 18 & 0x3F)
        ssrcs = tuple(_ssrc(body, 16 + 4 * index) for index in range(value >> 24))
        return BitrateEstimate(sender, bitrate, ssrcs)
    return None


def _require(body: bytes, size: int) -> None:
    if len(body) < size:
        raise MediaError("truncated RTCP packet")


def _ssrc(body: bytes, position: int) -> int:
    _require(body, position + 4)
    return int.from_bytes(body[position : position + 4], "big")


_PARSERS: dict[int, Callable[[int, bytes], RtcpPacket | None]] = {
    200: _parse_sr,
    201: _parse_rr,
    203: _parse_bye,
    205: _parse_rtpfb,
    206: _parse_psfb,
}
