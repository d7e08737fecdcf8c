"""Retransmitted packets (RFC 4588): the original behind its sequence number."""

from __future__ import annotations

from ..errors import MediaError
from .packet import RtpPacket


def unwrap_rtx(packet: RtpPacket, payload_type: int, ssrc: int) -> RtpPacket:
    """The original packet, as it was sent with this payload type and SSRC.

    Raises:
        MediaError: no room for the original sequence number (a probe of padding only).
    """
    payload = packet.payload
    if len(payload) < 2:
        raise MediaError("retransmission without an original")
    return RtpPacket(
        payload_type,
        packet.marker,
        payload[0] << 8 | payload[1],
        packet.timestamp,
        ssrc,
        payload[2:],
    )


def wrap_rtx(packet: RtpPacket, payload_type: int, ssrc: int, sequence: int) -> RtpPacket:
    """A retransmission of ``packet`` in a stream of its own."""
    return RtpPacket(
        payload_type,
        packet.marker,
        sequence & 0xFFFF,
        packet.timestamp,
        ssrc,
        packet.sequence.to_bytes(2, "big") + packet.payload,
    )
