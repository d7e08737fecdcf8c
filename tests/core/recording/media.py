"""Tiny real streams, encoded once per process, and a recorder with a virtual clock."""

from __future__ import annotations

import functools
import random
import struct
import threading
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec

from roomdeck.core.model import (
    Codec,
    Container,
    EncodedFrame,
    EndReason,
    Kind,
    SenderReport,
    TakeSummary,
)
from roomdeck.core.real_time import leave_real_time
from roomdeck.core.recording.place import Place
from roomdeck.core.recording.recorder import StreamRecorder
from roomdeck.core.recording.syncer import Syncer
from roomdeck.core.recording.take_events import (
    RecordingSettings,
    StreamIdentity,
    TakeEnded,
    TakeEvent,
    TakeStarted,
)
from roomdeck.core.rtp.bitstream import frame_size

START = 1000.0
"""Monotonic time at which media begins."""
WALL = 1_700_000_000.0
"""Unix time at the same moment."""
FPS = 25
SECONDS = 3
GOP = 25
HANGS = 30.0
"""Seconds after which an encoder will not go on."""

_ENCODERS = {
    Codec.H264: ("libx264", {"preset": "ultrafast", "tune": "zerolatency"}),
    Codec.H265: (
        "libx265",
        {"preset": "ultrafast", "tune": "zerolatency", "x265-params": "log-level=none:pools=1"},
    ),
    Codec.VP8: ("libvpx", {"deadline": "realtime", "lag-in-frames": "0", "b": "200k"}),
    Codec.VP9: ("libvpx-vp9", {"deadline": "realtime", "lag-in-frames": "0", "b": "200k"}),
    Codec.AV1: ("libsvtav1", {"preset": "12", "svtav1-params": "pred-struct=1:lookahead=0:lp=1"}),
}
_AUDIO_ENCODERS = {
    Codec.OPUS: ("libopus", 48000, "stereo", 960),
    Codec.PCMU: ("pcm_mulaw", 8000, "mono", 160),
    Codec.PCMA: ("pcm_alaw", 8000, "mono", 160),
    Codec.G722: ("g722", 16000, "mono", 320),
}


@functools.cache
def video(
    codec: Codec, width: int = 64, height: int = 48, seconds: float = SECONDS, gop: int = GOP
) -> tuple[EncodedFrame, ...]:
    """A moving pattern at 25 fps with a key frame a second; RTP time begins at 5000."""
    packets: list[Any] | None = None
    while packets is None:
        packets = _encoded(codec, width, height, int(FPS * seconds), gop)
    return tuple(_video_frame(codec, packet, n) for n, packet in enumerate(packets))


def _encoded(codec: Codec, width: int, height: int, count: int, gop: int) -> list[Any] | None:
    """Return packets; ``None`` if the encoder's threads wait for each other for ever.

    Those of SVT-AV1 4.1 do so once in some 500 films like these.
    """
    context, packets = _encoder(codec, width, height, gop), list[Any]()

    def encode() -> None:
        for number in range(count):
            packets.extend(context.encode(_picture(width, height, number)))
        packets.extend(context.encode(None))

    encoding = threading.Thread(target=encode, daemon=True)
    encoding.start()
    encoding.join(HANGS)
    return None if encoding.is_alive() else packets


def _encoder(codec: Codec, width: int, height: int, gop: int) -> Any:
    encoder, options = _ENCODERS[codec]
    context: Any = av.CodecContext.create(encoder, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, FPS), FPS
    context.gop_size, context.max_b_frames, context.options = gop, 0, options
    context.thread_count = 1  # libvpx's threads have been seen to wait for each other for ever
    context.open()
    leave_real_time()
    return context


def _picture(width: int, height: int, number: int) -> Any:
    picture: Any = av.VideoFrame(width, height, "yuv420p")
    for index, plane in enumerate(picture.planes):
        plane.update(bytes((x * (index + 1) + number * 7) & 255 for x in range(plane.buffer_size)))
    picture.pts = number
    picture.time_base = Fraction(1, FPS)
    return picture


def _video_frame(codec: Codec, packet: Any, number: int) -> EncodedFrame:
    data = bytes(packet)
    if codec is Codec.AV1 and data[:2] == b"\x12\x00":
        data = data[2:]
    key = packet.is_keyframe
    width, height = (frame_size(codec, data) or (0, 0)) if key else (0, 0)
    return EncodedFrame(
        codec=codec,
        data=data,
        rtp_time=5000 + number * 90000 // FPS,
        arrival=START + number / FPS,
        key=key,
        width=width,
        height=height,
    )


@functools.cache
def audio(codec: Codec = Codec.OPUS, seconds: float = SECONDS) -> tuple[EncodedFrame, ...]:
    """Packets of 20 ms; RTP time begins at 777000, and no two packets are the same."""
    encoder, rate, layout, samples = _AUDIO_ENCODERS[codec]
    context: Any = av.CodecContext.create(encoder, "w")
    context.sample_rate, context.layout = rate, layout
    sample_format = "flt" if codec is Codec.OPUS else "s16"
    context.format = sample_format
    context.open()
    packets: list[Any] = []
    for number in range(int(50 * seconds)):
        sound: Any = av.AudioFrame(format=sample_format, layout=layout, samples=samples)
        size = sound.planes[0].buffer_size
        # Noise that never repeats, in a range that is small for either sample format.
        sound.planes[0].update(_noise(number, size, 4 if codec is Codec.OPUS else 2))
        sound.sample_rate, sound.pts = rate, number * samples
        packets += context.encode(sound)
    step = codec.clock_rate // 50
    return tuple(
        EncodedFrame(
            codec=codec,
            data=bytes(packet),
            rtp_time=777000 + number * step,
            arrival=START + number / 50,
            key=True,
        )
        for number, packet in enumerate(packets)
    )


def _noise(seed: int, size: int, width: int) -> bytes:
    chooser = random.Random(seed)
    if width == 2:
        return b"".join(chooser.randrange(4000).to_bytes(2, "little") for _ in range(size // 2))
    return b"".join(struct.pack("<f", chooser.uniform(-0.2, 0.2)) for _ in range(size // 4))


def moved(
    frames: Iterable[EncodedFrame], by: float = 0.0, rtp: int = 0, epoch: int = 0
) -> list[EncodedFrame]:
    """The same frames, arriving so many seconds later, with another RTP clock."""
    return [
        msgspec.structs.replace(f, arrival=f.arrival + by, rtp_time=f.rtp_time + rtp, epoch=epoch)
        for f in frames
    ]


def report(frame: EncodedFrame, ntp: float) -> SenderReport:
    """Say that a frame was captured then."""
    return SenderReport(ntp, frame.rtp_time, frame.arrival, frame.epoch)


ANYWHERE = Place()


class Studio:
    """A recorder whose clock is that of the media."""

    def __init__(
        self,
        output: Path,
        *,
        stream: str = "alice",
        container: Container = Container.AUTO,
        syncer: Syncer | None = None,
        place: Place = ANYWHERE,
        split_every: float = 0.0,
        split_bytes: int = 0,
    ) -> None:
        self.events: list[TakeEvent] = []
        self.reports: dict[Kind, SenderReport | None] = {}
        self.now = START
        self.step = 0.0
        """Seconds by which the clock on the wall was put forward since."""
        self.recorder = StreamRecorder(
            StreamIdentity(stream, f"{stream}abc123", "Alice"),
            RecordingSettings(
                output=str(output),
                place=place,
                prefix="room",
                session_started=WALL - 60,
                session_began=START - 60,
                container=container,
                split_every=split_every,
                split_bytes=split_bytes,
            ),
            self.hear,
            syncer,
        )

    def hear(self, event: TakeEvent) -> None:
        self.events.append(event)

    def play(self, *tracks: Sequence[EncodedFrame], batch: float = 0.1) -> None:
        """Write frames of several tracks by arrival, in batches, and let the clock go on."""
        frames = sorted((f for track in tracks for f in track), key=lambda f: f.arrival)
        while frames:
            self.now = max(self.now, frames[0].arrival) + batch
            count = sum(f.arrival <= self.now for f in frames)
            self.recorder.write(frames[:count], self.reports, self.now, self.wall)
            self.recorder.poll(self.now, self.wall)
            frames = frames[count:]

    @property
    def wall(self) -> float:
        return self.now - START + WALL + self.step

    def wait(self, seconds: float) -> None:
        """Let time pass without media."""
        self.now += seconds
        self.recorder.poll(self.now, self.wall)

    def end(self, reason: EndReason = EndReason.BYE) -> list[TakeSummary]:
        """End, and return all takes that ended."""
        self.recorder.end(reason, {})
        return self.ended

    @property
    def started(self) -> list[TakeSummary]:
        return [e.summary for e in self.events if isinstance(e, TakeStarted)]

    @property
    def ended(self) -> list[TakeSummary]:
        return [e.summary for e in self.events if isinstance(e, TakeEnded)]


class Demuxed:
    """What a file holds, read without any code of ours."""

    def __init__(self, path: str | Path) -> None:
        self.pts: dict[str, list[Fraction]] = {"video": [], "audio": []}
        self.data: dict[str, list[bytes]] = {"video": [], "audio": []}
        self.decoded = {"video": 0, "audio": 0}
        self.sizes: list[tuple[int, int]] = []
        container: Any
        with av.open(str(path)) as container:
            self.format = container.format.name
            self.codecs = [stream.codec_context.name for stream in container.streams]
            for packet in container.demux():
                kind = packet.stream.type
                if packet.size:
                    self.pts[kind].append(packet.pts * packet.time_base)
                    self.data[kind].append(bytes(packet))
                for frame in packet.decode():
                    self.decoded[kind] += 1
                    if kind == "video" and self.sizes[-1:] != [(frame.width, frame.height)]:
                        self.sizes.append((frame.width, frame.height))
