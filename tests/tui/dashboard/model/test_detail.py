"""The lines of a stream's page."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomdeck.core.model import (
    AudioSummary,
    Codec,
    Kind,
    ReceivePath,
    SoundMeter,
    StreamState,
    TrackStats,
)
from roomdeck.tui.dashboard.model.detail import Page, facts, title
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.dashboard.model.history import History
from roomdeck.tui.dashboard.model.meter import meter
from roomdeck.tui.dashboard.model.parts import Line
from roomdeck.tui.text.format import cells

from ...fake_client import ELAPSED, event, room, stream, worker


def text(line: Line | list[Any]) -> str:
    return "".join(part for part, _ in line)


def page(name: str = "ben", state: StreamState = StreamState.REC, **changes: Any) -> Page:
    one, history = stream(name, state, **changes), History()
    for second in range(60):
        at = msgspec.structs.replace(one, bitrate=1e6 * (1 + second % 3), loss=second / 1000)
        history.add(room(at, elapsed=ELAPSED - 59 + second))
    return Page(one, history, ELAPSED, 2, 7, worker())


def words(one: Page, width: int = 80) -> str:
    return "\n".join(text(line) for line in facts(one, width, UNICODE))


@pytest.mark.parametrize("width", [40, 59, 60, 69, 70, 80, 120, 200])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_line_fills_the_width_exactly(width: int, glyphs: Any) -> None:
    long = {
        "label": "Ängström 東京 " * 5,
        "file": "/srv/" + "x" * 150 + "/f.ts",
        "reason": "r" * 99,
    }
    for one in (page(), page("a" * 60, StreamState.STALL, **long), page("x", StreamState.WAIT)):
        lines = [tuple(title(one, width, glyphs)), *facts(one, width, glyphs)]
        assert {cells(text(line)) for line in lines} == {width}


def test_two_columns_become_one_below_70() -> None:
    assert "media" in words(page(), 70).splitlines()[0]
    assert "file" in words(page(), 70).splitlines()[0]
    narrow = words(page(), 69).splitlines()
    assert "file" not in narrow[0]
    assert any("─ file" in line for line in narrow)


def test_it_tells_mono_from_stereo() -> None:
    assert "opus mono, 9 packets" in words(page(audio=AudioSummary(Codec.OPUS, 9, 1)))
    assert "opus stereo, 9 packets" in words(page(audio=AudioSummary(Codec.OPUS, 9, 2)))


def test_it_tells_media_file_and_network() -> None:
    said = words(page(takes=2, sound=SoundMeter(level=-31, peak=-20)))
    for expected in (
        "H264 1920",
        "1080, 30 fps",
        "opus, 125 000 packets",
        "-31 dB",
        "studio-7_ben_20260822T185902.ts",
        "1.2 GB in 0:41:58, take 2",
        "written 0.4 s ago",
        "4.12 Mb/s",
        "max 3.00 Mb/s",
        "max 5.9 %",
        "18 ms",
        "200 461 came",
        "75 461 in",
    ):
        assert expected in said


def test_the_graphs_show_the_last_minutes_with_the_newest_to_the_right() -> None:
    rates = next(line for line in facts(page(), 80, UNICODE) if "rate" in text(line))
    graph = next(part for part, role in rates if role == "graph")
    assert graph.startswith(" " * 10), "two of three minutes are not known"
    assert graph.rstrip() == graph
    assert len(set(graph.strip())) > 1


def test_why_it_is_not_recorded_and_what_to_do() -> None:
    failed = words(page(state=StreamState.FAIL, reason="disk I/O error"))
    assert failed.splitlines()[0].strip() == "disk I/O error; r tries again"
    skipped = words(page(state=StreamState.SKIP, reason="excluded by hand"))
    assert "x includes it again" in skipped.splitlines()[0]


def test_a_closed_file_is_told_by_its_last_take() -> None:
    one = page(state=StreamState.OFF, file="/srv/a.ts")
    take = {"file": "/srv/a.ts", "bytes": 5_000_000, "seconds": 61.0, "error": "I/O"}
    one.history.note(event(1, "take.end", "", "ben", data=take))
    assert "closed: 5.0 MB, 0:01:01, I/O" in words(one)


def test_sound_only_muted_and_camera_off() -> None:
    quiet = page(video=None, tracks={Kind.AUDIO: TrackStats()}, muted=True)
    assert "muted by its sender" in words(quiet)
    assert "video   none" in words(quiet)
    assert "camera off" in words(page(camera_off=True))
    assert "no sound" in words(page(tracks={Kind.VIDEO: TrackStats()}))


def test_it_tells_what_its_worker_does_and_what_the_system_dropped() -> None:
    last = words(page()).splitlines()[-1]
    assert last.strip() == "worker  1: fast receive path, 5.2 % of a core, no drops"
    lines = facts(page(drops=1200), 80, UNICODE)
    assert ", 1 200 dropped" in text(lines[-1])
    assert [part for part, role in lines[-1] if role == "warning"] == [", 1 200 dropped"]


def test_packets_that_were_refused_are_counted_with_why() -> None:
    counted = TrackStats(too_long=12, undecryptable=3)
    said = words(page(tracks={Kind.VIDEO: counted, Kind.AUDIO: TrackStats(unknown=1)}))
    assert "12 longer than 16384 bytes, 3 not decryptable, 1 of unknown kinds" in said
    said = words(page(unrouted=1200, malformed=2))
    assert "refused 1200 of no track, 2 not readable" in said
    assert "refused" not in words(page())


def test_why_a_worker_is_slow_is_for_the_status_only() -> None:
    slow = worker(path=ReceivePath.PLAIN, path_reason="no recvmmsg", cpu=0.634)
    said = words(msgspec.structs.replace(page(), worker=slow))
    assert "1: plain receive path, 63 % of a core" in said
    assert "recvmmsg" not in said


def test_a_stream_without_a_worker_has_no_line_for_it() -> None:
    assert "worker" not in words(msgspec.structs.replace(page(), worker=None))


def test_the_title_has_name_state_and_place() -> None:
    said = text(title(page(label="Ben"), 80, UNICODE))
    assert "Ben" in said
    assert "● REC" in said
    assert "2 of 7" in said


@pytest.mark.parametrize(
    ("level", "peak", "silent", "bar", "said"),
    [
        (0, 0, 0, "▇▇▇▇▇▇▇▇▇▇", "0 dB"),
        (-30, -30, 0, "▇▇▇▇▇▁▁▁▁▁", "-30 dB"),
        (-27, -9, 0, "▇▇▇▇▇▄▁▁│▁", "-27 dB"),
        (-60, -60, 0, "▁▁▁▁▁▁▁▁▁▁", "-60 dB"),
        (-127, -127, 1, "▁▁▁▁▁▁▁▁▁▁", "silence"),
        (-127, -127, 42, "▁▁▁▁▁▁▁▁▁▁", "silent for 0:42"),
        (-70, -70, 602, "▁▁▁▁▁▁▁▁▁▁", "silent for 10:02"),
        (-70, -70, 7303, "▁▁▁▁▁▁▁▁▁▁", "silent for 2:01:43"),
    ],
)
def test_the_meter_is_full_at_the_loudest(
    level: int, peak: int, silent: int, bar: str, said: str
) -> None:
    parts = meter(SoundMeter(level=level, peak=peak, silent=silent), 10, UNICODE)
    assert (parts[0][0], parts[1][0].strip()) == (bar, said)


def test_the_meter_warns_where_sound_is_cut_and_admits_what_it_does_not_know() -> None:
    calm, clips = SoundMeter(level=-20, peak=-10), SoundMeter(level=-9, peak=0, clipped=1.5)
    assert meter(SoundMeter(level=-1, peak=0), 10, UNICODE)[0][1] == "warning"
    assert [role for _, role in meter(calm, 10, UNICODE)] == ["level", ""]
    assert meter(clips, 10, UNICODE)[0][1] == "warning"
    assert meter(clips, 10, UNICODE)[1][0] == " clips"
    assert "not known" in meter(None, 10, UNICODE)[0][0]
    assert all(part.isascii() for part, _ in meter(calm, 10, ASCII))
