"""A session whose takes lie on several machines. Pure, but for its JSON file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..collection.plan import origin, wanted
from ..delivery.found import find_sidecar, session_in
from ..delivery.session import Session
from ..errors import UsageError
from ..model import TakeSummary
from ..recording.sidecar import SessionInfo, Sidecar


class Scattered(NamedTuple):
    """A session, and where its takes are."""

    session: Session
    """As if `roomdeck collect` had brought all of them."""
    recorded: Session
    """As its JSON file tells of it."""
    info: SessionInfo
    origins: Mapping[Path, tuple[str, str]]
    """Machine, empty for this one, and absolute path, by the file that a take would be."""

    @property
    def elsewhere(self) -> bool:
        """Whether any of its takes is not in the folder."""
        return any(str(file) != path or node for file, (node, path) in self.origins.items())


def find_scattered(path: Path) -> Scattered:
    """Return the session that a folder or a JSON file has.

    Raises:
        UsageError: There is none, or there are several; says which.
        RecordingError: The JSON file cannot be read.
    """
    found = find_sidecar(path)
    if found is None:
        raise UsageError(
            f"no JSON file of a session in {path}: without one nobody knows on which nodes takes "
            "are; name the folder that `record --output` wrote to"
        )
    return scattered(Path(os.path.abspath(found[0])), found[1])


def scattered(path: Path, sidecar: Sidecar) -> Scattered:
    """Return the session that a sidecar tells of.

    Args:
        path: Of the sidecar, absolute.
        sidecar: What is in it.
    """
    folder = path.parent
    brought = {(one.take.node, one.take.file): one.name for one in wanted(folder, sidecar)}
    takes: list[TakeSummary] = []
    origins: dict[Path, tuple[str, str]] = {}
    for take in sidecar.takes:
        name = brought.get((take.node, take.file), take.file)
        takes.append(msgspec.structs.replace(take, node="", file=name))
        if name:
            origins[folder / name] = origin(folder, take)
    whole = msgspec.structs.replace(sidecar, takes=tuple(takes))
    session = session_in(path, whole)
    there = {clip.file: origins[clip.file] for person in session.people for clip in person.clips}
    return Scattered(session, session_in(path, sidecar), sidecar.session, there)
