from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import msgspec
import pytest

from roomdeck.core.engine.room.takes import describe
from roomdeck.core.model import (
    AudioSummary,
    Codec,
    DiskSnapshot,
    EndReason,
    Event,
    Outcome,
    ReceivePath,
    RoomSnapshot,
    SignalingState,
    StreamSnapshot,
    StreamState,
    TakeSummary,
    VideoSummary,
    WorkerSnapshot,
)
from roomdeck.tui.exits import Exit, exit_of
from roomdeck.tui.lines.printer import KEPT_LINES, Printer, narrate, say
from roomdeck.tui.lines.updates import (
    clock,
    duration,
    event_json,
    event_line,
    size,
    snapshot_json,
    status_line,
    stream_lines,
)

WHEN = 1787420300.0
TAKE = TakeSummary(
    stream="ben",
    raw_id="ben",
    file="/out/my room_ben.ts",
    started=WHEN,
    offset=0.0,
    bytes=812_000,
    seconds=12.3456,
    video=VideoSummary(Codec.H264, 1280, 720, 370),
    audio=AudioSummary(Codec.OPUS, 617),
    reason=EndReason.BYE,
)
SNAPSHOT = RoomSnapshot(
    version=3,
    time=WHEN,
    room="lab",
    server="ws://x",
    link=SignalingState.JOINED,
    link_detail="routed",
    started=WHEN - 60,
    streams=(
        StreamSnapshot(
            stream="ben",
            state=StreamState.REC,
            video=TAKE.video,
            fps=29.97,
            bitrate=2.5e6,
            loss=0.01,
            file="/out/ben.ts",
            bytes=812_000,
            seconds=3725,
        ),
        StreamSnapshot(stream="guest", state=StreamState.SKIP, reason="excluded by hand"),
    ),
    disk=DiskSnapshot(212_000_000_000, 33_000.0),
    output="/out",
    workers=(
        WorkerSnapshot(
            number=1,
            pid=41,
            streams=16,
            cpu=0.1234,
            late=0.0116,
            memory=79_300_000,
            waiting=1_500,
            path=ReceivePath.FAST,
        ),
        WorkerSnapshot(
            number=2, pid=42, streams=1, path=ReceivePath.PLAIN, path_reason="no recvmmsg here"
        ),
    ),
)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def event(type_: str, stream: str = "", text: str = "", **data: Any) -> Event:
    return Event(seq=7, time=WHEN, type=type_, stream=stream, text=text, data=data)


def fields(take: TakeSummary) -> dict[str, Any]:
    return dict(describe(take))


def test_the_end_of_a_take_for_programs() -> None:
    line = json.loads(event_json(event("take.end", "ben", "bye", **fields(TAKE))))
    assert {
        "type": "take.end",
        "stream": "ben",
        "file": "/out/my room_ben.ts",
        "bytes": 812_000,
        "seconds": 12.346,
        "video": {"codec": "h264", "width": 1280, "height": 720, "frames": 370},
        "audio": {"codec": "opus", "packets": 617},
        "reason": "bye",
    }.items() <= line.items()


def test_a_missing_track_is_null() -> None:
    take = msgspec.structs.replace(TAKE, video=None)
    assert json.loads(event_json(event("take.end", "ben", **fields(take))))["video"] is None


def test_other_events_for_programs() -> None:
    assert json.loads(event_json(event("warning", text="hm"))) == {
        "type": "warning",
        "time": WHEN,
        "elapsed": 0.0,
        "seq": 7,
        "text": "hm",
    }


def test_a_snapshot_for_programs_is_all_of_it() -> None:
    line = json.loads(snapshot_json(SNAPSHOT))
    assert line.pop("type") == "status"
    assert msgspec.convert(line, RoomSnapshot) == SNAPSHOT
    assert line["schema"] == 1
    assert [worker["path"] for worker in line["workers"]] == ["fast", "plain"]


def test_events_for_people() -> None:
    assert event_line(event("take.end", "ben", **fields(TAKE))) == (
        "2026-08-22T19:38:20+02:00 take.end       ben            "
        'file="/out/my room_ben.ts" video=h264 size=1280x720 audio=opus bytes=812000 '
        "seconds=12.3 frames=370 holes=0 reason=bye"
    )
    assert event_line(event("warning", text="hm")) == (
        "2026-08-22T19:38:20+02:00 warning        -              hm"
    )


@pytest.mark.parametrize("error", ['say "no"', "two\nlines", "a=b"])
def test_what_is_quoted_stays_on_one_line_and_can_be_read_back(error: str) -> None:
    take = msgspec.structs.replace(TAKE, error=error)
    line = event_line(event("take.end", "ben", **fields(take)))
    assert "\n" not in line
    assert json.loads(line.partition(" error=")[2]) == error


def test_the_status_of_a_room_for_people() -> None:
    assert status_line(SNAPSHOT) == (
        "2026-08-22T19:38:20+02:00 status         -              "
        "rec=1 skip=1 streams=2 mbps=2.5 free=212.0GB left=9h10m link=joined"
    )


def test_the_table_of_a_room() -> None:
    assert stream_lines(SNAPSHOT) == [
        "room lab on ws://x: joined (routed)",
        "folder /out, 212.0 GB free",
        "worker 1: 16 streams, 12 % of a core, 79.3 MB, late by 12 ms at most, "
        "1.5 kB wait for the disk, fast receive path",
        "worker 2: 1 stream, 0.0 % of a core, 0 B, late by 0 ms at most, "
        "0 B wait for the disk, plain receive path: no recvmmsg here",
        "STATE  STREAM      TIME      SIZE   Mb/s  LOSS  VIDEO",
        "REC    ben      1:02:05  812.0 kB    2.5    1%  h264 1280x720 30 fps  /out/ben.ts",
        "SKIP   guest    0:00:00       0 B    0.0    0%  - 0 fps  excluded by hand",
    ]
    empty = msgspec.structs.replace(SNAPSHOT, streams=())
    assert stream_lines(empty)[-1] == "nobody is sending"


def test_who_has_left_has_the_size_of_the_last_take() -> None:
    gone = StreamSnapshot(
        stream="ben",
        state=StreamState.DONE,
        file="/out/ben.ts",
        last_bytes=812_000,
        last_seconds=75,
    )
    line = stream_lines(msgspec.structs.replace(SNAPSHOT, streams=(gone,)))[-1]
    assert line == "DONE   ben      0:01:15  812.0 kB    0.0    0%  - 0 fps  /out/ben.ts"


def test_units() -> None:
    assert [size(n) for n in (0, 999, 1000, 1.5e6, 2e9, 3e12)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "1.5 MB",
        "2.0 GB",
        "3.0 TB",
    ]
    assert [duration(n) for n in (59, 3600, 8 * 86400)] == ["0h00m", "1h00m", ">7d"]
    assert clock(3725.9) == "1:02:05"


# ── the printer ──────────────────────────────────────────────────────────────────────────


def test_events_are_printed_at_once_and_the_status_now_and_then(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Printer(as_json=True, status_interval=5) as printer:
        for second in range(12):
            # The clock is set back in between.
            wall = WHEN + second - (7172 if second > 6 else 0)
            printer.snapshot(msgspec.structs.replace(SNAPSHOT, time=wall, elapsed=second))
        printer.event(event("warning", text="hm"))
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["type"], line["elapsed"]) for line in lines] == [
        ("status", 5),
        ("status", 10),
        ("warning", 0),
    ]


class _Broken:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def write(self, text: str) -> int:
        raise self._error

    def flush(self) -> None:
        raise self._error


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), OSError(28, "no space"), ValueError("closed")], ids=repr
)
def test_an_output_that_is_gone_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(sys, "stdout", _Broken(error))
    monkeypatch.setattr(sys, "stderr", _Broken(error))
    say("hm")
    narrate("hm")
    sys.stdout.close()


def test_a_reader_that_went_away_ends_the_printing(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr("roomdeck.tui.lines.printer.STDOUT", writer)
    with Printer(as_json=False) as printer:
        printer.event(event("warning", text="hm"))
        printer.event(event("warning", text="hm"))
    os.close(writer)


def test_a_reader_that_stalls_stops_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    monkeypatch.setattr("roomdeck.tui.lines.printer.STDOUT", writer)
    monkeypatch.setattr("roomdeck.tui.lines.printer.PATIENCE", 0.01)
    with Printer(as_json=False) as printer:
        for _ in range(KEPT_LINES + 1000):
            printer.event(event("warning", text="hm"))
    os.close(reader)  # the write that stalled fails, and its thread ends
    printer.join()
    os.close(writer)


# ── exit statuses ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(joined=True, takes=1), Exit.OK),
        (Outcome(joined=True), Exit.NOTHING_RECORDED),
        (Outcome(), Exit.NOT_JOINED),
        (Outcome(joined=True, takes=2, failed=1), Exit.RECORDING_FAILED),
        (Outcome(joined=True, takes=1, broken=True), Exit.RECORDING_FAILED),
        (Outcome(joined=True, takes=1, failed=1, disk_full=True), Exit.DISK_FULL),
        (Outcome(joined=True, takes=1, failed=1, disk_full=True, hurried=True), Exit.INTERRUPTED),
    ],
)
def test_what_became_of_a_run_is_the_exit_status(outcome: Outcome, status: Exit) -> None:
    assert exit_of(outcome) is status


def test_exit_statuses_are_what_is_promised() -> None:
    assert [int(status) for status in Exit] == [0, 1, 2, 3, 4, 5, 130]
