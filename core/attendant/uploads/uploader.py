"""Sends what is to be uploaded, one file after the other, wherever it can."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ...errors import UploadError, UsageError
from ...model import Upload, UploadsSnapshot, UploadState
from ...recording.place import Place
from .ledger import Entry
from .pace import Pace
from .rests import Rests
from .send import ChangedError, FileError, Progress, Sender, UnlikeError
from .session import Kept, Session
from .store import Store

logger = logging.getLogger(__name__)

MOST_SHOWN = 200
_LAST_DONE = 20
REMIND = 600.0
"""Seconds after which the same failure of the same place is told again."""


class Arrival(NamedTuple):
    """A file that is there, and was compared."""

    path: Path
    entry: Entry
    seconds: float
    """That it took."""

    @property
    def data(self) -> dict[str, Any]:
        """As its event has it."""
        return {
            "file": str(self.path),
            "to": self.entry.to,
            "bytes": self.entry.size,
            "sha256": self.entry.sha256,
            "seconds": round(self.seconds, 3),
        }


class Failure(NamedTuple):
    """A file that was not taken."""

    path: Path
    to: str
    error: str

    @property
    def data(self) -> dict[str, Any]:
        """As its event has it."""
        return {"file": str(self.path), "to": self.to, "error": self.error}


class News(Protocol):
    """Hears what became of files."""

    async def done(self, arrival: Arrival) -> bool:
        """A file is there; returns whether that is told, or nobody is left to hear of it."""
        ...

    async def failed(self, failure: Failure) -> None:
        """A file could not be sent."""
        ...


class Uploader:
    """Sends files of sessions.

    Args:
        news: Hears what became of them.
        rate: Bytes per second at most, on average; 0: any.
        store: Opens where files go.
    """

    def __init__(
        self, news: News, rate: float = 0.0, store: Callable[[str, Place | None], Store] = Store
    ) -> None:
        self.sessions: list[Session] = []
        self._news = news
        self._pace = Pace(rate)
        self._open = store
        self._stores: dict[str, Store] = {}
        self._rests = Rests()
        self._told: dict[str, tuple[str, float]] = {}
        self._current: _Current | None = None
        self._waiting: list[tuple[Session, Path]] = []
        self._last: deque[Upload] = deque(maxlen=_LAST_DONE)
        self._errors: dict[str, str] = {}
        self._done, self._done_bytes, self._failures = 0, 0, 0
        self.failing_since: float | None = None
        """When the first of the attempts was that all failed; monotonic."""
        self.failed_in_a_row = 0
        """Attempts since one succeeded."""

    async def step(self) -> float | None:
        """Send one file, if it can be.

        Returns:
            Seconds after which there may be more to do; ``None``: nothing is left.
        """
        await self._take_back()
        soonest: list[float] = []
        pending = [(session, await asyncio.to_thread(session.pending)) for session in self.sessions]
        self._waiting = [(session, path) for session, paths in pending for path in paths]
        for session, path in self._waiting:
            url, left = self._next(session, path, time.monotonic())
            if left:
                soonest.append(left)
                continue
            await self._upload(session, path, url)
            return 0.0
        return min(soonest, default=None)

    async def _take_back(self) -> None:
        """Remove what attempts left that came to no end, where that can be done now."""
        for session in self.sessions:
            for url, keys in tuple(session.ledger.claims.items()):
                if self._rests.left(url, time.monotonic()):
                    continue
                try:
                    sender = self._sender(session, url, _Nobody())
                    for key in tuple(keys):
                        await sender.take_back(key)
                    session.save()
                except (UploadError, UsageError) as error:
                    logger.warning("%s: what is left there stays for now: %s", url, error)
                    self._rests.failed(url, time.monotonic(), random.random())

    def _sender(self, session: Session, url: str, progress: Progress) -> Sender:
        store, token = self._at(session, url), session.ledger.token
        return Sender(store, token, self._slow, progress, Kept(session, url))

    def _next(self, session: Session, path: Path, now: float) -> tuple[str, float]:
        """Return where a file goes next, and after how many seconds."""
        places = {url: self._rests.left(url, now) for url in session.ledger.to}
        url = min(places, key=lambda url: places[url], default="")
        return url, max(self._rests.left(str(path), now), places.get(url, REMIND))

    async def _upload(self, session: Session, path: Path, url: str) -> None:
        began = time.monotonic()
        current = self._current = _Current(path, url)
        try:
            before = session.ledger.files.get(path.name)
            entry = await self._sender(session, url, current).send(path, before)
            session.note(path.name, entry)
        except ChangedError:
            self.failed_in_a_row += 1
            self._rests.failed(str(path), began, random.random())
        except UnlikeError as error:
            # Noted, for it is ours: it is replaced, also by whoever comes after us.
            with contextlib.suppress(UploadError):
                session.note(path.name, error.entry)
            await self._failed(path, url, error)
        except (UploadError, UsageError) as error:
            await self._failed(path, url, error)
        else:
            self.failing_since = None
            self.failed_in_a_row = 0
            self._rests.succeeded(url)
            self._rests.succeeded(str(path))
            self._errors.pop(str(path), None)
            self._told.pop(url, None)
            self._done += 1
            self._done_bytes += entry.size
            self._last.append(current.shown(UploadState.DONE))
            if await self._news.done(Arrival(path, entry, time.monotonic() - began)):
                session.told(path.name)
        finally:
            self._current = None

    def _at(self, session: Session, url: str) -> Store:
        if url not in self._stores:
            self._stores[url] = self._open(url, session.ledger.disks.get(url))
        return self._stores[url]

    async def _slow(self, count: int) -> None:
        if wait := self._pace.wait(count, time.monotonic()):
            await asyncio.sleep(wait)

    async def _failed(self, path: Path, url: str, error: Exception) -> None:
        now, text = time.monotonic(), str(error)
        rests = str(path) if isinstance(error, FileError) else url
        self._rests.failed(rests, now, random.random())
        self._failures += 1
        self.failed_in_a_row += 1
        self._errors[str(path)] = text
        self.failing_since = self.failing_since or now
        last, at = self._told.get(rests, ("", 0.0))
        if text != last or now - at >= REMIND:
            self._told[rests] = (text, now)
            await self._news.failed(Failure(path, url, text))

    def snapshot(self) -> UploadsSnapshot:
        """Return how far it is."""
        sizes = {path: _size(path) for _, path in self._waiting}
        current = [self._current.shown()] if self._current else []
        at = self._current.path if self._current else None
        now = time.monotonic()
        waiting = [
            self._shown(session, path, sizes[path], now)
            for session, path in self._waiting[: MOST_SHOWN - _LAST_DONE - 1]
            if path != at
        ]
        return UploadsSnapshot(
            files=(*current, *waiting, *self._last),
            waiting=len(sizes),
            waiting_bytes=sum(sizes.values()),
            done=self._done,
            done_bytes=self._done_bytes,
            failed=self._failures,
            rate=current[0].rate if current else 0.0,
        )

    def _shown(self, session: Session, path: Path, size: int, now: float) -> Upload:
        error = self._errors.get(str(path), "")
        url, left = self._next(session, path, now)
        return Upload(
            file=str(path),
            state=UploadState.FAILED if error else UploadState.WAITING,
            to=_target(url, path) if url else "",
            bytes=size,
            error=error,
            retry_in=math.ceil(left) if left else None,
        )


class _Nobody:
    """Need not know how far something is."""

    def sending(self, count: int) -> None:
        pass

    def checking(self) -> None:
        pass


class _Current:
    """The file that is on its way."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        self._url = url
        self._sent = 0
        self._state = UploadState.SENDING
        self._began = time.monotonic()

    def sending(self, count: int) -> None:
        self._state = UploadState.SENDING
        self._sent += count

    def checking(self) -> None:
        self._state = UploadState.CHECKING

    def shown(self, state: UploadState | None = None) -> Upload:
        seconds = time.monotonic() - self._began
        return Upload(
            file=str(self.path),
            state=state or self._state,
            to=_target(self._url, self.path),
            sent=self._sent,
            bytes=_size(self.path),
            rate=self._sent / seconds if seconds else 0.0,
        )


def _target(url: str, path: Path) -> str:
    return f"{url.rstrip('/')}/{path.name}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
