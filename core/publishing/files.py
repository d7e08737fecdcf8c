"""The encoded packets of a file, as they are."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import av
import msgspec
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from ..errors import MediaError, UsageError
from ..model import Codec, EncodedFrame, Kind
from ..rtp.bitstream import frame_size, is_key_frame
from .encoders import as_sent
from .source_config import SourceConfig

_CODECS = {
    "h264": Codec.H264,
    "hevc": Codec.H265,
    "vp8": Codec.VP8,
    "vp9": Codec.VP9,
    "av1": Codec.AV1,
    "opus": Codec.OPUS,
    "pcm_mulaw": Codec.PCMU,
    "pcm_alaw": Codec.PCMA,
    "adpcm_g722": Codec.G722,
}
# Both pass on what is Annex B already.
_FILTERS = {Codec.H264: "h264_mp4toannexb", Codec.H265: "hevc_mp4toannexb"}
_TELEPHONE_RATES = {Codec.PCMU: 8000, Codec.PCMA: 8000, Codec.G722: 16000}
_TELEPHONE_PACKET = 160  # bytes in 20 ms of any of them
_LARGEST_PACKET = 1100  # bytes that fit one datagram
_INTERLEAVE = 1.0  # seconds that one track of a file may be ahead of the other


class _Filter(Protocol):
    """What we use of PyAV's bitstream filter: its own type leaves packets unknown."""

    def filter(self, packet: Packet[Any] | None, /) -> list[Packet[Any]]: ...


class FileProducer:
    """Takes a file apart, in the file's order and with the file's timing.

    H.264 and H.265 become Annex B with four-byte start codes, and get parameter sets at key
    frames from where the file keeps them (H.265 even where it has them already); telephone
    codecs in large packets are cut into 20 ms; nothing else is touched. A file cannot make a
    key frame or another size when asked: both requests are ignored.
    """

    def __init__(self, config: SourceConfig) -> None:
        """Open the file and read up to its first packet.

        Raises:
            UsageError: No such file, nothing in it that can be sent; says what to do.
        """
        self._name = config.file or ""
        self._limit = config.seconds
        try:
            self._container = av.open(self._name)
        except (OSError, FFmpegError) as error:
            raise UsageError(f"Cannot open {self._name}: {error}") from error
        try:
            self._streams = self._choose(config)
            self._codecs = {s.index: _sendable(s, self._name) for s in self._streams}
            self._zero = (self._container.start_time or 0) / av.time_base
            self._frames = self._in_order()
            self._next = next(self._frames, None)
        except BaseException:
            self._container.close()
            raise

    @property
    def video(self) -> Codec | None:
        """Codec of the first video track, `None` without one."""
        return self._codec(Kind.VIDEO)

    @property
    def audio(self) -> Codec | None:
        """Codec of the first audio track, `None` without one."""
        return self._codec(Kind.AUDIO)

    @property
    def level(self) -> int | None:
        """Nobody decodes the sound to measure it."""
        return None

    def due(self) -> float | None:
        """Media time of the next packet in seconds, or `None` at the end."""
        if self._next is None or (self._limit is not None and self._next.arrival >= self._limit):
            return None
        return self._next.arrival

    def produce(self, now: float) -> list[EncodedFrame]:
        """Give the next packet, however late it is.

        Raises:
            MediaError: The file is damaged there.
        """
        del now
        if self._next is None:
            return []
        frame, self._next = self._next, next(self._frames, None)
        return [frame]

    def request_key_frame(self) -> None:
        """A file goes on as it is."""

    def resize(self, width: int, height: int) -> None:
        """A file goes on as it is."""

    def close(self) -> None:
        """Close the file."""
        self._next = None
        self._container.close()

    def _codec(self, kind: Kind) -> Codec | None:
        return next((codec for codec in self._codecs.values() if codec.kind is kind), None)

    def _choose(self, config: SourceConfig) -> Sequence[Stream]:
        tracks = self._container.streams
        chosen = [*tracks.video[: config.video], *tracks.audio[: config.audio]]
        if not chosen:
            raise UsageError(f"{self._name} has nothing to send: no video or audio track.")
        return chosen

    def _in_order(self) -> Iterator[EncodedFrame]:
        """All frames by the time at which they are due: a file's tracks come in turns."""
        waiting: list[tuple[float, int, EncodedFrame]] = []
        for number, frame in enumerate(self._demux()):
            heapq.heappush(waiting, (frame.arrival, number, frame))
            while frame.arrival - waiting[0][0] > _INTERLEAVE:
                yield heapq.heappop(waiting)[2]
        while waiting:
            yield heapq.heappop(waiting)[2]

    def _demux(self) -> Iterator[EncodedFrame]:
        filters: dict[int, _Filter] = {
            stream.index: BitStreamFilterContext(_FILTERS[codec], stream)
            for stream in self._streams
            if (codec := self._codecs[stream.index]) in _FILTERS
        }
        due: defaultdict[int, float] = defaultdict(float)
        try:
            for packet in self._container.demux(self._streams):
                index = packet.stream.index  # the last, empty packets have no stream_index
                codec = self._codecs[index]
                for part in _filtered(packet, filters.get(index)):
                    for frame in self._frames_of(codec, part):
                        # As live: no picture before it was taken, and none before what it needs.
                        due[index] = max(due[index], frame.arrival)
                        yield msgspec.structs.replace(frame, arrival=due[index])
        except FFmpegError as error:
            raise MediaError(f"{self._name} is damaged: {error}") from error

    def _frames_of(self, codec: Codec, packet: Packet[Any]) -> Iterator[EncodedFrame]:
        shown = packet.pts if packet.pts is not None else packet.dts
        if shown is None or not packet.size:  # the empty packet at the end of a track
            return
        data = as_sent(codec, bytes(packet))
        time = float(shown * packet.time_base) - self._zero
        rtp_time, arrival = round(time * codec.clock_rate), max(time, 0.0)
        if codec in _TELEPHONE_RATES and len(data) > _LARGEST_PACKET:
            yield from _cut(codec, data, rtp_time, arrival)
            return
        key = is_key_frame(codec, data)
        width, height = (frame_size(codec, data) or (0, 0)) if key else (0, 0)
        yield EncodedFrame(codec, data, rtp_time, arrival, key, width, height)


def _filtered(packet: Packet[Any], bitstream_filter: _Filter | None) -> list[Packet[Any]]:
    if bitstream_filter is None:
        return [packet]
    return bitstream_filter.filter(packet if packet.size else None)


def _cut(codec: Codec, data: bytes, rtp_time: int, arrival: float) -> Iterator[EncodedFrame]:
    """Telephone codecs in packets of 20 ms: each byte stands for itself, one RTP tick."""
    for start in range(0, len(data), _TELEPHONE_PACKET):
        yield EncodedFrame(
            codec=codec,
            data=data[start : start + _TELEPHONE_PACKET],
            rtp_time=rtp_time + start,
            arrival=arrival + start / codec.clock_rate,
            key=True,
        )


def _sendable(stream: Stream, file: str) -> Codec:
    """The codec of a stream.

    Raises:
        UsageError: It cannot be sent; says what to do.
    """
    name, kind = stream.codec.canonical_name, stream.type
    codec = _CODECS.get(name)
    if codec is None:
        usable = ", ".join(code for code in Codec if code.kind == kind)
        raise UsageError(
            f"{file}: {name} {kind} cannot be sent as it is. Convert it to one of {usable}, "
            f"or leave it out with --no-{kind}."
        )
    rate = _TELEPHONE_RATES.get(codec)
    if (
        rate
        and isinstance(stream, AudioStream)
        and (stream.sample_rate, stream.channels) != (rate, 1)
    ):
        raise UsageError(f"{file}: {codec} must be mono at {rate} Hz to be sent; convert it.")
    return codec
