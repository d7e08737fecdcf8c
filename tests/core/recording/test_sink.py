"""What a muxer writes reaches the file in large pieces, and errors are kept."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import pytest

from roomdeck.core.recording.sink import WRITE_SIZE, Sink


class Disk(io.BytesIO):
    """Counts writes; takes at most so many bytes at once and so many in all."""

    def __init__(self, at_once: int = 1 << 30, room: int = 1 << 30) -> None:
        super().__init__()
        self.writes = 0
        self._at_once, self._room = at_once, room

    def write(self, data: Any) -> int:
        self.writes += 1
        taken = min(len(data), self._at_once, self._room)
        if data and not taken:
            raise OSError(errno.ENOSPC, "no space")
        self._room -= taken
        return super().write(data[:taken])


def test_what_is_kept_is_written_at_once_by_a_flush() -> None:
    disk = Disk()
    sink = Sink(disk)
    for data in (b"ab", b"c", b"def"):
        assert sink.write(data) == len(data)
    assert (disk.writes, sink.size, sink.tell()) == (0, 0, 6)
    sink.flush()
    sink.flush()
    assert (disk.writes, disk.getvalue(), sink.size) == (1, b"abcdef", 6)


def test_it_keeps_no_more_than_a_megabyte() -> None:
    disk = Disk()
    sink = Sink(disk)
    for _ in range(100):
        sink.write(bytes(50_000))
        assert sink.tell() - sink.size <= WRITE_SIZE
    assert 3 <= disk.writes <= 5


def test_a_disk_that_takes_it_in_pieces_gets_all_of_it() -> None:
    disk = Disk(at_once=4)
    sink = Sink(disk)
    sink.write(b"0123456789")
    sink.flush()
    assert disk.getvalue() == b"0123456789"


def test_what_was_kept_is_written_before_the_place_changes() -> None:
    disk = Disk()
    sink = Sink(disk)
    sink.write(b"head....")
    sink.write(b"tail")
    assert sink.seek(4) == 4
    sink.write(b"size")
    assert sink.seek(0, io.SEEK_END) == 12
    sink.write(b"!")
    sink.flush()
    assert disk.getvalue() == b"headsizetail!"
    assert sink.size == 13


@pytest.mark.parametrize("last", [Sink.flush, Sink.close])
def test_an_error_is_kept_and_nothing_is_written_after_it(last: Any) -> None:
    disk = Disk(room=8)
    sink = Sink(disk)
    sink.write(b"whole")
    sink.flush()
    sink.write(b"torn")
    sink.flush()
    assert sink.error is not None
    assert (sink.error.errno, sink.size, disk.getvalue()) == (errno.ENOSPC, 5, b"whole")
    disk._room = 100  # pyright: ignore[reportPrivateUsage]
    sink.write(b"more")
    sink.seek(0)
    last(sink)
    assert sink.error.errno == errno.ENOSPC
    assert disk.closed or disk.getvalue() == b"whole"


def test_what_was_written_since_the_last_flush_goes_as_a_whole() -> None:
    disk = Disk(room=3 * WRITE_SIZE)
    sink = Sink(disk)
    sink.write(b"whole")
    sink.flush()
    for _ in range(4):
        sink.write(bytes(WRITE_SIZE))
    sink.flush()
    assert disk.writes > 3
    assert (sink.size, disk.getvalue()) == (5, b"whole")


def test_a_place_in_the_middle_that_cannot_be_written_costs_what_came_since() -> None:
    disk = Disk(room=8)
    sink = Sink(disk)
    sink.write(b"head....")
    sink.flush()
    sink.seek(4)
    sink.write(b"size")
    sink.close()
    assert sink.error is not None
    assert sink.size == 8


def test_closing_writes_what_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    sink = Sink(path.open("xb", buffering=0))
    sink.write(b"all of it")
    sink.close()
    assert path.read_bytes() == b"all of it"
