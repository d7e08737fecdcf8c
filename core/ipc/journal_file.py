"""The events of a session on the disk: its engines append, who comes later reads.

Two files in the room's runtime folder, of a JSON object a line: first which session they are of,
then events. When one is full it takes the place of the older one, and what has begun and is not
over is carried on, so that both together always tell of that, however long ago it began. Nothing
waits for the disk: a killed process loses nothing of it, and after a power cut there is no session
to go on with.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..errors import UNDECODABLE
from ..model import Event

FULL = 1 << 20
"""Bytes of one file: some 2000 events."""

logger = logging.getLogger(__name__)


class _Head(msgspec.Struct, frozen=True):
    session: str
    """Path of its sidecar, by which it is known."""
    id: str
    """Of its numbers: where the files could not be kept they begin anew, under another one."""


class Kept(msgspec.Struct, frozen=True):
    """What is on the disk of a session."""

    id: str = ""
    """Empty: nothing is."""
    events: tuple[Event, ...] = ()
    """By number; the older ones are those alone that were not over."""


_heads = msgspec.json.Decoder(_Head)
_events = msgspec.json.Decoder(Event)


def read(path: Path, session: str) -> Kept:
    """Return what is on the disk; of a line that its writer did not come to end there is nothing.

    Args:
        path: Of the newer file.
        session: Path of its sidecar.
    """
    # In this order: what is moved meanwhile is read twice, and not missed.
    newer, older = _read(path, session), _read(_older(path), session)
    id = newer.id or older.id
    found = (older, newer) if older.id == id else (newer,)
    numbered = {event.seq: event for kept in found for event in kept.events}
    return Kept(id, tuple(numbered[seq] for seq in sorted(numbered)))


def _read(path: Path, session: str) -> Kept:
    id, lines = _lines(path, session)
    events = (_event(line) for line in lines)
    return Kept(id, tuple(event for event in events if event is not None))


def _lines(path: Path, session: str) -> tuple[str, list[bytes]]:
    """Return the id of a session's file and its events as they are; nothing if it is another's."""
    try:
        head, *lines = path.read_bytes().split(b"\n")
        known = _heads.decode(head)
    except (OSError, *UNDECODABLE):
        return "", []
    return (known.id, lines) if known.session == session else ("", [])


def _event(line: bytes) -> Event | None:
    try:
        return _events.decode(line)
    except UNDECODABLE:
        return None


def _older(path: Path) -> Path:
    return path.with_suffix(".older")


class JournalFile:
    """Appends events, for this user only.

    Args:
        path: Of the newer file.
        session: Path of its sidecar.
        id: Of what is kept already, if anything is.
    """

    def __init__(self, path: Path, session: str, id: str = "") -> None:
        self._path = path
        self._head = _Head(session, id or secrets.token_hex(8))
        self._descriptor: int | None = None
        self._size = 0
        self._broken = False

    @property
    def id(self) -> str:
        """Of its numbers."""
        return self._head.id

    def append(self, event: Event, standing: Iterable[Event]) -> None:
        """Append an event; where that cannot be, an engine that takes over begins anew.

        Args:
            event: Which.
            standing: All that has begun and is not over.
        """
        try:
            # What a kill cut off is a line of its own.
            line = b"\n" + msgspec.json.encode(event)
            if self._descriptor is None and self._is_mine():
                self._go_on()
            if self._descriptor is None or self._size + len(line) > FULL:
                self._begin(standing)
            self._write(line)
            self._broken = False
        except (OSError, ValueError) as error:
            self._give_up(error)

    def close(self) -> None:
        """Let go of it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _is_mine(self) -> bool:
        id, _ = _lines(self._path, self._head.session)
        return id == self.id

    def _go_on(self) -> None:
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._size = os.fstat(self._descriptor).st_size

    def _begin(self, standing: Iterable[Event]) -> None:
        """Begin another file, which has its name when what is to be carried on is in it."""
        self.close()
        new = self._path.with_suffix(".new")
        new.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor, self._size = os.open(new, flags, 0o600), 0
        self._write(b"\n".join(map(msgspec.json.encode, (self._head, *standing))))
        if self._path.exists():
            self._path.replace(_older(self._path))
        new.replace(self._path)

    def _write(self, data: bytes) -> None:
        assert self._descriptor is not None
        if os.write(self._descriptor, data) < len(data):
            raise OSError("there is no room for it")
        self._size += len(data)

    def _give_up(self, error: Exception) -> None:
        """Leave nothing that is not whole: its numbers would be given once more."""
        if not self._broken:
            logger.warning("events are not kept for another engine: %s", error)
        self._broken = True
        self.close()
        self._remove()

    def _remove(self) -> None:
        for path in (self._path, _older(self._path)):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                logger.warning("%s cannot be removed: %s", path, error)
