"""How much room there is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from roomdeck.core.recording.disk import free_bytes, seconds_left


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


@pytest.mark.parametrize(
    ("free", "rate", "floor", "left"),
    [(1000, 0.0, 0, None), (1000, 10.0, 0, 100.0), (1000, 10.0, 400, 60.0), (10, 1.0, 99, 0.0)],
)
def test_seconds_left(free: int, rate: float, floor: int, left: float | None) -> None:
    assert seconds_left(free, rate, floor) == left
