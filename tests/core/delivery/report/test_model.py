"""What is known of a session, on one axis."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from roomdeck.core.delivery.report.axis import Axis
from roomdeck.core.delivery.report.model import Gap, Pause, Size, report_of
from roomdeck.core.delivery.session import Clip, Person, Session
from roomdeck.core.delivery.times import TimeMap
from roomdeck.core.model import AlarmKind, EndReason, EventType, Kind, PictureSize
from roomdeck.core.recording.check import CheckReport, Finding, Level, TrackReport, Verdict, What
from roomdeck.core.recording.check.report import Size as CheckedSize

from .sessions import alarm, eventful, happening, marker, over, report, resume, sidecar, stall, take


def test_takes_are_bars_with_the_gaps_between_them() -> None:
    known = report(eventful())
    alice, bob, eve = known.rows
    assert [(bar.file, bar.begin, bar.end) for bar in bob.bars] == [
        ("lab_bob.mkv", 20.0, 50.0),
        ("lab_bob-2.mkv", 60.0, 100.0),
    ]
    assert bob.gaps == [Gap(50.0, 60.0, EndReason.VANISHED)]
    assert alice.gaps == eve.gaps == []
    assert (known.begin, known.end) == (10.0, 100.0)


def test_parts_and_takes_that_overlap_leave_no_gap() -> None:
    known = report(
        sidecar(
            take("alice", "a.ts", 0.0, 50.0),
            *(take("alice", "b.ts", 1.0, 9.0),),
            take("alice", "c.ts", 50.3, 9.0),
        )
    )
    assert known.rows[0].gaps == []


def test_what_stood_still_is_known_by_its_begin_and_its_end() -> None:
    alice, bob, _ = report(eventful()).rows
    assert alice.pauses == [Pause(26.0, 36.0, "picture", "it stands still")]
    # Nobody saw it go on: it lasted as long as the take.
    assert bob.pauses == [Pause(85.0, 100.0, "sound", "it stands still", over=False)]


def test_a_stall_whose_begin_another_engine_saw_is_known_by_its_end() -> None:
    known = sidecar(
        take("alice", "a.ts", 0.0, 50.0), happenings=(resume(30.0, "alice", "sound", 12.0),)
    )
    assert [pause[:3] for pause in report(known).rows[0].pauses] == [(18.0, 30.0, "sound")]


def test_a_stall_of_a_connection_that_went_away_ends_before_the_next_one() -> None:
    known = sidecar(
        take("alice", "a.ts", 0.0, 20.0),
        take("alice", "b.ts", 30.0, 20.0),
        happenings=(
            stall(15.0, "alice", "network", 5.0),
            stall(40.0, "alice", "network", 5.0),
            resume(42.0, "alice", "network", 7.0),
        ),
    )
    found = [(one.begin, one.end, one.over) for one in report(known).rows[0].pauses]
    assert found == [(10.0, 20.0, False), (35.0, 42.0, True)]


def test_an_alarm_lasts_from_when_something_was_wrong_to_when_it_was_well() -> None:
    (silence,) = report(eventful()).alarms
    assert silence == (15.0, 86.0, "silence", "alice", "there is silence")
    assert all(one.what != "silence" for one in report(eventful()).told)


def test_alarms_that_nobody_saw_end_last_to_the_next_engine_or_to_the_end() -> None:
    known = sidecar(
        take("alice", "a.ts", 0.0, 100.0),
        happenings=(
            happening(0.1, EventType.ENGINE_START),
            alarm(20.0, AlarmKind.MISSING, 12.0, guest="bob"),
            alarm(30.0, AlarmKind.MISSING, 12.0, guest="carol"),
            over(40.0, AlarmKind.MISSING, 22.0, guest="carol"),
            happening(50.0, EventType.ENGINE_START),
            over(55.0, AlarmKind.LOSS, 9.0, "alice"),
            alarm(80.0, AlarmKind.BLACK, 30.0, "alice"),
        ),
    )
    found = [one[:4] for one in report(known).alarms]
    assert found == [
        (8.0, 50.0, "missing", ""),
        (18.0, 40.0, "missing", ""),
        (50.0, 100.0, "black", "alice"),
    ]


def test_takes_on_nodes_are_on_the_axis() -> None:
    there = msgspec.structs.replace(take("alice", "/srv/a.ts", 5.0, 20.0), node="box2")
    (row,) = report(sidecar(there, take("bob", "b.ts", 0.0, 9.0))).rows[1:]
    assert [(bar.file, bar.begin, bar.end) for bar in row.bars] == [("/srv/a.ts", 5.0, 25.0)]


def test_sizes_are_on_the_axis_and_those_of_a_check_know_better() -> None:
    alice = report(eventful()).rows[0].bars[0]
    assert alice.sizes == [Size(10.0, 320, 180), Size(50.0, 640, 360)]
    video = TrackReport(
        kind=Kind.VIDEO,
        codec="vp8",
        frames=9,
        hidden=0,
        decoded=9,
        key_frames=1,
        starts_with_key=True,
        start=0.0,
        end=9.0,
        sizes=[CheckedSize(5.0, 64, 48)],
    )
    checked = CheckReport(file="/rec/lab_alice.ts", video=video)
    alice = report(eventful(), {"lab_alice.ts": checked}).rows[0].bars[0]
    assert alice.sizes == [Size(15.0, 64, 48)]


def test_a_sidecar_from_before_sizes_were_kept_says_the_last_one() -> None:
    bar = report(sidecar(take("alice", "a.ts", 3.0, 9.0))).bars[0]
    assert bar.sizes == [Size(3.0, 640, 360)]


def test_without_a_check_the_sidecar_is_all_that_a_verdict_rests_on() -> None:
    known = report(eventful())
    verdicts = {bar.file: bar.judgement for bar in known.bars}
    good, lossy, none = (verdicts[file] for file in ("lab_alice.ts", "lab_bob-2.mkv", ""))
    assert good is not None
    assert lossy is not None
    assert none is not None
    assert (good.verdict, good.read) == (Verdict.GOOD, False)
    assert (lossy.verdict, lossy.findings[0].what) == (Verdict.FLAWED, What.LOSS)
    assert none.verdict is Verdict.BAD


def test_a_check_decides() -> None:
    finding = Finding(level=Level.BAD, what=What.READ, text="nothing is in it")
    check = CheckReport(file="x", verdict=Verdict.BAD, findings=[finding])
    judgement = report(eventful(), {"lab_alice.ts": check}).rows[0].bars[0].judgement
    assert judgement is not None
    assert (judgement.verdict, judgement.findings, judgement.read) == (Verdict.BAD, [finding], True)


def test_takes_without_a_file_and_takes_that_nobody_ended_are_there() -> None:
    known = report(sidecar(take("alice", "a.ts", 5.0, 2.0, reason=None), *eventful().takes[3:]))
    assert [(bar.file, bar.begin) for bar in known.bars] == [("a.ts", 5.0), ("", 70.0)]
    judgement = known.bars[0].judgement
    assert judgement is not None
    assert judgement.verdict is Verdict.FLAWED
    assert known.left_out == ()


def test_times_without_the_server() -> None:
    known = eventful()
    assert report(known).outages == [(31.0, 41.0)]
    lost = happening(95.0, EventType.LINK_LOST)
    known = msgspec.structs.replace(known, happenings=(*known.happenings, lost))
    assert report(known).outages == [(31.0, 41.0), (95.0, 100.0)]


def test_what_is_a_matter_of_course_is_not_told() -> None:
    assert [one.text for one in report(eventful()).told] == ["gone", "in the room again"]
    again = tuple(happening(at, EventType.ENGINE_START, text=f"{at}") for at in (0.0, 9.0))
    known = report(sidecar(take("alice", "a.ts", 0.0, 9.0), happenings=again))
    assert [one.text for one in known.told] == ["9.0"]


def test_files_alone_make_a_report_that_says_so() -> None:
    times = {kind: TimeMap(4.0) for kind in Kind}
    person = Person("alice", "", (Clip(Path("/rec/a.mkv"), times, 7.0),))
    known = report_of(Session("lab", Path("/rec"), 0.0, (person,), left_out=("x is empty",)))
    assert [(bar.file, bar.begin, bar.end, bar.judgement) for bar in known.bars] == [
        ("a.mkv", 4.0, 11.0, None)
    ]
    assert known.guessed
    assert known.left_out == ("x is empty",)


def test_sizes_of_moved_times_are_in_order() -> None:
    sizes = [PictureSize(0.0, 64, 48), PictureSize(2.0, 32, 24)]
    bar = report(sidecar(take("alice", "a.ts", 1.0, 9.0, sizes=sizes))).bars[0]
    assert [size.time for size in bar.sizes] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("begin", "end", "first", "step", "marks"),
    [
        (0.0, 2640.0, 0.0, 600.0, 5),
        (10.0, 12.0, 10.0, 1.0, 3),
        (1.0, 93_600.0, 0.0, 21_600.0, 5),
        (72_000.0, 75_600.0, 72_000.0, 600.0, 7),
        (0.0, 0.0, 0.0, 1.0, 2),
        (5e7, 6e7, 49_248_000.0, 1_296_000.0, 9),
    ],
)
def test_an_axis_is_marked_off_in_round_numbers(
    begin: float, end: float, first: float, step: float, marks: int
) -> None:
    axis = Axis.over(begin, end, 8)
    assert (axis.begin, axis.step, len(axis.marks)) == (first, step, marks)
    assert axis.marks[0] == first
    assert axis.share(axis.begin) == 0.0
    assert axis.share(axis.end) == axis.share(axis.end + 1e9) == 1.0


def test_markers_far_from_all_takes_are_on_the_axis() -> None:
    known = report(sidecar(take("alice", "a.ts", 50.0, 9.0), markers=(marker(7.0), marker(99.0))))
    assert (known.begin, known.end) == (7.0, 99.0)
