"""Sidecars as sessions with people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomdeck.core.delivery.session import session_of
from roomdeck.core.model import ClockPoint, EndReason, Kind, Misplaced, TakeSummary
from roomdeck.core.recording.sidecar import Marker, SessionInfo, Sidecar

STARTED = 1_700_000_000.0


def take(stream: str, file: str, offset: float, seconds: float, **changes: Any) -> TakeSummary:
    values: dict[str, Any] = {"reason": EndReason.BYE, "recording": file} | changes
    return TakeSummary(
        stream=stream,
        raw_id=stream,
        file=file,
        started=STARTED + offset,
        offset=offset,
        seconds=seconds,
        **values,
    )


def sidecar(*takes: TakeSummary, markers: tuple[Marker, ...] = ()) -> Sidecar:
    info = SessionInfo(room="lab", server="wss://h.example", started=STARTED)
    return Sidecar(session=info, takes=takes, markers=markers)


def points(ppm: float, seconds: float, offset: float) -> list[ClockPoint]:
    times = [30.0 * number for number in range(int(seconds / 30))]
    scale = 1 + ppm * 1e-6
    return [ClockPoint(STARTED + offset + time * scale, 0, time, None) for time in times]


def moved(point: ClockPoint, seconds: float) -> ClockPoint:
    return msgspec.structs.replace(point, pts=point.pts + seconds)


def test_people_have_their_takes_in_order() -> None:
    later = take("alice", "b.mkv", 60.0, 5.0, label="Alice")
    session = session_of(
        Path("/rec/lab_1.json"),
        sidecar(later, take("bob", "c.ts", 3.0, 9.0), take("alice", "a.mkv", 1.0, 20.0)),
    )
    assert [(one.stream, one.label) for one in session.people] == [("alice", "Alice"), ("bob", "")]
    assert [clip.file for clip in session.people[0].clips] == [
        Path("/rec/a.mkv"),
        Path("/rec/b.mkv"),
    ]
    assert session.end == pytest.approx(65.0)


def test_parts_follow_each_other_by_the_senders_clock() -> None:
    clocks = {Kind.AUDIO: points(200, 3600, 10.0)}
    rest = {Kind.AUDIO: points(200, 7200, 10.0)[120:]}
    rest = {kind: [moved(point, -3600.0) for point in track] for kind, track in rest.items()}
    session = session_of(
        Path("/rec/lab_1.json"),
        sidecar(
            take("a", "a.ts", 10.0, 3600.0, recording="a", clocks=clocks),
            take("a", "a-2.ts", 3611.0, 9.0, recording="a", part=2, part_begin=3600, clocks=rest),
        ),
    )
    first, second = session.people[0].clips
    assert second.begin == pytest.approx(first.end, abs=1e-6)
    assert second.begin == pytest.approx(10.0 + 3600 * 1.0002, abs=0.001)


def test_a_track_that_is_not_mended_yet_has_a_time_of_its_own() -> None:
    misplaced = {Kind.AUDIO: [Misplaced(begin=0.0, end=9.0, late=1.5)]}
    session = session_of(
        Path("/rec/lab_1.json"), sidecar(take("a", "a.ts", 10.0, 9.0, misplaced=misplaced))
    )
    times = session.people[0].clips[0].times
    assert times[Kind.VIDEO].session(4.0) == pytest.approx(14.0)
    assert times[Kind.AUDIO].session(4.0) == pytest.approx(12.5)


def test_what_has_no_file_or_no_end_is_left_out() -> None:
    session = session_of(
        Path("/rec/lab_1.json"),
        sidecar(take("a", "", 1.0, 0.0), take("b", "b.ts", 1.0, 4.0, reason=None)),
    )
    assert session.people == ()
    assert session.left_out == ("b.ts is still being recorded",)
