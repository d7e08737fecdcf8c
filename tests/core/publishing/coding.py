"""Decoders and files for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, cast

import av
from av.packet import Packet

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.live import LiveProducer

_DECODERS = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.VP8: "vp8",
    Codec.VP9: "vp9",
    Codec.AV1: "libdav1d",
    Codec.OPUS: "libopus",
    Codec.PCMU: "pcm_mulaw",
    Codec.PCMA: "pcm_alaw",
    Codec.G722: "g722",
}
_NAMES = {**_DECODERS, Codec.AV1: "av1", Codec.OPUS: "libopus"}


class _Decoder(Protocol):
    def decode(self, packet: Packet[Any] | None = None, /) -> list[Any]: ...


def decode(codec: Codec, frames: Iterable[EncodedFrame]) -> list[Any]:
    context = av.CodecContext.create(_DECODERS[codec], "r")
    if codec.kind is Kind.AUDIO:
        audio = cast(av.AudioCodecContext, context)
        audio.sample_rate = 16000 if codec is Codec.G722 else codec.clock_rate
        audio.layout = "stereo" if codec is Codec.OPUS else "mono"
    context.thread_count = 1
    decoder = cast(_Decoder, context)
    decoded: list[Any] = []
    for frame in frames:
        decoded += decoder.decode(Packet(frame.data))
    return decoded + decoder.decode(None)


def decode_video(codec: Codec, frames: Iterable[EncodedFrame]) -> list[av.VideoFrame]:
    return cast("list[av.VideoFrame]", decode(codec, frames))


def decode_audio(codec: Codec, frames: Iterable[EncodedFrame]) -> list[av.AudioFrame]:
    return cast("list[av.AudioFrame]", decode(codec, frames))


def produce_all(producer: LiveProducer) -> list[EncodedFrame]:
    """Everything that a source makes, on a machine that is never late."""
    frames: list[EncodedFrame] = []
    while (due := producer.due()) is not None:
        frames += producer.produce(due)
    return frames


def of_kind(frames: Iterable[EncodedFrame], kind: Kind) -> list[EncodedFrame]:
    return [frame for frame in frames if frame.codec.kind is kind]


def new_file(path: Path) -> Any:
    """PyAV's own types leave packets unknown."""
    return av.open(str(path), "w")


def write_file(path: Path, frames: list[EncodedFrame]) -> None:
    """Mux encoded frames with their own times; the name's suffix says the container."""
    with new_file(path) as container:
        streams: dict[Codec, Any] = {}
        for frame in frames:
            if frame.codec not in streams:
                streams[frame.codec] = _add_stream(container, frame)
        for frame in frames:
            packet: Packet[Any] = Packet(frame.data)
            packet.time_base = Fraction(1, frame.codec.clock_rate)
            packet.pts = packet.dts = frame.rtp_time
            packet.is_keyframe = frame.key
            packet.stream = streams[frame.codec]
            container.mux(packet)


def _add_stream(container: Any, frame: EncodedFrame) -> Any:
    if frame.codec.kind is Kind.VIDEO:
        return container.add_mux_stream(_NAMES[frame.codec], width=frame.width, height=frame.height)
    return container.add_stream(_NAMES[frame.codec], rate=frame.codec.clock_rate)


def write_sound(path: Path, encoder: str, rate: int, data: bytes) -> None:
    """A file of one packet of mono sound."""
    with new_file(path) as container:
        stream = container.add_stream(encoder, rate=rate, layout="mono")
        packet: Packet[Any] = Packet(data)
        packet.pts = packet.dts = 0
        packet.stream = stream
        container.mux(packet)
