"""Locks between processes: held by one, free as soon as that one is gone."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from roomdeck.core import locks

_HOLDER = """
import sys
from pathlib import Path
from roomdeck.core import locks
with locks.turn(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_it_is_held_by_one_and_free_when_that_one_dies(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", _HOLDER, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with locks.alone(path) as mine:
            assert not mine
        other.kill()
        with locks.turn(path), locks.alone(path) as mine:
            assert not mine
    with locks.alone(path) as mine:
        assert mine


def test_it_is_not_followed_to_another_file(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="lock"), locks.alone(tmp_path / "lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def flock(descriptor: int, how: int) -> None:
        raise OSError(number, "no locks here")

    monkeypatch.setattr(locks.fcntl, "flock", flock)
    with locks.turn(tmp_path / "lock"), locks.alone(tmp_path / "lock") as mine:
        assert mine


def test_a_folder_can_be_held(tmp_path: Path) -> None:
    with locks.alone(tmp_path) as first, locks.alone(tmp_path) as second:
        assert (first, second) == (True, False)
    assert list(tmp_path.iterdir()) == []
