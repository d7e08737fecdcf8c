"""A sender and a lossy link on a virtual clock, for the receive core."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.rtcp import Nack, PictureLoss, ReceiverReportPacket, parse_rtcp
from roomdeck.core.rtp.rtx import wrap_rtx
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

VP8, RTX, RED, OPUS = 96, 97, 63, 111
VIDEO_FORMATS = {
    VP8: PayloadFormat(codec=Codec.VP8, nack=True),
    RTX: PayloadFormat(rtx_for=VP8),
}
SSRC, RTX_SSRC, LOCAL_SSRC = 0x11111111, 0x22222222, 0x33333333
_TICK = 0.02


def receive(track: TrackReceiver, packet: RtpPacket, now: float) -> list[EncodedFrame]:
    frames: list[EncodedFrame] = []
    track.receive([(packet, now)], frames)
    return frames


def vp8_frame(number: int, key: bool, size: int) -> bytes:
    """Bytes that say which frame they are, behind a VP8 header of 640x360."""
    head = b"\x10\x00\x00\x9d\x01\x2a\x80\x02\x68\x01" if key else b"\x11\x00\x00"
    body = random.Random(number).randbytes(size)
    return head + number.to_bytes(4, "big") + body


def vp8_payloads(frame: bytes, mtu: int = 1100) -> list[bytes]:
    """Payload descriptors of one byte, S set on the first packet."""
    parts = [frame[start : start + mtu] for start in range(0, len(frame), mtu)]
    return [(b"\x00" if index else b"\x10") + part for index, part in enumerate(parts)]


def video_receiver() -> TrackReceiver:
    return TrackReceiver(Kind.VIDEO, VIDEO_FORMATS, LOCAL_SSRC)


@dataclass
class Link:
    """What happens to a packet on its way."""

    loss: float = 0.0
    burst: int = 1
    """Mean number of packets that are lost together."""
    feedback_loss: float = 0.0
    round_trip: float = 0.05
    reorder: float = 0.0
    """Share of packets that are 5 to 30 ms late."""
    duplicate: float = 0.0


@dataclass
class Sender:
    """30 frames per second; answers NACK from its history and PLI with a key frame."""

    link: Link
    seed: int = 1
    rtx: bool = True
    first_sequence: int = 65000
    first_timestamp: int = 0xFFFFFFFF - 400000
    frames: dict[int, tuple[bytes, bool]] = field(default_factory=dict[int, tuple[bytes, bool]])
    """By number of the frame: data, key."""
    lost_originals: int = 0
    key_requests: int = 0
    reports: list[ReceiverReportPacket] = field(default_factory=list[ReceiverReportPacket])
    history: dict[int, RtpPacket] = field(default_factory=dict[int, RtpPacket])

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.sequence = self.first_sequence
        self.rtx_sequence = 17
        self.want_key = True
        self.in_burst = False
        self.queue: list[tuple[float, int, Callable[[float], None]]] = []
        self.counter = 0

    def run(self, receiver: TrackReceiver, seconds: float, fps: int = 30) -> list[EncodedFrame]:
        """Send for some seconds of virtual time and return what the receiver made of it."""
        out: list[EncodedFrame] = []

        def arrive(packet: RtpPacket) -> Callable[[float], None]:
            return lambda now: out.extend(receive(receiver, packet, now))

        def tick(now: float) -> None:
            out.extend(receiver.poll(now))
            for data in receiver.feedback(now):
                self._schedule_feedback(data, now, arrive)
            if now < seconds + 3:
                self._at(now + _TICK, tick)

        for number in range(int(seconds * fps)):
            self._at(100 + number / fps, lambda now, n=number: self._send_frame(n, now, arrive))
        seconds += 100
        self._at(100.001, tick)
        while self.queue:
            now, _, action = heapq.heappop(self.queue)
            action(now)
        out.extend(receiver.close(seconds + 4))
        return out

    def _at(self, when: float, action: Callable[[float], None]) -> None:
        self.counter += 1
        heapq.heappush(self.queue, (when, self.counter, action))

    def _send_frame(
        self, number: int, now: float, arrive: Callable[[RtpPacket], Callable[[float], None]]
    ) -> None:
        key, self.want_key = self.want_key, False
        size = self.random.randrange(20000, 30000) if key else self.random.randrange(500, 12000)
        frame = vp8_frame(number, key, size)
        self.frames[number] = frame, key
        payloads = vp8_payloads(frame)
        for index, payload in enumerate(payloads):
            packet = RtpPacket(
                VP8,
                index == len(payloads) - 1,
                self.sequence & 0xFFFF,
                (self.first_timestamp + 3000 * number) & 0xFFFFFFFF,
                SSRC,
                payload,
            )
            self.history[packet.sequence] = packet
            self.sequence += 1
            self._transmit(packet, now + 0.0005 * index, arrive)

    def _transmit(
        self,
        packet: RtpPacket,
        now: float,
        arrive: Callable[[RtpPacket], Callable[[float], None]],
        *,
        original: bool = True,
    ) -> None:
        if self._loses():
            self.lost_originals += original
            return
        delay = self.link.round_trip / 2
        if self.random.random() < self.link.reorder:
            delay += self.random.uniform(0.005, 0.03)
        self._at(now + delay, arrive(packet))
        if self.random.random() < self.link.duplicate:
            self._at(now + delay + self.random.uniform(0, 0.02), arrive(packet))

    def _loses(self) -> bool:
        if self.link.burst == 1:
            return self.random.random() < self.link.loss
        leave = 1 / self.link.burst
        enter = leave * self.link.loss / (1 - self.link.loss)
        self.in_burst = self.random.random() < (1 - leave if self.in_burst else enter)
        return self.in_burst

    def _schedule_feedback(
        self,
        data: bytes,
        now: float,
        arrive: Callable[[RtpPacket], Callable[[float], None]],
    ) -> None:
        if self.random.random() >= self.link.feedback_loss:
            when = now + self.link.round_trip / 2
            self._at(when, lambda then: self._react(data, then, arrive))

    def _react(
        self,
        data: bytes,
        now: float,
        arrive: Callable[[RtpPacket], Callable[[float], None]],
    ) -> None:
        for message in parse_rtcp(data):
            if isinstance(message, PictureLoss):
                self.key_requests += 1
                self.want_key = True
            elif isinstance(message, ReceiverReportPacket):
                self.reports.append(message)
            elif isinstance(message, Nack):
                for sequence in message.sequences:
                    self._resend(self.history[sequence], now, arrive)

    def _resend(
        self,
        packet: RtpPacket,
        now: float,
        arrive: Callable[[RtpPacket], Callable[[float], None]],
    ) -> None:
        if self.rtx:
            packet = wrap_rtx(packet, RTX, RTX_SSRC, self.rtx_sequence)
            self.rtx_sequence += 1
        self._transmit(packet, now, arrive, original=False)
