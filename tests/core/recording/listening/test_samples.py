"""How loud packets are that are decoded."""

from __future__ import annotations

import pytest

from roomdeck.core.model import SILENCE, Codec, EncodedFrame
from roomdeck.core.recording.listening.loudness import Reading
from roomdeck.core.recording.listening.samples import Sampler

from .packets import WORD, tone

CODECS = (Codec.OPUS, Codec.PCMU, Codec.PCMA, Codec.G722)


def read(frames: list[EncodedFrame]) -> Reading:
    return listen(Sampler(), frames)


def listen(sampler: Sampler, frames: list[EncodedFrame]) -> Reading:
    """Have some looked at now and then; what a new decoder begins with is too quiet."""
    reading = None
    for begin in range(0, len(frames) - 3, 4):
        reading = sampler.read(frames[begin : begin + 3])
    assert reading is not None
    return reading


@pytest.mark.parametrize("codec", CODECS)
def test_the_level_is_the_mean_and_the_peak_the_highest_sample(codec: Codec) -> None:
    # A sine has 3 dB less in the mean than at its peak.
    reading = read(tone(codec, 0.1))
    assert reading.level == pytest.approx(-23.0, abs=1)
    assert reading.peak == pytest.approx(-20.0, abs=1)
    assert not reading.clipped


@pytest.mark.parametrize("codec", CODECS)
def test_what_was_cut_off_is_noticed(codec: Codec) -> None:
    assert read(tone(codec, 3.0)).clipped
    assert not read(tone(codec, 0.8)).clipped


def test_a_loud_word_after_silence_is_not_taken_to_be_cut_off() -> None:
    """Whatever the decoder was left with: here the end of the word before."""
    words = tone(Codec.OPUS, 0.8, seconds=4.0, rest=0.003)
    kept = 8
    for phase in range(WORD):
        sampler, readings = Sampler(), list[Reading | None]()
        for end in range(kept + phase, len(words), WORD + 1):
            sampler.read(words[end - phase - 3 : end - phase])
            readings.append(sampler.read(words[end - kept : end]))
        assert not any(reading is None or reading.clipped for reading in readings)


def test_of_two_channels_the_loudest_counts() -> None:
    assert read(tone(Codec.OPUS, 0.001, right=0.1)).level == pytest.approx(-23.0, abs=1)
    assert read(tone(Codec.OPUS, 0.001, right=3.0)).clipped


def test_nothing_is_silence() -> None:
    assert read(tone(Codec.PCMU, 0.0)).level < -60
    assert read(tone(Codec.OPUS, 0.0)).peak < -60
    assert read(tone(Codec.G722, 0.0)).level >= SILENCE


def test_one_sampler_follows_a_change_of_codec_and_channels() -> None:
    sampler = Sampler()
    for frames in (tone(Codec.OPUS, 0.1), tone(Codec.OPUS, 0.1, right=0.1), tone(Codec.PCMA, 0.1)):
        assert listen(sampler, frames).level == pytest.approx(-23.0, abs=1)


def test_what_is_left_of_something_loud_is_not_heard_in_something_quiet() -> None:
    sampler = Sampler()
    assert listen(sampler, tone(Codec.OPUS, 3.0)).clipped
    reading = sampler.read(tone(Codec.OPUS, 0.001)[-3:])
    assert reading is not None
    assert reading.level < -50
    assert not reading.clipped


def test_what_does_not_decode_is_not_known_and_does_not_matter_afterwards() -> None:
    sampler = Sampler()
    broken = EncodedFrame(Codec.OPUS, b"\xff\x00" + bytes(7), 0, 0.0, key=True)
    assert sampler.read([broken]) is None
    assert sampler.read(tone(Codec.OPUS, 0.1)[-3:]) is not None
