"""RTP packets as they leave: header extensions, redundancy and retransmissions, without I/O."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

import msgspec

from ..rtp.redundancy import RedBlock, build_red

HISTORY_SECONDS = 4.0
"""How long a packet can be asked for again; a recorder waits longer than a viewer."""
_HISTORY_PACKETS = 16384
_RED_MAX_AGE = 1 << 14
_RED_MAX_BLOCK = 1 << 10
_ONE_BYTE_PROFILE = 0xBEDE
_NTP_EPOCH = 2208988800


class Extensions(msgspec.Struct, frozen=True):
    """Negotiated header extensions (RFC 8285); an id of 0 is not sent."""

    mid: int = 0
    mid_value: str = ""
    abs_send_time: int = 0
    transport_sequence: int = 0
    audio_level: int = 0


class Formats(msgspec.Struct, frozen=True):
    """Negotiated payload types of one track."""

    media: int
    rtx: int | None = None
    red: int | None = None


class Sources(msgspec.Struct, frozen=True):
    """Who sends: SSRCs and the random starts of their counters."""

    ssrc: int
    rtx_ssrc: int
    sequence: int
    rtx_sequence: int

    @classmethod
    def random(cls, ssrc: int | None = None, rtx_ssrc: int | None = None) -> Sources:
        """New ones; sequences start in the lower half, away from SRTP's first rollover."""
        draw = random.SystemRandom()
        return cls(
            ssrc=draw.getrandbits(32) if ssrc is None else ssrc,
            rtx_ssrc=draw.getrandbits(32) if rtx_ssrc is None else rtx_ssrc,
            sequence=draw.getrandbits(15),
            rtx_sequence=draw.getrandbits(15),
        )


class StoredPacket(msgspec.Struct, frozen=True, gc=False):
    """A packet without what only its moment of sending decides."""

    sequence: int
    timestamp: int
    payload_type: int
    marker: bool
    payload: bytes
    made: float
    """Monotonic seconds."""
    level: int | None = None
    """How loud it is, as of `PacketWriter.audio`."""


class PacketWriter:
    """Makes the packets of one track for one viewer (RFC 3550, 4588, 2198)."""

    def __init__(
        self, sources: Sources, formats: Formats, extensions: Extensions, timestamp_offset: int
    ) -> None:
        self.ssrc = sources.ssrc
        self.rtx_ssrc = sources.rtx_ssrc
        self.timestamp_offset = timestamp_offset
        self.packets = 0
        """Media packets made, for sender reports."""
        self.octets = 0
        """Their payload bytes."""
        self._formats = formats
        self._extensions = _ExtensionBlock(extensions)
        self._sequence = sources.sequence
        self._rtx_sequence = sources.rtx_sequence
        self._history: dict[int, StoredPacket] = {}
        self._last_audio: tuple[int, bytes] | None = None

    def timestamp(self, rtp_time: int) -> int:
        """What the wire says for a time on the source's clock."""
        return (rtp_time + self.timestamp_offset) & 0xFFFFFFFF

    def video(self, payloads: Sequence[bytes], rtp_time: int, now: float) -> list[StoredPacket]:
        """The packets of one picture; the last has the marker."""
        last = len(payloads) - 1
        media = self._formats.media
        return [
            self._store(media, index == last, payload, rtp_time, now)
            for index, payload in enumerate(payloads)
        ]

    def audio(
        self, payload: bytes, rtp_time: int, now: float, level: int | None = None
    ) -> StoredPacket:
        """The packet of one audio frame, with the frame before it where RED is negotiated.

        Args:
            payload: The codec's packet.
            rtp_time: On the source's clock.
            now: Monotonic seconds.
            level: 0 (loudest) to 127 dB below it (RFC 6464); ``None``: the packet does not say.
        """
        red = self._formats.red
        if red is None:
            return self._store(self._formats.media, False, payload, rtp_time, now, level)
        packed = self._redundant(payload, rtp_time)
        self._last_audio = rtp_time, payload
        return self._store(red, False, packed, rtp_time, now, level)

    def write(self, packet: StoredPacket, transport_sequence: int, wall: float) -> bytes:
        """The bytes of a media packet that leaves now; ``wall`` is Unix time."""
        kind, sequence = packet.payload_type, packet.sequence
        head = self._write(packet, kind, sequence, self.ssrc, transport_sequence, wall)
        return head + packet.payload

    def stored(self, sequence: int) -> StoredPacket | None:
        """A packet that was sent and can be sent again."""
        return self._history.get(sequence & 0xFFFF)

    def rewrite(self, packet: StoredPacket, transport_sequence: int, wall: float) -> bytes:
        """The bytes of a retransmission: RTX (RFC 4588, 4), else the packet itself again."""
        rtx = self._formats.rtx
        if rtx is None:
            return self.write(packet, transport_sequence, wall)
        sequence = self._rtx_sequence
        self._rtx_sequence = (sequence + 1) & 0xFFFF
        head = self._write(packet, rtx, sequence, self.rtx_ssrc, transport_sequence, wall)
        return head + packet.sequence.to_bytes(2, "big") + packet.payload

    def _store(
        self,
        payload_type: int,
        marker: bool,
        payload: bytes,
        rtp_time: int,
        now: float,
        level: int | None = None,
    ) -> StoredPacket:
        packet = StoredPacket(
            sequence=self._sequence,
            timestamp=self.timestamp(rtp_time),
            payload_type=payload_type,
            marker=marker,
            payload=payload,
            made=now,
            level=level,
        )
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        self._remember(packet)
        return packet

    def _remember(self, packet: StoredPacket) -> None:
        history = self._history
        history.pop(packet.sequence, None)
        history[packet.sequence] = packet
        while len(history) > _HISTORY_PACKETS or (
            packet.made - next(iter(history.values())).made > HISTORY_SECONDS
        ):
            del history[next(iter(history))]

    def _redundant(self, payload: bytes, rtp_time: int) -> bytes:
        kind = self._formats.media
        blocks = [RedBlock(kind, 0, payload)]
        if self._last_audio is not None:
            before, copy = self._last_audio
            age = rtp_time - before
            if 0 < age < _RED_MAX_AGE and len(copy) < _RED_MAX_BLOCK:
                blocks.insert(0, RedBlock(kind, age, copy))
        return build_red(blocks)

    def _write(
        self,
        packet: StoredPacket,
        payload_type: int,
        sequence: int,
        ssrc: int,
        transport_sequence: int,
        wall: float,
    ) -> bytes:
        extension = self._extensions.write(transport_sequence, wall, packet.level)
        first = 0x90 if extension else 0x80
        second = payload_type | (0x80 if packet.marker else 0)
        return struct.pack("!BBHLL", first, second, sequence, packet.timestamp, ssrc) + extension


class _ExtensionBlock:
    """Header extensions in the one-byte form; ids above 14 do not fit it and are left out."""

    def __init__(self, ids: Extensions) -> None:
        mid = ids.mid_value.encode()
        self._fixed = b""
        if 0 < ids.mid < 15 and 0 < len(mid) <= 16:
            self._fixed += bytes([ids.mid << 4 | len(mid) - 1]) + mid
        self._level = ids.audio_level if ids.audio_level < 15 else 0
        self._time = ids.abs_send_time if ids.abs_send_time < 15 else 0
        self._sequence = ids.transport_sequence if ids.transport_sequence < 15 else 0

    def write(self, transport_sequence: int, wall: float, level: int | None) -> bytes:
        body = self._fixed
        if self._level and level is not None:
            body += bytes([self._level << 4, 0x80 | level])
        if self._time:
            # 6.18 fixed point seconds of the NTP clock (webrtc.org abs-send-time).
            moment = int((wall % 64) * (1 << 18)) & 0xFFFFFF
            body += (self._time << 28 | 2 << 24 | moment).to_bytes(4, "big")
        if self._sequence:
            head = self._sequence << 4 | 1
            body += bytes([head]) + (transport_sequence & 0xFFFF).to_bytes(2, "big")
        if not body:
            return b""
        body += bytes(-len(body) % 4)
        return struct.pack("!HH", _ONE_BYTE_PROFILE, len(body) // 4) + body


def ntp_64(wall: float) -> int:
    """Unix time as the 64-bit NTP timestamp of a sender report (RFC 3550, 4)."""
    return int((wall + _NTP_EPOCH) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
