"""What is used of a machine, by what the system tells."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roomdeck.core.worker.usage import Counts, Usage, counts, memory_used, usage


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "net").mkdir()
    (tmp_path / "stat").write_text("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 1 1 1\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
    (tmp_path / "net" / "dev").write_text(
        "Inter-|   Receive\n face |bytes\n"
        "    lo: 900 0 0 0 0 0 0 0 900 0 0 0 0 0 0 0\n"
        "  eth0: 100 0 0 0 0 0 0 0 25 0 0 0 0 0 0 0\n"
    )
    device = os.stat(tmp_path).st_dev
    (tmp_path / "diskstats").write_text(
        f"8 99 other 1 1 1 1 1 1 7 1\n{os.major(device)} {os.minor(device)} x 1 1 1 1 1 1 4 1\n"
    )
    return tmp_path


def test_what_is_counted(proc: Path) -> None:
    assert counts(str(proc), proc) == Counts(150, 1000, 125, 2048)
    assert memory_used(proc) == 0.75


def test_where_the_system_does_not_tell_nothing_is_known(tmp_path: Path) -> None:
    assert counts(str(tmp_path / "none"), tmp_path) == Counts()
    assert memory_used(tmp_path) == 0.0


def test_what_was_used_between_two_looks() -> None:
    before, after = Counts(100, 1000, 1000, 0), Counts(150, 1200, 3000, 512)
    assert usage(before, after, 2.0, 0.5) == Usage(0.25, 0.5, 8000.0, 256.0)
    assert usage(after, before, 2.0, 0.5) == Usage(0.0, 0.5, 0.0, 0.0)
