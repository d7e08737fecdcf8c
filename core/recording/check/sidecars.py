"""Which take a file is, by the sidecars beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import RecordingError
from ...model import TakeSummary
from ..naming import MEDIA
from ..sidecar import Sidecar, Whereabouts, load


class Known(NamedTuple):
    """A take, and the sidecar that names it."""

    sidecar: Path
    take: TakeSummary

    @property
    def file(self) -> Path:
        """Where its file is, or was."""
        return self.sidecar.parent / self.take.file


class Sidecars:
    """Reads the JSON files of folders, each once; those that are no sidecars are passed over."""

    def __init__(self) -> None:
        self._folders: dict[Path, list[tuple[Path, Sidecar]]] = {}

    def find(self, file: Path) -> Known | None:
        """Return the take whose file this is; the newest session knows best."""
        path = _absolute(file)
        found = [known for known in self.takes(path.parent) if _absolute(known.file) == path]
        return found[-1] if found else None

    def files(self, folder: Path) -> list[Path]:
        """Return the media files of a folder, with those that are only named by a sidecar.

        Without those that were removed, as was asked for.
        """
        there = {path for path in folder.iterdir() if path.suffix in MEDIA and path.is_file()}
        named = {folder / known.file.name for known in self.takes(folder)}
        gone = {folder / one.file for one in self.removed(folder)}
        return sorted(there | named - gone)

    def removed(self, folder: Path) -> list[Whereabouts]:
        """Return what was removed from a folder, as was asked for, and where it is."""
        return [
            one for _, sidecar in self._of(_absolute(folder)) for one in sidecar.removed(folder)
        ]

    def elsewhere(self, folder: Path) -> list[TakeSummary]:
        """Return the takes of a folder's sessions whose files are on other machines."""
        return [take for _, sidecar in self._of(_absolute(folder)) for take in sidecar.elsewhere()]

    def takes(self, folder: Path) -> Iterator[Known]:
        """Return all takes that have a file on this machine, session by session."""
        for path, sidecar in self._of(_absolute(folder)):
            here = (take for take in sidecar.takes if take.file and not take.node)
            yield from (Known(path, take) for take in here)

    def _of(self, folder: Path) -> list[tuple[Path, Sidecar]]:
        if folder not in self._folders:
            read = [(path, _read(path)) for path in sorted(folder.glob("*.json"))]
            known = [(path, sidecar) for path, sidecar in read if sidecar is not None]
            known.sort(key=lambda one: one[1].session.started)
            self._folders[folder] = known
        return self._folders[folder]


def _read(path: Path) -> Sidecar | None:
    try:
        return load(path)
    except RecordingError:
        return None


def _absolute(path: Path) -> Path:
    return Path(os.path.realpath(path))
