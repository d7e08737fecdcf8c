"""How loud sound is, and how loud it becomes."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction

import pytest

from roomdeck.core.delivery.sound import Gain, Loudness, Meter, amplified, gain, measure, metered
from roomdeck.core.delivery.sound.chain import Chain, Filter
from roomdeck.core.delivery.sound.loudness import PEAK, SILENCE

from .waves import BLOCK, RATE, frames, knocks, samples, sine


def test_a_tone_in_stereo_is_as_loud_as_it_is_high() -> None:
    # EBU Tech 3341, case 1: -23 dBFS on both channels of stereo is -23 LUFS.
    loudness = measure(frames(sine(5.0, 10 ** (-23 / 20)), channels=2))
    assert loudness.integrated == pytest.approx(-23.0, abs=0.1)
    assert loudness.peak == pytest.approx(-23.0, abs=0.1)


def test_a_wave_is_higher_between_its_samples() -> None:
    quarter = array("f", [0.5, 0.5, -0.5, -0.5] * RATE)
    peak = measure(frames(quarter)).peak
    assert peak is not None
    assert peak == pytest.approx(-3.0, abs=0.7)


def test_when_it_is_loud() -> None:
    wave = sine(4.0, 0.001) + sine(3.0, 0.1) + sine(3.0, 0.001)
    meter = Meter()
    assert samples(metered(frames(wave, channels=2), meter)) == wave
    loudness = meter.result()
    assert loudness.peak is None
    assert [second for second, _ in loudness.curve] == pytest.approx(range(10))
    assert [round(value / 10) for _, value in loudness.curve] == [-6] * 4 + [-2] * 3 + [-6] * 3


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("block", [BLOCK, 1111, 9000])
def test_it_is_what_ffmpeg_finds(channels: int, block: int) -> None:
    wave = knocks(2.0) + sine(1.0, 0.3, 60.0) + sine(1.0, 0.004, 3000.0) + sine(0.55, 0.2, 7000.0)
    like = next(frames(wave, channels))
    chain = Chain(like, Fraction(1, RATE), [Filter("ebur128", "metadata=1:peak=true")])
    *_, last = [one for frame in frames(wave, channels) for one in chain.push(frame)]
    found = measure(frames(wave, channels, block))
    assert found.integrated == pytest.approx(float(last.metadata["lavfi.r128.I"]), abs=0.06)
    peak = 20 * math.log10(float(last.metadata["lavfi.r128.true_peak"]))
    assert found.peak == pytest.approx(peak, abs=0.1)


def test_what_is_quiet_beside_the_rest_does_not_count() -> None:
    # EBU Tech 3341, case 3: a tone at -36, -23 and -36 dBFS is -23 LUFS; -24.5 if all counted.
    quiet = sine(2.0, 10 ** (-36 / 20))
    loudness = measure(frames(quiet + sine(8.0, 10 ** (-23 / 20)) + quiet, channels=2))
    assert loudness.integrated == pytest.approx(-23.0, abs=0.3)


def test_silence() -> None:
    loudness = measure(frames(array("f", bytes(4 * RATE))))
    assert (loudness.integrated, loudness.peak) == (SILENCE, SILENCE)
    assert loudness.curve == [(0.0, SILENCE)]
    assert gain(loudness, -16.0) == Gain(0.0, limited=False)


def test_nothing() -> None:
    assert Meter().result() == Loudness(SILENCE, [])
    assert measure(iter(())) == Loudness(SILENCE, [], SILENCE)
    assert not samples(amplified(iter(()), Gain(3.0, limited=True)))


def test_as_loud_as_is_wanted() -> None:
    wave = sine(5.0, 0.02)
    by = gain(measure(frames(wave, channels=2)), -16.0)
    assert not by.limited
    louder = measure(amplified(frames(wave, channels=2), by))
    assert louder.integrated == pytest.approx(-16.0, abs=0.1)


def test_peaks_are_held_down() -> None:
    wave = knocks(6.0)
    before = measure(frames(wave, channels=2))
    by = gain(before, before.integrated + 6.0)
    assert by.limited
    after = list(amplified(frames(wave, channels=2), by))
    found = measure(after)
    assert found.peak is not None
    assert PEAK - 3 < found.peak <= PEAK
    assert len(samples(after)) == len(wave)


def test_nothing_is_moved_by_a_limiter() -> None:
    wave = array("f", bytes(4 * RATE))
    for place in (5000, 20000, 40001):
        wave[place] = 0.2
    louder = samples(amplified(frames(wave), Gain(6.0, limited=True)))
    assert len(louder) == len(wave)
    assert [n for n, height in enumerate(louder) if height > 0.3] == [5000, 20000, 40001]


def test_noise_does_not_become_speech() -> None:
    quiet = measure(frames(sine(3.0, 0.0005)))
    assert gain(quiet, -16.0).decibels == 30.0
