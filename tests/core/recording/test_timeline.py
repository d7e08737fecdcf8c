"""Times of frames in a file, whatever the sender's clocks do."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.model import Codec, EncodedFrame, Kind, SenderReport
from roomdeck.core.recording.timeline import TimedFrame, Timeline

RATES = {Kind.VIDEO: 90000, Kind.AUDIO: 48000}


def picture(rtp: int, arrival: float, epoch: int = 0, key: bool = False) -> EncodedFrame:
    return EncodedFrame(Codec.VP8, b"v", rtp, arrival, key, 64, 48, epoch=epoch)


def sound(rtp: int, arrival: float, epoch: int = 0) -> EncodedFrame:
    return EncodedFrame(Codec.OPUS, b"a", rtp, arrival, True, epoch=epoch)


def both(hold: float = 2.5) -> Timeline:
    return Timeline(Kind.VIDEO, RATES, hold)


def alone() -> Timeline:
    return Timeline(Kind.VIDEO, {Kind.VIDEO: 90000}, 2.5)


def seconds(timed: list[TimedFrame], kind: Kind) -> list[float]:
    return [t.pts / RATES[kind] for t in timed if t.frame.codec.kind is kind]


def test_a_track_alone_is_not_held() -> None:
    timeline = alone()
    assert timeline.push(picture(700, 10), 10) == [TimedFrame(picture(700, 10), 0)]
    assert timeline.push(picture(3700, 10), 10)[0].pts == 3000


def test_frames_are_held_until_both_tracks_have_reports() -> None:
    timeline = both()
    assert timeline.push(picture(0, 10), 10) == []
    assert timeline.push(sound(0, 10), 10) == []
    timeline.report(Kind.VIDEO, SenderReport(100.0, 0, 10))
    assert timeline.push(picture(3000, 10.03), 10.03) == []
    timeline.report(Kind.AUDIO, SenderReport(100.25, 12000, 10.3))
    timed = timeline.push(sound(960, 10.05), 10.05)
    assert [t.pts for t in timed] == [0, 0, 960, 3000]
    assert timeline.aligned_by == "sender-reports"


def test_the_hold_ends_and_then_arrival_counts() -> None:
    timeline = both()
    timeline.push(picture(0, 10), 10)
    timeline.push(sound(0, 10.1), 10.1)
    timeline.push(sound(960, 10.11), 10.11)
    assert timeline.poll(12.49) == []
    timed = timeline.poll(12.5)
    # The second packet was the less delayed one.
    assert seconds(timed, Kind.AUDIO) == [pytest.approx(0.09), pytest.approx(0.11)]
    assert timeline.aligned_by == "arrival"


def test_reports_that_contradict_arrival_are_not_believed() -> None:
    timeline = both()
    timeline.report(Kind.VIDEO, SenderReport(100.0, 0, 10))
    timeline.report(Kind.AUDIO, SenderReport(107.0, 0, 10))
    timeline.push(sound(0, 10.0), 10)
    timed = timeline.push(picture(0, 10), 10)
    assert seconds(timed, Kind.AUDIO) == [0.0]
    assert timeline.aligned_by == "arrival"


def test_reports_of_another_epoch_are_not_used() -> None:
    timeline = both()
    timeline.report(Kind.VIDEO, SenderReport(100.0, 0, 10, epoch=0))
    timeline.report(Kind.AUDIO, SenderReport(100.0, 0, 10, epoch=0))
    timeline.push(sound(5, 10.0, epoch=1), 10)
    assert timeline.push(picture(0, 10), 10) == []


def test_alignment_never_jumps_later() -> None:
    timeline = both(hold=0)
    timeline.push(picture(0, 10), 10)
    timeline.push(sound(0, 10), 10)
    timeline.report(Kind.VIDEO, SenderReport(100.0, 0, 10))
    timeline.report(Kind.AUDIO, SenderReport(100.3, 0, 10))
    assert timeline.push(sound(960, 10.02), 10.02)[0].pts == 960


def test_sound_from_before_the_picture_has_times_below_zero() -> None:
    timeline = both(hold=0)
    timeline.push(sound(0, 9.9), 9.9)
    timeline.push(sound(4800, 10.0), 10)
    timed = timeline.push(picture(0, 10), 10)
    assert seconds(timed, Kind.AUDIO) == [pytest.approx(-0.1), 0.0]


def test_a_new_epoch_goes_on_by_the_senders_clock() -> None:
    timeline = both()
    timeline.report(Kind.VIDEO, SenderReport(100.0, 0, 10))
    timeline.report(Kind.AUDIO, SenderReport(100.0, 0, 10))
    timeline.push(sound(0, 10), 10)
    timeline.push(picture(0, 10), 10)
    timeline.push(sound(48000, 11), 11)
    timeline.report(Kind.VIDEO, SenderReport(101.1, 555, 11.3, epoch=1))
    # It took 200 ms more than usual to arrive.
    timed = timeline.push(picture(555, 11.3, epoch=1), 11.3)
    assert seconds(timed, Kind.VIDEO) == [pytest.approx(1.1)]


def test_a_new_epoch_without_reports_goes_on_by_arrival() -> None:
    timeline = alone()
    timeline.push(picture(0, 10), 10)
    timed = timeline.push(picture(123456789, 12, epoch=1), 12)
    assert seconds(timed, Kind.VIDEO) == [2.0]
    assert timeline.push(picture(123459789, 12.03, epoch=1), 12.03)[0].pts == 183000


@pytest.mark.parametrize("jump", [2**32, 11 * 90000, -5 * 90000, -(2**32)])
def test_a_clock_that_jumps_goes_on_by_arrival(jump: int) -> None:
    timeline = alone()
    for n in range(100):
        timeline.push(picture(n * 3000, 10 + n / 30), 10)
    timed = timeline.push(picture(100 * 3000 + jump, 10 + 100 / 30), 10)
    assert seconds(timed, Kind.VIDEO) == [pytest.approx(100 / 30, abs=0.01)]
    timed = timeline.push(picture(101 * 3000 + jump, 10 + 101 / 30), 10)
    assert seconds(timed, Kind.VIDEO) == [pytest.approx(101 / 30, abs=0.01)]


def test_a_pause_is_a_gap_and_nothing_else() -> None:
    timeline = alone()
    timeline.push(picture(0, 10), 10)
    timeline.push(picture(3000, 10.03), 10.03)
    assert timeline.push(picture(600 * 90000, 610), 610)[0].pts == 600 * 90000


def test_a_clock_that_runs_fast_is_not_touched() -> None:
    """200 ppm for two days make 35 s."""
    timeline = alone()
    timeline.push(picture(0, 0), 0)
    for minute in range(1, 2 * 24 * 60):
        rtp = round(minute * 60 * 90000 * 1.0002)
        assert timeline.push(picture(rtp, minute * 60), 0)[0].pts == rtp


def test_held_frames_are_bounded() -> None:
    timeline = both()
    big = EncodedFrame(Codec.VP8, bytes(1_000_000), 0, 10, True, 64, 48)
    released = [timeline.push(big, 10) for _ in range(70)]
    assert sum(map(len, released)) == 70


def test_a_fork_is_aligned_like_its_origin() -> None:
    timeline = both()
    timeline.report(Kind.VIDEO, SenderReport(100.0, 0, 10))
    timeline.report(Kind.AUDIO, SenderReport(100.05, 0, 10))
    timeline.push(sound(0, 10), 10)
    timeline.push(picture(0, 10), 10)
    other = timeline.fork(picture(90000, 11, key=True), RATES)
    assert other.aligned_by == "sender-reports"
    assert not other.holding
    assert other.push(picture(90000, 11), 11)[0].pts == 0
    # Captured at 100.05 s + 0.96 s, 10 ms after the picture.
    assert other.push(sound(46080, 11), 11)[0].pts == 480


arrivals = st.floats(0, 0.5)
steps = st.integers(1, 20_000) | st.integers(-(2**33), 2**33)


@given(st.lists(st.tuples(st.booleans(), steps, arrivals, st.booleans()), max_size=60))
def test_times_always_increase_and_are_never_far_from_arrival(
    moves: list[tuple[bool, int, float, bool]],
) -> None:
    timeline = both(hold=0)
    rtp, epoch, now = {True: 0, False: 0}, {True: 0, False: 0}, 100.0
    timed = timeline.push(picture(0, now), now)
    for is_video, step, wait, restart in moves:
        now += wait
        rtp[is_video] += step
        epoch[is_video] += restart
        make = picture if is_video else sound
        timed += timeline.push(make(rtp[is_video], now, epoch[is_video]), now)
    for kind in Kind:
        written = [t for t in timed if t.frame.codec.kind is kind and t.pts >= 0]
        assert all(a.pts < b.pts for a, b in pairwise(written))
        # At most two jumps of just under the limit, one before and one by reference.
        assert all(abs(t.pts / RATES[kind] - (t.frame.arrival - 100)) < 25 for t in written)


@given(
    st.lists(st.integers(1, 90_000), min_size=1, max_size=50),
    st.integers(0, 2**32),
    st.lists(st.floats(0, 0.4), min_size=50, max_size=50),
)
def test_differences_of_rtp_times_are_kept_exactly(
    steps: list[int], start: int, delays: list[float]
) -> None:
    timeline = alone()
    rtp, pts = start, [timeline.push(picture(start, 50), 50)[0].pts]
    for step, delay in zip(steps, delays, strict=False):
        rtp += step
        pts.append(timeline.push(picture(rtp, 50 + (rtp - start) / 90000 + delay), 0)[0].pts)
    assert [b - a for a, b in pairwise(pts)] == steps[: len(pts) - 1]
