"""One file → one store, under a name that was free, and compared with what is there then."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec

from ...errors import UploadError
from .digest import Digest, part_size
from .ledger import Entry
from .store import Meta, Store

MOST_NAMES = 100
_CHUNK = 256 << 10
"""Bytes that are read, and slowed down, together."""
_CLAIM = ".uploading"
"""Behind a name, that of a small object which says who is writing it."""


class FileError(UploadError):
    """It is the file that cannot be sent, not the store that does not take it."""


class ChangedError(FileError):
    """The file here is another one than it was; it is sent again."""


class UnlikeError(UploadError):
    """What is there is not what was sent: `entry` says what we left there."""

    def __init__(self, text: str, entry: Entry) -> None:
        super().__init__(text)
        self.entry = entry


class Progress(Protocol):
    """Is told how far a file is."""

    def sending(self, count: int) -> None:
        """So many bytes more were handed over."""
        ...

    def checking(self) -> None:
        """All of them were; what is there is compared."""
        ...


class Claims(Protocol):
    """Knows which names are kept, also after we were killed."""

    def add(self, key: str) -> None:
        """One is about to be kept; raises `UploadError` where that cannot be noted."""
        ...

    def drop(self, key: str) -> None:
        """It is not any more."""
        ...


class Sender:
    """Sends a file to a store.

    Args:
        store: Where to.
        token: By which others know what we are writing, and we do after a restart.
        slow: Waits as long as so many bytes have to.
        progress: Is told how far it is.
        claims: Knows which names are kept meanwhile.
    """

    def __init__(
        self,
        store: Store,
        token: str,
        slow: Callable[[int], Awaitable[None]],
        progress: Progress,
        claims: Claims,
    ) -> None:
        self._store = store
        self._mine = msgspec.json.encode({"by": token})
        self._slow = slow
        self._progress = progress
        self._claims = claims

    async def send(self, path: Path, before: Entry | None) -> Entry:
        """Send a file, unless it is there.

        What somebody else put there stays as it is: the file then has another name, ``….-2``.
        What we put there ourselves is replaced where the file is another one now.

        Args:
            path: Closed; nobody changes it.
            before: What of it was sent before.

        Raises:
            ChangedError: It was changed meanwhile.
            FileError: It cannot be read, or there is no name for it.
            UnlikeError: It is there, but not as it is here.
            UploadError: The store does not take it.
        """
        if self._store.is_itself(path):
            raise FileError(f"{self._store.url} is where {path.name} is already: choose another")
        if before is not None and before.place != self._store.url:
            before = None
        for number in range(1, MOST_NAMES + 1):
            key = path.name if number == 1 else f"{path.stem}-{number}{path.suffix}"
            if (entry := await self._try(path, key, before)) is not None:
                return entry
        raise FileError(
            f"{MOST_NAMES} other files are called {path.name} at {self._store.url}: "
            "choose another folder there"
        )

    async def _try(self, path: Path, key: str, before: Entry | None) -> Entry | None:
        """Send it under this name; ``None`` where that is somebody else's."""
        there = await self._store.head(key)
        if there is not None and not _ours(key, there, before):
            return await self._same(path, key, there)
        async with self._claim(key) as ours:
            if not ours or await self._store.head(key) != there:
                return None
            return await self._write(path, key, there)

    async def _same(self, path: Path, key: str, there: Meta) -> Entry | None:
        """Return what to note where the very same content is there already."""
        with _Source(path) as source:
            if there.size != source.stat.st_size:
                return None
            digest = Digest(part_size(there.size))
            while chunk := await source.read():
                digest.update(chunk)
            source.verify(digest)
        self._progress.checking()
        if digest.vouched(there.e_tag) or await self._reread(key) == digest.sha256:
            return self._entry(key, source, digest.sha256, there)
        return None

    async def _write(self, path: Path, key: str, there: Meta | None) -> Entry | None:
        with _Source(path) as source:
            part = part_size(source.stat.st_size)
            digest = Digest(part)
            writer = self._store.writer(key, part)
            try:
                while chunk := await source.read():
                    await self._slow(len(chunk))
                    digest.update(chunk)
                    await writer.write(chunk)
                    self._progress.sending(len(chunk))
                source.verify(digest)
                if await self._store.head(key) != there:
                    # Somebody who knows nothing of claims.
                    await writer.abort()
                    return None
                await writer.close()
            except BaseException:
                await writer.abort()
                raise
        self._progress.checking()
        await self._store.settle(key)
        return await self._verified(key, source, digest)

    async def _verified(self, key: str, source: _Source, digest: Digest) -> Entry:
        there = await self._store.head(key)
        if there is None:
            raise UploadError(f"{key} was taken, and is not there")
        if there.size == digest.size:
            if digest.vouched(there.e_tag) or await self._reread(key) == digest.sha256:
                return self._entry(key, source, digest.sha256, there)
            text = f"{key} is there with other content than was sent"
        else:
            text = f"{key} is there with {there.size} bytes, and {digest.size} were sent"
        raise UnlikeError(text, self._entry(key, source, "", there))

    async def _reread(self, key: str) -> str:
        whole = hashlib.sha256()
        async for chunk in self._store.read(key):
            await self._slow(len(chunk))
            whole.update(chunk)
        return whole.hexdigest()

    def _entry(self, key: str, source: _Source, sha256: str, there: Meta) -> Entry:
        return Entry(
            size=source.stat.st_size,
            mtime_ns=source.stat.st_mtime_ns,
            place=self._store.url,
            key=key,
            sha256=sha256,
            e_tag=there.e_tag,
            time=time.time(),
        )

    @contextlib.asynccontextmanager
    async def _claim(self, key: str) -> AsyncGenerator[bool]:
        """Keep a name from others who upload to the same place; yields whether it is ours.

        Parts of an upload cannot be put there on condition that nothing is there, but a small
        object can. It is read again, for there are stores that know no conditions.
        """
        name = key + _CLAIM
        self._claims.add(key)
        await self._store.create(name, self._mine)
        if await self._content(name) != self._mine:
            self._claims.drop(key)
            yield False
            return
        try:
            yield True
        finally:
            # Left there, it keeps the name for us until it is taken back.
            with contextlib.suppress(UploadError):
                await self._store.delete(name)
                self._claims.drop(key)

    async def take_back(self, key: str) -> None:
        """Remove what we left of an attempt that came to no end, if it is ours.

        Raises:
            UploadError: The store does not let us; it is tried again.
        """
        name = key + _CLAIM
        if await self._store.head(name) is not None and await self._content(name) == self._mine:
            await self._store.tidy(key)
            await self._store.delete(name)
        self._claims.drop(key)

    async def _content(self, key: str) -> bytes:
        content = b""
        async for chunk in self._store.read(key):
            content += chunk
            if len(content) > _CHUNK:
                break
        return content


def _ours(key: str, there: Meta, before: Entry | None) -> bool:
    return before is not None and before.key == key and before.e_tag == there.e_tag


class _Source:
    """A file as it is read from its begin to its end.

    Raises:
        FileError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.fdopen(
                os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0
            )
            self.stat = os.fstat(self._file.fileno())
        except OSError as error:
            raise _unreadable(path, error) from error

    def __enter__(self) -> _Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    async def read(self) -> bytes:
        """Return what comes next; nothing at its end."""
        try:
            return await asyncio.to_thread(self._file.read, _CHUNK)
        except OSError as error:
            raise _unreadable(self._path, error) from error

    def verify(self, read: Digest) -> None:
        """See that what was read is the file that is there now.

        Raises:
            ChangedError: It is not.
        """
        try:
            now = os.stat(self._path, follow_symlinks=False)
        except OSError as error:
            raise _unreadable(self._path, error) from error
        known = [(one.st_ino, one.st_size, one.st_mtime_ns) for one in (self.stat, now)]
        if known[0] != known[1] or read.size != now.st_size:
            raise ChangedError(f"{self._path.name} was changed while it was read")


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(f"cannot read {path}: {error.strerror or error}")
