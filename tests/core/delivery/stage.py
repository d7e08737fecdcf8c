"""Whole sessions, made by the clock: people who flash and beep at each full second of true time.

Their media goes through roomdeck's own recorder, on a clock of its own, into takes and a sidecar.
What is delivered of them flashes and beeps at full seconds, or is not in its place.
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av

from roomdeck.core.model import Codec, EncodedFrame, EndReason, Kind, SenderReport, TakeSummary
from roomdeck.core.publishing.pictures import PictureMaker
from roomdeck.core.publishing.tones import peak
from roomdeck.core.recording.sidecar import Marker, SessionInfo, merge
from roomdeck.core.recording.take_events import TakeEnded
from roomdeck.core.rtp.bitstream import frame_size

from ..recording.media import START, WALL, Studio

SESSION = SessionInfo(room="room", server="wss://h.example", started=WALL - 60, version="1")
BEFORE = 60.0
"""Seconds of the session before true time zero."""
FLASH = 0.1
DELAY = 0.03
"""Seconds that the network takes at least."""
_ENCODERS: dict[Codec, tuple[str, dict[str, str]]] = {
    Codec.H264: ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}),
    Codec.VP8: ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
}
_BEEP = [round(16000 * math.sin(2 * math.pi * sample / 48)) for sample in range(48)]
"""A millisecond of 1 kHz."""


def flashes(true: float) -> bool:
    return (true + 1e-6) % 1.0 < FLASH


@dataclass
class Act:
    """A stretch of somebody's media; all times are true seconds."""

    begin: float
    end: float
    codec: Codec = Codec.H264
    fps: float = 30.0
    size: Callable[[float], tuple[int, int]] = lambda _: (160, 96)
    key_every: float = 1.0
    ppm: float = 0.0
    jitter: float = 0.004
    """Seconds by which the moments of capture and the network are uneven."""
    pictures: bool = True
    sounds: bool = True
    beeps: Callable[[float], bool] = flashes
    reorders: bool = False
    late: Mapping[Kind, float] = field(default_factory=dict[Kind, float])
    """Seconds from the begin on for which nothing is sent of a track."""
    delay: float = DELAY
    lost: Sequence[tuple[float, float]] = ()
    """From, to: nothing of it arrives."""
    times: Sequence[float] | None = None
    """Of pictures, where they are not even."""
    counted: bool = False
    """Whether pictures say which they are, by a bar code."""
    seed: int = 0
    zero: int = 5000
    latest: float = 0.0
    """Arrival of the last picture."""

    def clock(self, true: float) -> float:
        """Seconds on the sender's clock."""
        return true * (1 + self.ppm * 1e-6)

    def frames(self) -> tuple[list[EncodedFrame], list[EncodedFrame]]:
        return list(self._pictures()), list(self._sounds())

    def reports(self, kind: Kind, true: float) -> SenderReport:
        rate = 90000 if kind is Kind.VIDEO else 48000
        ticks = self.zero + round(self.clock(true) * rate)
        return SenderReport(WALL + true, ticks, START + true + self.delay)

    def _arrives(self, true: float) -> bool:
        return not any(begin <= true < end for begin, end in self.lost)

    def _begin(self, kind: Kind) -> float:
        return self.begin + self.late.get(kind, 0.0)

    def _pictures(self) -> Iterator[EncodedFrame]:
        if not self.pictures:
            return
        chooser = random.Random(self.seed)
        planned = self.times
        if planned is None:
            begin = self._begin(Kind.VIDEO)
            numbers = range(math.ceil(begin * self.fps), math.ceil(self.end * self.fps))
            planned = [number / self.fps for number in numbers]
        size: tuple[int, int] | None = None
        context: Any = None
        key_at, hole = -math.inf, False
        maker: PictureMaker | None = None
        stamps: dict[int, float] = {}
        for number, plan in enumerate(planned):
            true = max(self.begin, plan + chooser.uniform(-1, 1) * self.jitter)
            now = self.size(true)
            if now != size or context is None:
                if context is not None:
                    yield from self._coded(context.encode(None), stamps, False)
                size = now
                context, key_at = self._encoder(*now), -math.inf
                maker = PictureMaker("", self.seed, *now) if self.counted else None
            key = true >= key_at + self.key_every or hole
            key_at = true if key else key_at
            ticks = self.zero + round(self.clock(true) * 90000)
            stamps[ticks] = true
            white = flashes(plan)
            picture: Any = maker.draw(number, plan) if maker else _picture(now, white)
            picture.pts, picture.time_base = ticks, Fraction(1, 90000)
            picture.pict_type = 1 if key else 0
            coded = context.encode(picture)
            if not self._arrives(true):
                hole = True
                continue
            yield from self._coded(coded, stamps, hole and key)
            hole = hole and not key
        if context is not None:
            yield from self._coded(context.encode(None), stamps, False)

    def _encoder(self, width: int, height: int) -> Any:
        name, options = _ENCODERS[self.codec]
        context: Any = av.CodecContext.create(name, "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = Fraction(1, 90000), Fraction(round(self.fps) or 1)
        context.gop_size, context.thread_count = 10_000, 1
        if self.reorders:
            options = {"preset": "ultrafast", "bf": "2", "b-adapt": "0", "rc-lookahead": "5"}
        context.options = options | ({"forced-idr": "1"} if self.codec is Codec.H264 else {})
        return context

    def _coded(
        self, packets: Sequence[Any], stamps: dict[int, float], hole: bool
    ) -> Iterator[EncodedFrame]:
        for packet in packets:
            data = bytes(packet)
            key = packet.is_keyframe
            width, height = (frame_size(self.codec, data) or (0, 0)) if key else (0, 0)
            # What is sent in another order than it is captured waits for what is sent before.
            self.latest = arrival = max(self.latest, START + stamps[packet.pts] + self.delay)
            yield EncodedFrame(self.codec, data, packet.pts, arrival, key, width, height, hole=hole)

    def _sounds(self) -> Iterator[EncodedFrame]:
        if not self.sounds:
            return
        chooser = random.Random(self.seed + 1)
        context: Any = av.CodecContext.create("libopus", "w")
        context.sample_rate, context.layout, context.format = 48000, "mono", "s16"
        context.open()
        begin = self._begin(Kind.AUDIO)
        first = math.ceil(self.clock(begin) * 50)
        # libopus hears 6.5 ms ahead: what a packet plays is in the samples before its own.
        for number in range(math.floor(self.clock(self.end - begin) * 50)):
            sender = (first + number) / 50
            frame = av.AudioFrame("s16", "mono", 960)
            samples = array("h")
            for millisecond in range(20):
                true = (sender + millisecond / 1000) / (1 + self.ppm * 1e-6)
                samples.extend(_BEEP if self.beeps(true) else _SILENCE)
            frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
            frame.sample_rate, frame.pts = 48000, number * 960
            true = sender / (1 + self.ppm * 1e-6)
            for packet in context.encode(frame):
                if self._arrives(true):
                    arrival = START + true + self.delay + chooser.random() * self.jitter
                    ticks = self.zero + (first + number) * 960
                    yield EncodedFrame(Codec.OPUS, bytes(packet), ticks, arrival, True)


_SILENCE = [0] * 48


def _picture(size: tuple[int, int], white: bool) -> av.VideoFrame:
    frame = av.VideoFrame(*size, "yuv420p")
    for number, plane in enumerate(frame.planes):
        plane.update(bytes([128 if number else 235 if white else 60]) * plane.buffer_size)
    return frame


def perform(
    folder: Path,
    people: Mapping[str, Sequence[Act]],
    *,
    markers: Sequence[Marker] = (),
    split_every: float = 0.0,
    told: Callable[[TakeSummary], TakeSummary] = lambda take: take,
) -> Path:
    """Record people, each act in takes of its own, and return the sidecar."""
    takes: list[TakeSummary] = []
    for stream, acts in people.items():
        studio: Studio | None = None
        for act in acts:
            studio = Studio(folder, stream=stream, split_every=split_every)
            studio.now = START + act.begin
            studio.recorder.expect(
                act.codec if act.pictures else None, Codec.OPUS if act.sounds else None
            )
            _play(studio, act)
            studio.recorder.end(EndReason.BYE, {})
            ended = (event for event in studio.events if isinstance(event, TakeEnded))
            takes += [told(event.summary) for event in ended]
    path = folder / "room_20231114-221220.json"
    merge(path, SESSION, takes, markers)
    return path


def _play(studio: Studio, act: Act) -> None:
    pictures, sounds = map(_by_seconds, act.frames())
    kinds = [kind for kind, one in ((Kind.VIDEO, pictures), (Kind.AUDIO, sounds)) if one]
    for second in range(math.floor(act.begin), math.ceil(act.end) + 1):
        studio.reports = {kind: act.reports(kind, float(second)) for kind in kinds}
        studio.play(pictures.get(second, []), sounds.get(second, []))


def _by_seconds(frames: Sequence[EncodedFrame]) -> dict[int, list[EncodedFrame]]:
    found: dict[int, list[EncodedFrame]] = {}
    for frame in frames:
        found.setdefault(math.floor(frame.arrival - START), []).append(frame)
    return found


class Heard(NamedTuple):
    """What a delivered file shows and plays."""

    pictures: int
    size: tuple[int, int] | None
    fps: Fraction | None
    samples: int
    flashes: list[float]
    """Seconds at which flashes begin."""
    beeps: list[float]


def is_white(frame: av.VideoFrame) -> bool:
    plane = frame.reformat(16, 16, format="gray").planes[0]
    return bytes(plane)[8 * plane.line_size + 8] > 150


def watch(path: Path, is_lit: Callable[[av.VideoFrame], bool] = is_white) -> Heard:
    """Decode a delivered file.

    Args:
        path: Of the file.
        is_lit: Whether a picture is a flash.
    """
    shown, flashes, size = 0, list[float](), None
    fps: Fraction | None = None
    container: Any
    with av.open(str(path)) as container:
        for stream in container.streams.video:
            fps, white = stream.average_rate, False
            for frame in container.decode(stream):
                shown, size = shown + 1, (frame.width, frame.height)
                now = is_lit(frame)
                if now and not white:
                    flashes.append(float(frame.pts * frame.time_base))
                white = now
    samples, beeps, last = 0, list[float](), -1.0
    with av.open(str(path)) as container:
        for stream in container.streams.audio:
            resampler = av.AudioResampler("s16", "mono", 48000)
            for frame in container.decode(stream):
                begin = float(frame.pts * frame.time_base)
                for block in resampler.resample(frame):
                    for at in _loud(block):
                        second = begin + at / 48000
                        if second - last > 0.3:
                            beeps.append(second)
                        last = second
                    samples += block.samples
    return Heard(shown, size, fps, samples, flashes, beeps)


def _loud(block: av.AudioFrame) -> Iterator[int]:
    if peak(block) < 0.15:
        return
    samples = array("h", bytes(block.planes[0]))[: block.samples]
    for at, sample in enumerate(samples):
        if abs(sample) > 5000:
            yield at
