"""Which files are to be brought, and how they are called then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..model import TakeSummary
from ..recording.naming import safe_name
from ..recording.sidecar import Sidecar


class Wanted(NamedTuple):
    """The file of a take that is not in the folder of its sidecar."""

    take: TakeSummary
    path: str
    """Where it is on its machine, absolute."""
    name: str
    """What it is called in the folder."""

    @property
    def here(self) -> TakeSummary:
        """The take as it is once its file is in the folder."""
        return msgspec.structs.replace(self.take, node="", file=self.name)


def whose(content: Sidecar) -> tuple[str, float]:
    """Return what two JSON files have in common that are of one session."""
    return content.session.room, content.session.started


def wanted(folder: Path, sidecar: Sidecar) -> Iterator[Wanted]:
    """Return what is missing in a folder, in order; files keep their names where they can.

    Args:
        folder: Of the sidecar, absolute.
        sidecar: What is in it.
    """
    names = {take.file for take in sidecar.takes if _is_here(take)}
    removed = {(one.on, one.file) for one in sidecar.removed(folder)}
    for take in sidecar.takes:
        if take.file and not _is_here(take) and (take.node, take.file) not in removed:
            name = _name(take, names)
            names.add(name)
            yield Wanted(take, origin(folder, take)[1], name)


def origin(folder: Path, take: TakeSummary) -> tuple[str, str]:
    """Return machine and absolute path of the file of a take; the machine is empty for this one."""
    return take.node, os.path.normpath(folder / take.file)


def carried(folder: Path, sidecar: Sidecar, into: Path, before: Sidecar | None) -> Sidecar:
    """Return the sidecar that another folder has, before anything is brought there.

    Args:
        folder: Where the session was recorded, absolute.
        sidecar: What is there.
        into: The other folder, absolute.
        before: What is there already, of a time before.
    """
    moved = [_moved(folder, take, into) for take in sidecar.takes]
    if before is None:
        removed = (one for one in sidecar.whereabouts if one.removed)
        gone = tuple(
            one if one.on else msgspec.structs.replace(one, file=_there(folder, one.file, into))
            for one in removed
        )
        return msgspec.structs.replace(sidecar, takes=tuple(moved), whereabouts=gone)
    known = {(one.node, one.path) for one in before.whereabouts}
    known |= {origin(into, take) for take in before.takes}
    new = tuple(take for take in moved if origin(into, take) not in known)
    return msgspec.structs.replace(
        before,
        takes=(*before.takes, *new),
        markers=sidecar.markers,
        happenings=sidecar.happenings,
    )


def _moved(folder: Path, take: TakeSummary, into: Path) -> TakeSummary:
    if take.node or not take.file:
        return take
    return msgspec.structs.replace(take, file=_there(folder, take.file, into))


def _there(folder: Path, file: str, into: Path) -> str:
    return os.path.relpath(folder / file, into)


def _is_here(take: TakeSummary) -> bool:
    return not take.node and not os.path.dirname(take.file)


def _name(take: TakeSummary, taken: set[str]) -> str:
    """Two machines may have given the same name, to parts of one stream."""
    path = Path(take.file)
    number, name = 1, path.name
    while name in taken:
        of = f"-{safe_name(take.node)}" if take.node else ""
        name = f"{path.stem}{of}{f'-{number}' if number > 1 else ''}{path.suffix}"
        number += 1
    return name
