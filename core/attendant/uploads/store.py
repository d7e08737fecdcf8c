"""A bucket or a folder, by obstore; nobody else imports it.

Where it is and who may write there is in the environment as well, by the names that each provider
gives them (``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``, …): obstore reads them itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from datetime import timedelta
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import LocalStore, from_url

from ...atomic import sync_file
from ...errors import UploadError, UsageError
from ...recording.place import Place
from .destination import folder_of

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

PATIENCE = 300.0
"""Seconds that a store may take for a part, whatever the network: 5 MB at 140 kbit/s."""
ABORT = 5.0
"""Seconds for taking back what is not complete."""
AT_ONCE = 2
"""Parts on their way together."""
_CHUNK = 1 << 20
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT")
_LONGEST = 300


_Leave = Callable[[object, object, object], Awaitable[None]]


class Meta(NamedTuple):
    """Of an object."""

    size: int
    e_tag: str


class Writer:
    """An object on its way: nobody sees it before it is whole."""

    def __init__(self, writer: obstore.AsyncWritableFile, limited: _Limit) -> None:
        self._writer = writer
        self._limited = limited

    async def write(self, data: bytes) -> None:
        """Add bytes; waits where the store is slower.

        Raises:
            UploadError: The store does not take them.
        """
        async with self._limited():
            await self._writer.write(data)

    async def close(self) -> None:
        """Have it seen.

        Raises:
            UploadError: The store does not take it.
        """
        async with self._limited():
            await self._writer.close()

    async def abort(self) -> None:
        """Take it back; what a store that does not answer keeps of it, nobody sees."""
        with contextlib.suppress(BaseError, OSError, TimeoutError):
            async with asyncio.timeout(ABORT):
                # As where its block is left by an error.
                leave = cast(_Leave, self._writer.__aexit__)  # pyright: ignore[reportUnknownMemberType]
                await leave(UploadError, UploadError(), None)


class Store:
    """Where files go.

    Args:
        url: As from `destination`.
        place: Of a folder: on which disk it is.
        patience: Seconds that it may take to answer.

    Raises:
        UsageError: There is no such kind of store, or the environment says something odd.
    """

    def __init__(self, url: str, place: Place | None = None, patience: float = PATIENCE) -> None:
        self.url = url
        self._folder = folder_of(url)
        self._place = place or Place()
        self._limited = _Limit(patience)
        try:
            self._bucket = None if self._folder else _bucket(url, patience)
        except (BaseError, OSError, ValueError) as error:
            raise UsageError(f"cannot upload to {url}: {_words(error)}") from None

    async def head(self, key: str) -> Meta | None:
        """Return what is there under a name; ``None`` where nothing is.

        Raises:
            UploadError: It does not say.
        """
        store, path = self._at(key)
        try:
            async with self._limited():
                meta = await obstore.head_async(store, path)
        except UploadError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise
        return Meta(meta["size"], meta["e_tag"] or "")

    async def create(self, key: str, data: bytes) -> bool:
        """Put a small object there; return whether nothing was under its name.

        Raises:
            UploadError: It does not take it.
        """
        store, path = self._at(key)
        try:
            async with self._limited():
                if self._folder is None:
                    await obstore.put_async(store, path, data, mode="create")
                else:
                    await asyncio.to_thread(_create, self._folder / key, data)
        except UploadError as error:
            if isinstance(error.__cause__, AlreadyExistsError | FileExistsError):
                return False
            raise
        return True

    async def delete(self, key: str) -> None:
        """Remove an object.

        Raises:
            UploadError: It does not let us.
        """
        store, path = self._at(key)
        async with self._limited():
            await obstore.delete_async(store, path)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Yield what an object holds.

        Raises:
            UploadError: It cannot be read.
        """
        store, path = self._at(key)
        async with self._limited():
            stream = (await obstore.get_async(store, path)).stream(_CHUNK)
        while True:
            async with self._limited():
                try:
                    chunk = await anext(stream)
                except StopAsyncIteration:
                    return
            yield bytes(chunk)

    def writer(self, key: str, part: int) -> Writer:
        """Begin an object, of parts of so many bytes.

        Raises:
            UploadError: The folder is not there.
        """
        store, path = self._at(key)
        writer = obstore.open_writer_async(store, path, buffer_size=part, max_concurrency=AT_ONCE)
        return Writer(writer, self._limited)

    def is_itself(self, path: Path) -> bool:
        """Whether a file would be compared with itself, and not be in two places."""
        if self._folder is None:
            return False
        try:
            return self._folder.samefile(path.parent) or (self._folder / path.name).samefile(path)
        except OSError:
            return False

    async def tidy(self, key: str) -> None:
        """Remove what was written of an object that nobody came to complete.

        A bucket shows nothing of it, and has rules for that; in a folder it lies beside the name.

        Raises:
            UploadError: It cannot be removed.
        """
        if self._folder is not None:
            async with self._limited():
                await asyncio.to_thread(_remove_parts, self._folder / key)

    async def settle(self, key: str) -> None:
        """Have an object on the disk, where it is on one.

        Raises:
            UploadError: It is not.
        """
        if self._folder is not None:
            async with self._limited():
                await asyncio.to_thread(sync_file, self._folder / key)

    def _at(self, key: str) -> tuple[ObjectStore, str]:
        """Return the store, and the path in it.

        Raises:
            UploadError: The folder, or its disk, is not there: it is not made in another place.
        """
        if self._folder is None:
            assert self._bucket is not None
            return self._bucket, key
        if not self._folder.is_dir():
            raise UploadError(f"{self._folder} is not there: make it, or mount its disk")
        if self._place.objection(str(self._folder)):
            raise UploadError(f"the disk of {self._folder} is not mounted any more: mount it again")
        try:
            return LocalStore(self._folder), key
        except (BaseError, OSError, ValueError) as error:
            raise UploadError(_words(error)) from error


class _Limit:
    """Makes of whatever a store does, or does not do in time, an `UploadError`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    @contextlib.asynccontextmanager
    async def __call__(self) -> AsyncGenerator[None]:
        try:
            with _said():
                async with asyncio.timeout(self._seconds):
                    yield
        except TimeoutError as error:
            raise UploadError(f"no answer for {self._seconds:g} s") from error


@contextlib.contextmanager
def _said() -> Generator[None]:
    try:
        yield
    except TimeoutError:
        raise
    except (BaseError, OSError) as error:
        raise UploadError(_words(error)) from error


def _create(path: Path, data: bytes) -> None:
    """Make a file that was not there; obstore does so by a link, which FAT and others have not."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        file.write(data)


def _remove_parts(path: Path) -> None:
    """Remove files that obstore writes until one is complete: its name, ``#`` and a number."""
    for part in path.parent.glob(f"{escape(path.name)}#*"):
        if part.name[len(path.name) + 1 :].isdecimal():
            part.unlink(missing_ok=True)


def _bucket(url: str, patience: float) -> ObjectStore:
    options: ClientConfig = {
        "connect_timeout": timedelta(seconds=min(10.0, patience)),
        "timeout": timedelta(seconds=patience),
        # Who writes http:// there means it.
        "allow_http": any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS),
    }
    # One more attempt, for a connection that had been closed; the rest is the queue's business.
    retries: RetryConfig = {"max_retries": 1, "retry_timeout": timedelta(seconds=30)}
    return from_url(url, client_options=options, retry_config=retries)


_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (UnauthenticatedError, "it does not know these credentials: "),
    (PermissionDeniedError, "these credentials may not do this: "),
)


def _words(error: Exception) -> str:
    """Return what a store says, in a line without what could be secret."""
    text = str(error).split("\n\nDebug source", 1)[0]
    found = re.search(r"<Code>(.*?)</Code>(?:.*?<Message>(.*?)</Message>)?", text, re.DOTALL)
    said = ": ".join(part for part in (found.groups() if found else ()) if part)
    text = said or re.sub(r"(https?://[^\s?]*)\?\S*", r"\1", text)
    text = re.sub(r"https?://[^\s/@]*@", "https://", text)
    kind = next((words for kind, words in _KINDS if isinstance(error, kind)), "")
    return kind + " ".join(text.split())[:_LONGEST]
