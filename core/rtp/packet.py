"""RTP packets and their header extensions (RFC 3550, 5.1; RFC 8285)."""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable
from typing import Any

import msgspec

from ..errors import MediaError

_FIXED = struct.Struct("!BBHII")
_USUAL_FIRST = 0x90
"""First byte of a packet with header extensions, and neither padding nor CSRCs."""
_LEAST_USUAL, _MOST_USUAL = 24, 1500
"""Sizes for which there is a quick way; each of them is remembered."""
_EXTENSION_WORDS = 15
"""Where the low byte of the number of extension words lies in a packet without CSRCs."""
_ONE_WORD, _TWO_WORDS = 0xBEDE0001, 0xBEDE0002
"""How one and two words of one-byte header extensions begin."""
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


def parse_rtp(
    data: bytes | bytearray, ids: ExtensionIds, start: int = 0, end: int | None = None
) -> RtpPacket:
    """Parse a decrypted RTP packet, which lies in ``data`` from ``start`` to ``end``.

    Raises:
        MediaError: truncated, not version 2, or padding and extensions that do not fit.
    """
    if end is None:
        end = len(data)
    size = end - start
    words = data[start + _EXTENSION_WORDS] if _LEAST_USUAL <= size <= _MOST_USUAL else 0
    if words == 1:
        first, second, sequence, timestamp, ssrc, begin, element, value, payload = _video(size)(
            data, start
        )
        if (
            first == _USUAL_FIRST
            and begin == _ONE_WORD
            and element == ids.transport_sequence << 4 | 1
        ):
            return RtpPacket(
                second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, payload, value
            )
    elif words == 2:
        first, second, sequence, timestamp, ssrc, begin, element, value, other, level, payload = (
            _audio(size)(data, start)
        )
        if (
            first == _USUAL_FIRST
            and begin == _TWO_WORDS
            and element == ids.transport_sequence << 4 | 1
            and other == ids.audio_level << 4 != 0
            and not level & 0xFFFFFF
        ):
            level = level >> 24 & 0x7F
            return RtpPacket(
                second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, payload, value, level
            )
    return _parse_any(data, ids, start, end)


_Unpack = Callable[[bytes | bytearray, int], tuple[Any, ...]]


@functools.cache
def _video(size: int) -> _Unpack:
    """A packet with one word of header extensions, which begins with a transport sequence."""
    return struct.Struct(f"!BBHIIIBHx{size - 20}s").unpack_from


@functools.cache
def _audio(size: int) -> _Unpack:
    """The same with two words; an audio level and padding follow."""
    return struct.Struct(f"!BBHIIIBHBI{size - 24}s").unpack_from


def _parse_any(data: bytes | bytearray, ids: ExtensionIds, start: int, end: int) -> RtpPacket:
    if end - start < 12:
        raise MediaError(f"RTP packet of {end - start} bytes")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data, start)
    if first & 0xC0 != 0x80:
        raise MediaError(f"RTP version {first >> 6}")
    body = start + 12 + 4 * (first & 0x0F)
    transport_sequence = audio_level = mid = None
    if first & 0x10:
        elements = body + 4
        if elements > end:
            raise MediaError("truncated RTP header extension")
        profile, words = _WORDS.unpack_from(data, body)
        body = elements + 4 * words
        if body > end:
            raise MediaError("RTP header extension longer than the packet")
        if profile == _ONE_BYTE_PROFILE:
            transport_sequence, audio_level, mid = _parse_one_byte(data, elements, body, ids)
        elif profile & 0xFFF0 == _TWO_BYTE_PROFILE:
            transport_sequence, audio_level, mid = _parse_two_byte(data, elements, body, ids)
    if first & 0x20:
        end -= data[end - 1] or end
    if body > end:
        raise MediaError("RTP header or padding longer than the packet")
    return RtpPacket(
        second & 0x7F,
        second >= 0x80,
        sequence,
        timestamp,
        ssrc,
        bytes(data[body:end]),
        transport_sequence,
        audio_level,
        mid,
    )


def _parse_one_byte(
    data: bytes | bytearray, position: int, end: int, ids: ExtensionIds
) -> tuple[int | None, int | None, str | None]:
    """Transport sequence, audio level and MID, as far as they are there (RFC 8285, 4.2)."""
    sequence = level = mid = None
    while position < end:
        head = data[position]
        if not head:
            position += 1
            continue
        identifier = head >> 4
        if identifier == _ONE_BYTE_STOP:
            break
        value = position + 1
        position += (head & 0x0F) + 2
        if position > end:
            raise MediaError("RTP header extension element longer than the extension")
        if identifier == ids.transport_sequence and head & 0x0F:
            sequence = data[value] << 8 | data[value + 1]
        elif identifier == ids.audio_level:
            level = data[value] & 0x7F
        elif identifier == ids.mid:
            mid = _text(data, value, position)
    return sequence, level, mid


def _parse_two_byte(
    data: bytes | bytearray, position: int, end: int, ids: ExtensionIds
) -> tuple[int | None, int | None, str | None]:
    """The same with identifiers up to 255 and elements that may be empty (RFC 8285, 4.3)."""
    sequence = level = mid = None
    while position < end:
        identifier = data[position]
        position += 1
        if not identifier:
            continue
        if position == end:
            raise MediaError("truncated RTP header extension element")
        size, value = data[position], position + 1
        position = value + size
        if position > end:
            raise MediaError("RTP header extension element longer than the extension")
        if identifier == ids.transport_sequence and size >= 2:
            sequence = data[value] << 8 | data[value + 1]
        elif identifier == ids.audio_level and size:
            level = data[value] & 0x7F
        elif identifier == ids.mid:
            mid = _text(data, value, position)
    return sequence, level, mid


def _text(data: bytes | bytearray, start: int, end: int) -> str:
    return bytes(data[start:end]).decode("ascii", "replace")


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
