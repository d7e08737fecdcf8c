"""Pictures of what was recorded."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.delivery.report.model import Bar, Row, Still
from roomdeck.core.delivery.report.stills import EACH, MOST, stills, wanted
from roomdeck.core.model import Codec, Kind
from tests.core.recording.films import looped, save, timed
from tests.core.recording.media import audio, video

from .sessions import report, sidecar, take

PLENTY = 30.0


def row(stream: str, *files: tuple[str, float, float]) -> Row:
    return Row(stream, "", [Bar(file, begin, end) for file, begin, end in files])


def test_they_are_spread_over_all_takes_the_middle_first() -> None:
    found = wanted([row("alice", ("a.ts", 10.0, 40.0), ("b.ts", 100.0, 130.0))])
    assert [(one.file, one.at) for one in found] == [
        ("a.ts", 35.0),
        ("b.ts", 105.0),
        ("a.ts", 25.0),
        ("b.ts", 115.0),
        ("a.ts", 15.0),
        ("b.ts", 125.0),
    ]


def test_each_stream_gets_one_before_any_gets_a_second() -> None:
    found = wanted([row(name, (f"{name}.ts", 0.0, 60.0)) for name in "abc"])
    assert "".join(one.stream for one in found) == "abc" * EACH


def test_many_streams_get_fewer_each_and_no_page_gets_too_many() -> None:
    assert len(wanted([row(f"{n}", (f"{n}.ts", 0.0, 60.0)) for n in range(50)])) == 100
    assert len(wanted([row(f"{n}", (f"{n}.ts", 0.0, 60.0)) for n in range(500)])) == MOST


def test_short_takes_and_sound_need_none_that_shows_nothing_else() -> None:
    assert len(wanted([row("a", ("a.ts", 0.0, 2.0))])) == 1
    known = sidecar(take("a", "a.mkv", 0.0, 60.0, video=None), take("b", "", 0.0, 0.0))
    assert wanted(report(known).rows) == []
    assert wanted([]) == []


@pytest.mark.parametrize(
    ("codec", "name"),
    [(Codec.H264, "a.ts"), (Codec.H264, "a.mp4"), (Codec.VP8, "a.mkv"), (Codec.VP9, "a.mkv")],
)
def test_pictures_are_of_their_times(tmp_path: Path, codec: Codec, name: str) -> None:
    # A key frame a second.
    save(tmp_path / name, timed(looped(video(codec), 18)), timed(looped(audio(), 18)))
    found = stills([row("alice", (name, 100.0, 118.0))], tmp_path, PLENTY)["alice"]
    times = [still.time - 100 for still in found]
    assert len(times) >= 5
    assert times == sorted(times)
    assert all(abs(time - round(time)) < 0.05 for time in times)
    for still in found:
        assert _decoded(still) == (still.width, still.height) == (64, 48)


@pytest.mark.parametrize(("name", "moved"), [("a.ts", 0), ("a.ts", 2), ("a.mkv", 0), ("a.mp4", 0)])
def test_pictures_that_begin_after_their_sound_are_of_their_times(
    tmp_path: Path, name: str, moved: int
) -> None:
    """A transport stream may have been written later as a whole."""
    sounds = timed(looped(audio(), 8), late=moved)
    save(tmp_path / name, timed(video(Codec.H264), late=5.0 + moved), sounds)
    summary = take("alice", name, 100.0, 8.0, starts={Kind.VIDEO: 5.0, Kind.AUDIO: 0.0})
    found = stills(report(sidecar(summary)).rows, tmp_path, PLENTY)["alice"]
    assert {round(still.time, 1) for still in found} <= {105.0, 106.0, 107.0}
    assert found


def test_the_end_of_a_file_without_a_key_frame_near_has_the_last_one(tmp_path: Path) -> None:
    film = timed(looped(video(Codec.H264), 18))
    later = [stored for stored in film if stored.time < 3 or not stored.frame.key]
    save(tmp_path / "a.ts", later)
    (still,) = stills([row("alice", ("a.ts", 0.0, 18.0))], tmp_path, PLENTY)["alice"]
    assert still.time == pytest.approx(2.0, abs=0.05)


def test_what_cannot_be_read_has_none_and_costs_nobody_else_theirs(tmp_path: Path) -> None:
    (tmp_path / "empty.ts").touch()
    (tmp_path / "noise.mkv").write_bytes(bytes(range(256)) * 40)
    save(tmp_path / "sound.mkv", sounds=timed(audio()))
    save(tmp_path / "good.mkv", timed(video(Codec.VP8)))
    names = ("empty.ts", "noise.mkv", "sound.mkv", "missing.ts", "good.mkv")
    rows = [row(name, (name, 0.0, 3.0)) for name in names]
    assert list(stills(rows, tmp_path, PLENTY)) == ["good.mkv"]


def test_a_disk_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hangs.mkv")
    began = time.monotonic()
    assert stills([row("alice", ("hangs.mkv", 0.0, 9.0))], tmp_path, 0.1) == {}
    assert time.monotonic() - began < 5
    # Lets go of it.
    (tmp_path / "hangs.mkv").write_bytes(b"")


def test_pictures_are_small_and_keep_their_shape(tmp_path: Path) -> None:
    save(tmp_path / "a.mkv", timed(video(Codec.VP8, 640, 160, 0.2)))
    (still,) = stills([row("alice", ("a.mkv", 0.0, 2.0))], tmp_path, PLENTY)["alice"]
    assert (still.width, still.height) == (256, 64)
    assert len(still.jpeg) < 20_000


def _decoded(still: Still) -> tuple[int, int]:
    container: Any
    with av.open(io.BytesIO(still.jpeg), format="jpeg_pipe") as container:
        frame = next(container.decode(video=0))
        return frame.width, frame.height
