from __future__ import annotations

import pytest

from roomdeck.core.engine.room.rates import Rates
from roomdeck.core.engine.room.snapshot import stream_snapshot
from roomdeck.core.engine.room.takes import describe
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import (
    AudioSummary,
    Codec,
    EndReason,
    Kind,
    PacketCounts,
    StreamState,
    TrackAges,
    TrackStats,
    VideoSummary,
)

from .room_lab import FULL, RoomLab, goodbyes, notes, opened, plays, take, told


@pytest.fixture
def lab() -> RoomLab:
    lab = RoomLab()
    lab.joined()
    return lab


def share(lab: RoomLab, peer: str) -> None:
    lab.do(lab.room.connections.found_screen(worker_messages.Found(peer, "alice-screen")))


# ── commands ─────────────────────────────────────────────────────────────────────────────


def test_stop_ends_the_connection_and_start_asks_for_it_again(lab: RoomLab) -> None:
    peer = lab.live()
    lab.status()
    assert told(lab.command("stop", "alice")) == [
        (peer, worker_messages.Close(peer, EndReason.STOPPED))
    ]
    assert lab.state() is StreamState.SAVE
    closed = lab.closed(peer, EndReason.STOPPED)
    assert notes(closed, "stream.leave") == []
    assert goodbyes(closed) == ["uuid-alice"]
    assert lab.state() is StreamState.OFF
    assert plays(lab.wait(100)) == []
    assert opened(lab.offer(session="s2")) == []
    assert plays(lab.command("start", "alice")) == ["alice"]


def test_start_while_it_is_still_being_closed_records_again(lab: RoomLab) -> None:
    peer = lab.live()
    lab.command("stop", "alice")
    assert told(lab.command("start", "alice")) == []
    assert goodbyes(lab.closed(peer, EndReason.STOPPED)) == ["uuid-alice"]
    assert plays(lab.wait(2)) == ["alice"]


def test_a_publisher_is_not_told_goodbye_whose_other_stream_goes_on(lab: RoomLab) -> None:
    camera = lab.live()
    lab.announce("screen", uuid="uuid-alice")
    lab.offer("screen", uuid="uuid-alice", session="s2")
    screen = lab.entry("screen").peer
    assert camera != screen
    lab.command("stop", "screen")
    assert goodbyes(lab.closed(screen, EndReason.STOPPED)) == []
    lab.command("stop", "alice")
    assert goodbyes(lab.closed(camera, EndReason.STOPPED)) == ["uuid-alice"]


def test_start_of_what_has_a_connection_only_begins_a_file(lab: RoomLab) -> None:
    peer = lab.live()
    assert told(lab.command("start", "alice")) == [(peer, worker_messages.Record("alice", True))]


def test_exclude_and_include(lab: RoomLab) -> None:
    peer = lab.live()
    assert told(lab.command("exclude", "alice")) == [
        (peer, worker_messages.Close(peer, EndReason.EXCLUDED))
    ]
    lab.closed(peer, EndReason.EXCLUDED)
    assert lab.state() is StreamState.SKIP
    assert lab.entry().refusal == "excluded by hand"
    lab.closed(peer, EndReason.BYE)
    assert plays(lab.announce()) == []
    assert plays(lab.command("include", "alice")) == ["alice"]


def test_include_overrules_a_rule() -> None:
    lab = RoomLab(exclude=("a*",))
    lab.joined()
    assert plays(lab.announce()) == []
    assert plays(lab.command("include", "alice")) == ["alice"]


def test_split_is_passed_on(lab: RoomLab) -> None:
    peer = lab.live()
    assert told(lab.command("split", "alice")) == [(peer, worker_messages.Split("alice"))]


def test_split_of_what_is_not_recorded_is_refused(lab: RoomLab) -> None:
    peer = lab.live()
    lab.command("stop", "alice")
    lab.closed(peer, EndReason.STOPPED)
    with pytest.raises(ControlError, match="no file to go on from: alice"):
        lab.command("split", "alice")


def test_without_names_everybody_is_meant(lab: RoomLab) -> None:
    lab.live("alice")
    lab.live("bob")
    assert len(told(lab.command("stop"))) == 2


def test_an_unknown_stream_is_refused_before_anything_is_done(lab: RoomLab) -> None:
    lab.live()
    with pytest.raises(ControlError, match="no stream called zoe; there are: alice"):
        lab.command("stop", "alice", "zoe")
    assert lab.entry().recording


def test_stopping_one_of_two_streams_leaves_the_connection_to_the_other(lab: RoomLab) -> None:
    peer = lab.live()
    share(lab, peer)
    assert told(lab.command("stop", "alice")) == [
        (peer, worker_messages.Record("alice", False, EndReason.STOPPED))
    ]
    assert told(lab.command("stop", "alice-screen")) == [
        (peer, worker_messages.Close(peer, EndReason.STOPPED))
    ]


def test_saving_ends_when_the_worker_has_no_file_any_more(lab: RoomLab) -> None:
    peer = lab.live()
    share(lab, peer)
    lab.status()
    lab.command("stop", "alice")
    assert lab.state() is StreamState.SAVE
    lab.status(take=None, wanted=False)
    assert lab.state() is StreamState.OFF


# ── screen shares ────────────────────────────────────────────────────────────────────────


def test_a_screen_share_is_a_stream_of_its_own(lab: RoomLab) -> None:
    peer = lab.live()
    actions = lab.do(lab.room.connections.found_screen(worker_messages.Found(peer, "alice-screen")))
    assert told(actions) == [(peer, worker_messages.Record("alice-screen", True))]
    assert notes(actions, "stream.join")
    assert lab.entry("alice-screen").parent == "alice"


def test_an_excluded_screen_share_is_not_recorded() -> None:
    lab = RoomLab(exclude=("*-screen",))
    lab.joined()
    peer = lab.live()
    assert (
        told(lab.room.connections.found_screen(worker_messages.Found(peer, "alice-screen"))) == []
    )
    assert lab.state("alice-screen") is StreamState.SKIP


def test_an_ended_share_is_done_and_may_come_again(lab: RoomLab) -> None:
    peer = lab.live()
    share(lab, peer)
    ended = take("alice-screen", "/out/s.mkv", reason=EndReason.SHARE)
    lab.do(lab.takes.ended(ended, lab.now))
    assert lab.state("alice-screen") is StreamState.DONE
    share(lab, peer)
    assert lab.state("alice-screen") is StreamState.WAIT


def test_a_share_is_never_asked_for_and_ends_with_its_connection(lab: RoomLab) -> None:
    peer = lab.live()
    share(lab, peer)
    lab.closed(peer, EndReason.VANISHED)
    assert lab.state("alice-screen") is StreamState.DONE
    assert set(plays(lab.wait(100))) == {"alice"}


def test_nobody_takes_over_a_connection_through_the_name_of_its_share(lab: RoomLab) -> None:
    peer = lab.live()
    share(lab, peer)
    lab.offer("alice-screen", "stranger", "x")
    lab.do(lab.room.alive(peer, lab.now))
    lab.announce("alice-screen", "stranger")
    assert lab.room.removed("stranger", "alice-screen", lab.now) == []
    assert lab.entry("alice-screen~2").peer not in ("", peer)
    assert lab.entry("alice-screen").peer == lab.entry("alice").peer == peer


def test_a_share_does_not_take_over_a_member_of_its_name(lab: RoomLab) -> None:
    other = lab.live("alice-screen")
    actions = lab.do(
        lab.room.connections.found_screen(worker_messages.Found(lab.live(), "alice-screen"))
    )
    assert not told(actions)
    assert notes(actions, "warning")
    assert lab.entry("alice-screen").peer == other


def test_a_member_may_have_the_name_of_a_share_that_is_over(lab: RoomLab) -> None:
    peer = lab.live()
    share(lab, peer)
    lab.closed(peer, EndReason.BYE)
    assert plays(lab.announce("alice-screen")) == ["alice-screen"]


def test_a_stream_may_offer_under_the_name_of_a_share_that_ended(lab: RoomLab) -> None:
    peer = lab.live()
    share(lab, peer)
    lab.closed(peer, EndReason.BYE)
    (offered,) = opened(lab.offer("alice-screen", "u9", "s9"))
    entry = lab.entry("alice-screen")
    assert (entry.parent, entry.peer) == ("", offered.peer)


# ── takes ────────────────────────────────────────────────────────────────────────────────


class Pictures:
    """Video of alice, looked at once a second."""

    def __init__(self, lab: RoomLab, *, written: bool = True) -> None:
        self._lab = lab
        self._written = written
        self._frames = 0
        self._came = lab.now

    def come(self, seconds: int) -> None:
        for _ in range(seconds):
            self._frames += 30
            self._came = self._lab.now
            self._look()

    def stop(self, seconds: int) -> None:
        for _ in range(seconds):
            self._look()

    def _look(self) -> None:
        age = self._lab.now - self._came
        self._lab.status(
            tracks={Kind.VIDEO: TrackStats(received=self._frames, frames=self._frames)},
            ages={Kind.VIDEO: TrackAges(age, age + 0.5 if self._written else None)},
            heard_age=0.0,
        )
        self._lab.wait(1)


def test_takes_are_noted_and_counted(lab: RoomLab) -> None:
    peer = lab.live()
    (start,) = notes(lab.takes.started(peer, take()))
    (end,) = notes(lab.takes.ended(take(reason=EndReason.BYE, seconds=2.0), lab.now))
    assert (start.type, start.stream, end.type, end.level) == (
        "take.start",
        "alice",
        "take.end",
        "info",
    )
    assert (lab.takes.done, lab.takes.failed, lab.entry().takes) == (1, 0, 1)
    assert lab.takes.of([peer]) == []


def test_a_take_is_open_from_its_first_word_to_its_last(lab: RoomLab) -> None:
    peer = lab.live()
    lab.takes.started(peer, take())
    assert lab.takes.of([peer]) == [take()]
    lab.status(take=take(bytes=500))
    assert lab.takes.of([peer]) == [take(bytes=500)]
    assert lab.takes.of(["another"]) == []


def test_a_replaced_connection_keeps_its_take_until_it_ends(lab: RoomLab) -> None:
    old = lab.live()
    lab.takes.started(old, take())
    lab.offer(session="s2")
    assert lab.takes.of([old]) == [take()]


def test_what_ended_is_not_shown_as_recording(lab: RoomLab) -> None:
    lab.live()
    lab.status()
    assert lab.state() is StreamState.REC
    lab.takes.ended(take(reason=EndReason.SPLIT), lab.now)
    assert lab.state() is StreamState.WAIT


def test_a_failed_file_is_followed_by_another_ever_later(lab: RoomLab) -> None:
    peer = lab.live()
    waits: list[int] = []
    for number in range(5):
        failed = take(file=str(number), reason=EndReason.WRITE_ERROR, error="no space")
        (note,) = notes(lab.takes.ended(failed, lab.now))
        assert note.level == "error"
        assert (lab.state(), lab.entry().failures.why) == (StreamState.FAIL, "no space")
        waits.append(1)
        while not (asked := told(lab.wait(1))):
            waits[-1] += 1
        assert asked == [(peer, worker_messages.Record("alice", True))]
    assert waits == [2, 5, 10, 30, 30]
    lab.takes.started(peer, take())
    assert lab.state() is StreamState.WAIT
    assert lab.takes.failed == 5


def test_a_take_of_a_worker_that_died_failed_and_its_stream_is_no_worse_for_it(
    lab: RoomLab,
) -> None:
    lab.live()
    (note,) = notes(lab.takes.ended(take(reason=EndReason.WORKER_LOST), lab.now))
    assert note.level == "error"
    assert lab.takes.failed == 1
    assert lab.state() is not StreamState.FAIL


def test_what_is_stopped_is_not_tried_again(lab: RoomLab) -> None:
    lab.live()
    lab.takes.ended(take(reason=EndReason.OVERLOAD), lab.now)
    lab.command("stop", "alice")
    assert told(lab.wait(60)) == []


def test_a_file_that_is_put_right_is_told_of(lab: RoomLab) -> None:
    lab.live()
    ended = take(reason=EndReason.STOPPED)
    lab.do(lab.takes.ended(ended, 1.0))
    mending = worker_messages.Mending("alice", ended.file, 5_000_000_000)
    [note] = notes(lab.takes.mending(mending, False), "take.mending")
    assert "5000 MB" in note.text
    assert note.data == {"file": ended.file, "bytes": 5_000_000_000}
    [note] = notes(lab.takes.mending(mending, True), "take.mending")
    assert "the end waits for it" in note.text
    [note] = notes(lab.takes.mended(ended, "no room"), "take.unmended")
    assert (note.level, "no room" in note.text) == ("warning", True)
    mended = take(reason=EndReason.STOPPED, bytes=7)
    [note] = notes(lab.takes.mended(mended, ""), "take.mended")
    assert (note.level, note.data["bytes"]) == ("info", 7)
    assert (lab.takes.done, lab.room.entries["alice"].last_take) == (1, mended)
    row = stream_snapshot(lab.room.entries["alice"], Rates(), {})
    assert (row.bytes, row.last_bytes, row.last_seconds) == (0, 7, mended.seconds)


def test_an_event_of_a_take_has_the_public_fields() -> None:
    ended = take(
        bytes=9,
        seconds=1.23456,
        video=VideoSummary(Codec.H264, 640, 360, 30),
        audio=AudioSummary(Codec.OPUS, 50),
        packets={Kind.VIDEO: PacketCounts(5, 4, 1, 0)},
        reason=EndReason.BYE,
        recording="abc",
        part=2,
        part_begin=1800.00049,
        pre_roll=31.50049,
    )
    assert describe(ended) == {
        "file": "/out/a.ts",
        "node": "",
        "recording": "abc",
        "part": 2,
        "part_begin": 1800.0,
        "pre_roll": 31.5,
        "bytes": 9,
        "seconds": 1.235,
        "video": {"codec": "h264", "width": 640, "height": 360, "frames": 30},
        "audio": {"codec": "opus", "packets": 50},
        "packets": {"video": {"expected": 5, "received": 4, "recovered": 1, "lost": 0}},
        "holes": 0,
        "reason": "bye",
        "error": "",
    }


def test_files_that_are_taken_away_one_after_the_other_are_followed_at_once(lab: RoomLab) -> None:
    lab.live()
    for _ in range(5):
        lab.takes.ended(take(seconds=3.0, reason=EndReason.WRITE_ERROR, error="gone"), lab.now)
        assert told(lab.wait(2)) != []
    delays: list[int] = []
    for _ in range(3):
        lab.takes.ended(take(reason=EndReason.WRITE_ERROR, error="refused"), lab.now)
        before = lab.now
        while not told(lab.wait(1)):
            pass
        delays.append(round(lab.now - before))
    assert delays == [5, 10, 30]


# ── the disk ─────────────────────────────────────────────────────────────────────────────


def test_recording_stops_while_the_disk_is_full_and_goes_on_by_itself(lab: RoomLab) -> None:
    peer = lab.live()
    lab.announce("bob")
    assert lab.disk() == []
    actions = lab.disk(FULL)
    assert told(actions) == [(peer, worker_messages.Record("alice", False, EndReason.DISK_FULL))]
    assert [note.text for note in notes(actions, "error")] == [FULL]
    lab.takes.ended(take(reason=EndReason.DISK_FULL, error="cut short"), lab.now)
    assert opened(lab.offer("bob")) == []
    assert plays(lab.announce("carol")) == []
    meanwhile = lab.wait(100)
    assert notes(meanwhile, "warning") == []
    assert told(meanwhile) == []
    assert lab.disk(f"{FULL} more") == []
    for name in ("alice", "bob", "carol"):
        assert lab.state(name) is StreamState.FAIL
        assert lab.entry(name).failures.why == f"{FULL} more"

    actions = lab.disk()
    assert told(actions) == [(peer, worker_messages.Record("alice", True))]
    assert sorted(plays(actions)) == ["bob", "carol"]
    assert all(not lab.entry(name).failures.why for name in ("alice", "bob", "carol"))
    assert lab.disk() == []


def test_a_disk_that_is_gone_is_not_full(lab: RoomLab) -> None:
    peer = lab.live()
    actions = lab.disk("the disk is not mounted", full=False)
    assert told(actions) == [(peer, worker_messages.Record("alice", False, EndReason.WRITE_ERROR))]
    assert lab.entry().failures.why == "the disk is not mounted"
    lab.disk(FULL)
    assert lab.entry().failures.why == FULL


def test_who_is_there_while_the_disk_is_full_has_a_reason(lab: RoomLab) -> None:
    lab.disk(FULL)
    lab.joined()
    lab.listed("alice", "bob")
    lab.offer("carol")
    lab.command("exclude", "bob")
    assert (lab.state("alice"), lab.entry("alice").failures.why) == (StreamState.FAIL, FULL)
    assert (lab.state("carol"), lab.entry("carol").failures.why) == (StreamState.FAIL, FULL)
    assert lab.state("bob") is StreamState.SKIP


def test_a_share_that_begins_on_a_full_disk_is_recorded_afterwards(lab: RoomLab) -> None:
    peer = lab.live()
    lab.disk(FULL)
    assert (
        told(lab.room.connections.found_screen(worker_messages.Found(peer, "alice-screen"))) == []
    )
    assert lab.state("alice-screen") is StreamState.FAIL
    assert (peer, worker_messages.Record("alice-screen", True)) in told(lab.disk())


# ── what is shown ────────────────────────────────────────────────────────────────────────


def test_what_a_publisher_says_of_itself(lab: RoomLab) -> None:
    peer = lab.live()
    lab.watching.info(worker_messages.PublisherInfo(peer, "Alice", muted=True))
    lab.watching.info(worker_messages.PublisherInfo(peer, camera_off=True))
    lab.watching.info(worker_messages.PublisherInfo("another", "Bob"))
    entry = lab.entry()
    assert (entry.label, entry.muted, entry.camera_off) == ("Alice", True, True)


def test_a_stream_is_recorded_only_while_media_arrives_and_the_file_grows(lab: RoomLab) -> None:
    lab.live()
    assert lab.state() is StreamState.WAIT
    pictures = Pictures(lab)
    pictures.come(5)
    assert lab.state() is StreamState.REC
    pictures.stop(5)
    assert lab.state() is StreamState.STALL
    pictures.come(4)
    assert lab.state() is StreamState.REC
    stall, resume = notes(lab.asked, "stream.stall") + notes(lab.asked, "stream.resume")
    assert (stall.stream, stall.level, stall.data["what"]) == ("alice", "warning", "picture")
    assert resume.data["what"] == "picture"
    assert 4 < resume.data["seconds"] < 9
    assert stall.text.startswith("the picture stands still")
    assert resume.text.startswith("the picture goes on after")


def test_what_comes_and_is_not_written_is_not_recorded(lab: RoomLab) -> None:
    lab.live()
    Pictures(lab, written=False).come(2)
    assert lab.state() is StreamState.WAIT
    assert "not written yet" in lab.entry().watch.pending


def test_who_sends_nothing_is_idle(lab: RoomLab) -> None:
    lab.live()
    for _ in range(30):
        lab.status(take=None, media_age=None, growth_age=None)
        lab.wait(1)
    assert lab.state() is StreamState.IDLE
    (note,) = notes(lab.asked, "stream.idle")
    assert note.level == "info"
    assert notes(lab.asked, "stream.stall") == []


def test_a_muted_camera_may_be_silent(lab: RoomLab) -> None:
    peer = lab.live()
    pictures = Pictures(lab)
    pictures.come(5)
    lab.watching.info(worker_messages.PublisherInfo(peer, camera_off=True))
    pictures.stop(20)
    assert lab.state() is StreamState.REC


def test_what_is_not_recorded_does_not_stall(lab: RoomLab) -> None:
    lab.live()
    pictures = Pictures(lab)
    pictures.come(5)
    lab.command("stop", "alice")
    pictures.stop(20)
    assert notes(lab.asked, "stream.stall") == []


def test_a_worker_that_says_nothing_is_not_believed(lab: RoomLab) -> None:
    lab.live()
    lab.status()
    lab.wait(4)
    assert lab.state() is StreamState.REC
    lab.wait(3)
    assert lab.state() is StreamState.STALL
    (note,) = notes(lab.asked, "stream.stall")
    assert note.data["what"] == "worker"
    lab.status()
    assert lab.state() is StreamState.REC


def test_counters_of_a_connection_that_was_replaced_are_left_out(lab: RoomLab) -> None:
    old = lab.live()
    lab.offer(session="s2")
    lab.status(peer=old)
    assert lab.entry().status is None
