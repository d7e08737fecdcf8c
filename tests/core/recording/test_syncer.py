"""What was written stays: it is on the disk in time, and a file that is gone is missed."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roomdeck.core.model import Codec, Container, EndReason
from roomdeck.core.recording import syncer as syncer_module
from roomdeck.core.recording.check import check
from roomdeck.core.recording.place import Place
from roomdeck.core.recording.syncer import Syncer
from roomdeck.core.recording.take_events import TakeEnded, TakeStarted

from ...disks import Disk, Unmountable, mounted
from .media import Studio, audio, moved, video

H264, OPUS = Codec.H264, Codec.OPUS


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    try:
        with mounted(tmp_path) as disk:
            yield disk
    except Unmountable as error:
        pytest.skip(str(error))


class Kept(Studio):
    """A recorder whose files are looked after as time goes by."""

    def __init__(
        self, output: Path, seconds: float = 2.0, container: Container = Container.AUTO
    ) -> None:
        self.syncer = Syncer()
        self.syncer.seconds = seconds
        place = Place.of(str(output))
        super().__init__(output, syncer=self.syncer, place=place, container=container)

    def pass_by(self, seconds: float = 1.0) -> None:
        """Let the syncer look once more."""
        self.wait(seconds)
        self.syncer.check(self.now)
        self.wait(0)


# ── power ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("codec", "container"),
    [(H264, Container.TS), (Codec.VP8, Container.MKV), (H264, Container.MP4)],
)
def test_a_power_cut_costs_two_seconds(disk: Disk, codec: Codec, container: Container) -> None:
    """The disk is copied at the worst moments: before the syncer comes, again and again."""
    studio = Kept(disk.folder, container=container)
    studio.recorder.expect(codec, OPUS)
    pictures, sounds = video(codec, seconds=8), audio(seconds=8)
    start = studio.now
    for second in range(1, 9):
        for tenth in range(10):
            at = start + second - 1 + tenth / 10
            batch = [f for f in (*pictures, *sounds) if at <= f.arrival < at + 0.1]
            studio.play(batch)
        if second % 3 == 0:
            with disk.after_power_cut() as folder:
                [left] = folder.glob("room_alice_*")
                found = check(left)
                assert found.video is not None
                assert found.video.frames >= 25 * (second - 2)
                assert found.video.decoded == found.video.frames
        studio.syncer.check(studio.now)
    studio.end()


def test_an_ended_take_is_on_the_disk_before_that_is_said(disk: Disk) -> None:
    studio = Kept(disk.folder / "new" / "folder", seconds=0.0)
    studio.recorder.expect(H264, OPUS)
    studio.play(video(H264), audio())
    [take] = studio.end()
    with disk.after_power_cut() as folder:
        left = folder / Path(take.file).relative_to(disk.folder)
        assert left.read_bytes() == Path(take.file).read_bytes()


def test_what_is_at_risk_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(syncer_module.time, "monotonic", lambda: clock[0])
    syncer = Syncer()
    syncer.seconds = 2.0
    with (tmp_path / "file").open("wb", buffering=0) as file:
        watched = syncer.watch(tmp_path / "file", file.fileno())
        assert syncer.unsafe == 0
        watched.grew(10)
        clock[0] += 3
        watched.grew(20)
        assert syncer.unsafe == 3
        syncer.check(clock[0])
        assert syncer.unsafe == 0
        clock[0] += 60
        watched.grew(30)
        clock[0] += 1
        assert syncer.unsafe == 1
        syncer.leave(watched)
        assert syncer.unsafe == 0


def test_a_quiet_file_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(syncer_module, "sync_descriptor", synced.append)
    syncer = Syncer()
    syncer.seconds = 2.0
    with (tmp_path / "file").open("wb", buffering=0) as file:
        watched = syncer.watch(tmp_path / "file", file.fileno())
        for now, written in ((0.0, 5), (1.0, 5), (1.5, 9), (2.0, 9), (3.0, 9)):
            watched.grew(written)
            syncer.check(now)
        syncer.leave(watched)
    assert len(synced) == 2


def test_no_file_is_waited_for_before_all_are_begun_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    begin = syncer_module.begin_sync

    def begins(descriptor: int) -> None:
        begin(descriptor)
        calls.append("begin")

    def waits(_: int) -> None:
        calls.append("wait")

    monkeypatch.setattr(syncer_module, "begin_sync", begins)
    monkeypatch.setattr(syncer_module, "sync_descriptor", waits)
    syncer = Syncer()
    syncer.seconds = 2.0
    for number in range(3):
        path = tmp_path / f"{number}.ts"
        with path.open("wb") as file:
            file.write(b"x" * 5000)
            file.flush()
            syncer.watch(path, file.fileno()).grew(5000)
    syncer.check(0.0)
    assert calls == ["begin"] * 3 + ["wait"] * 3
    syncer.check(1.0)
    assert len(calls) == 6


@pytest.mark.parametrize(
    ("code", "reason"), [(errno.EIO, EndReason.WRITE_ERROR), (errno.ENOSPC, EndReason.DISK_FULL)]
)
@pytest.mark.parametrize("last", [False, True])
def test_a_disk_that_does_not_keep_what_it_took_fails_the_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, reason: EndReason, last: bool
) -> None:
    studio = Kept(tmp_path)
    studio.recorder.expect(H264, OPUS)
    studio.play(video(H264), audio())

    def broken(_: object) -> None:
        raise OSError(code, "no")

    if last:
        monkeypatch.setattr(syncer_module, "sync_file", broken)
        studio.end()
    else:
        monkeypatch.setattr(syncer_module, "sync_descriptor", broken)
        studio.pass_by()
    [take] = studio.ended
    assert take.reason is reason
    assert Path(take.file).name in take.error


# ── folders, files and disks that are taken away ─────────────────────────────────────────


def _removed(path: Path) -> None:
    path.unlink()


def _moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def _replaced(path: Path) -> None:
    _moved(path)
    path.touch()


def _folder_removed(path: Path) -> None:
    shutil.rmtree(path.parent)


def _folder_moved(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize("take_away", [_removed, _moved, _replaced, _folder_removed, _folder_moved])
@pytest.mark.parametrize("pictures", [True, False])
def test_a_file_that_is_gone_is_missed_and_followed_by_another(
    tmp_path: Path, take_away: Callable[[Path], None], pictures: bool
) -> None:
    studio = Kept(tmp_path / "out" / "put", container=Container.MKV)
    studio.recorder.expect(H264 if pictures else None, OPUS)
    studio.play(video(H264) if pictures else [], audio())
    [begun] = studio.started
    take_away(Path(begun.file))
    studio.pass_by()
    [take] = studio.ended
    assert take.reason is EndReason.WRITE_ERROR
    assert "was removed" in take.error
    assert "put" in take.error

    studio.recorder.restart()
    rest = (video(H264) if pictures else (), audio())
    studio.play(*(moved(track, by=studio.now - 99, rtp=90_000) for track in rest))
    second = studio.end()[-1]
    assert second.error == ""
    assert not check(Path(second.file)).bad


def test_a_file_that_went_at_the_very_end_is_missed(tmp_path: Path) -> None:
    studio = Kept(tmp_path)
    studio.recorder.expect(H264, None)
    studio.play(video(H264))
    Path(studio.started[0].file).unlink()
    [take] = studio.end()
    assert (take.reason, "was removed" in take.error) == (EndReason.WRITE_ERROR, True)


def test_a_disk_that_went_at_the_very_end_is_named(disk: Disk) -> None:
    studio = Kept(disk.folder)
    studio.recorder.expect(H264, None)
    studio.play(video(H264))
    disk.snatch()
    [take] = studio.end()
    assert (take.reason, "was unmounted" in take.error) == (EndReason.WRITE_ERROR, True)


def test_sound_that_waits_for_a_picture_may_lose_its_folder(tmp_path: Path) -> None:
    studio = Kept(tmp_path / "out")
    studio.recorder.expect(H264, OPUS)
    studio.play(audio(seconds=2))
    shutil.rmtree(tmp_path / "out")
    studio.pass_by()
    [take] = studio.ended
    assert take.reason is EndReason.WRITE_ERROR


def test_a_file_that_is_renamed_and_mended_by_us_is_not_missed(tmp_path: Path) -> None:
    syncer = Syncer()
    with (tmp_path / "a").open("wb", buffering=0) as file:
        watched = syncer.watch(tmp_path / "a", file.fileno())
        watched.move(tmp_path / "b")
        syncer.check(0.0)
        assert watched.error is None
        syncer.leave(watched)


def test_a_disk_that_is_unmounted_is_missed_and_what_shows_beneath_stays_empty(
    disk: Disk,
) -> None:
    studio = Kept(disk.folder)
    studio.recorder.expect(H264, OPUS)
    studio.play(video(H264), audio())
    disk.snatch()
    studio.pass_by()
    [take] = studio.ended
    assert "was unmounted" in take.error

    for attempt in (1, 2):
        studio.recorder.restart()
        studio.play(moved(video(H264), by=10.0 * attempt))
        assert "not mounted any more" in studio.ended[-1].error
    assert list(disk.folder.iterdir()) == []

    disk.put_back()
    studio.recorder.restart()
    studio.play(moved(video(H264), by=60), moved(audio(), by=60))
    last = studio.end()[-1]
    assert last.error == ""
    assert not check(Path(last.file)).bad
    assert Path(take.file).stat().st_size == take.bytes


def test_where_a_session_may_write(disk: Disk, tmp_path: Path) -> None:
    below = str(disk.folder / "sub" / "folder")
    place = Place.of(below)
    assert place.objection(below) == ""
    disk.snatch()
    assert below in place.objection(below)
    assert Place.of(below).objection(below) == ""
    assert Place().objection(below) == ""
    disk.put_back()
    assert place.objection(below) == ""
    assert Place.of(str(tmp_path)).objection(str(tmp_path)) == ""


# ── the thread ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def running() -> Iterator[Syncer]:
    syncer = Syncer()
    syncer.seconds = 0.02
    syncer.start()
    yield syncer
    syncer.stop()


def test_it_syncs_by_itself(
    running: Syncer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Event()

    def sync(_: int) -> None:
        synced.set()

    monkeypatch.setattr(syncer_module, "sync_descriptor", sync)
    with (tmp_path / "file").open("wb", buffering=0) as file:
        watched = running.watch(tmp_path / "file", file.fileno())
        watched.grew(1)
        assert synced.wait(5)
        running.leave(watched)


def test_a_slow_disk_keeps_nobody_waiting_but_who_ends_and_events_stay_in_order(
    tmp_path: Path, running: Syncer, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    answered = threading.Event()

    def slow(path: Path) -> None:
        let_go.wait(10)

    monkeypatch.setattr(syncer_module, "sync_file", slow)
    studio = Studio(tmp_path, syncer=running)
    studio.recorder.expect(H264, None)
    studio.play(video(H264))
    studio.recorder.split(studio.now)
    studio.play(moved(video(H264), by=4))
    kinds = [type(event) for event in studio.events if isinstance(event, TakeStarted | TakeEnded)]
    assert kinds == [TakeStarted]
    let_go.set()
    studio.end()
    running.do(answered.set)
    assert answered.wait(5)
    kinds = [type(event) for event in studio.events if isinstance(event, TakeStarted | TakeEnded)]
    assert kinds == [TakeStarted, TakeEnded, TakeStarted, TakeEnded]
    assert all(take.error == "" for take in studio.ended)


def test_descriptors_are_given_back(tmp_path: Path, running: Syncer) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(20):
        path = tmp_path / str(number)
        with path.open("wb", buffering=0) as file:
            running.leave(running.watch(path, file.fileno()))
    done = threading.Event()
    running.finish(None, lambda _: done.set())
    assert done.wait(5)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_that_cannot_be_watched_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: int) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(syncer_module.os, "dup", none)
    studio = Studio(tmp_path)
    studio.recorder.expect(H264, None)
    studio.play(video(H264))
    [take] = studio.ended
    assert "too many open files" in take.error
    assert list(tmp_path.iterdir()) == []
