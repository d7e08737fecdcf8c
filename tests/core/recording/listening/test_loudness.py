"""What is known of the loudness of a track, from moment to moment."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from roomdeck.core.model import SILENCE, SoundMeter
from roomdeck.core.recording.listening.loudness import Loudness, Reading, wants_samples


class Lab:
    """Listens twice a second."""

    def __init__(self) -> None:
        self.loudness = Loudness()
        self.now = 100.0

    def listen(
        self,
        levels: Sequence[int] = (),
        reading: Reading | None = None,
        *,
        came: bool = True,
        muted: bool = False,
        times: int = 1,
    ) -> SoundMeter:
        for _ in range(times):
            self.now += 0.5
            self.loudness.listen(levels, reading, came=came, muted=muted, now=self.now)
        meter = self.loudness.meter(self.now)
        assert meter is not None
        return meter


def test_nothing_is_known_before_the_first_packet() -> None:
    loudness = Loudness()
    loudness.listen((), None, came=False, muted=False, now=1.0)
    loudness.listen((), None, came=True, muted=False, now=1.5)
    assert loudness.meter(2.0) is None


def test_the_level_is_the_mean_power_of_what_packets_say() -> None:
    meter = Lab().listen([20] * 24 + [127])
    assert (meter.level, meter.peak) == (pytest.approx(-20.2, abs=0.05), -20)
    assert (meter.decoded, meter.clipped, meter.silent) == (False, None, 0.0)


def test_a_peak_is_held_for_three_seconds() -> None:
    lab = Lab()
    lab.listen([10])
    assert [lab.listen([40]).peak for _ in range(8)] == [-10] * 6 + [-40] * 2
    assert lab.listen([30]).peak == -30


@pytest.mark.parametrize("quiet", [[60, 127], [127]])
def test_silence_is_nothing_above_60_dB_below_full_scale(quiet: list[int]) -> None:
    lab = Lab()
    assert lab.listen([59]).silent == 0
    assert lab.listen(quiet, times=84).silent == 42
    assert lab.listen([*quiet, 59]).silent == 0


def test_no_packets_are_silence() -> None:
    lab = Lab()
    lab.listen([30])
    meter = lab.listen(came=False, times=20)
    assert (meter.level, meter.peak, meter.silent) == (SILENCE, SILENCE, 10)


def test_a_track_that_never_had_a_sound_is_silent_since_it_began() -> None:
    assert Lab().listen([127], times=21).silent == 10


def test_who_is_muted_is_not_silent_and_begins_anew_afterwards() -> None:
    lab = Lab()
    lab.listen([127], times=20)
    assert lab.listen([127], muted=True, times=20).silent == 0
    assert lab.listen(came=False, muted=True, times=20).silent == 0
    assert lab.listen([127], times=4).silent == 2


def test_what_is_decoded_counts_where_packets_say_nothing() -> None:
    meter = Lab().listen((), Reading(-23.04, -20.06, False))
    assert (meter.level, meter.peak, meter.decoded) == (-23.0, -20.1, True)


def test_what_does_not_decode_changes_nothing() -> None:
    lab = Lab()
    lab.listen((), Reading(-23, -20, False))
    meter = lab.listen((), None, came=True)
    assert (meter.level, meter.silent) == (-23, 0.5)


def test_of_what_nobody_can_hear_nothing_is_known_and_it_is_not_silent() -> None:
    lab = Lab()
    lab.listen((), Reading(-70, -70, False), times=40)
    for _ in range(8):
        lab.now += 0.5
        lab.loudness.listen((), None, came=True, muted=False, now=lab.now)
    assert lab.loudness.meter(lab.now) is None
    assert lab.listen((), Reading(-70, -70, False), times=3).silent == 1


def test_silence_since_it_was_last_heard_is_known_without_packets() -> None:
    lab = Lab()
    lab.listen((), Reading(-20, -20, False))
    lab.listen(came=False, times=20)
    lab.loudness.listen((), None, came=True, muted=False, now=lab.now + 0.5)
    assert lab.loudness.meter(lab.now) is not None


def test_samples_beside_levels_add_their_peak() -> None:
    meter = Lab().listen([12, 13], Reading(-13, -1.5, False))
    assert (meter.peak, meter.decoded, meter.clipped) == (-1.5, False, None)


def test_what_is_cut_off_is_told_with_its_age() -> None:
    lab = Lab()
    assert lab.listen((), Reading(-4, 0, True)).clipped == 0
    assert lab.listen((), Reading(-30, -20, False), times=6).clipped == 3


def test_packets_that_are_louder_than_any_sine_are_cut_off() -> None:
    assert Lab().listen([20, 2]).clipped == 0
    assert Lab().listen([20, 3]).clipped is None


def test_samples_are_looked_at_where_packets_say_nothing_or_may_be_cut_off() -> None:
    found = {level: wants_samples([90, level]) for level in (0, 2, 3, 12, 13, 60)}
    assert found == {0: False, 2: False, 3: True, 12: True, 13: False, 60: False}
    assert wants_samples([])
