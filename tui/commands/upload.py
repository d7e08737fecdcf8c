"""``roomdeck upload``: what is left to be uploaded, without a recording."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from ...core.attendant.uploads import ledger
from ...core.attendant.uploads.destination import destination
from ...core.attendant.uploads.session import Session
from ...core.attendant.uploads.store import Store
from ...core.attendant.uploads.uploader import Arrival, Failure, Uploader
from ...core.errors import UsageError
from ...core.model import EventType
from ...core.recording.naming import parse_stem
from ...core.units import size
from ..exits import Exit
from ..lines.printer import narrate
from ..text.format import json_line, printable
from ..text.words import count

ATTEMPTS = 5
"""How often in a row it may fail."""


async def upload_folder(folder: Path, to: str, rate: float, as_json: bool) -> Exit:
    """Print a line per file that is uploaded.

    Args:
        folder: With the JSON files of sessions.
        to: Where to; empty: where each session was to be uploaded to.
        rate: Bytes per second at most; 0: any.
        as_json: Lines are JSON.

    Raises:
        UsageError: There is nothing to upload, or nowhere to.
        UploadError: What says what is uploaded cannot be read or written.
    """
    url = destination(to) if to else ""
    if url:
        Store(url)  # complains
    told = _Lines(as_json)
    uploader = Uploader(told, rate)
    with contextlib.ExitStack() as holds:
        uploader.sessions = _sessions(folder, url, holds)
        if not uploader.sessions:
            raise UsageError(
                f"no session in {folder} is to be uploaded; say where to: --to s3://bucket/folder"
            )
        while (wait := await uploader.step()) is not None:
            if uploader.failed_in_a_row >= ATTEMPTS:
                break
            await asyncio.sleep(wait)
        left = sum(len(one.pending()) for one in uploader.sessions)
    if not as_json:
        print(f"{count(told.count, 'file')} uploaded, {count(left, 'file')} left", flush=True)
    return Exit.RECORDING_FAILED if left else Exit.OK


def _sessions(folder: Path, url: str, holds: contextlib.ExitStack) -> list[Session]:
    """Take hold of the sessions of a folder that are to be uploaded."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is not there; name the folder that `record --output` wrote to")
    found: list[Session] = []
    for path in _told(folder.absolute()):
        if not url and not ledger.ledger_path(path).exists():
            continue
        if not holds.enter_context(ledger.held(path)):
            narrate(f"{path.name} is being uploaded already")
            continue
        # Not before: whoever held it may just have written what it did.
        session = Session.begin(path, (url,) if url else (), over=True)
        if session is not None:
            found.append(session)
    return found


def _told(folder: Path) -> list[Path]:
    """Return what tells of takes in a folder: JSON files of sessions, and what nodes keep."""
    sessions = (path for path in folder.glob("*.json") if parse_stem(path.stem) is not None)
    of_nodes = (path for path in folder.glob("*.takes") if ledger.ledger_path(path).exists())
    return sorted((*sessions, *of_nodes))


class _Lines:
    """Prints what becomes of files."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self.count = 0
        """Files that are there."""

    async def done(self, arrival: Arrival) -> bool:
        """Print that a file is there."""
        self.count += 1
        path, entry, _ = arrival
        text = f"{path.name}: at {entry.to}, {size(entry.size)}"
        self._print(EventType.UPLOAD_DONE, text, arrival.data)
        return True

    async def failed(self, failure: Failure) -> None:
        """Print why one is not."""
        path, to, error = failure
        self._print(EventType.UPLOAD_FAILED, f"{path.name}: not at {to}: {error}", failure.data)

    def _print(self, kind: EventType, text: str, data: dict[str, Any]) -> None:
        print(json_line({"type": kind} | data) if self._as_json else printable(text), flush=True)
