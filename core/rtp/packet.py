"""RTP packets and their header extensions (RFC 3550, 5.1; RFC 8285)."""

from __future__ import annotations

import struct

import msgspec

from ..errors import MediaError

_FIXED = struct.Struct("!BBHII")
_WORDS = struct.Struct("!HH")
_ONE_BYTE_PROFILE = 0xBEDE
_TWO_BYTE_PROFILE = 0x1000
_ONE_BYTE_STOP = 15
_MAX_MID = 16


class ExtensionIds(msgspec.Struct, frozen=True):
    """The identifiers negotiated for one connection; 0 means that it was not negotiated."""

    transport_sequence: int = 0
    """Transport-wide sequence number, draft-holmer-rmcat-transport-wide-cc-extensions-01."""
    audio_level: int = 0
    """Client-to-mixer audio level, RFC 6464."""
    mid: int = 0
    """Media identification, RFC 8843."""


class RtpPacket(msgspec.Struct, frozen=True, gc=False):
    """One packet; padding, CSRCs and unknown header extensions are gone."""

    payload_type: int
    marker: bool
    sequence: int
    """16 bits."""
    timestamp: int
    """32 bits."""
    ssrc: int
    payload: bytes
    """Empty where the packet was padding only."""
    transport_sequence: int | None = None
    audio_level: int | None = None
    """0 (loudest) to 127 dB below it."""
    mid: str | None = None


def parse_rtp(data: bytes | bytearray, ids: ExtensionIds) -> RtpPacket:
    """Parse a decrypted RTP packet.

    Raises:
        MediaError: truncated, not version 2, or padding and extensions that do not fit.
    """
    end = len(data)
    if end < 12:
        raise MediaError(f"RTP packet of {end} bytes")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        raise MediaError(f"RTP version {first >> 6}")
    start = 12 + 4 * (first & 0x0F)
    transport_sequence = audio_level = mid = None
    if first & 0x10:
        elements, start, profile = _extension_bounds(data, start)
        transport_sequence, audio_level, mid = _parse_elements(data, elements, start, profile, ids)
    if first & 0x20:
        end -= data[-1] or end
    if start > end:
        raise MediaError("RTP header or padding longer than the packet")
    return RtpPacket(
        second & 0x7F,
        second >= 0x80,
        sequence,
        timestamp,
        ssrc,
        bytes(data[start:end]),
        transport_sequence,
        audio_level,
        mid,
    )


def _extension_bounds(data: bytes | bytearray, start: int) -> tuple[int, int, int]:
    """First element, end of the extension, profile."""
    first = start + 4
    if first > len(data):
        raise MediaError("truncated RTP header extension")
    profile, words = _WORDS.unpack_from(data, start)
    end = first + 4 * words
    if end > len(data):
        raise MediaError("RTP header extension longer than the packet")
    return first, end, profile


def _parse_elements(
    data: bytes | bytearray, position: int, end: int, profile: int, ids: ExtensionIds
) -> tuple[int | None, int | None, str | None]:
    """Transport sequence, audio level and MID, as far as they are there."""
    sequence = level = mid = None
    one_byte = profile == _ONE_BYTE_PROFILE
    if not one_byte and profile & 0xFFF0 != _TWO_BYTE_PROFILE:
        return None, None, None
    while position < end:
        head = data[position]
        position += 1
        if head == 0:
            continue
        if one_byte:
            identifier, size = head >> 4, (head & 0x0F) + 1
            if identifier == _ONE_BYTE_STOP:
                break
        elif position == end:
            raise MediaError("truncated RTP header extension element")
        else:
            identifier, size = head, data[position]
            position += 1
        after = position + size
        if after > end:
            raise MediaError("RTP header extension element longer than the extension")
        if identifier == ids.transport_sequence and size >= 2:
            sequence = data[position] << 8 | data[position + 1]
        elif identifier == ids.audio_level and size:
            level = data[position] & 0x7F
        elif identifier == ids.mid and identifier:
            mid = bytes(data[position:after]).decode("ascii", "replace")
        position = after
    return sequence, level, mid


def build_rtp(packet: RtpPacket, ids: ExtensionIds) -> bytes:
    """The packet as it goes on the wire, with those extensions that have a value and an id."""
    extension = _build_extension(packet, ids)
    return (
        _FIXED.pack(
            0x90 if extension else 0x80,
            packet.marker << 7 | packet.payload_type,
            packet.sequence,
            packet.timestamp,
            packet.ssrc,
        )
        + extension
        + packet.payload
    )


def _build_extension(packet: RtpPacket, ids: ExtensionIds) -> bytes:
    elements: list[tuple[int, bytes]] = []
    if packet.transport_sequence is not None:
        elements.append((ids.transport_sequence, packet.transport_sequence.to_bytes(2, "big")))
    if packet.audio_level is not None:
        elements.append((ids.audio_level, bytes((packet.audio_level & 0x7F,))))
    if packet.mid:
        elements.append((ids.mid, packet.mid.encode()[:_MAX_MID]))
    elements = [element for element in elements if element[0]]
    if not elements:
        return b""
    one_byte = all(identifier < _ONE_BYTE_STOP for identifier, _ in elements)
    body = b"".join(
        (
            bytes((identifier << 4 | len(value) - 1,))
            if one_byte
            else bytes((identifier, len(value)))
        )
        + value
        for identifier, value in elements
    )
    body += bytes(-len(body) % 4)
    profile = _ONE_BYTE_PROFILE if one_byte else _TWO_BYTE_PROFILE
    return _WORDS.pack(profile, len(body) // 4) + body
