"""Disks that are full or gone, and a process that is killed."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pytest

from roomdeck.core.model import Codec, Container, EndReason
from roomdeck.core.recording import take as take_module
from roomdeck.core.recording.check import check
from roomdeck.core.recording.naming import open_take_file
from roomdeck.core.recording.sentlog import SentLog

from .media import Demuxed, Studio, audio, moved, video

H264, OPUS = Codec.H264, Codec.OPUS


class Failing(io.FileIO):
    """Takes some bytes, some of them in part, and then refuses."""

    def __init__(self, descriptor: int, limit: int, code: int) -> None:
        super().__init__(descriptor, "wb")
        self._left = limit
        self._code = code

    def write(self, data: Any) -> int:
        if self._left <= 0:
            raise OSError(self._code, "the disk says no")
        written = super().write(memoryview(data)[: self._left])
        self._left -= written
        return written


@pytest.fixture
def fail_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    def install(limit: int, code: int) -> None:
        def opener(*args: Any) -> tuple[Path, BinaryIO]:
            path, file = open_take_file(*args)
            descriptor = os.dup(file.fileno())
            file.close()
            return path, Failing(descriptor, limit, code)  # type: ignore[return-value]

        monkeypatch.setattr(take_module, "open_take_file", opener)

    return install


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (errno.ENOSPC, EndReason.DISK_FULL, "free some space"),
        (errno.EDQUOT, EndReason.DISK_FULL, "free some space"),
        (errno.EIO, EndReason.WRITE_ERROR, "the disk says no"),
    ],
)
@pytest.mark.parametrize(
    ("codec", "container"),
    [(H264, Container.AUTO), (Codec.VP8, Container.AUTO), (H264, Container.MP4)],
)
def test_a_disk_that_fails_ends_the_take_and_not_the_program(
    tmp_path: Path,
    fail_after: Callable[[int, int], None],
    monkeypatch: pytest.MonkeyPatch,
    codec: Codec,
    container: Container,
    code: int,
    reason: EndReason,
    words: str,
) -> None:
    fail_after(30_000, code)
    studio = Studio(tmp_path, container=container)
    studio.recorder.expect(codec, OPUS)
    studio.play(video(codec), audio())
    [take] = studio.ended
    assert take.reason is reason
    assert words in take.error
    assert 20_000 < take.bytes == Path(take.file).stat().st_size <= 30_000
    assert take.video is not None
    assert 0 < take.video.frames < 75
    result = check(Path(take.file))
    assert result.video is not None
    assert result.video.frames > 0
    studio.end()
    assert len(studio.ended) == 1

    monkeypatch.undo()
    studio.recorder.restart()
    studio.play(video(codec), audio())
    second = studio.end()[-1]
    assert second.error == ""
    assert not check(Path(second.file)).bad


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG])
@pytest.mark.parametrize(
    ("codec", "container"),
    [
        (H264, Container.TS),
        (Codec.H265, Container.TS),
        (H264, Container.MKV),
        (Codec.AV1, Container.MKV),
        (H264, Container.MP4),
        (Codec.VP9, Container.MP4),
    ],
)
def test_no_frame_is_torn_where_the_disk_ends(
    tmp_path: Path,
    fail_after: Callable[[int, int], None],
    codec: Codec,
    container: Container,
    code: int,
) -> None:
    with SentLog(tmp_path / "sent") as log:
        for frame in [*video(codec), *audio()]:
            log.write(frame)
    for limit in range(9_001, 40_000, 3_111):
        fail_after(limit, code)
        studio = Studio(tmp_path, container=container)
        studio.recorder.expect(codec, OPUS)
        studio.play(video(codec), audio())
        [take] = studio.ended
        assert take.bytes == Path(take.file).stat().st_size <= limit
        result = check(Path(take.file), tmp_path / "sent")
        assert result.problems == []
        assert all(one.matched and not one.missing for one in result.comparisons)
        assert result.video is not None
        assert result.video.decoded == result.video.frames
        if container is not Container.MKV:
            assert take.video is not None
            assert take.video.frames == result.video.frames


def test_a_disk_that_is_full_from_the_start_leaves_no_file(
    tmp_path: Path, fail_after: Callable[[int, int], None]
) -> None:
    fail_after(0, errno.ENOSPC)
    studio = Studio(tmp_path)
    studio.recorder.expect(H264, None)
    studio.play(video(H264))
    [take] = studio.end()
    assert (take.reason, take.file, take.bytes) == (EndReason.DISK_FULL, "", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    studio = Studio(tmp_path / "file" / "below")
    studio.recorder.expect(H264, None)
    studio.play(video(H264))
    [take] = studio.end()
    assert take.reason is EndReason.WRITE_ERROR
    assert "check that the folder exists" in take.error


def test_a_frame_that_the_muxer_refuses_ends_the_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    studio = Studio(tmp_path)
    studio.recorder.expect(H264, None)
    studio.play(video(H264)[:30])
    monkeypatch.setattr(take_module.TakeFile, "write", broken)
    studio.play(video(H264)[30:])
    [take] = studio.ended
    assert (take.reason, take.error) == (EndReason.WRITE_ERROR, "a bug")
    assert not check(Path(take.file)).bad


def test_a_frame_that_is_none_is_left_out_and_counted(tmp_path: Path) -> None:
    pictures = list(video(Codec.AV1))
    pictures[30] = msgspec.structs.replace(pictures[30], data=pictures[30].data[:60] + b"\x55" * 99)
    studio = Studio(tmp_path)
    studio.recorder.expect(Codec.AV1, OPUS)
    studio.play(pictures, audio())
    [take] = studio.end()
    assert (take.holes, take.error) == (1, "")
    result = check(Path(take.file))
    assert not result.bad
    assert result.video is not None
    assert result.audio is not None
    assert (result.video.frames, result.audio.frames) == (74, 150)


_WRITER = """
import sys, time
from pathlib import Path
from tests.core.recording.media import Studio, audio, video
from roomdeck.core.model import Codec, Container
codec = Codec(sys.argv[2])
studio = Studio(Path(sys.argv[1]), container=Container(sys.argv[4]))
studio.recorder.expect(codec, Codec.OPUS)
sounds = audio(seconds=8)[:int(sys.argv[3])]
studio.play(video(codec, seconds=8), sounds)
print(studio.started[0].file, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("codec", "container"),
    [
        (H264, Container.AUTO),
        (H264, Container.MKV),
        (H264, Container.MP4),
        (Codec.VP8, Container.AUTO),
        (Codec.AV1, Container.AUTO),
        (Codec.AV1, Container.MP4),
    ],
)
@pytest.mark.parametrize("sounds", [400, 150], ids=["with-sound", "sound-stopped"])
def test_a_killed_process_loses_less_than_a_second(
    tmp_path: Path, codec: Codec, container: Container, sounds: int
) -> None:
    """All was given to the recorder, nothing was closed; in one case the sound stops early."""
    command = [sys.executable, "-c", _WRITER, str(tmp_path), codec, str(sounds), container]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_root()) as process:
        assert process.stdout is not None
        file = process.stdout.readline().strip()
        process.kill()
    result = check(Path(file))
    assert result.problems == []
    assert result.video is not None
    assert result.video.frames > 8 * 25 - 25
    assert result.video.decoded == result.video.frames
    assert result.audio is not None
    assert result.audio.frames > sounds - 50


def _root() -> Path:
    return Path(__file__).parents[3]


@pytest.mark.parametrize("codec", [H264, Codec.H265, Codec.VP8, Codec.VP9, Codec.AV1])
@pytest.mark.parametrize("pictures", [1, 30], ids=["first-only", "frozen-later"])
def test_sound_reaches_the_disk_while_the_picture_is_frozen(
    tmp_path: Path, codec: Codec, pictures: int
) -> None:
    studio = Studio(tmp_path)
    studio.recorder.expect(codec, OPUS)
    sounds = audio(seconds=8)
    studio.play(video(codec)[:pictures], sounds)
    [take] = studio.started
    found = Demuxed(take.file)
    assert len(found.data["audio"]) > len(sounds) - 50
    assert len(found.data["video"]) == pictures
    studio.play(moved(video(codec)[50:], by=8))
    [take] = studio.end()
    found = Demuxed(take.file)
    assert found.data["audio"] == [frame.data for frame in sounds]
    assert len(found.data["video"]) == pictures + 25


@pytest.mark.parametrize("codec", [H264, Codec.VP8])
def test_sound_reaches_the_disk_before_the_first_picture(tmp_path: Path, codec: Codec) -> None:
    studio = Studio(tmp_path)
    studio.recorder.expect(codec, OPUS)
    sounds = audio(seconds=8)
    studio.play(video(codec)[1:20], sounds[:100])
    assert studio.events == []
    [draft] = tmp_path.iterdir()
    assert draft.name.startswith("room_alice-sound_")
    assert len(Demuxed(draft).data["audio"]) > 50
    studio.play(moved(video(codec), by=2.0), sounds[100:])
    [take] = studio.end()
    assert list(tmp_path.iterdir()) == [Path(take.file)]
    assert Demuxed(take.file).data["audio"] == [frame.data for frame in sounds[100:]]


def test_sound_alone_keeps_the_file_that_was_begun_early(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.expect(H264, OPUS)
    sounds = audio(seconds=8)
    studio.play(sounds)
    [take] = studio.end()
    assert list(tmp_path.iterdir()) == [Path(take.file)]
    assert Path(take.file).name.startswith("room_alice_")
    assert Demuxed(take.file).data["audio"] == [frame.data for frame in sounds]
