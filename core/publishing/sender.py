"""Stands in for aiortc's RTCRtpSender: sends encoded frames as they are.

aiortc's own sender encodes, keeps 128 packets for retransmission and knows neither RED nor
transport-wide sequence numbers (media_path.md §6).
"""

# A sender is one of aiortc's own parts: it uses the transport as those do.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import uuid
from collections import deque
from collections.abc import Sequence

from aiortc import RTCRtpSender
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpSdesPacket,
    RtcpSourceInfo,
)
from aiortc.stats import RTCStatsReport

from ..errors import MediaError
from ..model import EncodedFrame, Kind
from ..rtp import rtcp
from .clock import sender_time
from .packetize import PacketizerState, packetize
from .packets import PacketWriter, Sources, StoredPacket, ntp_64
from .track import OutboundTrack, SenderStats, extensions, formats

_log = logging.getLogger(__name__)

_BURST_PACKETS = 10
_BURST_SECONDS = 0.001
_FIRST_REPORT = 0.1
_REPORT_INTERVAL = 1.0
_QUEUE_LIMIT = 20_000
"""Packets waiting for a connection that does not take them."""


class SenderFactory:
    """What aiortc's peer connections call instead of `RTCRtpSender`.

    Tracks of others keep the original, so that both live in one process.
    """

    def __new__(  # pyright: ignore[reportInconsistentConstructor]
        cls, track_or_kind: MediaStreamTrack | str, transport: RTCDtlsTransport
    ) -> FrameSender | RTCRtpSender:
        """Make the sender that fits the track."""
        if isinstance(track_or_kind, OutboundTrack):
            return FrameSender(track_or_kind, transport)
        return RTCRtpSender(track_or_kind, transport)


class FrameSender:
    """Sends the frames of one track to one viewer.

    The public names in mixed case and those with one underscore are aiortc's duck type.
    """

    def __init__(self, track: OutboundTrack, transport: RTCDtlsTransport) -> None:
        """A sender that waits for `send`."""
        self.track: OutboundTrack | None = track
        self.transport = transport
        self.stats = SenderStats()
        self._paused = False
        self._sources = Sources.random()
        self._ssrc = self._sources.ssrc
        self._rtx_ssrc = self._sources.rtx_ssrc
        self._stream_id = str(uuid.uuid4())
        self._track_id = track.id
        self._enabled = True
        self._codec = track.codec
        self._feed = track.feed
        self._counter = track.counter
        self._offset = track.feed.timestamp_offset(track.codec.kind)
        self._packetizer = PacketizerState(picture_id=random.getrandbits(15))
        self._writer: PacketWriter | None = None
        self._parameters: RTCRtpSendParameters | None = None
        self._needs_key = track.codec.kind is Kind.VIDEO
        self._queue: deque[StoredPacket] = deque()
        self._resend: deque[StoredPacket] = deque()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._last_report: tuple[int, float] | None = None

    @property
    def kind(self) -> Kind:
        """Audio or video."""
        return self._codec.kind

    @property
    def started(self) -> bool:
        """Whether the connection is up and this track was negotiated."""
        return self._writer is not None

    def set_stream_id(self, stream_id: str) -> None:
        """Name the MediaStream that the track belongs to, before it is offered."""
        self._stream_id = stream_id

    # ── aiortc's duck type ───────────────────────────────────────────────────────────────

    def replaceTrack(self, track: MediaStreamTrack | None) -> None:
        """The track is for life."""

    def setTransport(self, transport: RTCDtlsTransport) -> None:
        """The section was bundled into another transport."""
        self.transport = transport

    async def getStats(self) -> RTCStatsReport:
        """Nothing for aiortc; ours are in `stats`."""
        return RTCStatsReport()

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """The connection is up: begin with the next frame (video: the next key frame)."""
        if self._writer is not None:
            return
        self._parameters = parameters
        self._writer = self._make_writer(parameters)
        self.transport._register_rtp_sender(self, parameters)
        self._tasks = [asyncio.ensure_future(self._pump()), asyncio.ensure_future(self._report())]
        if not self._paused:
            self._feed.attach(self)

    async def finish(self) -> None:
        """Take no more frames, and send those that were taken."""
        self._feed.detach(self)
        while self._queue:
            await self._send_next()

    async def stop(self) -> None:
        """Stop sending for good and say so."""
        self._feed.detach(self)
        tasks, self._tasks = self._tasks, []
        if not tasks:
            return
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await self._transmit(bytes(RtcpByePacket(sources=[self._ssrc])))
        self.transport._unregister_rtp_sender(self)

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        """Not used: aiortc drops datagrams with padding, as most feedback has; see `receive`."""

    # ── reports of the viewer ────────────────────────────────────────────────────────────

    def receive(self, packet: rtcp.RtcpPacket) -> None:
        """Take an RTCP packet of the viewer; those about other tracks are ignored."""
        ssrc = self._ssrc
        match packet:
            case rtcp.Nack(media_ssrc=media) if media == ssrc:
                self._on_nack(packet.sequences)
            case rtcp.TransportWideFeedback(media_ssrc=media) if media == ssrc:
                self.stats.feedback += 1
            case rtcp.PictureLoss(media_ssrc=media) if media == ssrc:
                self._on_picture_loss()
            case rtcp.FullIntraRequest(ssrcs=ssrcs) if ssrc in ssrcs:
                self._on_picture_loss()
            case rtcp.ReceiverReportPacket(blocks=blocks) | rtcp.SenderReportPacket(blocks=blocks):
                for block in blocks:
                    if block.ssrc == ssrc:
                        self._on_block(block)
            case _:
                pass

    def _on_picture_loss(self) -> None:
        self.stats.plis += 1
        self._feed.request_key_frame()

    def _on_nack(self, lost: Sequence[int]) -> None:
        if self._writer is None:
            return
        self.stats.nacks += len(lost)
        for sequence in lost:
            packet = self._writer.stored(sequence)
            if packet is not None and len(self._resend) < _QUEUE_LIMIT:
                self._resend.append(packet)
        self._wake.set()

    def _on_block(self, block: rtcp.ReportBlock) -> None:
        stats = self.stats
        stats.reports += 1
        stats.fraction_lost = block.fraction_lost / 256
        stats.packets_lost = block.lost
        stats.jitter = block.jitter / self._codec.clock_rate
        if self._last_report is not None and block.last_report == self._last_report[0]:
            elapsed = time.monotonic() - self._last_report[1]
            stats.round_trip = max(0.0, elapsed - block.delay / 65536)

    # ── frames ───────────────────────────────────────────────────────────────────────────

    def send_frame(self, frame: EncodedFrame) -> bool:
        """Queue one frame; video begins with a key frame. Returns whether it is sent."""
        writer = self._writer
        if writer is None or (self._needs_key and not frame.key):
            return False
        if len(self._queue) > _QUEUE_LIMIT:
            self._needs_key = self.kind is Kind.VIDEO
            return False
        try:
            self._queue.extend(self._packets(writer, frame))
        except MediaError as error:
            _log.warning("A %s frame cannot be sent: %s", frame.codec, error)
            return False
        self._needs_key = False
        self.stats.frames += 1
        self._wake.set()
        return True

    def _packets(self, writer: PacketWriter, frame: EncodedFrame) -> list[StoredPacket]:
        payloads = packetize(frame.codec, frame.data, state=self._packetizer)
        now = time.monotonic()
        if self.kind is Kind.AUDIO:
            level = self._feed.level
            return [writer.audio(payload, frame.rtp_time, now, level) for payload in payloads]
        return writer.video(payloads, frame.rtp_time, now)

    def pause(self, paused: bool) -> None:
        """Stop sending or go on, without a word in the session description."""
        if paused is self._paused:
            return
        self._paused = paused
        self._needs_key = self.kind is Kind.VIDEO
        if paused:
            self._feed.detach(self)
        elif self.started:
            self._feed.attach(self)

    def change_ssrc(self) -> None:
        """Go on as another source: new SSRCs, sequence and RTP clock, from a key frame."""
        if self._parameters is None:
            return
        self.transport._unregister_rtp_sender(self)
        self._sources = Sources.random()
        self._ssrc, self._rtx_ssrc = self._sources.ssrc, self._sources.rtx_ssrc
        self._offset = random.getrandbits(32)
        self._writer = self._make_writer(self._parameters)
        self.transport._register_rtp_sender(self, self._parameters)
        self._queue.clear()
        self._resend.clear()
        self._needs_key = self.kind is Kind.VIDEO
        self._feed.request_key_frame()

    def _make_writer(self, parameters: RTCRtpSendParameters) -> PacketWriter:
        negotiated = formats(parameters, self._codec)
        return PacketWriter(self._sources, negotiated, extensions(parameters), self._offset)

    async def _pump(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue or self._resend:
                for _ in range(_BURST_PACKETS):
                    await self._send_next()
                if self._queue or self._resend:
                    await asyncio.sleep(_BURST_SECONDS)

    async def _send_next(self) -> None:
        writer = self._writer
        if writer is None:
            return
        if self._resend:
            packet = self._resend.popleft()
            self.stats.retransmitted += 1
            await self._transmit(writer.rewrite(packet, next(self._counter), sender_time()))
        elif self._queue:
            packet = self._queue.popleft()
            self.stats.packets += 1
            await self._transmit(writer.write(packet, next(self._counter), sender_time()))

    async def _transmit(self, data: bytes) -> None:
        # The end of the connection is noticed where it is watched.
        with contextlib.suppress(ConnectionError):
            await self.transport._send_rtp(data)

    # ── our reports ──────────────────────────────────────────────────────────────────────

    async def _report(self) -> None:
        delay = _FIRST_REPORT
        while True:
            await asyncio.sleep(delay)
            if self.stats.packets:
                await self._send_report(sender_time())
                delay = _REPORT_INTERVAL

    async def _send_report(self, wall: float) -> None:
        writer = self._writer
        if writer is None:
            return
        stamp = ntp_64(wall)
        report = rtcp.SenderReportPacket(
            ssrc=self._ssrc,
            ntp_64=stamp,
            rtp_timestamp=writer.timestamp(self._feed.rtp_time(self._codec, wall)),
            packets=writer.packets & 0xFFFFFFFF,
            octets=writer.octets & 0xFFFFFFFF,
        )
        self._last_report = (stamp >> 16) & 0xFFFFFFFF, time.monotonic()
        await self._transmit(rtcp.build_sender_report(report) + self._description())

    def _description(self) -> bytes:
        name = self._parameters.rtcp.cname if self._parameters is not None else None
        source = RtcpSourceInfo(ssrc=self._ssrc, items=[(1, (name or "roomdeck").encode())])
        return bytes(RtcpSdesPacket(chunks=[source]))
