"""Where files of other machines can be read: folders that somebody mounted or copied.

Another way to a machine is another `Source`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..errors import RecordingError, UsageError


class Found(Protocol):
    """A file that can be read."""

    @property
    def size(self) -> int:
        """Bytes that it has."""
        ...

    @property
    def stamp(self) -> str:
        """Of this state of it: another one is another file. Letters and digits."""
        ...

    @property
    def over(self) -> bool:
        """Whether it is known that nobody writes it: its own machine knows."""
        ...

    def read(self, offset: int, count: int) -> bytes:
        """Return so many bytes, less only at its end.

        Raises:
            RecordingError: It cannot be read (any more), or has changed.
        """
        ...


class Source(Protocol):
    """A way to the files of one machine."""

    def find(self, path: str) -> Found | None:
        """Return the file that has an absolute path there; ``None`` where it is not to be had."""
        ...

    def folder(self) -> str:
        """Return the folder of its recordings there, absolute; empty: the same path as here.

        Raises:
            RecordingError: It does not say.
        """
        ...


class FoundFile:
    """A file that is to be read here."""

    def __init__(self, path: Path, status: os.stat_result) -> None:
        self.path = path
        self.size = status.st_size
        self.stamp = _stamp(status)
        self.over = False

    def read(self, offset: int, count: int) -> bytes:
        """Return so many bytes; as of `Found`."""
        try:
            with self.path.open("rb", buffering=0) as file:
                if _stamp(os.fstat(file.fileno())) != self.stamp:
                    raise RecordingError(f"{self.path} changes while it is read")
                pieces: list[bytes] = []
                file.seek(offset)
                while count and (piece := file.read(count)):
                    pieces.append(piece)
                    count -= len(piece)
                return b"".join(pieces)
        except OSError as error:
            raise RecordingError(f"cannot read {self.path}: {error.strerror or error}") from error


class Folder:
    """A machine whose folder of takes, or whose whole disk, is here as a folder.

    Args:
        path: That; ``None``: files have the same paths here, as on a disk that machines share.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def find(self, path: str) -> FoundFile | None:
        """Return a file: by its name in the folder, or by its path below it."""
        for place in self._places(path):
            try:
                status = place.lstat()
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode):
                return FoundFile(place, status)
        return None

    def folder(self) -> str:
        """Return nothing: what is there is found by its name."""
        return ""

    def _places(self, path: str) -> Sequence[Path]:
        if self._path is None:
            return (Path(path),)
        return self._path / Path(path).name, self._path / path.lstrip("/")


class Silent:
    """A machine that is asked for its files and does not show them.

    Args:
        node: Its name.
        why: What it does instead.
    """

    def __init__(self, node: str, why: str) -> None:
        self._node, self._why = node, why

    def find(self, path: str) -> FoundFile | None:
        """Say so.

        Raises:
            RecordingError: Always.
        """
        raise self._error()

    def folder(self) -> str:
        """Say so.

        Raises:
            RecordingError: Always.
        """
        raise self._error()

    def _error(self) -> RecordingError:
        return RecordingError(
            f"it stays on {self._node}, which does not open its files: {self._why}. See that Ray "
            "answers there (`ray status`) and run the same command again, or say where its folder "
            f"is: --from {self._node}=PATH"
        )


def parse(words: Sequence[str]) -> dict[str, Source]:
    """Return the sources that are named as ``NODE=PATH``.

    Raises:
        UsageError: It is not of that form, there is no such folder, or a machine has two.
    """
    found: dict[str, Source] = {}
    for text in words:
        node, equals, path = text.partition("=")
        if not (node and equals and path):
            raise UsageError(f"--from {text}: name a machine and a folder: --from NODE=PATH")
        if node in found:
            raise UsageError(f"--from names {node} twice")
        if not Path(path).is_dir():
            raise UsageError(f"--from {text}: {path} is no folder; mount or copy that of {node}")
        found[node] = Folder(Path(path).absolute())
    return found


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size:x}x{status.st_mtime_ns:x}"
