"""Rates, journal, rules and snapshots: what people see of a room."""

from __future__ import annotations

import pytest

from roomdeck.core.engine.records.journal import KEPT, Journal
from roomdeck.core.engine.room.rates import RateMeter, RateMeters, Rates
from roomdeck.core.engine.room.rules import Rules
from roomdeck.core.engine.room.snapshot import stream_snapshot, stream_snapshots
from roomdeck.core.ipc.worker_messages import Hearing, Seen, StreamStatus
from roomdeck.core.model import (
    Codec,
    EndReason,
    Kind,
    PictureMeter,
    SoundMeter,
    StreamState,
    TrackStats,
    VideoSummary,
)

from .room_lab import RoomLab, take


def counters(byte_count: int, frames: int = 0, expected: int = 0, lost: int = 0) -> StreamStatus:
    video = TrackStats(bytes=byte_count, frames=frames, expected=expected, lost=lost)
    return StreamStatus(peer="p", stream="alice", wanted=True, tracks={Kind.VIDEO: video})


def test_rates_are_means_of_the_last_seconds() -> None:
    meter = RateMeter()
    assert meter.rates() == Rates()
    for second in range(20):
        rate = 1000 if second < 10 else 3000
        meter.add(counters(second * rate, second * 25, second * 100, second * 5), float(second))
    assert meter.rates() == Rates(bitrate=24_000, fps=25, loss=0.05)


def test_what_comes_late_and_at_once_makes_no_rate_higher() -> None:
    meter, heard = RateMeter(), [*range(10), *(second / 100 + 17 for second in range(10, 18))]
    for second, now in enumerate(heard):
        meter.add(counters(second * 1000, second * 25), float(now))
        assert second < 5 or meter.rates().fps <= 26
    assert meter.rates().fps == pytest.approx(25, abs=1)  # pyright: ignore[reportUnknownMemberType]


def test_a_connection_that_begins_anew_has_no_negative_rates() -> None:
    meter = RateMeter()
    meter.add(counters(10_000, 500, 100), 0)
    meter.add(counters(10, 1, 5), 1)
    assert meter.rates() == Rates()
    meter.add(counters(1000, 0, 6, 9), 2)
    rates = meter.rates()
    assert rates.fps == 0
    assert rates.loss == 1


def test_events_are_numbered_without_gaps_and_kept_for_a_while() -> None:
    journal = Journal()
    for number in range(KEPT + 100):
        journal.add(float(number), "warning", "hm")
    assert [event.seq for event in journal.since(KEPT + 97)] == [KEPT + 98, KEPT + 99, KEPT + 100]
    assert len(journal.since(0)) == KEPT


@pytest.mark.parametrize(
    ("only", "exclude", "stream", "refusal"),
    [
        ((), (), "alice", ""),
        (("a*",), (), "alice", ""),
        (("a*", "b*"), (), "carol", "not among --only a*,b*"),
        ((), ("al?ce",), "alice", "excluded by --exclude al?ce"),
        (("a*",), ("alice",), "alice", "excluded by --exclude alice"),
        (("A*",), (), "alice", "not among --only A*"),
    ],
)
def test_rules(only: tuple[str, ...], exclude: tuple[str, ...], stream: str, refusal: str) -> None:
    assert Rules(only, exclude).refusal(stream) == refusal


def test_a_row_says_what_is_written_and_how() -> None:
    lab = RoomLab()
    lab.joined()
    peer = lab.live()
    video = VideoSummary(Codec.VP8, 640, 360, 25)
    lab.status(
        take=take(bytes=7, seconds=1.5, video=video),
        tracks={Kind.VIDEO: TrackStats(jitter=0.01), Kind.AUDIO: TrackStats()},
        sound=SoundMeter(level=-30, peak=-20),
        round_trip=0.05,
        drops=17,
        malformed=2,
        unrouted=4,
    )
    row = stream_snapshot(lab.entry(), Rates(bitrate=5), {peer: 3})
    assert (row.drops, row.malformed, row.unrouted) == (17, 2, 4)
    assert (row.state, row.video, row.audio, row.bytes) == (StreamState.REC, video, None, 7)
    assert (row.jitter, row.round_trip, row.worker) == (0.01, 0.05, 3)
    assert row.sound == SoundMeter(level=-30, peak=-20)
    assert (row.file, row.seconds, row.bitrate, row.reason) == ("/out/a.ts", 1.5, 5, "")


def test_a_row_has_the_loudness_of_now_and_of_its_own_connection() -> None:
    lab = RoomLab()
    lab.joined()
    peer = lab.live()
    lab.status(sound=SoundMeter(level=-30, peak=-20))
    loud, old = SoundMeter(level=-3, peak=-1), SoundMeter(level=-90, peak=-90)
    heard = (Hearing(peer, "alice", loud), Hearing("gone", "alice", old), Hearing(peer, "x", old))
    lab.watching.heard(heard)
    assert stream_snapshot(lab.entry(), Rates(), {}).sound == loud
    lab.entry().listen(lab.now + 60)
    assert stream_snapshot(lab.entry(), Rates(), {}).sound is None


def test_a_row_has_what_its_own_connection_showed_last() -> None:
    lab = RoomLab()
    lab.joined()
    peer = lab.live()
    lab.status(picture=PictureMeter(black=3.0, frozen=3.0))
    seen, old = PictureMeter(black=20.0, frozen=20.0), PictureMeter()
    for report in (Seen(peer, "alice", seen), Seen("gone", "alice", old), Seen(peer, "x", old)):
        lab.watching.seen(report)
    assert stream_snapshot(lab.entry(), Rates(), {}).picture == seen


def test_a_row_says_why_nothing_is_written() -> None:
    lab = RoomLab(exclude=("bob",))
    lab.joined()
    reasons: list[str] = []

    def look(stream: str = "alice") -> None:
        reasons.append(stream_snapshot(lab.entry(stream), Rates(), {}).reason)

    lab.announce()
    look()
    lab.offer()
    look()
    lab.do(lab.room.connections.connected(lab.entry().peer, lab.now))
    look()
    lab.status()
    lab.wait(6)
    look()
    lab.takes.ended(take(reason=EndReason.WRITE_ERROR, error="gone"), lab.now)
    look()
    lab.command("stop", "alice")
    look()
    lab.announce("bob")
    look("bob")
    assert reasons == [
        "asked for; no offer yet",
        "connecting",
        "connected; nothing comes yet",
        "its worker does not answer, so that nothing is known",
        "gone",
        "stopped by hand",
        "excluded by --exclude bob",
    ]


def test_the_last_file_is_shown_after_the_end() -> None:
    lab = RoomLab()
    lab.joined()
    peer = lab.live()
    lab.status()
    lab.takes.ended(take(reason=EndReason.BYE), lab.now)
    lab.closed(peer, EndReason.BYE)
    row = stream_snapshot(lab.entry(), Rates(), {})
    assert (row.state, row.file, row.bytes) == (StreamState.DONE, "/out/a.ts", 0)


def test_rates_of_a_stream_that_is_not_heard_are_forgotten() -> None:
    lab, meters = RoomLab(), RateMeters()
    lab.joined()
    lab.live()
    lab.status()
    for second in range(3):
        meters.add(counters(second * 1000), float(second))
    rows = stream_snapshots(lab.room.entries, meters, {})
    assert [(row.stream, row.bitrate) for row in rows] == [("alice", 8000)]
    lab.entry().silent = True
    stream_snapshots(lab.room.entries, meters, {})
    lab.entry().silent = False
    assert stream_snapshots(lab.room.entries, meters, {})[0].bitrate == 0


def test_the_row_says_that_pictures_lack_their_header() -> None:
    lab = RoomLab()
    lab.joined()
    lab.live()
    lab.status(headless=Codec.AV1)
    [row] = stream_snapshots(lab.room.entries, RateMeters(), {})
    assert "only its sound can be recorded: the sequence header" in row.reason
    lab.status()
    assert "sequence header" not in stream_snapshots(lab.room.entries, RateMeters(), {})[0].reason
