"""What hooks are to hear, on the disk.

One database for all recordings of a user, so that the next one delivers what this one could not.
Whose deliveries are whose is in its rows; a lock on a file beside it says that the attendant of a
session lives, and the system lets go of it in whatever way that ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import platformdirs

from ... import locks
from .deliveries import Delivery

MOST_WAITING = 1000
"""Deliveries of one hook; the oldest give way."""
MOST_AGE = 3 * 86400.0
"""Seconds after which nobody wants to hear it any more."""
FORGOTTEN = 90 * 86400.0
"""Seconds after which a session that did not say that it was over is taken to be."""
BUSY = 10.0
"""Seconds to wait for who else has the database."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pending (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  key TEXT NOT NULL,
  session TEXT NOT NULL,
  type TEXT NOT NULL,
  stream TEXT NOT NULL,
  made REAL NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (id, key)
);
CREATE INDEX IF NOT EXISTS whose ON pending (session);
CREATE TABLE IF NOT EXISTS heard (
  session TEXT PRIMARY KEY,
  journal TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at REAL NOT NULL
);
"""

logger = logging.getLogger(__name__)


def state_folder() -> Path:
    """Return where it is: beside what programs of this user keep for the next time."""
    return platformdirs.user_state_path("roomdeck") / "hooks"


class Heard(NamedTuple):
    """What comes of an event for hooks."""

    seq: int
    """Of the event."""
    deliveries: Sequence[Delivery]


class Store:
    """Deliveries of one session, and those that others left; its calls may wait for the disk.

    Args:
        folder: Made if it is not there, for this user only.
        session: Path of its sidecar.
        journal: Id of its events on the disk, whose numbers never repeat.
    """

    def __init__(self, folder: Path, session: str, journal: str) -> None:
        self._folder = folder
        self._session = hashlib.sha256(session.encode()).hexdigest()[:24]
        self._journal = journal
        self._seq = 0
        """Of the last event that was heard."""
        self._alive = contextlib.ExitStack()
        self._mine = False
        self._database = sqlite3.connect(":memory:", check_same_thread=False)

    def open(self) -> None:
        """Open the database, and take over what sessions left whose attendants are gone.

        Where it cannot be on the disk it is in memory, and that is said.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mine = self._alive.enter_context(locks.alone(self._lock_of(self._session)))
            if not self._mine:
                raise OSError("another attendant hears the same session")
            self._connect()
            self._adopt()
        except (OSError, sqlite3.Error) as error:
            logger.warning("what hooks are to hear is not kept on the disk: %s", error)
            self._database = sqlite3.connect(":memory:", check_same_thread=False)
            self._database.executescript(_SCHEMA)

    def _connect(self) -> None:
        file = self._folder / "hooks.db"
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        try:
            self._database = self._open(file)
        except sqlite3.OperationalError:
            raise  # locked, or the disk
        except sqlite3.DatabaseError as error:
            aside = file.with_suffix(f".broken-{int(time.time())}")
            logger.warning("%s cannot be read (%s) and is now %s", file, error, aside.name)
            file.rename(aside)
            self._database = self._open(file)

    @staticmethod
    def _open(file: Path) -> sqlite3.Connection:
        database = sqlite3.connect(file, timeout=BUSY, check_same_thread=False)
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(_SCHEMA)
        return database

    def _lock_of(self, session: str) -> Path:
        return self._folder / f"{session}.lock"

    def _adopt(self) -> None:
        now = time.time()
        query = "SELECT session FROM pending UNION SELECT session FROM heard WHERE at < ?"
        for (session,) in self._database.execute(query, (now - FORGOTTEN,)).fetchall():
            if session == self._session:
                continue
            with locks.alone(self._lock_of(session)) as left, self._database:
                if not left:
                    continue
                self._database.execute(
                    "UPDATE pending SET session = ? WHERE session = ?", (self._session, session)
                )
                self._database.execute(
                    "DELETE FROM heard WHERE session = ? AND at < ?", (session, now - FORGOTTEN)
                )
                self._lock_of(session).unlink(missing_ok=True)
        with self._database:
            late = self._database.execute(
                "DELETE FROM pending WHERE session = ? AND made < ?",
                (self._session, now - MOST_AGE),
            ).rowcount
        if late:
            logger.warning("%d events are too old to be told to hooks", late)
        found = self._database.execute(
            "SELECT seq FROM heard WHERE session = ? AND journal = ?",
            (self._session, self._journal),
        ).fetchone()
        self._seq = found[0] if found else 0

    def waiting(self) -> list[Delivery]:
        """Return what is to be delivered, in its order."""
        rows = self._database.execute(
            "SELECT id, key, type, stream, made, body FROM pending "
            "WHERE session = ? ORDER BY number",
            (self._session,),
        )
        return [
            Delivery(id=id, key=key, type=type, stream=stream, made=made, body=body)
            for id, key, type, stream, made, body in rows
        ]

    def add(self, heard: Sequence[Heard]) -> list[Delivery]:
        """Keep what comes of events, in their order; return that of those not heard before.

        Where the disk does not take it all counts as kept: it may be full, and that be the news.
        """
        new = [one for one in heard if one.seq > self._seq]
        if not new:
            return []
        self._seq = new[-1].seq
        deliveries = [delivery for one in new for delivery in one.deliveries]
        try:
            with self._database:
                self._database.executemany(
                    "INSERT OR IGNORE INTO pending (id, key, session, type, stream, made, body) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        (one.id, one.key, self._session, one.type, one.stream, one.made, one.body)
                        for one in deliveries
                    ],
                )
                self._database.execute(
                    "INSERT OR REPLACE INTO heard VALUES (?, ?, ?, ?)",
                    (self._session, self._journal, self._seq, time.time()),
                )
        except sqlite3.Error as error:
            logger.warning("what hooks are to hear is not on the disk: %s", error)
        return deliveries

    def settle(self, one: Delivery) -> None:
        """Remember that this is not to be delivered (any more)."""
        self._change("DELETE FROM pending WHERE id = ? AND key = ?", one.id, one.key)

    def over(self) -> None:
        """Remember that nobody tells of this session again."""
        self._change("DELETE FROM heard WHERE session = ?", self._session)
        if self._mine:
            self._lock_of(self._session).unlink(missing_ok=True)

    def _change(self, statement: str, *values: str) -> None:
        try:
            with self._database:
                self._database.execute(statement, values)
        except sqlite3.Error as error:
            logger.warning("what hooks have heard is not on the disk: %s", error)

    def close(self) -> None:
        """Let go of it."""
        self._database.close()
        self._alive.close()
