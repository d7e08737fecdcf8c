"""What was written stays: files that grow are forced to the disk, and missed when they are gone.

Both take as long as the disk likes, and some disks like seconds. So a thread of its own waits for
them, neither the one that receives nor the one that writes: what is written meanwhile waits in the
system's memory, which is larger than ours. All files of a process are begun with before the first
is waited for: it makes a journaling file system write down what the others wait for.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from ..atomic import begin_sync, sync_descriptor, sync_file, sync_folder
from ..errors import DiskFullError, RecordingError
from .disk import FULL
from .place import nearest

LOOK = 1.0
"""Seconds between two looks at whether the files are still there."""

logger = logging.getLogger(__name__)


class Watched:
    """A file that grows, as who looks after it knows it. Made and told by the thread that writes.

    Raises:
        OSError: There are too many open files.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.error: RecordingError | None = None
        """Why what was written is not there, or not to be relied on."""
        self._written = self._synced = 0
        self._dirty_at = 0.0
        """When the first of what is not synced was written."""
        self._named = False
        self._own = os.fstat(descriptor)
        # Not every file system has numbers of files that stay.
        self._numbered = os.path.samestat(self._own, os.lstat(path))
        # A number of its own: the other one is somebody else's once the file is closed.
        self._descriptor = os.dup(descriptor)
        self._lock = threading.Lock()

    def grew(self, written: int) -> None:
        """Take note of how many bytes were written."""
        if self._written == self._synced:
            self._dirty_at = time.monotonic()
        self._written = written

    def move(self, path: Path) -> None:
        """Give the file another name, in the place of what has it.

        Raises:
            OSError: It keeps the one that it has.
        """
        with self._lock:
            os.replace(self.path, path)
            self.path, self._named = path, False

    @property
    def unsafe(self) -> float:
        """Seconds of media that a power cut would cost now."""
        return 0.0 if self._written == self._synced else time.monotonic() - self._dirty_at

    def check(self) -> None:
        """Find out whether the file is still where it was."""
        if self.error is None:
            with self._lock:
                self._keep(self._miss)

    def begin_sync(self) -> None:
        """Have what was written put on the disk, without waiting."""
        if self.error is None and self._written != self._synced:
            begin_sync(self._descriptor)

    def sync(self) -> None:
        """Wait until what was written is on the disk."""
        if self.error is None and self._written != self._synced:
            self._keep(self._sync)

    def close(self) -> None:
        """Look after it no more."""
        os.close(self._descriptor)

    def _keep(self, call: Callable[[], None]) -> None:
        try:
            call()
        except OSError as error:
            self.error = _lost(self.path, error)
        except RecordingError as error:
            self.error = error

    def _sync(self) -> None:
        written, now = self._written, time.monotonic()
        sync_descriptor(self._descriptor)
        if not self._named:
            self._named = True
            sync_folder(self.path.parent)
        self._synced, self._dirty_at = written, now

    def _miss(self) -> None:
        try:
            found = os.lstat(self.path)
            there = os.path.samestat(self._own, found) or not self._numbered
        except (FileNotFoundError, NotADirectoryError):
            there = False
        if not there:
            raise RecordingError(_gone(self.path, self._own.st_dev))


class Syncer:
    """Looks after all files that a process writes.

    Until `start` there is no thread: `check` is called by hand, and what is to be done is done at
    once.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        """How much a power cut may cost at most; 0: files are forced to the disk when they end."""
        self._files: set[Watched] = set()
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._sync_at = 0.0

    def start(self) -> None:
        """Begin to look after them, in a thread."""
        self._thread = threading.Thread(target=self._run, name="syncer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what was asked for is still done."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    @property
    def unsafe(self) -> float:
        """Seconds of media that a power cut would cost now, of the file that would lose most."""
        return max((file.unsafe for file in tuple(self._files)), default=0.0)

    def watch(self, path: Path, descriptor: int) -> Watched:
        """Look after a file that was just made; raises as `Watched`."""
        watched = Watched(path, descriptor)
        self._files.add(watched)
        return watched

    def leave(self, watched: Watched) -> None:
        """Look after a file no more: it is closed."""
        self._files.discard(watched)
        self.do(watched.close)

    def finish(self, path: Path | None, done: Callable[[RecordingError | None], None]) -> None:
        """Force a closed file and its name to the disk, and say so, or why that failed.

        Answers come in the order of calls; without a path there is nothing to wait for but that.
        """
        self.do(lambda: done(None if path is None else _force(path)))

    def do(self, call: Callable[[], None]) -> None:
        """Have something done after all that was asked for before."""
        if self._thread is None:
            call()
        else:
            self._jobs.put(call)

    def check(self, now: float) -> None:
        """Look after all files once; ``now`` is monotonic seconds."""
        files = tuple(self._files)
        for file in files:
            file.check()
        if self.seconds > 0 and now >= self._sync_at:
            begun = time.monotonic()
            for file in files:
                file.begin_sync()
            for file in files:
                file.sync()
            # Half of the time is for what happens before: frames are put together, handed over
            # and interleaved. Of the rest the disk takes what it takes.
            took = time.monotonic() - begun
            self._sync_at = now + max(self.seconds / 4, self.seconds / 2 - took)

    def _run(self) -> None:
        look_at = time.monotonic()
        while True:
            now = time.monotonic()
            if now >= look_at:
                self._call(partial(self.check, now))
                look_at = now + LOOK
                if self.seconds > 0:
                    look_at = min(look_at, max(self._sync_at, now + self.seconds / 4))
            try:
                job = self._jobs.get(timeout=max(0.0, look_at - time.monotonic()))
            except Empty:
                continue
            if job is None:
                return
            self._call(job)

    def _call(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            logger.exception("looking after files")


def _force(path: Path) -> RecordingError | None:
    try:
        sync_file(path)
    except FileNotFoundError:
        return RecordingError(_gone(path, None))
    except OSError as error:
        return _lost(path, error)
    return None


def _lost(path: Path, error: OSError) -> RecordingError:
    if error.errno in FULL:
        return DiskFullError(f"the disk is full: not all of {path.name} could be kept")
    return RecordingError(
        f"the disk did not keep all of {path.name}: {error.strerror or error}; check the disk"
    )


def _gone(path: Path, device: int | None) -> str:
    """Return what became of a file that is not where it was."""
    folder = path.parent
    if device is not None and os.stat(nearest(folder)).st_dev != device:
        return f"the disk of {folder} was unmounted while {path.name} was written"
    if not folder.is_dir():
        return f"the folder {folder} was removed while {path.name} was written"
    return f"{path} was removed, moved or replaced while it was written"
