"""Sound against picture in the finished file, whatever clocks, networks and reports do."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.model import Codec, EncodedFrame, Kind, SenderReport
from roomdeck.core.recording.timing import Timeline

from .senders import BEGIN, RATES, WALL, Result, Sender, Track, percentile, picture, sound

HANG = [(8.0, 13.0)]
STOOD = [(8.0, 5.0)]


def good(result: Result, p95: float = 0.020, worst: float = 0.040) -> bool:
    apart = result.apart()
    return result.increases() and percentile(apart, 0.95) <= p95 and percentile(apart, 1.0) <= worst


def frame(
    rtp: int, arrival: float, kind: Kind = Kind.VIDEO, epoch: int = 0, *, key: bool = False
) -> EncodedFrame:
    codec = Codec.VP8 if kind is Kind.VIDEO else Codec.OPUS
    return EncodedFrame(codec, b"f", rtp, arrival, key, 64, 48, epoch=epoch)


def alone() -> Timeline:
    return Timeline(Kind.VIDEO, {Kind.VIDEO: 90000})


# ── bursts ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reports", [0.0, 2.5, 5.0, None], ids=["first", "2.5s", "5s", "never"])
@pytest.mark.parametrize("speed", [0.0, 1.5, 2.0, 5.0], ids=["at-once", "1.5x", "2x", "5x"])
@pytest.mark.parametrize("burst", [0.4, 1.0, 2.0, 3.1, 5.0])
@pytest.mark.parametrize("kind", list(Kind))
def test_a_burst_at_the_start(
    kind: Kind, burst: float, speed: float, reports: float | None
) -> None:
    said: dict[str, object] = {"reports": None} if reports is None else {"reports_from": reports}
    queued: dict[str, object] = {"burst": burst, "drain": speed}
    sender = Sender(
        picture(**said, **(queued if kind is Kind.VIDEO else {})),
        sound(**said, **(queued if kind is Kind.AUDIO else {})),
        24,
    )
    result = Result(sender)
    assert good(result)
    assert result.timeline.aligned_by == ("arrival" if reports is None else "sender-reports")


@pytest.mark.parametrize("reports", [0.0, 2.5, None], ids=["first", "2.5s", "never"])
@pytest.mark.parametrize(
    ("again", "lost"),
    [
        ({0: 1.2}, 0.0),
        ({0: 1.2, 1: 1.5}, 0.0),
        ({0: 1.2, 1: 1.5, 2: 1.0, 5: 1.5}, 0.0),
        ({0: 0.25, 1: 0.45}, 0.0),
        ({0: 2.4, 1: 2.6, 4: 2.6}, 0.0),
        ({0: 1.2}, 1.25),
        ({0: 1.2}, 0.7),
        ({0: 2.4}, 2.45),
        ({0: 1.2, 1: 1.5}, 1.25),
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_the_first_frames_had_to_be_sent_again(
    kind: Kind, again: dict[int, float], lost: float, reports: float | None
) -> None:
    """Of a network that loses, they come later than those after them; some never do."""
    said: dict[str, object] = {"reports": None} if reports is None else {"reports_from": reports}
    bad: dict[str, object] = {"again": again, "silent": [(0.01 + max(again) * 0.033, lost)]}
    pictures = picture(**said, **(bad if kind is Kind.VIDEO else {}))
    sounds = sound(**said, **(bad if kind is Kind.AUDIO else {}))
    result = Result(Sender(pictures, sounds, 24))
    assert good(result)
    first, *others = result.finished(kind)
    assert others[-1][1] - first[1] == pytest.approx(others[-1][0] - first[0], abs=0.04)


@pytest.mark.parametrize("reports", [1.0, None], ids=["1s", "never"])
@pytest.mark.parametrize(("share", "latest"), [(0.05, 0.3), (0.1, 1.5), (0.2, 1.5), (0.4, 1.5)])
@pytest.mark.parametrize("seed", [26, 52, 56, 88, 108])
def test_what_has_to_be_sent_again_moves_nothing(
    seed: int, share: float, latest: float, reports: float | None
) -> None:
    """So much of both tracks comes up to so many seconds after what was sent after it."""
    chooser = random.Random(seed)

    def again(frames: int) -> dict[int, float]:
        late = {number: chooser.uniform(0.05, latest) for number in range(frames)}
        return {number: by for number, by in late.items() if chooser.random() < share}

    pictures = picture(reports=reports, again=again(24 * 30))
    sounds = sound(reports=reports, again=again(24 * 50))
    assert good(Result(Sender(pictures, sounds, 24, seed=seed)))


def of_another_time(number: int, report: SenderReport) -> SenderReport:
    return SenderReport(report.ntp - 86_000, report.rtp_time, report.arrival)


def all_ones(number: int, report: SenderReport) -> SenderReport:
    return report if number else SenderReport(report.ntp, 0xFFFFFFFF, report.arrival)


def hours_off(number: int, report: SenderReport) -> SenderReport:
    return report if number else SenderReport(report.ntp + 7200, report.rtp_time, report.arrival)


def from_1900(number: int, report: SenderReport) -> SenderReport:
    return report if number else SenderReport(-2208988800, report.rtp_time, report.arrival)


def a_bit_off(number: int, report: SenderReport) -> SenderReport:
    off = 0.3 if number == 6 else 0.0
    return SenderReport(report.ntp + off, report.rtp_time, report.arrival)


@pytest.mark.parametrize("burst", [0.0, 2.0])
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("change", [of_another_time, all_ones, hours_off, from_1900, a_bit_off])
def test_reports_with_nonsense_in_them(kind: Kind, change: object, burst: float) -> None:
    odd: dict[str, object] = {"report": change, "burst": burst}
    sender = Sender(
        picture(**(odd if kind is Kind.VIDEO else {})), sound(**(odd if kind is Kind.AUDIO else {}))
    )
    result = Result(sender)
    assert good(result)
    wall = result.timeline.sender_time(Kind.AUDIO, 10 * 48000)
    if change is of_another_time:
        assert wall is None
        assert result.timeline.aligned_by == "arrival"
    else:
        assert wall is not None
        start = result.written[Kind.VIDEO][0][0]
        assert wall == pytest.approx(WALL + start + 10, abs=0.05)


# ── clocks that stand still, slip and drift ──────────────────────────────────────────────


@pytest.mark.parametrize("reports", [1.0, 5.0, None], ids=["1s", "5s", "never"])
@pytest.mark.parametrize(
    ("video", "audio"),
    [
        ({}, {"silent": HANG, "stood": STOOD}),
        ({"silent": HANG}, {"silent": HANG, "stood": STOOD}),
        ({"silent": HANG, "stood": STOOD}, {}),
        ({"silent": HANG, "stood": STOOD}, {"silent": HANG}),
        ({"silent": HANG, "stood": STOOD}, {"silent": HANG, "stood": STOOD}),
        ({"silent": [(8, 28)], "stood": [(8, 20)]}, {}),
        ({}, {"silent": [(8, 28)], "stood": [(8, 20)]}),
        ({"silent": HANG}, {}),
        ({}, {"silent": HANG}),
        (
            {},
            {
                "silent": [(5 + n, 5 + n + 0.0199) for n in range(30)],
                "stood": [(5 + n, 0.02) for n in range(30)],
            },
        ),
        (
            {},
            {
                "silent": [(5 + 3 * n, 5 + 3 * n + 0.0599) for n in range(10)],
                "stood": [(5 + 3 * n, 0.06) for n in range(10)],
            },
        ),
    ],
    ids=[
        "sound-stood",
        "hung-sound-stood",
        "picture-stood",
        "hung-picture-stood",
        "slept",
        "picture-long",
        "sound-long",
        "picture-paused",
        "muted",
        "slips-20ms",
        "slips-60ms",
    ],
)
def test_a_clock_that_stands_still(
    video: dict[str, object], audio: dict[str, object], reports: float | None
) -> None:
    result = Result(Sender(picture(**video, reports=reports), sound(**audio, reports=reports), 45))
    assert good(result, p95=0.022)


@pytest.mark.parametrize(
    ("after", "every"), [(-0.1, 5.0), (0.3, 5.0), (0.3, 1.0), (1.2, 1.0), (2.5, 5.0)]
)
@pytest.mark.parametrize("hung", [0.45, 1.0, 5.0])
@pytest.mark.parametrize(
    "stood", [{Kind.VIDEO}, {Kind.AUDIO}, set(Kind)], ids=["picture", "sound", "both"]
)
@pytest.mark.parametrize("said", [[Kind.VIDEO], [Kind.AUDIO], []], ids=["video", "audio", "no"])
def test_the_first_reports_come_after_a_clock_stood_still(
    said: Sequence[Kind], stood: set[Kind], hung: float, after: float, every: float
) -> None:
    """Of one track, where the other has had reports all the time, or of both."""

    def track(kind: Kind) -> dict[str, object]:
        begin = 0.0 if kind in said else 3.0 + hung + after
        words: dict[str, object] = {"reports": every, "reports_from": begin}
        if kind in stood:
            words |= {"silent": [(3.0, 3.0 + hung)], "stood": [(3.0, hung)]}
        return words

    pictures = picture(interval=1 / 15, **track(Kind.VIDEO))
    assert good(Result(Sender(pictures, sound(**track(Kind.AUDIO)), hung + 17)), worst=0.05)


@pytest.mark.parametrize("reports", [1.0, 5.0, None], ids=["1s", "5s", "never"])
@pytest.mark.parametrize("ppm", [200, -200])
def test_clocks_that_run_apart(ppm: int, reports: float | None) -> None:
    result = Result(
        Sender(picture(ppm=-ppm, reports=reports), sound(ppm=ppm, reports=reports), 200)
    )
    assert good(result)


def stalls(true: float) -> float:
    return max(0.0, 13 - true) if 8 <= true < 13 else 0.0


def fills(true: float) -> float:
    return min(1.5, max(0.0, (true - 8) * 0.3)) if 8 <= true < 25 else 0.0


def takes_another_way(true: float) -> float:
    return 0.4 if true > 10 else 0.0


@pytest.mark.parametrize("network", [stalls, fills, takes_another_way])
@pytest.mark.parametrize("reports", [1.0, None], ids=["1s", "never"])
def test_a_network_that_is_late_moves_nothing(
    network: Callable[[float], float], reports: float | None
) -> None:
    sender = Sender(picture(reports=reports), sound(reports=reports), 40, network=network)
    result = Result(sender)
    assert good(result)
    assert percentile(result.apart(mended=False), 1.0) < 0.01


@pytest.mark.parametrize("reports", [1.0, 5.0, None], ids=["1s", "5s", "never"])
@pytest.mark.parametrize("queued", [0.0, 1.3])
@pytest.mark.parametrize(
    "late", [{Kind.VIDEO}, {Kind.AUDIO}, set(Kind)], ids=["picture", "sound", "both"]
)
def test_a_network_that_goes_and_comes_back_moves_nothing(
    late: set[Kind], queued: float, reports: float | None
) -> None:
    """The last frames before it went were late, and so are the first ones when it is back."""
    back = 28.0 - queued
    tracks: dict[Kind, dict[str, object]] = {
        kind: {
            "silent": [(5.5 if kind in late else 8.0, back)],
            "kept": [(5.3, 8.0 if kind in late else 5.3), (back, 28.0)],
            "reports": reports,
        }
        for kind in Kind
    }
    sender = Sender(picture(**tracks[Kind.VIDEO]), sound(**tracks[Kind.AUDIO]), 40)
    assert good(Result(sender))


@pytest.mark.parametrize("busy", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("again", [1, 20])
@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_sent_once_more_after_a_hole_moves_nothing(
    kind: Kind, again: int, busy: float
) -> None:
    """A publisher answers our requests first, seconds late; then it goes on as before."""
    once_more = 8.0 + again * (0.02 if kind is Kind.AUDIO else 1 / 30)
    late: dict[str, object] = {"silent": [(once_more, 12.0)], "kept": [(8.0, 12.3), (12.0, 12.4)]}
    tracks = {one: late if one is kind else {"silent": [(8.0, 12.0)]} for one in Kind}
    sender = Sender(
        picture(**tracks[Kind.VIDEO]),
        sound(**tracks[Kind.AUDIO]),
        network=lambda true: busy if 12.3 < true < 15 else 0.0,
    )
    assert good(Result(sender))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_queue_that_is_dropped_moves_nothing(kind: Kind) -> None:
    """What is sent after it is as early as ever; what came before it was late."""
    full: dict[str, object] = {"kept": [(8.0, 10.0)], "silent": [(8.5, 10.0)]}
    sender = Sender(
        picture(reports=None, **(full if kind is Kind.VIDEO else {})),
        sound(reports=None, **(full if kind is Kind.AUDIO else {})),
    )
    assert good(Result(sender))


@pytest.mark.parametrize("step", [3618.0, -7172.0, 0.3])
def test_a_wall_clock_that_is_set_moves_nothing(step: float) -> None:
    sender = Sender(
        picture(reports=1.0),
        sound(reports=5.0, reports_from=2.5),
        40,
        wall=lambda true: WALL + true + (step if true > 10.7 else 0.0),
    )
    result = Result(sender)
    assert good(result)
    finished = result.finished(Kind.VIDEO)
    assert all(
        seconds - true == pytest.approx(finished[0][1], abs=0.01) for true, seconds in finished
    )


# ── stamps ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("off", [-9800, -8, -5, -2, -0.8, 0.8, 5, 9800])
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("times", [1, 11])
def test_a_frame_stamped_far_away_moves_nothing_else(kind: Kind, off: float, times: int) -> None:
    odd = {60 * n + 40: off for n in range(1, times + 1)}
    sender = Sender(
        picture(**({"odd": odd} if kind is Kind.VIDEO else {})),
        sound(**({"odd": odd} if kind is Kind.AUDIO else {})),
        24,
    )
    result = Result(sender)
    assert good(result)
    assert result.timeline.odd == {kind: times}
    assert not result.timeline.wrong


@pytest.mark.parametrize("jump", [11.0, -5.0, -30.0, 2**32 / 90000])
def test_a_clock_that_jumps_goes_on_by_arrival(jump: float) -> None:
    timeline = alone()
    ticks = [timeline.time(frame(n * 3000, 10 + n / 30)) for n in range(100)]
    off = round(jump * 90000)
    ticks += [timeline.time(frame(n * 3000 + off, 10 + n / 30)) for n in range(100, 200)]
    assert [tick / 90000 for tick in ticks] == [pytest.approx(n / 30, abs=0.02) for n in range(200)]
    assert timeline.odd == {}


def test_a_pause_is_a_gap_and_nothing_else() -> None:
    timeline = alone()
    for n in range(100):
        timeline.time(frame(n * 3000, 10 + n / 30))
    assert timeline.time(frame(600 * 90000, 610)) == 600 * 90000


def test_a_new_epoch_goes_on_by_arrival() -> None:
    timeline = alone()
    timeline.time(frame(0, 10))
    assert timeline.time(frame(123456789, 12, epoch=1)) == 180000
    assert timeline.time(frame(123459789, 12.03, epoch=1)) == 183000


def test_pictures_that_are_reordered_keep_their_times() -> None:
    timeline = alone()
    timeline._tracks[Kind.VIDEO].reorder = 9000  # pyright: ignore[reportPrivateUsage]
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    times = [timeline.time(frame(n * 3000, 10 + k / 30)) for k, n in enumerate(order)]
    assert times == [n * 3000 for n in order]
    assert timeline.odd == {}


def test_a_fork_is_aligned_like_its_origin() -> None:
    result = Result(Sender(picture(burst=2.0), sound(), 12))
    video, audio = (result.written[kind][-1] for kind in (Kind.VIDEO, Kind.AUDIO))
    timeline = result.timeline
    first = frame(12345 + round(11.0 * 90000), BEGIN + 11.03, key=True)
    fork = timeline.fork(first, RATES)
    assert fork.time(first) == 0
    assert fork.aligned_by == timeline.aligned_by == "sender-reports"
    beside = frame(12345 + round(11.1 * 48000), BEGIN + 11.13, Kind.AUDIO)
    assert fork.time(beside) == pytest.approx(4800, abs=100)
    before = frame(12345 + round(10.5 * 48000), BEGIN + 11.2, Kind.AUDIO)
    assert fork.time(before) < 0 or fork.odd
    assert video[1] > 0
    assert audio[1] > 0


# ── across streams ───────────────────────────────────────────────────────────────────────


def test_streams_of_one_network_begin_where_they_did() -> None:
    """By how much takes of many senders are off against each other in the session."""
    off: list[float] = []
    for seed in range(40):
        queued: dict[str, object] = {"burst": (0.0, 0.7, 3.0)[seed % 3], "drain": 3.0}
        sender = Sender(
            picture(**(queued if seed % 2 else {}), jitter=0.008, offset=seed * 10**6),
            sound(**({} if seed % 2 else queued), jitter=0.008, offset=seed * 10**7),
            12,
            seed=seed,
        )
        result = Result(sender)
        zero, begin = result.timeline.zero, result.written[Kind.VIDEO][0][0]
        assert zero is not None
        off.append(zero - BEGIN - begin)
    middle = sorted(off)[len(off) // 2]
    assert percentile([one - middle for one in off], 0.95) <= 0.005


@pytest.mark.parametrize("busy", [(0.0, 22.0), (4.0, 60.0)])
def test_a_busy_machine_does_not_move_where_a_stream_began(busy: tuple[float, float]) -> None:
    """Everything is late by as much for a while: while many join, or after the start."""
    zeros: list[float] = []
    for extra in (0.04, 0.0):

        def late(true: float, extra: float = extra) -> float:
            return extra if busy[0] <= true < busy[1] else 0.0

        result = Result(Sender(picture(jitter=0.008), sound(jitter=0.008), 60, network=late))
        zero, begin = result.timeline.zero, result.written[Kind.VIDEO][0][0]
        assert zero is not None
        zeros.append(zero - begin)
    assert abs(zeros[0] - zeros[1]) <= 0.005


# ── any mixture ──────────────────────────────────────────────────────────────────────────

reports = st.none() | st.floats(0.7, 5.0)


@st.composite
def tracks(draw: st.DrawFn, kind: Kind) -> Track:
    burst = draw(st.sampled_from([0.0, 0.0, 0.7, 2.0, 5.0]))
    hang = draw(st.sampled_from([0.0, 0.0, 0.5, 5.0]))
    at = draw(st.floats(12.0, 14.0))
    slips = [(at, hang)] if hang else []
    count = draw(st.integers(0, 5))
    frames = [draw(st.integers(250, 900)) for _ in range(count)]
    return Track(
        kind,
        interval=0.02 if kind is Kind.AUDIO else draw(st.sampled_from([1 / 30, 1 / 15, 1 / 10])),
        delay=draw(st.floats(0.01, 0.1)),
        jitter=draw(st.floats(0.001, 0.01)),
        burst=burst,
        drain=draw(st.sampled_from([0.0, 2.0, 5.0])),
        ppm=draw(st.floats(-200, 200)),
        stood=slips,
        silent=[(when, when + seconds) for when, seconds in slips],
        odd={number: draw(st.sampled_from([-8.0, -2.0, 3.0, 5.0, 9800.0])) for number in frames},
        offset=draw(st.integers(0, 2**32)),
        reports=draw(st.floats(0.7, 5.0)),
        reports_from=draw(st.floats(0.0, 5.0)),
    )


@settings(max_examples=60, derandomize=True)
@given(tracks(Kind.VIDEO), tracks(Kind.AUDIO), st.integers(0, 9), st.sampled_from([0.0, 0.02, 0.1]))
def test_any_mixture_with_reports(video: Track, audio: Track, seed: int, loss: float) -> None:
    result = Result(Sender(video, audio, 40, seed=seed, loss=loss))
    assert result.increases()
    apart = result.apart()
    assert percentile(apart, 0.95) <= 0.020
