"""Packets in order → encoded frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import MediaError
from ..model import Codec, EncodedFrame, Kind
from .bitstream import frame_size, has_picture, insert_units
from .bitstream.sound import TICKS
from .bitstream.vp9_layers import SinglePictures
from .clock import Unwrapper, signed_32
from .counters import Counters
from .depacketize import depacketizer
from .packet import RtpPacket
from .parameter_sets import ParameterSets

FLUSH_AFTER = 0.2
"""Seconds after which a frame whose marker was seen is complete without the next one."""
MAX_AHEAD = 8
"""Parameter sets that may wait for their picture."""
MAX_FRAME = 16_000_000
"""Bytes of a frame, `_PACKET` more for each of its packets: one that never ends must not fill
memory. Ten times a key frame of 4K."""
_PACKET = 64
_LARGEST = (1 << 14) + _PACKET
_FIRST_WEIGHED = MAX_FRAME // _LARGEST
_LEAST_WEIGHED = 64
"""Packets between two looks at how large a frame has become."""
_HEAD = 64
"""Packets of a frame that show whether it is a key frame, while the others are on their way."""
_SAME_CLOCK = 5.0
"""Seconds by which RTP time may differ from arrival time where a sequence restarts."""


class FrameAssembler:
    """Cuts a track into frames and lets out only those that can be right.

    A frame is complete where the next timestamp begins, or by its marker. After a hole a frame
    counts only if its first packet is known to be here, and video goes on at a key frame.
    """

    def __init__(
        self, kind: Kind, codecs: Mapping[int, Codec], counters: Counters, key_frames_only: bool
    ) -> None:
        """Start without a frame.

        Args:
            kind: Of the track.
            codecs: By payload type.
            counters: Of the track.
            key_frames_only: Drop video after a hole until the next key frame.
        """
        self.codec: Codec | None = None
        self.epoch = 0
        self.clock = Unwrapper(32)
        self.needs_key = kind is Kind.VIDEO
        """Whether frames are dropped until a key frame comes."""
        self.key_seen = kind is Kind.AUDIO
        """Whether this epoch had one already."""
        self.parameter_sets = ParameterSets()
        self._usual_sets = 0
        """Parameter sets that the last key frame brought itself."""
        self._ahead: Sequence[bytes] = ()
        """Parameter sets that came in a frame of their own, for the next one."""
        self._pictures = SinglePictures()
        self._video = kind is Kind.VIDEO
        self._codecs = codecs
        self._counters = counters
        self._key_frames_only = key_frames_only
        self._functions = depacketizer(Codec.OPUS)
        self._payload_type = -1
        self._payloads: list[bytes] = []
        self._weighed_at = _FIRST_WEIGHED
        """Packets at which a frame may have become too large."""
        self._timestamp = -1
        self._arrival = 0.0
        self._sound = b""
        self._marker = False
        self._usable = False
        self._after_gap = True
        self._beside_gap = False
        self._marker_ends_frame = True
        self._hole = False

    @property
    def sound(self) -> tuple[int, int] | None:
        """32-bit timestamp of the last packet of sound, and how long it lasts in ticks."""
        if self.codec is None or not self._sound:
            return None
        return self._timestamp, TICKS[self.codec](self._sound)

    @property
    def key_arriving(self) -> bool:
        """Whether the frame that is being received is a key frame."""
        return self._usable and self._functions.is_key(self._payloads[:_HEAD])

    @property
    def _marked(self) -> bool:
        """Whether the current frame is complete by its marker."""
        return bool(self._payloads) and self._marker and self._marker_ends_frame

    def begins_key_frame(self, packets: Sequence[RtpPacket]) -> bool:
        """Whether these packets, the first that there are of a frame, begin a key frame.

        What precedes its picture counts where it is needed: without parameter sets, in them or
        known, the first packet may be one that is still on its way.
        """
        codec = self._codecs.get(packets[0].payload_type) if packets else None
        if codec is None:
            return False
        functions, payloads = depacketizer(codec), [packet.payload for packet in packets]
        if not functions.is_key(payloads):
            return False
        return self.parameter_sets.knows(codec) or bool(functions.parameter_sets(payloads))

    def push(self, packet: RtpPacket, arrival: float, frames: list[EncodedFrame]) -> None:
        """Take the next packet; frames that it completes are appended to ``frames``."""
        payload = packet.payload
        if not payload:
            return
        if packet.payload_type != self._payload_type:
            self._change_format(packet.payload_type, frames)
        if not self._video:
            self._timestamp, self._arrival, self._payloads = packet.timestamp, arrival, [payload]
            self._sound = payload
            self._finish(frames)
        elif packet.timestamp != self._timestamp or self._after_gap:
            self._begin(packet, arrival, frames)
        elif self._usable:
            self._payloads.append(payload)
            if arrival > self._arrival:
                self._arrival = arrival
            if self._marker:
                self._marker_ends_frame = False
            self._marker = packet.marker
        elif self._marker:  # it goes on after it was let out: its marker was wrong
            self._marker_ends_frame = self._marker = False
            self._counters.malformed += 1
            self._lose()

    def _begin(self, packet: RtpPacket, arrival: float, frames: list[EncodedFrame]) -> None:
        if self._payloads:
            self._finish(frames)
        self._beside_gap = self._after_gap
        self._usable = not self._after_gap or (
            packet.timestamp != self._timestamp and self._functions.starts_frame(packet.payload)
        )
        self._after_gap = False
        self._timestamp = packet.timestamp
        self._arrival = arrival
        self._marker = self._usable and packet.marker
        if self._usable:
            self._payloads, self._weighed_at = [packet.payload], _FIRST_WEIGHED

    def weigh(self) -> None:
        """Give a frame up that has no end: what is left of it is passed over.

        To be called now and then, after every few packets.
        """
        packets = len(self._payloads)
        if packets < self._weighed_at:
            return
        left = MAX_FRAME - sum(map(len, self._payloads)) - packets * _PACKET
        if left > 0:
            self._weighed_at = packets + max(left // _LARGEST, _LEAST_WEIGHED)
            return
        self._payloads = []
        self._usable = self._marker = False
        self._counters.malformed += 1
        self._lose()

    def gap(self, frames: list[EncodedFrame]) -> None:
        """Something before the next packet is lost for good."""
        self._end(frames)
        self._lose()
        self._after_gap = True

    def _end(self, frames: list[EncodedFrame]) -> None:
        """Let the current frame out if its marker says that it is complete."""
        if self._marked:
            self._finish(frames)
        elif self._payloads:
            self._payloads = []
            self._lose()
        self._usable = False

    def _lose(self) -> None:
        self._hole = True
        if self._video and self._key_frames_only:
            self.needs_key = True

    def is_overdue(self, now: float) -> bool:
        """Whether the marker of a frame was seen some time ago, and nothing came after it."""
        return self._marked and now - self._arrival >= FLUSH_AFTER

    def flush(self, now: float, frames: list[EncodedFrame]) -> None:
        """Let the last frame out when its marker was seen some time ago."""
        if self.is_overdue(now):
            self._finish(frames)

    def close(self, frames: list[EncodedFrame]) -> None:
        """Let the last frame out if it is complete."""
        self._end(frames)

    def restart(self, frames: list[EncodedFrame]) -> None:
        """Begin a new epoch: another SSRC, or another RTP clock."""
        self._end(frames)
        self._after_gap = True
        self._new_clock()

    def _new_clock(self) -> None:
        self.epoch += 1
        self.clock = Unwrapper(32)
        self._timestamp = -1
        self._sound = b""
        self._expect_key()

    def _expect_key(self) -> None:
        self.needs_key = self._video
        self.key_seen = not self._video

    def resume(self, item: tuple[RtpPacket, float]) -> None:
        """Compare the clocks on both sides of a restarted sequence, before its first packet."""
        if self._timestamp < 0 or self.codec is None:
            return
        packet, arrival = item
        elapsed = signed_32(packet.timestamp - self._timestamp) / self.codec.clock_rate
        if abs(elapsed - (arrival - self._arrival)) > _SAME_CLOCK:
            self._new_clock()

    def _change_format(self, payload_type: int, frames: list[EncodedFrame]) -> None:
        codec = self._codecs[payload_type]
        self._payload_type = payload_type
        if codec is self.codec:
            return
        if self.codec is not None:
            if self._payloads:
                self._finish(frames)
            self._expect_key()
            if codec.clock_rate != self.codec.clock_rate:
                self._new_clock()
        self.codec = codec
        self._functions = depacketizer(codec)
        self._marker_ends_frame = True

    def _finish(self, frames: list[EncodedFrame]) -> None:
        """Turn the payloads into a frame, if it is a good one."""
        payloads, self._payloads = self._payloads, []
        self._usable = False
        try:
            frame = self._build(payloads)
        except MediaError:
            self._counters.malformed += 1
            self._lose()
            return
        if frame is not None:
            frames.append(frame)

    def _build(self, payloads: list[bytes]) -> EncodedFrame | None:
        codec, counters = self.codec, self._counters
        if codec is None:
            return None
        sets = self._functions.parameter_sets(payloads) if self._video else ()
        if sets:
            self.parameter_sets.learn(codec, sets)
        key = self._functions.is_key(payloads)
        if self.needs_key and not key:
            counters.dropped_frames += not sets
            return None
        data, width, height = self._functions.depacketize(payloads), 0, 0
        if codec is Codec.VP9:
            data = self._pictures.single(data)
        if key and self._video:
            data, (width, height) = self._complete(codec, data, sets)
            if not width:
                return None
        elif (sets or self._ahead) and not (data := self._carry(codec, data, sets)):
            return None
        hole = self._hole and counters.frames > 0
        if key:
            self.needs_key, self.key_seen = False, True
        self._hole = False
        counters.frames += 1
        counters.key_frames += key
        counters.holes += hole
        return EncodedFrame(
            codec=codec,
            data=data,
            rtp_time=self.clock(self._timestamp),
            arrival=self._arrival,
            key=key,
            width=width,
            height=height,
            hole=hole,
            epoch=self.epoch,
        )

    def _complete(
        self, codec: Codec, data: bytes, sets: Sequence[bytes]
    ) -> tuple[bytes, tuple[int, int]]:
        """A key frame with its parameter sets, and its size; of no size where they are unknown."""
        self._ahead = ()
        if self._beside_gap and len(sets) < self._usual_sets:
            return data, (0, 0)  # some are in the packets that are lost, and may be new
        self._usual_sets = len(sets)
        data = self.parameter_sets.complete(codec, data, sets)
        size = frame_size(codec, data)
        if size is None:
            self._counters.dropped_frames += 1
            self.key_seen = True  # another one would be of no more use
        return data, size or (0, 0)

    def _carry(self, codec: Codec, data: bytes, sets: Sequence[bytes]) -> bytes:
        """Another frame with the parameter sets sent before it; nothing where it has no picture.

        They belong to the picture that follows (H.264 7.4.1.2.3), under whatever time they come.
        """
        if not has_picture(codec, data):
            self._ahead = [*self._ahead, *sets][-MAX_AHEAD:]
            return b""
        if self._ahead:
            data, self._ahead = insert_units(codec, data, self._ahead), ()
        return data
