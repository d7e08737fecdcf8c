"""What a frame costs on its way from a stream to the disk, stage by stage::

python -m tests.bench.write_path --streams 32

Every stage is run with all that comes after it; what it costs by itself is the difference.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

from roomdeck.core.model import Codec, EncodedFrame, EndReason, Kind, SenderReport, TrackStats
from roomdeck.core.recording.container import TakeFile, VideoFormat
from roomdeck.core.recording.recorder import StreamRecorder
from roomdeck.core.recording.take_events import RecordingSettings, StreamIdentity
from roomdeck.core.rtp.counters import Counters
from roomdeck.core.worker.decoding.decoder import Decoder
from roomdeck.core.worker.files.picture_gauge import PictureGauge
from roomdeck.core.worker.files.recorded_stream import RecordedStream
from roomdeck.core.worker.files.writer import FLUSH_INTERVAL, Writer

FPS = 30
GOP = 10.0
KEY_BYTES, PICTURE_BYTES, SOUND_BYTES = 60_000, 10_000, 160
"""2.5 Mbit/s of H.264 and 64 kbit/s of Opus."""
CODECS = {Kind.VIDEO: Codec.H264, Kind.AUDIO: Codec.OPUS}

Load = Sequence[Sequence[Sequence[EncodedFrame]]]
"""Frames by flush and stream."""


def load(streams: int, seconds: float) -> Load:
    """Return what arrives between two flushes, for all flushes and streams."""
    flushes = round(seconds / FLUSH_INTERVAL)
    made = [sorted(_frames(seconds), key=lambda frame: frame.arrival) for _ in range(streams)]
    return [
        [[f for f in frames if int(f.arrival / FLUSH_INTERVAL) == n] for frames in made]
        for n in range(flushes)
    ]


def _frames(seconds: float) -> Iterator[EncodedFrame]:
    chance = random.Random(1)
    for n in range(int(seconds * FPS)):
        key = n % int(GOP * FPS) == 0
        data = b"\0\0\0\1" + (b"\x65" if key else b"\x41")
        data += chance.randbytes(KEY_BYTES if key else PICTURE_BYTES)
        size = (1280, 720) if key else (0, 0)
        yield EncodedFrame(Codec.H264, data, n * 90000 // FPS, n / FPS, key, *size)
    for n in range(int(seconds * 50)):
        data = b"\xfc" + chance.randbytes(SOUND_BYTES)
        yield EncodedFrame(Codec.OPUS, data, n * 960, n / 50, True)


def mux(played: Load, folder: Path | None) -> None:
    """Containers, and the disk where there is a folder."""
    files: list[TakeFile] = []
    for number in range(len(played[0])):
        path = folder / f"{number}.ts" if folder else Path(os.devnull)
        raw = path.open("wb", buffering=0)
        files.append(TakeFile(path, raw, VideoFormat(Codec.H264, 1280, 720), Codec.OPUS))
    for streams in played:
        for file, frames in zip(files, streams, strict=True):
            for frame in frames:
                file.write(frame, frame.rtp_time)
            file.flush()
    for file in files:
        file.close()


def record(played: Load, folder: Path) -> None:
    """Takes and their timelines, and all of the above."""
    recorders = [StreamRecorder(*_about(n, folder), lambda _: None) for n in range(len(played[0]))]
    for recorder in recorders:
        recorder.expect(Codec.H264, Codec.OPUS)
    for number, streams in enumerate(played):
        now = (number + 1) * FLUSH_INTERVAL
        for recorder, frames in zip(recorders, streams, strict=True):
            recorder.write(frames, {}, now, now)
            recorder.poll(now, now)
    for recorder in recorders:
        recorder.end(EndReason.BYE, {})


class _Tracks:
    """The counters of a connection with two tracks."""

    def __init__(self) -> None:
        self._counters = {"v": Counters(), "a": Counters()}

    def stats(self) -> dict[str, TrackStats]:
        return {mid: counters.snapshot(0.0) for mid, counters in self._counters.items()}

    def report(self, mid: str) -> SenderReport | None:
        return None


async def _hand_over(played: Load, folder: Path) -> None:
    writer, decoder = Writer(), Decoder(lambda stream, text: None)
    recorded_streams = [
        RecordedStream(
            *_about(n, folder),
            writer,
            decoder,
            PictureGauge(),
            _Tracks(),
            _ignore,
            _ignore,
            _ignore,
        )
        for n in range(len(played[0]))
    ]
    for recorded in recorded_streams:
        recorded.tracks = {Kind.VIDEO: "v", Kind.AUDIO: "a"}
        await recorded.expect(CODECS)
        await recorded.record()
    for streams in played:
        for recorded, frames in zip(recorded_streams, streams, strict=True):
            for frame in frames:
                recorded.add([frame])
        writer.flush()
        await writer.run(_nothing)
    for recorded in recorded_streams:
        await recorded.close(EndReason.BYE)
    writer.close()


def _about(number: int, folder: Path) -> tuple[StreamIdentity, RecordingSettings]:
    settings = RecordingSettings(
        output=str(folder), prefix="x", session_started=0.0, session_began=0.0
    )
    return StreamIdentity(f"s{number}", f"s{number}"), settings


def _ignore(_: object) -> None: ...


def _nothing() -> None: ...


def hand_over(played: Load, folder: Path) -> None:
    """Tapes and the writer's thread, and all of the above."""
    asyncio.run(_hand_over(played, folder))


STAGES: dict[str, Callable[[Load, Path], None]] = {
    "mux": lambda played, _: mux(played, None),
    "disk": mux,
    "takes": record,
    "streams": hand_over,
}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0, help="of media")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", help="where to write; else where temporary files go")
    options = parser.parse_args()
    played = load(options.streams, options.seconds)
    frames = sum(len(frames) for streams in played for frames in streams)
    costs: dict[str, list[float]] = {name: [] for name in STAGES}
    numbers = count()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for _ in range(options.rounds):
            for name, stage in STAGES.items():
                costs[name].append(_cost(stage, played, Path(folder) / str(next(numbers))) / frames)
    _print(costs, frames / options.streams / options.seconds)


def _cost(stage: Callable[[Load, Path], None], played: Load, folder: Path) -> float:
    """Return microseconds of user and system time of all threads."""
    folder.mkdir()
    before = time.process_time()
    stage(played, folder)
    cost = time.process_time() - before
    for file in folder.iterdir():
        file.unlink()
    return cost * 1e6


def _print(costs: dict[str, list[float]], rate: float) -> None:
    print(f"{'stage':8}{'us per frame':>14}{'least':>8}{'% of a core':>13}")
    before = least_before = 0.0
    for name, values in costs.items():
        median, least = statistics.median(values), min(values)
        own, share = median - before, (median - before) * rate / 1e4
        print(f"{name:8}{own:14.2f}{least - least_before:8.2f}{share:13.3f}")
        before, least_before = median, least
    print(f"{'all':8}{before:14.2f}{least_before:8.2f}{before * rate / 1e4:13.3f}")


if __name__ == "__main__":
    main()
