"""What hooks are to hear, on the disk.

One database for all recordings of a user, so that the next one delivers what this one could not.
Whose deliveries are whose is in its rows; a lock on a file beside it says that the attendant of a
session lives, and the system lets go of it in whatever way that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import platformdirs

from .deliveries import Delivery

MOST_WAITING = 1000
"""Deliveries of one hook; the oldest give way."""
MOST_AGE = 3 * 86400.0
"""Seconds after which nobody wants to hear it any more."""
MOST_TOLD = 20_000
"""Ids of what was delivered that are remembered of a session: more than an engine tells again."""
FORGOTTEN = 90 * 86400.0
"""Seconds after which a session that did not say that it was over is taken to be."""
BUSY = 10.0
"""Seconds to wait for who else has the database."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  key TEXT NOT NULL,
  session TEXT NOT NULL,
  owner TEXT NOT NULL,
  type TEXT NOT NULL,
  stream TEXT NOT NULL,
  made REAL NOT NULL,
  body BLOB,
  UNIQUE (id, key)
);
CREATE INDEX IF NOT EXISTS waiting ON deliveries (owner) WHERE body IS NOT NULL;
CREATE TABLE IF NOT EXISTS over (session TEXT PRIMARY KEY);
"""

logger = logging.getLogger(__name__)


def state_folder() -> Path:
    """Return where it is: beside what programs of this user keep for the next time."""
    return platformdirs.user_state_path("roomdeck") / "hooks"


class Store:
    """Deliveries of one session, and those that others left; its calls may wait for the disk.

    Args:
        folder: Made if it is not there, for this user only.
        session: Path of its sidecar.
    """

    def __init__(self, folder: Path, session: str) -> None:
        self._folder = folder
        self._session = hashlib.sha256(session.encode()).hexdigest()[:24]
        self._alive: IO[bytes] | None = None
        self._database = sqlite3.connect(":memory:", check_same_thread=False)

    def open(self) -> None:
        """Open the database, and take over what sessions left whose attendants are gone.

        Where it cannot be on the disk it is in memory, and that is said.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._alive = self._lock(self._session)
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

    def _lock(self, session: str) -> IO[bytes]:
        file = (self._folder / f"{session}.lock").open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise
        return file

    def _adopt(self) -> None:
        now = time.time()
        query = "SELECT DISTINCT owner FROM deliveries WHERE body IS NOT NULL"
        for (owner,) in self._database.execute(query).fetchall():
            if owner == self._session:
                continue
            with contextlib.suppress(BlockingIOError), self._lock(owner), self._database:
                self._database.execute(
                    "UPDATE deliveries SET owner = ? WHERE owner = ? AND body IS NOT NULL",
                    (self._session, owner),
                )
        with self._database:
            self._database.execute(
                "DELETE FROM deliveries WHERE body IS NULL AND "
                "(made < ? OR session IN (SELECT session FROM over))",
                (now - FORGOTTEN,),
            )
            late = self._database.execute(
                "DELETE FROM deliveries WHERE owner = ? AND body IS NOT NULL AND made < ?",
                (self._session, now - MOST_AGE),
            ).rowcount
            gone = self._database.execute(
                "SELECT session FROM over WHERE session NOT IN (SELECT session FROM deliveries)"
            ).fetchall()
            self._database.executemany("DELETE FROM over WHERE session = ?", gone)
        if late:
            logger.warning("%d events are too old to be told to hooks", late)
        for (session,) in gone:
            (self._folder / f"{session}.lock").unlink(missing_ok=True)

    def waiting(self) -> list[Delivery]:
        """Return what is to be delivered, in its order."""
        rows = self._database.execute(
            "SELECT id, key, type, stream, made, body FROM deliveries "
            "WHERE owner = ? AND body IS NOT NULL ORDER BY number",
            (self._session,),
        )
        return [
            Delivery(id=id, key=key, type=type, stream=stream, made=made, body=body)
            for id, key, type, stream, made, body in rows
        ]

    def add(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Keep deliveries, and return those that are new: not told, and not waiting, before.

        Where the disk does not take them all count as new: it may be full, and that be the news.
        """
        try:
            with self._database:
                return [one for one in deliveries if self._add(one)]
        except sqlite3.Error as error:
            logger.warning("what hooks are to hear is not on the disk: %s", error)
            return list(deliveries)

    def _add(self, one: Delivery) -> bool:
        row = (one.id, one.key, self._session, self._session, one.type, one.stream, one.made)
        done = self._database.execute(
            "INSERT OR IGNORE INTO deliveries (id, key, session, owner, type, stream, made, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, one.body),
        )
        return done.rowcount > 0

    def settle(self, one: Delivery) -> None:
        """Remember that this is not to be delivered (any more)."""
        self._change("UPDATE deliveries SET body = NULL WHERE id = ? AND key = ?", one.id, one.key)
        self._change(
            "DELETE FROM deliveries WHERE session = ? AND body IS NULL AND number <= "
            "(SELECT max(number) FROM deliveries) - ?",
            self._session,
            MOST_TOLD,
        )

    def over(self) -> None:
        """Remember that nobody tells of this session again."""
        self._change("INSERT OR IGNORE INTO over VALUES (?)", self._session)

    def _change(self, statement: str, *values: str | int) -> None:
        try:
            with self._database:
                self._database.execute(statement, values)
        except sqlite3.Error as error:
            logger.warning("what hooks have heard is not on the disk: %s", error)

    def close(self) -> None:
        """Let go of it."""
        self._database.close()
        if self._alive is not None:
            self._alive.close()
