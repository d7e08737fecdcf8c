"""When what is wrong with a picture is known, and what it takes to know it, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import pytest

from roomdeck.core.model import Codec, EncodedFrame
from roomdeck.core.recording.still import GREYS
from roomdeck.core.worker.files.looks import AHEAD, LEAST, MOST, SHARE
from roomdeck.core.worker.files.picture_gauge import PictureGauge

TICK = 0.25
"""Seconds between two times that a worker asks whether to look."""
SOON = 3.5
"""Seconds of the five within which it is told which are for looking; the rest is for saying."""
ANSWER = 0.4
"""Seconds that a sender takes to send a key frame that it was asked for."""
CALM = 60.0
SEEDS = range(3)
CELLS = GREYS[0] * GREYS[1]
SMALL, HD, FULL_HD = 0.0005, 0.0036, 0.008
"""Seconds of a core that a look takes."""


@dataclass
class Camera:
    """What a page sends, in bytes, and what is in it."""

    random: Random
    since: float
    """When it is covered, or hangs."""
    until: float = 1e9
    covered: bool = False
    key_size: float = 60_000.0
    others: float = 180_000.0
    """A second."""

    def is_wrong(self, at: float) -> bool:
        return self.since <= at < self.until

    def cells(self, at: float) -> bytes:
        if self.is_wrong(at):
            return bytes([3]) * CELLS if self.covered else bytes([120]) * CELLS
        return self.random.randbytes(CELLS)

    def key_frame(self, at: float) -> EncodedFrame:
        share = 0.3 if self.is_wrong(at) and self.covered else 1.0
        size = round(self.key_size * share * self.random.uniform(0.85, 1.15))
        return EncodedFrame(Codec.VP8, bytes(size), 0, at, True, 1280, 720)

    def other(self, at: float) -> EncodedFrame:
        """Return what comes between key frames."""
        size = self.others * TICK * (0.05 if self.is_wrong(at) else 1.0)
        data = bytes(round(size * self.random.uniform(0.5, 1.5)))
        return EncodedFrame(Codec.VP8, data, 0, at, False)


@dataclass
class Play:
    """A gauge in front of a camera."""

    camera: Camera
    took: float
    every: float
    """Seconds between key frames that nobody asked for."""
    black: float = 20.0
    frozen: float = 300.0
    phase: float = 0.0
    missing: float = 0.0
    """Share of looks that cannot be."""
    spent: float = 0.0
    asked: int = 0

    def seconds(self, end: float) -> Iterator[tuple[float, PictureGauge]]:
        """Go on to the end; yield each moment after a look."""
        gauge, due, now = PictureGauge(self.black, self.frozen), self.phase, 0.0
        frame: EncodedFrame | None = None
        while now < end:
            now += TICK
            came = [self.camera.other(now)]
            if due <= now:
                frame, due = self.camera.key_frame(due), due + self.every
                came.append(frame)
            gauge.see(came)
            if frame is not None and gauge.due(frame, now):
                if self.camera.random.random() < self.missing:
                    gauge.missed(now)
                else:
                    self.spent += self.took
                    gauge.saw(frame.arrival, self.camera.cells(frame.arrival), self.took, now)
                    yield now, gauge
            if gauge.asks(now):
                self.asked += 1
                due = min(due, now + ANSWER)

    def first(self, end: float, fits: Callable[[PictureGauge], bool]) -> float:
        """Return when it was so."""
        return next(now for now, gauge in self.seconds(end) if fits(gauge))


def blackness(gauge: PictureGauge) -> float:
    meter = gauge.meter()
    return meter.black if meter else 0.0


def stillness(gauge: PictureGauge) -> float:
    meter = gauge.meter()
    return meter.frozen if meter else 0.0


def play(seed: int, took: float, every: float, *, covered: bool) -> Play:
    random = Random(seed)
    camera = Camera(random, CALM + random.uniform(0, 20), covered=covered)
    return Play(camera, took, every, phase=random.uniform(0, every))


@pytest.mark.parametrize("took", [SMALL, HD, FULL_HD])
@pytest.mark.parametrize("every", [2.0, 7.5])
@pytest.mark.parametrize("seed", SEEDS)
def test_black_is_known_soon_after_it_has_lasted(seed: int, every: float, took: float) -> None:
    played = play(seed, took, every, covered=True)
    known = played.first(300.0, lambda gauge: blackness(gauge) >= played.black)
    assert 0.0 <= known - played.camera.since - played.black <= SOON


@pytest.mark.parametrize("took", [SMALL, HD, FULL_HD])
@pytest.mark.parametrize("every", [2.0, 7.5])
@pytest.mark.parametrize("seed", SEEDS)
def test_frozen_is_known_soon_after_it_has_lasted(seed: int, every: float, took: float) -> None:
    played = play(seed, took, every, covered=False)
    known = played.first(600.0, lambda gauge: stillness(gauge) >= played.frozen)
    assert 0.0 <= known - played.camera.since - played.frozen <= SOON


@pytest.mark.parametrize("covered", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_its_end_is_known_soon(seed: int, covered: bool) -> None:
    played = play(seed, HD, 7.5, covered=covered)
    until = played.camera.until = played.camera.since + 70.0
    meter = blackness if covered else stillness
    last = 0.0
    for now, gauge in played.seconds(300.0):
        if now > until and not meter(gauge):
            break
        last = now
    assert last < until + SOON


@pytest.mark.parametrize("took", [SMALL, HD, FULL_HD, 0.025, 1.0])
def test_who_changes_all_the_time_is_not_looked_at_more(took: float) -> None:
    gauge, now, spent, asked = PictureGauge(1.0, 1.0), 0.0, 0.0, 0
    while now < 3600.0:
        now += TICK
        loud = int(now / 3) % 2
        frame = EncodedFrame(Codec.VP8, bytes(900 if loud else 90_000), 0, now, True, 1280, 720)
        gauge.see([EncodedFrame(Codec.VP8, frame.data, 0, now, False), frame])
        if gauge.due(frame, now):
            spent += min(took, MOST * SHARE)
            gauge.saw(now, bytes(CELLS), took, now)
        asked += gauge.asks(now)
    assert spent <= SHARE * (now + AHEAD + MOST)


def test_a_calm_camera_is_looked_at_as_often_as_its_share_lasts_and_hardly_asked() -> None:
    played = play(1, HD, 7.5, covered=False)
    played.camera.since = 1e9
    looks = sum(1 for _ in played.seconds(3600.0))
    assert 3600.0 * SHARE / HD - 10 <= looks <= 3600.0 * SHARE / HD + 10
    assert played.asked <= 30


@pytest.mark.parametrize("covered", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_looks_that_cannot_be_make_it_late_by_no_more_than_themselves(
    seed: int, covered: bool
) -> None:
    played = play(seed, FULL_HD, 7.5, covered=covered)
    played.missing = 0.5
    meter, after = (blackness, played.black) if covered else (stillness, played.frozen)
    known = played.first(600.0, lambda gauge: meter(gauge) >= after)
    assert 0.0 <= known - played.camera.since - after <= SOON + 4 * LEAST


def suspicious() -> PictureGauge:
    """Return one that suspects something since 19 s, and has just had a look that took long."""
    gauge = PictureGauge(20.0, 300.0)
    gauge.saw(1.0, bytes(CELLS), MOST * SHARE, 1.0)
    for second in range(20):
        gauge.see([other(float(second), 180_000 if second < 19 else 1000)])
    return gauge


def other(at: float, size: int) -> EncodedFrame:
    return EncodedFrame(Codec.VP8, bytes(size), 0, at, False)


def key_frame(at: float) -> EncodedFrame:
    return EncodedFrame(Codec.VP8, bytes(60_000), 0, at, True, 1280, 720)


def test_who_cannot_be_looked_at_is_tried_again_soon_and_not_asked() -> None:
    gauge, frame = suspicious(), key_frame(20.4)
    assert gauge.asks(20.0)
    gauge.see([frame])
    assert gauge.due(frame, 20.5)
    gauge.missed(21.0)
    assert not gauge.due(frame, 22.5)
    assert not gauge.asks(25.0)
    assert gauge.due(frame, 21.0 + LEAST)


def test_what_changes_during_a_look_is_looked_at_too() -> None:
    gauge, frame = suspicious(), key_frame(19.5)
    gauge.see([frame])
    assert gauge.due(frame, 20.0)
    gauge.see([other(20.0, 900_000)])
    gauge.saw(frame.arrival, bytes(CELLS), HD, 21.0)
    gauge.see([after := key_frame(22.4)])
    assert gauge.due(after, 22.5)
