"""What a delivery costs beside the ffmpeg command line, with the same encoder and settings::

    python -m tests.bench.deliver --minutes 10 --rounds 5

A person's take of 720p30 and Opus is made by the clock; ours and ffmpeg's runs alternate. Seconds
of processor time (user and system, of all processes) and of the clock, medians; and the most memory
that one process of ours had. Four people show how many cores are used. What is measured is a
program as pip installs it: compiled, by a first run which is not counted. ``--ffmpeg`` names
another ffmpeg than that in ``PATH``: PyAV has libraries of a version of its own.

- ``copied``: H.264 goes through as it is, sound becomes AAC of 128 kbit/s a channel;
- ``measured``: the same run of ours beside an ffmpeg that, as we do, brings sound to its times
  and measures how loud it is (``aresample``, ``ebur128``);
- ``floor``: the same by the shortest script that PyAV allows (`tests.bench.deliver_floor`), without
  what a delivery is for: sound at the session's time and measured, plan, timelines, report;
- ``encoded``: as ``copied``, but the picture by x264 as the preset ``edit`` does; from VP8.
"""

from __future__ import annotations

import argparse
import functools
import math
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av

from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.model import Codec, EncodedFrame
from roomdeck.core.publishing.pictures import PictureMaker

from ..core.delivery.stage import BEFORE, DELAY, START, Act, perform

MEASURED = "-af", "aresample=async=1:first_pts=0,ebur128"
"""With what ffmpeg finds out of sound what a delivery does."""
SIZE = 1280, 720
FPS = 30
LOOP = 10
"""Seconds of pictures that are made; longer films repeat their packets."""


class Cost(NamedTuple):
    """What a run took."""

    processor: float
    clock: float
    memory: int = 0
    """Bytes, of the largest process."""


class _Film(Act):
    """A stretch whose packets are made once, and repeated."""

    def frames(self) -> tuple[list[EncodedFrame], list[EncodedFrame]]:
        made = _loop(self.codec)
        videos = [self._video(n, *made[n % len(made)]) for n in range(round(self.end * FPS))]
        heard = _loop_sound()
        sounds = [
            EncodedFrame(Codec.OPUS, heard[n % len(heard)], n * 960, self._arrival(n / 50), True)
            for n in range(round(self.end * 50))
        ]
        return videos, sounds

    def _video(self, number: int, data: bytes, key: bool) -> EncodedFrame:
        ticks, size = number * 90000 // FPS, SIZE if key else (0, 0)
        return EncodedFrame(self.codec, data, ticks, self._arrival(number / FPS), key, *size)

    def _arrival(self, second: float) -> float:
        return START + second + DELAY


@functools.cache
def _loop(codec: Codec) -> list[tuple[bytes, bool]]:
    name, options = {
        Codec.H264: ("libx264", {"preset": "veryfast", "tune": "zerolatency", "b": "2500k"}),
        Codec.VP8: ("libvpx", {"deadline": "realtime", "cpu-used": "8", "b": "2500k"}),
    }[codec]
    context: Any = av.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt = *SIZE, "yuv420p"
    context.time_base, context.framerate = Fraction(1, FPS), Fraction(FPS)
    context.gop_size, context.max_b_frames, context.options = 10 * FPS, 0, options
    maker, packets = PictureMaker("bench", 1, *SIZE), list[Any]()
    for number in range(LOOP * FPS):
        picture: Any = maker.draw(number, number / FPS)
        picture.pts, picture.time_base = number, Fraction(1, FPS)
        packets += context.encode(picture)
    packets += context.encode(None)
    return [(bytes(packet), packet.is_keyframe) for packet in packets]


@functools.cache
def _loop_sound() -> list[bytes]:
    """Return packets of something like speech: noise and a tone that come and go."""
    chance, made = random.Random(1), list[bytes]()
    context: Any = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = 48000, "mono", "s16"
    context.bit_rate = 32_000
    for number in range(LOOP * 50):
        loud = 4000 * max(0.0, math.sin(number / 9)) * (0.3 + chance.random())
        low, samples = 0.0, array("h")
        for sample in range(number * 960, number * 960 + 960):
            low += 0.2 * (chance.uniform(-1, 1) - low)
            tone = math.sin(sample * (0.02 + 0.00001 * (number % 37)))
            samples.append(int(loud * (low + 0.5 * tone)))
        frame = av.AudioFrame("s16", "mono", 960)
        frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts = 48000, number * 960
        made += [bytes(packet) for packet in context.encode(frame)]
    return made


def _run(words: Sequence[str | Path]) -> Cost:
    """Run a program, and its children."""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        most = 0
        while process.poll() is None:
            most = max(most, _largest(process.pid))
            time.sleep(0.05)
        if process.returncode:
            raise SystemExit(f"{words}: {process.stderr.read()!r}" if process.stderr else "")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(used, time.monotonic() - begin, most)


def _largest(pid: int) -> int:
    """Return the resident memory of the largest process of a family."""
    found, family = 0, [str(pid)]
    while family:
        one = Path("/proc") / family.pop()
        try:
            family += (one / "task" / one.name / "children").read_text().split()
            found = max(found, int((one / "statm").read_text().split()[1]))
        except OSError:
            continue
    return found * resource.getpagesize()


def _ours(folder: Path, out: Path) -> Cost:
    shutil.rmtree(out, ignore_errors=True)
    program = str(Path(sys.executable).with_name("roomdeck"))
    return _run([program, "deliver", folder, "--from", f"{BEFORE:.0f}", "--output", out])


def _ffmpeg(program: str, take: Path, encoded: bool, also: Sequence[str] = ()) -> Cost:
    out = take.with_name("ffmpeg.mp4")
    out.unlink(missing_ok=True)
    encoding = PRESETS["edit"].picture
    options = [
        word
        for name, value in (encoding.options if encoding else {}).items()
        for word in (f"-{name}", value)
    ]
    video = ["libx264", *options, "-g", str(FPS), "-threads", "1", "-r", str(FPS)]
    picture = video if encoded else ["copy"]
    sound = ["-c:a", "aac", "-b:a", "128k", "-ac", "1", "-ar", "48000"]
    begin = [program, "-v", "error", "-nostdin", "-y", "-threads", "1", "-i", str(take)]
    return _run([*begin, "-c:v", *picture, *sound, *also, str(out)])


def _floor(take: Path, out: Path) -> Cost:
    out.unlink(missing_ok=True)
    return _run([sys.executable, "-m", "tests.bench.deliver_floor", take, out])


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.processor for cost in costs),
        statistics.median(cost.clock for cost in costs),
        max(cost.memory for cost in costs),
    )


def _compare(folder: Path, codec: Codec, seconds: float, rounds: int, program: str) -> None:
    encoded = codec is not Codec.H264
    perform(folder, {"alice": [_Film(0.0, seconds, codec)]})
    (take,) = (path for path in folder.iterdir() if path.suffix in (".ts", ".mkv"))
    _ours(folder, folder / "out")
    ours: list[Cost] = []
    theirs: list[Cost] = []
    measured: list[Cost] = []
    least: list[Cost] = []
    for _ in range(rounds):
        theirs.append(_ffmpeg(program, take, encoded))
        ours.append(_ours(folder, folder / "out"))
        if not encoded:
            measured.append(_ffmpeg(program, take, encoded, MEASURED))
            least.append(_floor(take, folder / "floor.mp4"))
    _tell("encoded" if encoded else "copied", ours, theirs)
    if not encoded:
        _tell("measured", ours, measured)
        _tell("floor", least, theirs)


def _tell(name: str, ours: Sequence[Cost], theirs: Sequence[Cost]) -> None:
    one, other = _median(ours), _median(theirs)
    print(
        f"{name:10}{one.processor:9.2f}{other.processor:9.2f}{one.processor / other.processor:7.3f}"
        f"{one.clock:9.2f}{other.clock:9.2f}{one.clock / other.clock:7.3f}"
        f"{one.memory / 1e6:9.0f}",
        flush=True,
    )


def _together(folder: Path, seconds: float) -> None:
    perform(folder, {name: [_Film(0.0, seconds, Codec.VP8)] for name in "abcd"})
    cost = _ours(folder, folder / "out")
    print(
        f"four people, {os.cpu_count()} cores: {cost.processor:.1f} s of processor time in "
        f"{cost.clock:.1f} s: {cost.processor / cost.clock:.2f} cores; {cost.memory / 1e6:.0f} MB",
        flush=True,
    )


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the film that is copied")
    parser.add_argument("--encoded", type=float, default=1.0, help="minutes of what is encoded")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ffmpeg", default="ffmpeg", help="the program that is compared with")
    options = parser.parse_args()
    compare = functools.partial(_compare, rounds=options.rounds, program=options.ffmpeg)
    print(
        f"{'':10}{'ours':>9}{'ffmpeg':>9}{'ratio':>7}{'clock':>9}{'ffmpeg':>9}{'ratio':>7}{'MB':>9}"
    )
    steps: list[Callable[[Path], None]] = [
        lambda folder: compare(folder, Codec.H264, options.minutes * 60),
        lambda folder: compare(folder, Codec.VP8, options.encoded * 60),
        lambda folder: _together(folder, options.encoded * 60),
    ]
    with tempfile.TemporaryDirectory() as cache:
        os.environ["PYTHONPYCACHEPREFIX"] = cache
        os.environ["PYTHONDONTWRITEBYTECODE"] = ""
        for step in steps:
            with tempfile.TemporaryDirectory() as folder:
                step(Path(folder))


if __name__ == "__main__":
    main()
