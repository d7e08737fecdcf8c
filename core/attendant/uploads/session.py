"""A session that is uploaded: what of it is to go, and what has gone."""

from __future__ import annotations

import logging
from pathlib import Path

from ...errors import RecordingError
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
        self.mending: set[str] = set()
        """Names of files that are being put right."""
        self.unmended: set[str] = set()
        """Names of those that could not be, and stay as they are."""
        ledger.save(path, known)

    @classmethod
    def begin(cls, path: Path, to: tuple[str, ...], *, over: bool) -> Session | None:
        """Return one that the caller holds; ``None`` where nobody said where it is to go.

        Args:
            path: Of its JSON file.
            to: Where what is not uploaded yet goes; empty: where it was to go before.
            over: Nobody records in it any more.

        Raises:
            UploadError: The ledger cannot be read or written.
        """
        known = ledger.load(path)
        if to:
            known = known or Ledger.new(to)
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
        told = [self.path.with_suffix(suffix) for suffix in REPORT] + [self.path]
        return takes + [path for path in told if self.over and self._is_due(path.name)]

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
        ledger.save(self.path, self.ledger)
        if entry.sha256 and name != self.path.name:
            found = sidecar.Whereabouts(file=name, to=entry.to, sha256=entry.sha256)
            try:
                sidecar.place(self.path, [found])
            except RecordingError as error:
                logger.error("the sidecar does not say where %s is: %s", name, error)
