"""How much room there is."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path

import pytest

from roomdeck.core.recording.disk import free_bytes, largest_file, seconds_left, space

from ...disks import Unmountable, mounted


def test_a_folder_that_is_not_made_yet_has_the_room_of_its_parent(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert free_bytes(tmp_path / "a" / "b") == pytest.approx(free, rel=0.2)


def test_a_disk_that_cannot_be_asked_promises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise OSError

    monkeypatch.setattr(shutil, "disk_usage", broken)
    assert free_bytes(tmp_path) == 0
    assert space(tmp_path) == (0, 0)


def test_the_largest_file_of_a_file_system_is_known_beforehand(tmp_path: Path) -> None:
    """One of ext4 without extents is some 16 GB, as on ext2."""
    try:
        with (
            mounted(tmp_path, 32, "-O", "^extents,^64bit,^metadata_csum", "-b", "1024") as disk,
            (disk.folder / "file").open("wb", buffering=0) as file,
        ):
            most = largest_file(file.fileno())
            assert file.tell() == 0
            assert most is not None
            assert 15 << 30 < most < 18 << 30
            file.truncate(most)
            with pytest.raises(OSError, match="File too large"):
                file.truncate(most + 1)
    except Unmountable as error:
        pytest.skip(str(error))


def test_the_limit_of_the_process_counts(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb", buffering=0) as file:
        assert largest_file(file.fileno()) is None
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (123_456, before[1]))
        try:
            assert largest_file(file.fileno()) == 123_456
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("free", "rate", "floor", "left"),
    [(1000, 0.0, 0, None), (1000, 10.0, 0, 100.0), (1000, 10.0, 400, 60.0), (10, 1.0, 99, 0.0)],
)
def test_seconds_left(free: int, rate: float, floor: int, left: float | None) -> None:
    assert seconds_left(free, rate, floor) == left
