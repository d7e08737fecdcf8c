"""A session that is uploaded: what of it is to go, and what has gone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ...errors import RecordingError, UploadError
from ...recording import sidecar
from ..takes_told import closed_file, takes_of
from . import ledger
from .ledger import Entry, Ledger

logger = logging.getLogger(__name__)

REPORT = (".html", ".txt")
"""Of the session, beside its JSON file."""


class Session:
    """Of a folder with recordings, one.

    Args:
        path: Of its JSON file.
        known: Its ledger; whoever has this object holds it (`ledger.held`).
        over: Nobody records in it any more.

    Raises:
        UploadError: The ledger cannot be written.
    """

    def __init__(self, path: Path, known: Ledger, *, over: bool) -> None:
        self.path = path
        self.ledger = known
        self.over = over
        self.last = True
        """What tells of the rest may go when it is over."""
        self.mending: set[str] = set()
        """Names of files that are being put right."""
        self.unmended: set[str] = set()
        """Names of those that could not be, and stay as they are."""
        self.save()
        # Whoever was to say it may have been killed before.
        self._say_where([name for name in known.untold if (path.parent / name).exists()])

    @classmethod
    def begin(
        cls, path: Path, to: tuple[str, ...], *, over: bool, node: str = ""
    ) -> Session | None:
        """Return one that the caller holds; ``None`` where nobody said where it is to go.

        Args:
            path: Of its JSON file.
            to: Where what is not uploaded yet goes; empty: where it was to go before.
            over: Nobody records in it any more.
            node: This machine, where the session's JSON file is on another one.

        Raises:
            UploadError: The ledger cannot be read or written.
        """
        known = ledger.load(path)
        if to:
            known = known or Ledger.new(to, node)
            known.turn(to)
        return cls(path, known, over=over) if known is not None else None

    def pending(self) -> list[Path]:
        """Return what is to be uploaded now, in this order; what it tells of comes last."""
        takes = [
            self.path.parent / take.file
            for take in takes_of(self.path)
            if self._is_due(take.file)
            and closed_file(
                self.path.parent,
                take,
                self.mending,
                over=self.over or take.file in self.unmended,
            )
        ]
        if not self.over or not self.last or self.ledger.node:
            return takes
        told = [self.path.with_suffix(suffix) for suffix in REPORT] + [self.path]
        return takes + [path for path in told if self._is_due(path.name)]

    def _is_due(self, name: str) -> bool:
        """Whether there is such a file that is not uploaded as it is."""
        entry = self.ledger.files.get(name)
        try:
            found = (self.path.parent / name).stat()
        except OSError:
            return False
        return not (entry and entry.covers(found))

    def note(self, name: str, entry: Entry) -> None:
        """Keep what became of a file, and have the JSON file say where it is.

        Raises:
            UploadError: It cannot be kept.
        """
        self.ledger.files[name] = entry
        if entry.sha256 and name not in self.ledger.untold:
            self.ledger.untold.append(name)
        self.save()
        self._say_where([name])

    def told(self, name: str) -> None:
        """Keep that everybody heard of a file that is there; where it cannot be, they do again."""
        self.ledger.untold.remove(name)
        try:
            self.save()
        except UploadError as error:
            logger.error("%s", error)

    def save(self) -> None:
        """Keep what became of all.

        Raises:
            UploadError: It cannot be kept.
        """
        ledger.save(self.path, self.ledger)

    def _say_where(self, names: Sequence[str]) -> None:
        """Have the JSON file say where files are."""
        entries = {name: self.ledger.files[name] for name in names if name != self.path.name}
        found = [
            sidecar.Whereabouts(file=name, to=entry.to, sha256=entry.sha256)
            for name, entry in entries.items()
            if entry.sha256
        ]
        try:
            if found:
                sidecar.place(self.path, found)
        except RecordingError as error:
            logger.error("the sidecar does not say where files are: %s", error)


class Kept:
    """Names that are kept at one place while something is written there.

    It is noted before they are, so that none stays kept of which nobody knows.

    Args:
        session: Of which files are sent.
        url: Of the place.
    """

    def __init__(self, session: Session, url: str) -> None:
        self._session = session
        self._url = url

    def add(self, key: str) -> None:
        """One is about to be kept.

        Raises:
            UploadError: That cannot be noted.
        """
        keys = self._session.ledger.claims.setdefault(self._url, [])
        if key not in keys:
            keys.append(key)
            self._session.save()

    def drop(self, key: str) -> None:
        """It is not any more; noted with what is noted next."""
        claims = self._session.ledger.claims
        claims[self._url].remove(key)
        if not claims[self._url]:
            del claims[self._url]
