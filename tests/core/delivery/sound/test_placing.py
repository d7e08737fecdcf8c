"""Where clicks are in what is delivered: each within a millisecond of its moment."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from roomdeck.core.delivery.session import Clip, Person
from roomdeck.core.delivery.sound import channels, placed
from roomdeck.core.memory import resident
from roomdeck.core.model import AudioSummary, Codec, Misplaced

from ...recording.films import Stored
from .clicks import HEIGHT, RATE, Heard, at, clip, every, sent

CLICKS = tuple(0.11 + 0.3 * number for number in range(20))
SECONDS = 6.2
NEAR = 0.001


def frames(**options: Any) -> Sequence[Any]:
    return sent(CLICKS, SECONDS, **options)


def assert_near(found: Iterable[float], expected: Iterable[float]) -> None:
    assert list(found) == pytest.approx(list(expected), abs=NEAR)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        (Codec.OPUS, "ts"),
        (Codec.OPUS, "mkv"),
        (Codec.OPUS, "mp4"),
        (Codec.PCMU, "mkv"),
        (Codec.G722, "mkv"),
    ],
)
def test_late_start(codec: Codec, suffix: str, tmp_path: Path) -> None:
    packets = frames(codec=codec)
    one = clip(tmp_path / f"a.{suffix}", at(packets, every(len(packets), 0.4263)), 2.0)
    heard = Heard([one], 10.0)
    assert heard.samples == 10 * RATE
    assert heard.longest <= RATE // 2
    assert not heard.notes
    assert_near(heard.clicks, (2.4263 + click for click in CLICKS))
    assert heard.loudest(0.0, 2.4) == 0.0
    assert heard.loudest(8.7, 10.0) == 0.0


def test_part_of_a_session(tmp_path: Path) -> None:
    packets = frames()
    one = clip(tmp_path / "a.ts", at(packets, every(len(packets))), 5.0)
    heard = Heard([one], 2.0, begin=7.003)
    assert_near(heard.clicks, (5 + click - 7.003 for click in CLICKS if 2.003 < click < 4.003))


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_part_of_a_long_session(suffix: str, tmp_path: Path) -> None:
    """It is not read from its begin: nobody sees that packets are missing there."""
    packets = [*frames()] * 20
    sounds = at(packets, every(len(packets)))
    one = clip(tmp_path / f"a.{suffix}", sounds, 5.0, audio=AudioSummary(Codec.OPUS, 9999, 1))
    heard = Heard([one], SECONDS, begin=5.0 + 19 * SECONDS)
    assert_near(heard.clicks, CLICKS)
    assert not heard.notes


@pytest.mark.parametrize("suffix", ["ts", "mkv"])
def test_jitter_is_smoothed(suffix: str, tmp_path: Path) -> None:
    packets = frames()
    chooser = random.Random(5)
    times = [time + chooser.uniform(-0.005, 0.005) for time in every(len(packets), 0.1)]
    heard = Heard([clip(tmp_path / f"a.{suffix}", at(packets, times))], 6.5)
    assert_near(heard.clicks, (0.1 + click for click in CLICKS))


@pytest.mark.parametrize("jump", [0.02, 0.04, 0.5, 2.0])
def test_jump_ahead(jump: float, tmp_path: Path) -> None:
    packets = frames()
    times = [time + jump * (time >= 3.0) for time in every(len(packets))]
    heard = Heard([clip(tmp_path / "a.mkv", at(packets, times))], 9.0)
    assert_near(heard.clicks, (click + jump * (click > 3.0) for click in CLICKS))
    assert heard.loudest(3.005, 2.995 + jump) < 0.01


@pytest.mark.parametrize("jump", [0.04, 0.5, 1.5])
def test_jump_back(jump: float, tmp_path: Path) -> None:
    packets = frames()
    part = Misplaced(begin=2.999, end=9.0, late=jump)
    one = clip(tmp_path / "a.ts", at(packets, every(len(packets))), misplaced=(part,))
    heard = Heard([one], 7.0)
    before = [click for click in CLICKS if click < 3.0 - jump - 0.01]
    assert_near(heard.clicks, [*before, *(click - jump for click in CLICKS if click > 3.0)])


def test_lost_packets(tmp_path: Path) -> None:
    packets = frames(hum=0.2)
    sounds = [one for one in at(packets, every(len(packets))) if not 2.0 <= one.time < 2.1]
    heard = Heard([clip(tmp_path / "a.ts", sounds)], 6.2)
    assert_near(heard.clicks, CLICKS)
    assert heard.loudest(2.0, 2.09) == 0.0
    assert heard.loudest(1.9, 1.98) > 0.15
    around = heard.wave[round(1.95 * RATE) : round(2.15 * RATE)]
    assert max(abs(one - other) for one, other in pairwise(around)) < 0.015


def test_misplaced_begin(tmp_path: Path) -> None:
    packets = frames()
    times = [time + 1.5 * (time < 2.0) for time in every(len(packets))][: len(packets)]
    order = sorted(zip(packets, times, strict=True), key=lambda one: one[1])
    kept = [Stored(*one) for one in order if one[1] < 1.5 or one[1] >= 3.5]
    late = [Stored(frame, time) for frame, time in zip(packets, times, strict=True) if time < 3.5]
    part = Misplaced(begin=0.0, end=3.49, late=1.5)
    sounds = [one for one in late if one.time >= 1.5][:100] + [o for o in kept if o.time >= 3.5]
    heard = Heard([clip(tmp_path / "a.ts", sounds, misplaced=(part,))], 7.0)
    assert_near(heard.clicks, (c for c in CLICKS if c < 2.0 or c >= 3.5))


def test_returns_and_overlaps(tmp_path: Path) -> None:
    packets = frames()
    whole = at(packets, every(len(packets)))
    first = clip(tmp_path / "a.ts", whole, 0.0)
    second = clip(tmp_path / "b.mkv", whole, 5.0)
    third = clip(tmp_path / "c.ts", whole, 14.0)
    heard = Heard([first, second, third], 21.0)
    early = [click for click in CLICKS if click < 4.99]
    expected = [*early, *(5 + click for click in CLICKS), *(14 + click for click in CLICKS)]
    assert_near(heard.clicks, expected)
    assert heard.loudest(11.3, 13.9) == 0.0


def test_a_split_is_not_heard(tmp_path: Path) -> None:
    packets = frames(hum=0.2)
    whole = at(packets, every(len(packets)))
    rest = [Stored(frame, time - 2.9) for frame, time, _ in whole[150:]]
    first = clip(tmp_path / "a.ts", whole[:150], 1.0, recording="a")
    second = clip(tmp_path / "a-2.ts", rest, 3.9, recording="a", part=2)
    alone = clip(tmp_path / "b.ts", whole, 1.0)
    heard, unsplit = Heard([first, second], 8.0), Heard([alone], 8.0)
    assert not heard.notes
    assert_near(heard.clicks, (1 + click for click in CLICKS))
    around = slice(round(3.9 * RATE), round(4.1 * RATE))
    differences = map(float.__sub__, heard.wave[around], unsplit.wave[around])
    assert max(map(abs, differences)) < 0.001


def test_silence_that_was_not_sent(tmp_path: Path) -> None:
    clicks = (0.5, 1.0, 7.5, 8.0)
    packets = sent(clicks, 9.0, dtx=True)
    times = every(len(packets))
    kept = [
        one
        for number, one in enumerate(at(packets, times))
        if len(one.frame.data) > 3 or number % 20 == 0
    ]
    assert len(kept) < len(packets) * 0.8
    heard = Heard([clip(tmp_path / "a.ts", kept)], 9.0)
    assert_near(heard.clicks, clicks)
    assert not heard.notes
    assert heard.samples == 9 * RATE


@pytest.mark.parametrize("ppm", [-200, 200])
@pytest.mark.parametrize("known", [True, False])
def test_clocks_that_run_apart(ppm: int, known: bool, tmp_path: Path) -> None:
    """Whether the sidecar tells of it, or the stamps of packets creep against their samples."""
    scale = 1 + ppm * 1e-6
    packets = [*frames()] * 10
    times = every(len(packets), step=0.02 if known else 0.02 * scale)
    one = clip(tmp_path / "a.ts", at(packets, times), 1.0, scale=scale if known else 1.0)
    heard = Heard([one], 64.0)
    expected = (1 + (SECONDS * turn + click) * scale for turn in range(10) for click in CLICKS)
    assert_near(heard.clicks, expected)


def test_stereo(tmp_path: Path) -> None:
    packets = frames()
    both = frames(channels=2)
    mono = clip(tmp_path / "a.mkv", at(packets, every(len(packets))), 0.0)
    stereo = clip(tmp_path / "b.mkv", at(both, every(len(both))), 7.0, channels=2)
    assert channels(Person("a", "", (mono,))) == 1
    assert channels(Person("a", "", (mono, stereo))) == 2
    heard = Heard([mono, stereo], 14.0)
    assert len(heard.planes) == 2
    for plane in heard.planes:
        heard.planes = [plane]
        assert_near(heard.clicks, itertools.chain(CLICKS, (7 + click for click in CLICKS)))
        assert max(plane) == pytest.approx(HEIGHT, abs=0.1)


def test_a_telephone_beside_stereo_is_as_loud(tmp_path: Path) -> None:
    packets, both = frames(codec=Codec.PCMU), frames(channels=2)
    mono = clip(tmp_path / "a.mkv", at(packets, every(len(packets))), 0.0)
    stereo = clip(tmp_path / "b.mkv", at(both, every(len(both))), 7.0, channels=2)
    heard = Heard([mono, stereo], 14.0)
    assert [max(plane[: 6 * RATE]) for plane in heard.planes] == pytest.approx(
        [HEIGHT] * 2, abs=0.1
    )


def restamped(one: Clip, packets: range, late: float) -> Clip:
    """Change the presentation times of some packets of sound in a transport stream."""
    data = bytearray(one.file.read_bytes())
    number = -1
    for begin in range(0, len(data), 188):
        pid = int.from_bytes(data[begin + 1 : begin + 3])
        if pid & 0x1FFF != 0x100 or not pid & 0x4000:
            continue
        number += 1
        if number in packets:
            payload = begin + 4 + (1 + data[begin + 4] if data[begin + 3] & 0x20 else 0)
            stamp = slice(payload + 9, payload + 14)
            bits = int.from_bytes(data[stamp])
            pts = (bits >> 3 & 7 << 30) | (bits >> 2 & 0x7FFF << 15) | (bits >> 1 & 0x7FFF)
            pts += round(late * 90000)
            bits = 0x21_0001_0001 | (pts >> 30) << 33 | (pts >> 15 & 0x7FFF) << 17
            data[stamp] = (bits | (pts & 0x7FFF) << 1).to_bytes(5)
    one.file.write_bytes(data)
    return one


@pytest.mark.parametrize(
    ("count", "late"), [(1, 4.0), (10, 4.0), (1, -1.0), (1, 7200.0), (40, 60.0)]
)
def test_stamps_that_cannot_be_true(count: int, late: float, tmp_path: Path) -> None:
    packets = frames()
    one = clip(tmp_path / "a.ts", at(packets, every(len(packets))), 1.0)
    heard = Heard([restamped(one, range(110, 110 + count), late)], 70.0 if late == 60.0 else 8.0)
    lost = (3.2, 3.2 + 0.02 * count) if late >= 60 else (0.0, 0.0)
    assert_near(heard.clicks, (1 + c for c in CLICKS if not lost[0] < 1 + c < lost[1]))


def damaged(one: Clip, begin: float, end: float) -> Clip:
    """Overwrite a part of its file."""
    data = bytearray(one.file.read_bytes())
    part = slice(round(len(data) * begin), round(len(data) * end))
    data[part] = random.Random(1).randbytes(len(data[part]))
    one.file.write_bytes(data)
    return one


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_damage_costs_its_own_part(suffix: str, tmp_path: Path) -> None:
    packets = frames()
    one = clip(tmp_path / f"a.{suffix}", at(packets, every(len(packets))))
    heard = Heard([damaged(one, 0.5, 0.55)], 6.2)
    assert heard.samples == round(6.2 * RATE)
    there = [click for click in CLICKS if not 2.8 < click < 4.0]
    near = [min(abs(click - other) for other in heard.clicks) for click in there]
    assert max(near) < NEAR
    assert any("a." in note and "silence" in note for note in heard.notes)


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_a_torn_file(suffix: str, tmp_path: Path) -> None:
    packets = frames()
    whole = at(packets, every(len(packets)))
    one = clip(tmp_path / f"a.{suffix}", whole)
    data = one.file.read_bytes()
    one.file.write_bytes(data[: len(data) // 2])
    then = clip(tmp_path / "b.ts", whole, 7.0)
    heard = Heard([one, then], 13.5)
    half = [] if suffix == "mp4" else [click for click in CLICKS if click < 2.8]
    assert_near(heard.clicks[: len(half)], half)
    assert_near(heard.clicks[-len(CLICKS) :], (7 + click for click in CLICKS))
    assert heard.notes
    assert all(note.startswith("a.") for note in heard.notes)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    packets = frames()
    gone = clip(tmp_path / "a.ts", at(packets, every(len(packets))))
    gone.file.unlink()
    rubbish = clip(tmp_path / "b.mkv", at(packets, every(len(packets))), 3.0)
    rubbish.file.write_bytes(b"no film")
    there = clip(tmp_path / "c.ts", at(packets, every(len(packets))), 7.0)
    heard = Heard([gone, rubbish, there], 13.5)
    assert_near(heard.clicks, (7 + click for click in CLICKS))
    assert [note.split(":")[0] for note in heard.notes] == ["a.ts", "b.mkv"]


def test_nobody_is_heard(tmp_path: Path) -> None:
    packets = frames()
    silent = clip(tmp_path / "a.ts", at(packets, every(len(packets))), audio=None)
    heard = Heard([silent], 0.5)
    assert heard.samples == RATE // 2
    assert heard.loudest(0.0, 0.5) == 0.0
    assert not heard.notes


def test_an_hour_of_silence_is_not_kept(tmp_path: Path) -> None:
    packets = frames()
    whole = at(packets, every(len(packets)))
    clips = clip(tmp_path / "a.ts", whole), clip(tmp_path / "b.ts", whole, 3600.0)
    before = resident()
    total = most = 0
    for frame in placed(Person("a", "", clips), 0.0, 3607 * RATE, []):
        total += frame.samples
        if not total % (60 * RATE):
            most = max(most, resident() - before)
    assert total == 3607 * RATE
    assert most < 20_000_000
