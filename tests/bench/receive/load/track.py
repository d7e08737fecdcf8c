"""One track of one stream: RTP headers around the packets of the loop (RFC 3550, 4588, 8285)."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Sequence

import msgspec
from aiortc.rtcrtpparameters import RTCRtpSendParameters

from roomdeck.core.model import Codec
from roomdeck.core.publishing.packets import Extensions, Formats, ntp_64
from roomdeck.core.publishing.track import extensions, formats
from roomdeck.core.rtp import rtcp

from .schedule import Packet
from .wire import Wire

_HEAD = struct.Struct("!BBHII")
_HISTORY = 1500
"""Packets that can be asked for again: about four seconds."""
_LEVEL = 30
"""Of all sound, in dB below the loudest (RFC 6464): as of somebody who speaks."""


class Track:
    """Sends the packets of one kind, again and again."""

    def __init__(
        self,
        wire: Wire,
        codec: Codec,
        ssrcs: tuple[int, int],
        parameters: RTCRtpSendParameters,
        packets: Sequence[Packet],
        rtp_length: int,
    ) -> None:
        """``ssrcs`` are those of media and of retransmissions; the packets make one loop."""
        self.packets_sent = 0
        self.frames_sent = 0
        self.rtp_offset = random.getrandbits(32)
        self._wire = wire
        self._codec = codec
        self._ssrc, self._rtx_ssrc = ssrcs
        self._formats: Formats = formats(parameters, codec)
        self._extension = _Extension(extensions(parameters))
        self._known_extension = _Extension(msgspec.structs.replace(extensions(parameters), mid=0))
        self._packets = packets
        self._rtp_length = rtp_length
        self._first_sequence = random.getrandbits(15)
        self._rtx_sequence = random.getrandbits(15)
        self._octets = 0

    def send(self, packet: Packet) -> None:
        """Send the next packet of the loop, which is this one."""
        sequence = self._first_sequence + self.packets_sent
        self._wire.send_rtp(
            self._head(packet, self._formats.media, sequence, self._ssrc, self.packets_sent)
            + packet.payload
        )
        self.packets_sent += 1
        self.frames_sent += packet.begins
        self._octets += len(packet.payload)

    def continues_with(self, packet: Packet) -> bool:
        """Whether this is the rest of a frame whose begin was sent."""
        return not packet.begins and packet.number == self.packets_sent % len(self._packets)

    def resend(self, sequence: int) -> bool:
        """Send a packet again; False if it is too old or was never sent."""
        age = (self._first_sequence + self.packets_sent - sequence) & 0xFFFF
        number = self.packets_sent - age
        rtx = self._formats.rtx
        if rtx is None or not 0 < age <= _HISTORY or number < 0:
            return False
        packet = self._packets[number % len(self._packets)]
        head = self._head(packet, rtx, self._rtx_sequence, self._rtx_ssrc, number)
        self._wire.send_rtp(head + sequence.to_bytes(2, "big") + packet.payload)
        self._rtx_sequence += 1
        return True

    def report(self, started: float) -> None:
        """Send a sender report; ``started`` is the Unix time of the first frame."""
        now = time.time()
        media_time = round((now - started) * self._codec.clock_rate)
        packet = rtcp.SenderReportPacket(
            ssrc=self._ssrc,
            ntp_64=ntp_64(now),
            rtp_timestamp=(self.rtp_offset + media_time) & 0xFFFFFFFF,
            packets=self.packets_sent,
            octets=self._octets & 0xFFFFFFFF,
        )
        self._wire.send_rtcp(rtcp.build_sender_report(packet))

    def reported(self) -> None:
        """The receiver knows this track: a page leaves the MID out from then on."""
        self._extension = self._known_extension

    def _head(
        self, packet: Packet, payload_type: int, sequence: int, ssrc: int, number: int
    ) -> bytes:
        """``number`` counts the packets since the stream began."""
        rtp_time = number // len(self._packets) * self._rtp_length + packet.rtp_time
        extension = self._extension.write(self._wire)
        return (
            _HEAD.pack(
                0x90 if extension else 0x80,
                packet.marker << 7 | payload_type,
                sequence & 0xFFFF,
                (self.rtp_offset + rtp_time) & 0xFFFFFFFF,
                ssrc,
            )
            + extension
        )


class _Extension:
    """The header extensions in Chromium's order; the transport-wide sequence number changes."""

    def __init__(self, ids: Extensions) -> None:
        self._numbered = ids.transport_sequence > 0
        head = bytes([ids.transport_sequence << 4 | 1]) if self._numbered else b""
        rest = b""
        if ids.mid:
            mid = ids.mid_value.encode()
            rest += bytes([ids.mid << 4 | len(mid) - 1]) + mid
        if ids.audio_level:
            rest += bytes([ids.audio_level << 4, 0x80 | _LEVEL])
        size = 3 * self._numbered + len(rest)
        self._before = struct.pack("!HH", 0xBEDE, -(-size // 4)) + head if size else b""
        self._after = rest + bytes(-size % 4)

    def write(self, wire: Wire) -> bytes:
        if not self._numbered:
            return self._before + self._after
        return self._before + wire.next_transport_sequence().to_bytes(2, "big") + self._after
