"""The disk is written to for a moment, and nothing of that stays."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from roomdeck.core.doctor import disk
from roomdeck.core.doctor.disk import Speed, file_system, judge_space, judge_speed, look, measure
from roomdeck.core.doctor.finding import Grade
from roomdeck.core.recording.disk import Space

FLOOR = 300_000_000
MOUNTS = """\
/dev/root / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/sda1 /media/my\\040stick vfat rw 0 0
/dev/sdb1 /srv ext4 rw 0 0
nas:/x /srv/rec nfs4 rw 0 0
"""


def test_it_writes_so_much_and_forces_each_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[int] = []

    def force(file: int) -> None:
        forced.append(os.fstat(file).st_size)

    monkeypatch.setattr(disk, "_force", force)
    speed = measure(tmp_path, most=2_500_000)
    assert forced == [1 << 20, 2 << 20, 2_500_000]
    assert speed.written == 2_500_000
    assert 0 < speed.slowest <= speed.seconds
    assert list(tmp_path.iterdir()) == []


def test_a_slow_disk_is_not_written_to_for_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def slowly(file: int) -> None:
        now[0] += 2.0

    monkeypatch.setattr(disk, "_force", slowly)
    monkeypatch.setattr(disk.time, "monotonic", lambda: now[0])
    assert measure(tmp_path) == Speed(2 << 20, 4.0, 2.0)


def test_the_file_has_no_name_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def force(file: int) -> None:
        names.extend(os.listdir(tmp_path))

    monkeypatch.setattr(disk, "_force", force)
    measure(tmp_path, most=1 << 20)
    assert names == [], "a kill would leave it"


def test_nothing_stays_where_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(disk, "_force", refuse)
    found = look(str(tmp_path / "not" / "yet"), 0)
    assert [one.check for one in found] == ["space", "disk"]
    assert found[1].grade is Grade.WRONG
    assert "cannot write in" in found[1].text
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_does_not_answer_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()

    def force(file: int) -> None:
        answers.wait()

    monkeypatch.setattr(disk, "_force", force)
    monkeypatch.setattr(disk, "PATIENCE", 0.05)
    found = look(str(tmp_path), 0)
    answers.set()
    assert found[-1].grade is Grade.WRONG
    assert "took nothing" in found[-1].text


def test_a_disk_that_is_nearly_full_is_not_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def nearly_full(folder: Path) -> Space:
        return Space(FLOOR + (10 << 20), 10**12)

    def measured(*_: object) -> None:
        pytest.fail("written to")

    monkeypatch.setattr(disk, "space", nearly_full)
    monkeypatch.setattr(disk, "measure", measured)
    (finding,) = look(str(tmp_path), FLOOR)
    assert finding.check == "space"


@pytest.mark.parametrize(
    ("free", "kind", "grade", "said"),
    [
        (Space(100 * 10**9, 10**12), "ext4", Grade.OK, "22 h of four"),
        (Space(100 * 10**9, 10**12), "vfat", Grade.OK, "4 GB"),
        (Space(100 * 10**9, 10**12), "tmpfs", Grade.WARNING, "in memory (tmpfs)"),
        (Space(3 * 10**9, 10**12), "ext4", Grade.WARNING, "36 minutes of four"),
        (Space(FLOOR, 10**12), "ext4", Grade.WRONG, "stops at 0.3 GB"),
        (Space(0, 0), "", Grade.WARNING, "nobody says"),
    ],
)
def test_room(free: Space, kind: str, grade: Grade, said: str) -> None:
    finding = judge_space("/srv/rec", free, FLOOR, kind)
    assert finding.grade is grade
    assert said in finding.text


@pytest.mark.parametrize(
    ("measured", "grade", "said"),
    [
        (Speed(32 << 20, 0.4, 0.03), Grade.OK, "134 streams"),
        (Speed(32 << 20, 0.04, 0.003), Grade.OK, "hundreds of streams"),
        (Speed(9 << 20, 3.0, 0.5), Grade.WARNING, "enough for 5 streams"),
        (Speed(32 << 20, 2.9, 1.5), Grade.WARNING, "--sync promises"),
        (Speed(2 << 20, 4.0, 2.0), Grade.WRONG, "too slow"),
        (PermissionError(errno.EACCES, "Permission denied"), Grade.WRONG, "Permission denied"),
        (None, Grade.WRONG, "took nothing"),
    ],
)
def test_speed(measured: Speed | OSError | None, grade: Grade, said: str) -> None:
    finding = judge_speed("/srv/my rec", Path("/srv"), measured)
    assert finding.grade is grade
    assert said in finding.text
    assert bool(finding.mend) is (grade is not Grade.OK)
    if isinstance(measured, OSError):
        assert "mkdir -p '/srv/my rec'" in finding.mend


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/x", "ext4"),
        ("/srv/rec/today", "nfs4"),
        ("/srv/recordings", "ext4"),
        ("/media/my stick/a", "vfat"),
        ("/run", "tmpfs"),
    ],
)
def test_which_file_system_a_folder_is_on(path: str, kind: str) -> None:
    assert file_system(path, MOUNTS) == kind
