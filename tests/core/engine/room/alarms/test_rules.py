"""Each rule by itself: when an alarm begins, what keeps it away, and when it ends."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomdeck.core.config import AlarmSetting
from roomdeck.core.engine.records.disk_budget import DiskBudget
from roomdeck.core.engine.room.alarms.settings import RULES
from roomdeck.core.engine.room.alarms.views import Usual
from roomdeck.core.model import (
    AlarmKind,
    ClusterSnapshot,
    DiskSnapshot,
    EventLevel,
    Kind,
    NodeSnapshot,
    NodeState,
    PictureMeter,
    SignalingState,
    SoundMeter,
    Stall,
    StreamState,
    TrackAges,
    TrackStats,
    Upload,
    UploadsSnapshot,
    UploadState,
    WorkerSnapshot,
)
from roomdeck.core.recording.disk import Space

from .evening import AUDIO, GB, QUIET, ROOM, VIDEO, Evening, well

ONLY_VIDEO = {Kind.VIDEO: TrackStats(key_frames=1)}
ONLY_AUDIO = {Kind.AUDIO: TrackStats()}
AWAY = DiskSnapshot()


@pytest.fixture
def evening() -> Evening:
    evening = Evening()
    evening.be("alice")
    assert evening.wait(120) == []
    return evening


def test_silence_is_told_with_what_it_is_and_what_helps(evening: Evening) -> None:
    evening.be("alice", sound=QUIET)
    evening.wait(70)
    (note,) = evening.notes
    assert (note.type, note.stream, note.level) == ("alarm.begin", "alice", EventLevel.WARNING)
    assert note.data == {"alarm": "silence", "seconds": 60.0, "standing": 1}
    assert note.text.startswith("no sound above -60 dBFS, although the microphone is on")
    shown = evening.look()
    (alarm,) = shown.streams[0].alarms
    assert (alarm.kind, alarm.text, alarm.stream) == (AlarmKind.SILENCE, note.text, "alice")
    assert (alarm.seconds, alarm.begun) == (70.0, 10.0)
    assert shown.alarms == ()
    evening.be("alice")
    evening.wait(5)
    over = evening.notes[-1]
    assert (over.type, over.stream, over.level) == ("alarm.end", "alice", EventLevel.INFO)
    assert over.data == {"alarm": "silence", "seconds": 71.0, "standing": 0}
    assert over.text == "there is sound again, after 71 s"
    assert evening.look().streams[0].alarms == ()


@pytest.mark.parametrize(
    "changes", [{"muted": True}, {"screen": True}, {"sound": None}, {"tracks": ONLY_VIDEO}]
)
def test_silence_is_none_where_nothing_is_to_be_heard_or_known(
    evening: Evening, changes: dict[str, Any]
) -> None:
    evening.be("alice", **{"sound": QUIET, **changes})
    assert "+silence" not in [word for word, _ in evening.wait(300)]


def test_a_word_now_and_then_is_no_silence(evening: Evening) -> None:
    for _ in range(10):
        evening.be("alice", sound=QUIET)
        assert evening.wait(55) == []
        evening.be("alice")
        assert evening.wait(1) == []


def test_sound_that_is_cut_off_once_is_no_alarm(evening: Evening) -> None:
    for second in range(20):
        evening.be("alice", sound=SoundMeter(level=-9.0, peak=-1.0, clipped=float(second)))
        evening.wait(1)
    assert evening.notes == []


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (AlarmKind.BLACK, {"picture": PictureMeter(black=60.0, frozen=60.0)}),
        (AlarmKind.FROZEN, {"picture": PictureMeter(frozen=900.0)}),
        (AlarmKind.LOW_FPS, {"fps": 3.0}),
        (AlarmKind.LOW_RATE, {"bitrate": 100_000.0}),
    ],
)
def test_pictures_of_cameras_are_judged_and_of_no_others(
    evening: Evening, kind: AlarmKind, changes: dict[str, Any]
) -> None:
    evening.be("alice", **changes)
    assert evening.wait(200) == [(f"+{kind.value}", "alice")]
    evening.be("alice", **changes, camera_off=True)
    assert evening.wait(60) == [(f"-{kind.value}", "alice")]
    assert evening.wait(1000) == []
    evening.be("alice", **changes, screen=True)
    assert evening.wait(1000) == []


def test_what_was_not_looked_at_since_does_not_become_an_alarm_by_waiting(evening: Evening) -> None:
    evening.be("alice", picture=PictureMeter(black=19.0, frozen=299.0))
    assert evening.wait(5000) == []


def test_rates_that_change_within_what_is_usual_are_no_alarm(evening: Evening) -> None:
    for rate in (2.5e6, 6e5, 3e6, 8e5):
        evening.be("alice", bitrate=rate, fps=12.0)
        assert evening.wait(300) == []


def test_a_rate_that_stays_low_is_no_new_usual_one(evening: Evening) -> None:
    evening.be("alice", bitrate=100_000.0)
    assert evening.wait(3600) == [("+low-rate", "alice")]
    evening.be("alice", bitrate=400_000.0)
    assert evening.wait(300) == [], "better, and not well"
    evening.be("alice", bitrate=1_500_000.0)
    assert evening.wait(60) == [("-low-rate", "alice")]


def test_fewer_pictures_explain_fewer_bits(evening: Evening) -> None:
    evening.be("alice", fps=2.0, bitrate=90_000.0)
    assert evening.wait(600) == [("+low-fps", "alice")]


def test_loss_that_stays_is_an_alarm_and_a_burst_is_none(evening: Evening) -> None:
    evening.be("alice", loss=0.2)
    assert evening.wait(10) == []
    evening.be("alice")
    assert evening.wait(10) == []
    evening.be("alice", loss=0.03)
    assert evening.wait(30) == [("+loss", "alice")]
    evening.be("alice", loss=0.015)
    assert evening.wait(300) == [], "less, and not well"
    evening.be("alice")
    assert evening.wait(100) == [("-loss", "alice")]


def test_a_file_that_failed_is_an_alarm_until_there_is_another(evening: Evening) -> None:
    evening.be("alice", state=StreamState.FAIL, reason="disk error", picture=None)
    assert evening.wait(5) == [], "another one is tried first"
    assert evening.wait(300) == [("+failed", "alice")]
    assert "disk error" in evening.notes[-1].text
    evening.be("alice", state=StreamState.WAIT)
    assert evening.wait(2) == []
    evening.be("alice")
    assert evening.wait(10) == [("-failed", "alice")]


def test_a_disk_that_is_full_is_one_alarm(evening: Evening) -> None:
    evening.turn(disk=msgspec.structs.replace(evening.room.disk, free=0, full=True))
    evening.be("alice", state=StreamState.FAIL, reason="the disk is full")
    assert evening.wait(300) == [("+disk-forecast", "")]


def test_what_was_while_nobody_looked_says_nothing_of_what_is_usual() -> None:
    usual = Usual()
    for second in range(60):
        usual.see(2_000_000.0, float(second))
    usual.see(1_100_000.0, 3660.0)
    assert usual.value > 1_900_000
    fresh = Usual()
    fresh.see(50_000.0, 0.0)
    fresh.see(50_000.0, 3600.0)
    assert not fresh.known


def test_no_key_frame_is_one_that_was_asked_for(evening: Evening) -> None:
    tracks = {Kind.VIDEO: TrackStats(key_frames=1), Kind.AUDIO: TrackStats()}
    assert evening.wait(900) == [], "nobody asked for one"
    tracks[Kind.VIDEO] = TrackStats(key_frames=1, plis=5)
    evening.be("alice", tracks=tracks)
    assert evening.wait(5) == [("+no-key-frame", "alice")]
    tracks[Kind.VIDEO] = TrackStats(key_frames=2, plis=5)
    assert evening.wait(1) == [("-no-key-frame", "alice")]


def test_no_key_frame_is_none_where_no_picture_comes(evening: Evening) -> None:
    tracks = {Kind.VIDEO: TrackStats(key_frames=1, plis=5), Kind.AUDIO: TrackStats()}
    ages = {Kind.VIDEO: TrackAges(60.0, 60.0)}
    evening.be("alice", tracks=tracks, ages=ages, screen=True)
    assert evening.wait(300) == []


def test_a_picture_without_sound_and_the_reverse(evening: Evening) -> None:
    evening.be("bob", tracks=ONLY_VIDEO, audio=None, sound=None)
    evening.be("carol", tracks=ONLY_AUDIO, video=None, picture=None, fps=0.0)
    assert evening.wait(59) == []
    assert evening.wait(9) == [("+no-sound", "bob"), ("+no-picture", "carol")]
    evening.be("bob")
    evening.be("carol", tracks=ONLY_AUDIO, video=None, camera_off=True)
    assert evening.wait(9) == [("-no-sound", "bob"), ("-no-picture", "carol")]


def test_a_room_without_cameras_lacks_no_picture() -> None:
    evening = Evening()
    for name in ("alice", "bob"):
        evening.be(name, tracks=ONLY_AUDIO, video=None, picture=None, fps=0.0)
    assert evening.wait(600) == []


def test_a_camera_that_was_there_is_missed_also_where_nobody_else_has_one(evening: Evening) -> None:
    evening.be("alice", tracks=ONLY_AUDIO, video=None, picture=None, fps=0.0)
    assert evening.wait(90) == [("+no-picture", "alice")]


@pytest.mark.parametrize(("audio", "video"), [(False, True), (True, False)])
def test_what_nobody_wants_recorded_is_not_missed(audio: bool, video: bool) -> None:
    evening = Evening(audio=audio, video=video)
    tracks = ONLY_VIDEO if video else ONLY_AUDIO
    evening.be("alice", tracks=tracks, audio=AUDIO if audio else None, sound=None)
    evening.be("bob", tracks=tracks, video=VIDEO if video else None, sound=None)
    assert evening.wait(600) == []


def test_a_screen_needs_no_sound(evening: Evening) -> None:
    evening.be("alice-screen", tracks=ONLY_VIDEO, audio=None, sound=None, screen=True)
    assert evening.wait(600) == []


def test_a_stall_is_told_by_how_long_it_lasts_and_not_by_when_it_was_found(
    evening: Evening,
) -> None:
    evening.be("alice", stalls=(Stall.PICTURE,), stalled=4.5)
    assert evening.wait(2) == []
    evening.be("alice", stalls=(Stall.PICTURE,), stalled=5.5)
    assert evening.wait(1) == [("+stall", "alice")]


def test_a_stall_is_told_as_it_was_found_and_explains_all_else(evening: Evening) -> None:
    evening.be(
        "alice",
        state=StreamState.STALL,
        stalls=(Stall.NETWORK,),
        reason="nothing comes any more, and nobody answers",
        sound=QUIET,
        picture=PictureMeter(black=99.0, frozen=999.0),
        fps=0.0,
        bitrate=0.0,
        loss=1.0,
        tracks=ONLY_VIDEO,
    )
    assert evening.wait(600) == [("+stall", "alice")]
    (note,) = evening.notes
    assert note.text == "nothing comes any more, and nobody answers"
    assert note.data["what"] == "network"
    evening.be("alice")
    assert evening.wait(60) == [("-stall", "alice")]


@pytest.mark.parametrize("state", [StreamState.SAVE, StreamState.WAIT, StreamState.FAIL])
def test_what_is_wrong_stays_so_while_nothing_is_known(
    evening: Evening, state: StreamState
) -> None:
    evening.be("alice", sound=QUIET)
    evening.wait(70)
    evening.be("alice", state=state)
    told = evening.wait(20)
    evening.be("alice", sound=QUIET)
    told += evening.wait(20)
    assert "-silence" not in [word for word, _ in told]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": StreamState.DONE},
        {"state": StreamState.OFF},
        {"state": StreamState.WAIT, "worker": None},
    ],
)
def test_it_ends_with_the_stream(evening: Evening, changes: dict[str, Any]) -> None:
    evening.be("alice", sound=QUIET)
    evening.wait(70)
    evening.be("alice", **changes)
    assert evening.wait(1) == [("-silence", "alice")]
    assert evening.notes[-1].text == "its stream is gone, after 71 s"


def test_nothing_begins_to_be_wrong_when_the_recording_is_over(evening: Evening) -> None:
    """Files are still being finished, and clients may ask how it is."""
    evening.be("alice", picture=PictureMeter(black=60.0))
    assert evening.wait(2) == [("+black", "alice")]
    assert evening.end() == [("-black", "alice")]
    assert evening.wait(200) == []
    assert evening.look().streams[0].alarms == ()


def test_who_is_expected_is_missed_after_a_while_and_by_pattern() -> None:
    evening = Evening(expected=("alice", "guest*"))
    evening.be("guest7")
    assert evening.wait(120) == []
    assert evening.wait(1) == [("+missing", "alice")]
    shown = evening.look()
    assert [alarm.text for alarm in shown.alarms] == ["alice is expected and not here"]
    evening.be("alice", state=StreamState.OFF)
    assert evening.wait(1) == [("-missing", "alice")]
    assert evening.notes[-1].text.startswith("alice is here, after 12")
    assert evening.notes[-1].data["guest"] == "alice"


def test_who_is_gone_is_missed_from_the_last_sign_of_life_on() -> None:
    evening = Evening(expected=("alice",))
    evening.be("alice")
    assert evening.wait(200) == []
    # A connection counts as dead late, and a page that crashed is asked for a few times more.
    for second in range(9, 120):
        evening.be("alice", away=float(second), here=second < 71)
        assert evening.wait(1) == []
    evening.be("alice", away=120.0, here=False)
    assert evening.wait(1) == [("+missing", "alice")]
    assert evening.notes[-1].data["seconds"] == 120.0


def test_who_reloads_the_page_is_not_missed() -> None:
    evening = Evening({AlarmKind.MISSING: AlarmSetting(after=15.0)}, expected=("alice",))
    for _ in range(20):
        for away in (None, None, 9.0, 10.0, 11.0):
            evening.be("alice", away=away)
            assert evening.wait(1) == []


def test_who_could_not_come_back_without_the_server_gets_time_to_do_so() -> None:
    evening = Evening(expected=("alice",))
    evening.be("alice")
    evening.wait(10)
    evening.turn(link=SignalingState.RECONNECTING)
    for second in range(9, 300):
        evening.be("alice", away=float(second))
        evening.wait(1)
    evening.turn(link=SignalingState.JOINED)
    told: list[tuple[str, str]] = []
    for second in range(300, 430):
        evening.be("alice", away=float(second))
        told += evening.wait(1)
        assert second > 418 or ("+missing", "alice") not in told
    assert ("+missing", "alice") in told


def test_without_the_server_nobody_is_known_to_be_missing() -> None:
    evening = Evening(expected=("alice",), nobody="nobody is sending in this room")
    evening.turn(link=SignalingState.RECONNECTING)
    assert evening.wait(600) == [("+server-gone", "")]
    evening.turn(link=SignalingState.JOINED)
    assert evening.wait(15) == [("-server-gone", "")]


def test_before_the_disk_was_looked_at_nothing_is_said_of_it(evening: Evening) -> None:
    evening.turn(disk=AWAY)
    assert evening.wait(60) == []


def test_a_disk_is_told_of_half_an_hour_before_it_is_full_however_its_rate_wavers() -> None:
    evening, budget, free = Evening(), DiskBudget(300_000_000), 300_000_000 + 31 * 60 * 5_000_000
    evening.be("alice")
    for second in range(400):
        rate = 5_000_000 * (1.2 if second % 40 < 20 else 0.8)
        free -= round(rate)
        budget.update(Space(free, 500 * GB), rate, float(second))
        evening.turn(disk=budget.snapshot())
        evening.wait(1)
    (note,) = evening.notes
    assert note.data["alarm"] == "disk-forecast"
    assert note.text.startswith("the disk is full in about")


def test_one_late_reading_is_no_alarm(evening: Evening) -> None:
    for _ in range(20):
        evening.turn(workers=(WorkerSnapshot(number=1, pid=1, late=2.0),))
        assert evening.wait(1) == []
        evening.turn(workers=(WorkerSnapshot(number=1, pid=1),))
        assert evening.wait(20) == []


def test_a_disk_that_nothing_was_promised_of_is_not_slow() -> None:
    evening = Evening()
    evening.watch._sync = 0.0  # pyright: ignore[reportPrivateUsage]
    evening.turn(workers=(WorkerSnapshot(number=1, pid=1, unsafe=99.0),))
    assert evening.wait(60) == []


def test_uploads_that_fail_and_then_go_on_are_no_alarm(evening: Evening) -> None:
    file = Upload(file="a.ts", state=UploadState.FAILED, error="timeout")
    for number in range(1, 20):
        evening.turn(uploads=UploadsSnapshot(files=(file,), waiting=2, done=number, failed=number))
        assert evening.wait(30) == []
        evening.turn(uploads=UploadsSnapshot(waiting=1, done=number, failed=number + 1, rate=9e5))
        assert evening.wait(30) == []


def test_sound_that_does_not_come_is_not_silent_beside(evening: Evening) -> None:
    gone = {Kind.VIDEO: TrackAges(0.1, 0.5), Kind.AUDIO: TrackAges(9.0, 9.0)}
    evening.be("alice", sound=QUIET, ages=gone)
    assert evening.wait(100) == []
    evening.be("alice", sound=QUIET, ages=gone, stalls=(Stall.SOUND,))
    assert evening.wait(100) == [("+stall", "alice")]


def test_each_says_how_many_stand_with_it(evening: Evening) -> None:
    """So that a lamp is not put out by the first that is over."""
    evening.be("alice", sound=QUIET)
    evening.be("bob", picture=PictureMeter(black=60.0))
    evening.wait(70)
    evening.take_over()
    evening.be("bob")
    evening.wait(5)
    assert evening.end() == [("-silence", "alice")]
    assert [note.data["standing"] for note in evening.notes] == [1, 2, 1]
    assert evening.ended[0].data["standing"] == 0


# ── a cluster ────────────────────────────────────────────────────────────────────────────


def test_a_node_that_is_away_is_told_by_name_and_not_while_ray_tells_of_none(
    evening: Evening,
) -> None:
    unlisted = ClusterSnapshot(nodes=(NodeSnapshot(name="box1", state=NodeState.UNLISTED),))
    evening.turn(cluster=msgspec.structs.replace(unlisted, trouble="Ray does not answer"))
    assert evening.wait(10) == [("+cluster", "")]
    evening.turn(cluster=unlisted)
    assert evening.wait(10) == [("-cluster", ""), ("+node", "")]
    assert "box1 is not in the cluster any more" in evening.notes[-1].text
    evening.turn(cluster=ClusterSnapshot(nodes=(NodeSnapshot(name="box1"),)))
    assert evening.wait(10) == [("-node", "")]


def test_the_disk_of_a_node_is_told_before_it_is_full_and_a_busy_node_by_name(
    evening: Evening,
) -> None:
    disk = DiskSnapshot(free=GB, seconds_left=600.0, total=200 * GB)
    evening.turn(cluster=ClusterSnapshot(nodes=(NodeSnapshot(name="box1", disk=disk),)))
    assert evening.wait(20) == [("+disk-forecast", "")]
    assert evening.notes[-1].text.startswith("the disk of node box1 is full in about 10 min")
    assert evening.notes[-1].data["node"] == "box1"
    evening.turn(workers=(WorkerSnapshot(number=1, pid=1, node="box2", late=2.0),))
    assert evening.wait(5) == [("+worker-late", "")]
    assert "node box2 is too busy" in evening.notes[-1].text


# ── another engine ───────────────────────────────────────────────────────────────────────

FAILING = UploadsSnapshot(
    files=(Upload(file="a.ts", state=UploadState.FAILED, error="timeout"),), waiting=2, failed=1
)
OWED = TrackStats(key_frames=1, plis=4)


AWAY_NODE = ClusterSnapshot(nodes=(NodeSnapshot(name="box2", state=NodeState.UNREACHABLE),))


@pytest.mark.parametrize(
    ("kind", "stream", "room"),
    [
        ("silence", {"sound": QUIET}, {}),
        ("clipping", {"sound": SoundMeter(level=-1.0, peak=0.0, clipped=0.0)}, {}),
        ("no-sound", {"tracks": ONLY_VIDEO, "audio": None}, {}),
        ("no-picture", {"tracks": ONLY_AUDIO, "video": None}, {}),
        ("black", {"picture": PictureMeter(black=60.0)}, {}),
        ("frozen", {"picture": PictureMeter(frozen=600.0)}, {}),
        ("stall", {"stalls": (Stall.PICTURE,)}, {}),
        ("no-key-frame", {"tracks": {**ONLY_AUDIO, Kind.VIDEO: OWED}}, {}),
        ("loss", {"loss": 0.2}, {}),
        ("disk-forecast", {}, {"disk": DiskSnapshot(GB // 2, 60.0, 200 * GB, GB // 3, GB)}),
        ("disk-slow", {}, {"workers": (WorkerSnapshot(number=1, pid=1, unsafe=9.0),)}),
        ("worker-late", {}, {"workers": (WorkerSnapshot(number=1, pid=1, late=2.0),)}),
        ("upload", {}, {"uploads": FAILING}),
        ("server-gone", {}, {"link": SignalingState.RECONNECTING}),
        ("cluster", {}, {"cluster": ClusterSnapshot(trouble="Ray does not answer")}),
        ("node", {}, {"cluster": AWAY_NODE}),
    ],
)
def test_another_engine_goes_on_with_an_alarm(
    evening: Evening, kind: str, stream: dict[str, Any], room: dict[str, Any]
) -> None:
    whose = "alice" if stream else ""
    evening.be("alice", **stream)
    evening.turn(**room)
    assert evening.wait(150) == [(f"+{kind}", whose)]
    evening.take_over()
    # What only time can tell of is not known at once.
    if kind == "stall":
        evening.be("alice")
    evening.turn(uploads=None)
    assert evening.wait(5) == []
    evening.be("alice", **stream)
    evening.turn(**room)
    assert evening.wait(100) == []
    evening.be("alice", tracks={**well("").tracks, Kind.VIDEO: TrackStats(key_frames=2, plis=4)})
    evening.turn(**{name: getattr(ROOM, name) for name in room if name != "uploads"})
    if "uploads" in room:
        evening.turn(uploads=UploadsSnapshot(done=2, failed=1))
    assert evening.wait(90) == [(f"-{kind}", whose)]
    assert float(evening.notes[-1].data["seconds"]) > 200


def test_another_engine_counts_no_alarm_that_it_does_not_tell(evening: Evening) -> None:
    evening.be("alice", sound=QUIET)
    assert evening.wait(100) == [("+silence", "alice")]
    evening.settings = {AlarmKind.SILENCE: AlarmSetting(on=False)}
    evening.take_over()
    evening.be("alice", picture=PictureMeter(black=60.0))
    assert evening.wait(5) == [("+black", "alice")]
    assert evening.notes[-1].data["standing"] == 1


def test_another_engine_goes_on_missing_somebody() -> None:
    evening = Evening(expected=("bob",))
    evening.be("alice")
    assert evening.wait(150) == [("+missing", "bob")]
    evening.take_over()
    evening.turn(link=SignalingState.RECONNECTING)
    assert evening.wait(5) == []
    evening.turn(link=SignalingState.JOINED)
    assert evening.wait(200) == []
    evening.be("bob")
    assert evening.wait(1) == [("-missing", "bob")]


def test_another_engine_ends_the_alarm_of_who_left_meanwhile(evening: Evening) -> None:
    evening.be("alice", sound=QUIET)
    assert evening.wait(100) == [("+silence", "alice")]
    evening.take_over()
    evening.people.clear()
    assert evening.wait(1) == [("-silence", "alice")]


# ── what may be set ──────────────────────────────────────────────────────────────────────


def test_a_rule_is_as_it_is_set() -> None:
    evening = Evening(settings={AlarmKind.SILENCE: AlarmSetting(after=10.0, limit=-30.0)})
    evening.be("alice", sound=SoundMeter(level=-50.0, peak=-40.0))
    assert evening.wait(12) == [("+silence", "alice")]
    assert "above -30 dBFS" in evening.notes[0].text


def test_what_is_silenced_is_not_told_and_not_shown_and_explains_all_the_same() -> None:
    evening = Evening(settings={AlarmKind.BLACK: AlarmSetting(on=False)})
    evening.be("alice")
    evening.wait(60)
    black = PictureMeter(black=60.0, frozen=900.0)
    evening.be("alice", picture=black, bitrate=50_000.0)
    assert evening.wait(900) == []
    assert evening.look().streams[0].alarms == ()
    evening.people.clear()
    assert evening.wait(1) == []


def test_rules_that_explain_others_come_first() -> None:
    order = list(RULES)
    for rule in RULES.values():
        assert all(order.index(kind) < order.index(rule.kind) for kind in rule.explained)


def test_two_streams_have_nothing_to_do_with_each_other(evening: Evening) -> None:
    evening.people = {"alice": well("alice", sound=QUIET), "bob": well("bob")}
    assert evening.wait(70) == [("+silence", "alice")]
    streams = evening.look().streams
    assert [len(stream.alarms) for stream in streams] == [1, 0]
    assert msgspec.json.decode(msgspec.json.encode(streams[0]))["alarms"][0]["kind"] == "silence"
