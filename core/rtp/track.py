"""One received track: RTP packets in, encoded frames and RTCP out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..errors import MediaError
from ..model import Codec, EncodedFrame, Kind, SenderReport, TrackStats
from .assembler import FrameAssembler
from .bitstream.sound import TICKS
from .clock import signed_32
from .counters import Counters
from .keyframes import KeyFrameRequests
from .packet import RtpPacket
from .redundancy import Copies, expand_red, is_gapless
from .reorder import START_WAIT, Gap, Item, ReorderBuffer
from .reports import Reception, ReportSchedule, SenderReports
from .rtcp import build_nack, build_pli, build_receiver_report
from .rtx import unwrap_rtx
from .sources import Arrival, SourceSelector

KEY_FRAME_WAIT = 0.4
"""Seconds in which the first packets of a key frame may come after later ones. Where they are
there nothing waits, and nothing else is of use."""
GIVE_UP = 1.5
"""Seconds to wait for a packet that can be asked for again."""
GIVE_UP_WITHOUT_NACK = 0.5
"""Seconds to wait for one that can only be late."""
_PLAUSIBLE = 10.0
"""Seconds of RTP time by which a retransmission may be away from what arrives now."""
_QUIET = 0.5
MAX_LEVELS = 256
"""Packets whose audio levels are kept until somebody asks for them."""


class PayloadFormat(msgspec.Struct, frozen=True):
    """What a negotiated payload type stands for."""

    codec: Codec | None = None
    """``None``: retransmission, redundancy, or something that is not recorded."""
    rtx_for: int | None = None
    """Payload type of the originals (``apt``), if this is RTX."""
    red: bool = False
    """Redundant audio data; its blocks carry their own payload types."""
    nack: bool = False
    """Generic NACK was negotiated."""


class TrackReceiver:
    """Receives one track: repairs what can be repaired and lets only right frames out.

    Frames are cut, not decoded. It is sans-I/O: ``now`` is monotonic seconds.
    """

    def __init__(
        self,
        kind: Kind,
        formats: Mapping[int, PayloadFormat],
        local_ssrc: int,
        *,
        key_frames_only_after_loss: bool = True,
    ) -> None:
        """Start without a packet.

        Args:
            kind: Audio or video.
            formats: By payload type, as negotiated.
            local_ssrc: Our own SSRC in RTCP.
            key_frames_only_after_loss: Drop video after a loss until the next key frame;
                otherwise go on with the next frame that is complete.
        """
        self.last_packet_at: float | None = None
        """Arrival of the last packet of the track itself, retransmissions excluded."""
        self._video = kind is Kind.VIDEO
        self._formats = dict(formats)
        self._local_ssrc = local_ssrc
        self._may_nack = any(f.nack for f in formats.values() if f.rtx_for is None)
        self._counters = Counters()
        self._codecs = {pt: f.codec for pt, f in formats.items() if f.codec and not f.red}
        self._assembler = FrameAssembler(
            kind, self._codecs, self._counters, key_frames_only_after_loss
        )
        self._sources = SourceSelector()
        self._reports = SenderReports()
        self._report_schedule = ReportSchedule(local_ssrc)
        self._key_frames = KeyFrameRequests()
        self._buffer = self._new_buffer()
        self._copies = Copies()
        self._reception: Reception | None = None
        self._timestamp = -1
        self._epoch = 0
        self._levels: deque[int] = deque(maxlen=MAX_LEVELS)

    def _new_buffer(self) -> ReorderBuffer:
        return ReorderBuffer(
            self._counters,
            GIVE_UP if self._may_nack else GIVE_UP_WITHOUT_NACK,
            plain_resends=all(form.rtx_for is None for form in self._formats.values()),
            start_wait=KEY_FRAME_WAIT if self._video else START_WAIT,
        )

    @property
    def codec(self) -> Codec | None:
        """Codec of the last frame; ``None`` before the first."""
        return self._assembler.codec

    @property
    def media_ssrc(self) -> int | None:
        """The SSRC that is the track now."""
        return self._sources.active

    @property
    def last_report(self) -> SenderReport | None:
        """The last sender report, on the clock of the frames."""
        ssrc = self._sources.active
        if ssrc is None:
            return None
        return self._reports.last(ssrc, self._assembler.clock, self._assembler.epoch)

    @property
    def stats(self) -> TrackStats:
        """Counters since the track began."""
        jitter = self._reception.jitter.value if self._reception else 0.0
        return self._counters.snapshot(jitter)

    def levels(self) -> list[int]:
        """Audio levels of the packets since it was last called, as of `RtpPacket.audio_level`."""
        levels = list(self._levels)
        self._levels.clear()
        return levels

    def receive(self, packets: Iterable[Arrival], frames: list[EncodedFrame]) -> None:
        """Take packets, and when they arrived; append the frames that they complete."""
        codecs, assembler = self._codecs, self._assembler
        active, awaited = self._sources.active, self._buffer.awaited
        followed = size = 0
        try:
            for packet, now in packets:
                if (
                    packet.sequence != awaited
                    or packet.ssrc != active
                    or packet.payload_type not in codecs
                ):
                    self._follow(followed, size)
                    followed = size = 0
                    frames += self._receive_any(packet, now)
                    active, awaited = self._sources.active, self._buffer.awaited
                    continue
                awaited = awaited + 1 & 0xFFFF
                followed += 1
                size += len(packet.payload)
                self.last_packet_at = now
                if packet.timestamp != self._timestamp:
                    self._note(packet, now)
                assembler.push(packet, now, frames)
                if assembler.epoch != self._epoch:
                    self._follow_epoch()
        finally:
            self._follow(followed, size)
        assembler.weigh()

    def _follow(self, packets: int, size: int) -> None:
        """So many packets with so many bytes came just as they were awaited."""
        self._buffer.follow(packets)
        self._counters.follow(packets, size)

    def _receive_any(self, packet: RtpPacket, now: float) -> list[EncodedFrame]:
        """Take a packet that is not just the next one of the track."""
        form = self._formats.get(packet.payload_type)
        if form is not None and form.rtx_for is not None:
            return self._receive_rtx(packet, form.rtx_for, now)
        if packet.ssrc == self._sources.active:
            return self._receive_media(packet, form, now)
        if form is None or not (form.codec or form.red):
            self._counters.unknown += 1
            return []
        heard = -math.inf if self.last_packet_at is None else self.last_packet_at
        return self._switch(self._sources.offer(packet, now, heard), now)

    def _note(self, packet: RtpPacket, now: float) -> None:
        """Take what the first packet of a frame says: the others left one after the other."""
        self._timestamp = packet.timestamp
        if packet.audio_level is not None:
            self._levels.append(packet.audio_level)
        if self._reception is not None:
            self._reception.jitter.update(packet.timestamp, now)

    def _receive_media(
        self, packet: RtpPacket, form: PayloadFormat | None, now: float
    ) -> list[EncodedFrame]:
        highest = self._buffer.highest
        items = self._order(packet, form, now, repaired=False)
        self.last_packet_at = now
        if self._buffer.highest > highest and packet.timestamp != self._timestamp:
            self._note(packet, now)
        return self._assemble(items)

    def _receive_rtx(self, packet: RtpPacket, original: int, now: float) -> list[EncodedFrame]:
        """The payload type tells what it repairs: its SSRC need not have been announced."""
        form = self._formats.get(original)
        ssrc = self._sources.active
        if form is None or ssrc is None or not self._is_plausible(packet.timestamp):
            return []
        try:
            packet = unwrap_rtx(packet, original, ssrc)
        except MediaError:  # a probe
            return []
        return self._assemble(self._order(packet, form, now, repaired=True))

    def _is_plausible(self, timestamp: int) -> bool:
        """Not of an SSRC that was the track before, where any sequence number could fit."""
        limit = _PLAUSIBLE * (90000 if self._video else 48000)
        return abs(signed_32(timestamp - self._timestamp)) < limit

    def _order(
        self, packet: RtpPacket, form: PayloadFormat | None, now: float, *, repaired: bool
    ) -> list[Item]:
        if form is not None and form.red and packet.payload:
            return self._order_red(packet, now, repaired)
        if form is None or form.codec is None:
            # Comfort noise, tones and the like have sequence numbers, too.
            self._counters.unknown += form is None
            packet = _emptied(packet)
        items = self._buffer.push(packet, now, repaired=repaired)
        if not items and self._buffer.starting and self._begins():
            items = self._buffer.start(now)
        return items

    def _begins(self) -> bool:
        """Whether nothing before the first packet is of any use: a key frame begins there."""
        run = self._buffer.first_run()
        return self._video and self._assembler.begins_key_frame(run)

    def _order_red(self, packet: RtpPacket, now: float, repaired: bool) -> list[Item]:
        try:
            packet, *copies = expand_red(packet, self._codecs)
        except MediaError:
            self._counters.malformed += 1
            return self._buffer.push(_emptied(packet), now, repaired=repaired)
        items = self._buffer.push(packet, now, repaired=repaired)
        last = self._assembler.sound
        if copies and (last is None or signed_32(copies[0].timestamp - last[0]) > 0):
            self._copies.keep(copies, now)
        return items

    def _replace(self, items: list[Item]) -> list[Item]:
        """Put copies where packets are missing; go on where they say all that is missing.

        They do where there are as many as packets, or where time has no hole: then the other
        packets were padding.
        """
        while blocked := self._buffer.blocked():
            absent, packet = blocked
            before = self._last_sound(items)
            if before is None:
                break
            copies = self._copies.between(before[0], packet.timestamp)
            sounds = [before, *(self._sound(copy) for copy, _ in copies), (packet.timestamp, 0)]
            if len(copies) != len(absent) and not is_gapless(sounds):
                break
            items = [*items, *copies, *self._buffer.settle(absent, len(copies))]
        if self._copies and not (self._buffer.missing or self._buffer.starting):
            self._copies.clear()
        return items

    def _with_copies(self, items: list[Item]) -> list[Item]:
        """The same with copies of what was given up before."""
        out: list[Item] = []
        for item in items:
            if not isinstance(item, Gap) and item[0].payload and (before := self._last_sound(out)):
                copies = self._copies.between(before[0], item[0].timestamp)
                self._buffer.replaced(len(copies))
                out += copies
            out.append(item)
        return out

    def _last_sound(self, items: list[Item]) -> tuple[int, int] | None:
        """The last one of these, else the last that was let out, as of `FrameAssembler.sound`."""
        for item in reversed(items):
            if not isinstance(item, Gap) and item[0].payload:
                return self._sound(item[0])
        return self._assembler.sound

    def _sound(self, packet: RtpPacket) -> tuple[int, int]:
        return packet.timestamp, TICKS[self._codecs[packet.payload_type]](packet.payload)

    def _switch(self, packets: list[tuple[RtpPacket, float]], now: float) -> list[EncodedFrame]:
        """Go on with another SSRC, given all its packets until now."""
        if not packets:
            return []
        frames: list[EncodedFrame] = []
        if self._reception is not None:
            frames = self._assemble(self._buffer.flush(now))
            self._assembler.restart(frames)
            self._epoch = self._assembler.epoch
        self._buffer = self._new_buffer()
        self._copies.clear()
        self._key_frames.restart()
        first = packets[0][0]
        form = self._formats[first.payload_type]
        rate = form.codec.clock_rate if form.codec else Codec.OPUS.clock_rate
        self._reception = Reception(first.ssrc, rate)
        for packet, arrival in packets:
            frames += self._receive_media(packet, self._formats.get(packet.payload_type), arrival)
        return frames

    def _assemble(self, items: list[Item]) -> list[EncodedFrame]:
        frames: list[EncodedFrame] = []
        assembler = self._assembler
        if not self._video and (self._copies or self._buffer.missing):
            items = self._replace(self._with_copies(items))
        restarted = False
        for item in items:
            if isinstance(item, Gap):
                assembler.gap(frames)
                restarted = restarted or item.restarted
                continue
            if restarted:
                assembler.resume(item)
                restarted = False
            assembler.push(item[0], item[1], frames)
        if assembler.epoch != self._epoch:
            self._follow_epoch()
        return frames

    def _follow_epoch(self) -> None:
        self._epoch = self._assembler.epoch
        if self._sources.active is not None:
            self._reports.forget(self._sources.active)

    @property
    def repairs(self) -> bool:
        """Whether packets are missing that can be asked for again."""
        return self._may_nack and bool(self._buffer.missing)

    def is_quiet(self, now: float) -> bool:
        """Whether neither `poll` nor `feedback` has anything to do, as nearly always."""
        return not (
            self._buffer.waiting
            or self._assembler.needs_key
            or self._key_frames.requested
            or self._sources.undecided
            or self._report_schedule.is_due(now)
            or self._assembler.is_overdue(now)
        )

    def poll(self, now: float) -> list[EncodedFrame]:
        """Return what only time makes complete; to be called every 20 to 100 ms."""
        frames: list[EncodedFrame] = []
        if self._buffer.waiting:
            frames = self._assemble(self._buffer.expire(now))
        else:
            self._assembler.flush(now, frames)
        if self._sources.undecided:
            heard = -math.inf if self.last_packet_at is None else self.last_packet_at
            frames += self._switch(self._sources.decide(now, heard), now)
        return frames

    def feedback(self, now: float) -> list[bytes]:
        """RTCP packets to be sent now; to be called every 20 to 100 ms."""
        ssrc = self._sources.active
        if ssrc is None or self._reception is None:
            return []
        packets: list[bytes] = []
        if self._may_nack and self._buffer.missing:
            wanted = self._buffer.nacks.due(self._buffer.missing, now)
            self._counters.nacks += len(wanted)
            packets += build_nack(self._local_ssrc, ssrc, wanted)
        if self._video and self._key_frames.due(self._assembler, self._buffer, now):
            self._counters.plis += 1
            packets.append(build_pli(self._local_ssrc, ssrc))
        if self._report_schedule.due(now):
            block = self._reception.block(self._buffer, self._reports.for_delay(ssrc), now)
            packets.append(build_receiver_report(self._local_ssrc, [block]))
        return packets

    def sender_report(self, ssrc: int, ntp_64: int, rtp_timestamp: int, now: float) -> None:
        """Take a sender report: 32.32 NTP time and 32-bit RTP timestamp."""
        self._reports.received(ssrc, ntp_64, rtp_timestamp, now)

    def learn(self, codec: Codec, parameter_sets: Sequence[bytes]) -> None:
        """Take what was said outside the stream; what is in the stream is newer."""
        self._assembler.parameter_sets.learn(codec, parameter_sets, newer=False)

    def request_key_frame(self) -> None:
        """Ask the sender for a key frame with the next feedback."""
        self._key_frames.request()

    def count_too_long(self) -> None:
        """A packet of the track was longer than we can take."""
        self._counters.too_long += 1

    def count_undecryptable(self) -> None:
        """A packet of the track could not be decrypted."""
        self._counters.undecryptable += 1

    def close(self, now: float) -> list[EncodedFrame]:
        """Give up what is missing and return every frame that is complete."""
        frames = self._switch(self._sources.decide(now, now - _QUIET), now)
        frames += self._assemble(self._buffer.flush(now))
        self._assembler.close(frames)
        return frames


def _emptied(packet: RtpPacket) -> RtpPacket:
    """Keeps its place in the sequence and nothing else."""
    return RtpPacket(
        packet.payload_type, False, packet.sequence, packet.timestamp, packet.ssrc, b""
    )
