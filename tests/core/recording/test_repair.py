"""What a hard end leaves, and what is made of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import av
import msgspec
import pytest

from roomdeck.core.model import (
    Codec,
    Container,
    EncodedFrame,
    EndReason,
    TakeSummary,
)
from roomdeck.core.recording import mend_process
from roomdeck.core.recording.check import check
from roomdeck.core.recording.naming import is_held, mended_path, timestamp
from roomdeck.core.recording.repair import repair
from roomdeck.core.recording.sidecar import SessionInfo, load, merge

from .media import WALL, Demuxed, Studio, audio, video
from .test_containers import top
from .test_mending import misplaced

H264, VP8, OPUS = Codec.H264, Codec.VP8, Codec.OPUS
KINDS = [
    (H264, "ts"),
    (Codec.H265, "ts"),
    (VP8, "mkv"),
    (H264, "mkv"),
    (H264, "mp4"),
    (None, "mkv"),
]


class Left:
    """A folder as it is after the power went, while somebody was recorded."""

    def __init__(
        self, folder: Path, codec: Codec | None, container: str, seconds: float = 4
    ) -> None:
        before = folder / "before"
        studio = Studio(before, container=Container(container))
        studio.recorder.expect(codec, OPUS)
        self.pictures: Sequence[EncodedFrame] = video(codec, seconds=seconds) if codec else ()
        self.sounds = audio(seconds=seconds)
        studio.play(self.pictures, self.sounds)
        self.folder = folder / "after"
        shutil.copytree(before, self.folder)
        studio.end()
        self.sidecar = self.folder / f"room_{timestamp(WALL - 60)}.json"
        self.session = SessionInfo(room="room", server="ws://x", started=WALL - 60)
        self.take = studio.started[0]
        self.file = self.folder / Path(self.take.file).name
        self.enter(self.take)

    def enter(self, *takes: TakeSummary) -> None:
        merge(
            self.sidecar,
            self.session,
            [msgspec.structs.replace(take, file=Path(take.file).name) for take in takes],
        )

    @property
    def takes(self) -> tuple[TakeSummary, ...]:
        known = load(self.sidecar)
        assert known is not None
        return known.takes

    def only_take(self) -> TakeSummary:
        [take] = self.takes
        return take


def is_true(take: TakeSummary, file: Path) -> None:
    """The sidecar says what other readers find in the file."""
    demuxed = Demuxed(file)
    assert take.bytes == file.stat().st_size
    assert (take.video.frames if take.video else 0) == len(demuxed.data["video"])
    assert (take.audio.packets if take.audio else 0) == len(demuxed.data["audio"])
    assert demuxed.decoded["video"] == len(demuxed.data["video"])


@pytest.mark.parametrize(("codec", "container"), KINDS)
def test_a_file_that_broke_off_is_completed_and_told_of(
    tmp_path: Path, codec: Codec | None, container: str
) -> None:
    left = Left(tmp_path, codec, container)
    inode = left.file.stat().st_ino
    assert left.take.seconds < 1
    [done] = repair(left.folder)
    take = left.only_take()
    assert done.take == take
    assert take.reason is EndReason.INTERRUPTED
    assert take.seconds == pytest.approx(4, abs=0.35)
    assert left.file.stat().st_ino == inode, "in place"
    is_true(take, left.file)
    demuxed = Demuxed(left.file)
    # What was handed over is there, but for what a container keeps until it is whole.
    assert len(left.pictures) - len(demuxed.data["video"]) < 9
    assert len(left.sounds) - len(demuxed.data["audio"]) < 18
    report = check(left.file)
    assert not report.problems
    if container != "ts":
        with av.open(str(left.file)) as opened:
            assert (opened.duration or 0) / 1e6 == pytest.approx(take.seconds, abs=0.1)
            opened.seek(2_000_000, backward=True)
            packet = next(packet for packet in opened.demux(opened.streams[0]) if packet.size)
            assert float((packet.pts or 0) * packet.time_base) == pytest.approx(2, abs=0.31)
    if container == "mp4":
        assert [name for name, _ in top(left.file)] == [b"ftyp", b"mdat", b"moov"]
    before = left.file.read_bytes()
    assert list(repair(left.folder)) == []
    assert left.file.read_bytes() == before


@pytest.mark.parametrize(("codec", "container"), KINDS)
def test_a_torn_end_is_cut_off_wherever_it_is(
    tmp_path: Path, codec: Codec | None, container: str
) -> None:
    left = Left(tmp_path, codec, container, seconds=2)
    whole, before = left.file.read_bytes(), left.sidecar.read_bytes()
    for cut in (1, 100, 189, 500, 3001, 4096):
        left.file.write_bytes(whole[:-cut])
        left.sidecar.write_bytes(before)
        [done] = repair(left.folder)
        assert done.take is not None, done.text
        is_true(left.only_take(), left.file)
        assert not check(left.file).problems, cut
    left.file.write_bytes(whole[:-700] + bytes(5000))  # never written, and zeros for it
    left.sidecar.write_bytes(before)
    [done] = repair(left.folder)
    assert done.take is not None, done.text
    is_true(left.only_take(), left.file)


@pytest.mark.parametrize("container", ["mkv", "mp4"])
def test_who_is_killed_while_it_repairs_leaves_what_can_be_repaired(
    tmp_path: Path, container: str
) -> None:
    left = Left(tmp_path, H264, container)
    before, head = left.sidecar.read_bytes(), left.file.read_bytes()[:1000]
    list(repair(left.folder))
    done = left.file.read_bytes()
    left.file.write_bytes(head + done[1000:])  # the index is there, the front not changed yet
    left.sidecar.write_bytes(before)
    list(repair(left.folder))
    assert left.file.read_bytes() == done
    is_true(left.only_take(), left.file)


def test_a_running_recording_is_never_touched(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.expect(VP8, OPUS)
    studio.play(video(VP8), audio())
    [take] = studio.started
    file = Path(take.file)
    os.utime(file, (0, 0))
    session = SessionInfo(room="room", server="ws://x", started=WALL - 60)
    merge(tmp_path / f"room_{timestamp(WALL - 60)}.json", session, [take])
    before = file.read_bytes()
    assert is_held(file)
    assert list(repair(tmp_path)) == []
    assert file.read_bytes() == before
    studio.end()
    assert not is_held(file)


def test_a_take_of_a_killed_worker_is_counted_again(tmp_path: Path) -> None:
    left = Left(tmp_path, VP8, "mkv")
    lost = msgspec.structs.replace(left.take, reason=EndReason.WORKER_LOST)
    left.enter(lost)
    [done] = repair(left.folder)
    assert done.take is not None
    assert done.take.reason is EndReason.WORKER_LOST
    is_true(left.only_take(), left.file)
    assert list(repair(left.folder)) == []


def test_what_other_machines_record_is_left_to_them(tmp_path: Path) -> None:
    left = Left(tmp_path, VP8, "mkv")
    theirs = msgspec.structs.replace(left.take, node="n1", file="/data/rec/none.mkv")
    merge(left.sidecar, left.session, [theirs])
    [done] = repair(left.folder)
    assert done.file == str(left.file)
    assert theirs in left.takes, "it may well be recorded"
    [gone] = repair(left.folder, "n1")
    assert gone.take is not None
    assert "gone" in gone.take.error


def test_sound_that_waited_for_its_picture_becomes_a_take(tmp_path: Path) -> None:
    before = tmp_path / "before"
    studio = Studio(before)
    studio.recorder.expect(VP8, OPUS)
    studio.play(audio())
    [draft] = before.iterdir()
    assert "-sound_" in draft.name
    folder = tmp_path / "after"
    shutil.copytree(before, folder)
    studio.end()
    os.utime(folder / draft.name, (0, 0))
    sidecar = folder / f"room_{timestamp(WALL - 60)}.json"
    merge(sidecar, SessionInfo(room="room", server="ws://x", started=WALL - 60), [])
    [done] = repair(folder)
    known = load(sidecar)
    assert known is not None
    assert known.takes == (done.take,)
    [take] = known.takes
    assert (take.stream, take.file) == ("alice", draft.name.replace("-sound", ""))
    assert (take.reason, take.offset) == (EndReason.INTERRUPTED, 60)
    assert sorted(os.listdir(folder)) == sorted([take.file, sidecar.name, f".{sidecar.name}.lock"])
    is_true(take, folder / take.file)


def test_a_copy_that_was_not_completed_goes_and_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mend_process, "RESERVE", 0)
    take = misplaced(tmp_path)
    sidecar = tmp_path / "room_20200101-000000.json"
    merge(sidecar, SessionInfo(room="room", server="ws://x", started=WALL - 60), [take])
    mended_path(Path(take.file)).write_bytes(b"half of it")
    [done] = repair(tmp_path)
    assert done.take is not None, done.text
    assert not mended_path(Path(take.file)).exists()
    known = load(sidecar)
    assert known is not None
    assert (known.takes[0].misplaced, known.takes[0].audio) == ({}, take.audio)
    assert Demuxed(take.file).pts["audio"][300] == pytest.approx(6, abs=0.02)
    assert list(repair(tmp_path)) == []


@pytest.mark.parametrize(("codec", "container"), KINDS)
@pytest.mark.parametrize("held", [b"something else", b"", bytes(9000), None])
def test_what_is_no_recording_stays_as_it_is_and_is_told(
    tmp_path: Path, codec: Codec | None, container: str, held: bytes | None
) -> None:
    left = Left(tmp_path, codec, container, seconds=1)
    if held is None:
        left.file.unlink()
    else:
        left.file.write_bytes(held)
    [done] = repair(left.folder)
    assert "stays as it was" in done.text
    assert held is None or left.file.read_bytes() == held
    take = left.only_take()
    assert (take.reason, take.bytes) == (EndReason.INTERRUPTED, len(held or b""))
    assert take.error
    assert list(repair(left.folder)) == []


def test_what_was_told_meanwhile_by_who_knows_better_stays(tmp_path: Path) -> None:
    left = Left(tmp_path, VP8, "mkv")
    repairing = repair(left.folder)
    ended = msgspec.structs.replace(left.take, reason=EndReason.BYE, seconds=3.0)
    told = list(repairing) if not left.enter(ended) else []
    assert told == []
    assert left.only_take().reason is EndReason.BYE


def test_failed_takes_without_a_file_do_not_replace_each_other(tmp_path: Path) -> None:
    left = Left(tmp_path, VP8, "mkv")
    failed = [
        msgspec.structs.replace(
            left.take, file="", started=WALL + n, reason=EndReason.WRITE_ERROR, error="no folder"
        )
        for n in range(2)
    ]
    merge(left.sidecar, left.session, failed)
    assert [take.started for take in left.takes if not take.file] == [WALL, WALL + 1]
