"""Takes that only the machine knows that recorded them: no engine could be told of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from ..errors import UNDECODABLE, RecordingError
from ..model import TakeSummary
from ..recording import sidecar
from ..recording.sidecar import Sidecar
from .plan import origin, whose
from .sources import Source

MOST = 64 << 20
"""Bytes of a file of theirs that is read; it has some hundred for each take."""


def untold(session: Path, known: Sidecar, sources: Mapping[str, Source]) -> list[TakeSummary]:
    """Return the takes that machines tell of in files of their own, and the session's does not.

    What cannot be read is as if it were not there: takes of such a machine that are known say why.

    Args:
        session: Where its JSON file is, or was where it was recorded; absolute.
        known: What is in that of the folder that they are collected into.
        sources: Ways to machines.
    """
    places = [(one.node, one.path) for one in known.whereabouts if one.path]
    places += [(take.node, take.file) for take in known.takes if take.node]
    # A machine has a session in one folder, which somebody may have mounted under another name.
    names = {(node, os.path.basename(path)) for node, path in places}
    found: list[TakeSummary] = []
    for node, source in sources.items():
        for take in _told(node, source, _folders(node, source, session, places), session, known):
            name = take.node, os.path.basename(take.file)
            if name not in names:
                names.add(name)
                found.append(take)
    return found


def _folders(
    node: str, source: Source, session: Path, places: Iterable[tuple[str, str]]
) -> list[str]:
    """Return where a machine may have such files: where it has takes, or would have."""
    taken = [os.path.dirname(path) for on, path in places if on == node]
    try:
        own = source.folder()
    except RecordingError:
        return []
    return sorted({own or str(session.parent), *taken})


def _told(
    node: str, source: Source, folders: Iterable[str], session: Path, known: Sidecar
) -> Iterator[TakeSummary]:
    for folder in folders:
        # An engine writes the one, and a worker that has none; the other says what is closed there.
        for path in (
            Path(folder) / session.name,
            sidecar.of_node(Path(folder) / session.name, node),
        ):
            told = _read(source, path)
            if told is None or whose(told) != whose(known):
                continue
            removed = {one.file for one in told.whereabouts if one.removed}
            for take in told.takes:
                if take.file and take.file not in removed:
                    yield from _placed(take, path, node)


def _placed(take: TakeSummary, told: Path, node: str) -> Iterator[TakeSummary]:
    """Yield a take as the session's JSON file has it, if it is of that machine or another one."""
    if take.node:
        yield take
    elif told.name.endswith(sidecar.ending(node)):
        yield msgspec.structs.replace(take, node=node, file=origin(told.parent, take)[1])


def _read(source: Source, path: Path) -> Sidecar | None:
    try:
        found = source.find(str(path))
        if found is None or found.size > MOST:
            return None
        return msgspec.json.decode(found.read(0, found.size), type=Sidecar)
    except (RecordingError, *UNDECODABLE):
        return None
