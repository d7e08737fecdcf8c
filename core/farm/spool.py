"""Where a job has what is not whole yet, on the disk of its node, so that it can go on."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import NamedTuple

from .. import locks
from ..atomic import make_folder
from ..collection.copy import bring
from ..collection.sources import Folder, Found, Source
from ..errors import RecordingError
from ..recording.disk import cannot_write
from .orders import Lying, Task

PATIENCE = 60.0
"""Seconds for which an earlier job may still be about to end, after an interruption."""
_LOOK = 0.25
_FOLDER = ".farm"
_LENGTH = 16
"""Digits of a name that is a digest."""


class Fetched(NamedTuple):
    """A take that is here."""

    path: Path
    stamp: str
    """Of this state of it: another one is another file."""


class Spool:
    """The folder of one delivery on one node.

    Args:
        task: Says which.
    """

    def __init__(self, task: Task) -> None:
        order = task.order
        self._path = Path(task.here.output or order.folder) / _FOLDER / order.name
        self._node = task.here.node
        self._brought: list[Path] = []

    @contextlib.contextmanager
    def file(self, name: str, idle: Callable[[], None]) -> Generator[Path]:
        """Have the folder of a file for oneself.

        Args:
            name: Of the file.
            idle: Called while it is waited for; raises what ends that.

        Raises:
            RecordingError: It cannot be made, or another job has it.
        """
        with _alone(self._path / "files" / name, idle) as folder:
            yield folder

    def fetch(self, one: Lying, sources: Mapping[str, Source], idle: Callable[[], None]) -> Fetched:
        """Have a take here, where it is not already.

        Args:
            one: The take.
            sources: Ways to machines, by their names.
            idle: Called every now and then; raises what ends that.

        Raises:
            RecordingError: It cannot be had.
        """
        found = self._find(one, sources)
        if one.node == self._node:
            return Fetched(Path(one.path), found.stamp)
        told = "\0".join((one.node, one.path, found.stamp))
        named = hashlib.sha256(told.encode()).hexdigest()[:_LENGTH]
        with _alone(self._path / "takes" / named, idle) as folder:
            self._brought.append(folder)
            path = folder / one.take.file
            if not path.exists():
                bring(found, path, lambda done: idle())
        return Fetched(path, found.stamp)

    def clear(self, name: str = "") -> None:
        """Remove the takes that were brought, and what was there for a file."""
        own = (self._path / "files" / name,) if name else ()
        for folder in (*own, *self._brought):
            shutil.rmtree(folder, ignore_errors=True)
        for folder in (self._path / "files", self._path / "takes", self._path, self._path.parent):
            with contextlib.suppress(OSError):  # There is something of others.
                folder.rmdir()

    def _find(self, one: Lying, sources: Mapping[str, Source]) -> Found:
        """Return the file of a take: from its node, or from a disk that all share."""
        why = f"{one.node} is not in the cluster now, or does not answer"
        try:
            if one.node in sources:
                why = f"{one.node} has no {one.path}"
                if (found := sources[one.node].find(one.path)) is not None:
                    return found
        except RecordingError as error:
            why = str(error)
        shared = None if one.node == self._node else Folder().find(one.path)
        if shared is not None and shared.size == one.take.bytes:
            return shared
        raise RecordingError(
            f"{one.take.file} is out of reach: {why}. Start Ray there again and run the same "
            "command, which goes on from here; or bring it by `roomdeck collect --from`"
        )


@contextlib.contextmanager
def _alone(folder: Path, idle: Callable[[], None]) -> Generator[Path]:
    with contextlib.ExitStack() as held:
        try:
            make_folder(folder)
            descriptor = held.enter_context(locks.opened(folder))
        except OSError as error:
            raise cannot_write(folder, error) from error
        _lock(descriptor, folder, idle)
        yield folder


def _lock(descriptor: int, folder: Path, idle: Callable[[], None]) -> None:
    until = time.monotonic() + PATIENCE
    while not locks.taken(descriptor):
        if time.monotonic() > until:
            raise RecordingError(f"another delivery has {folder}: let it end")
        idle()
        time.sleep(_LOOK)
