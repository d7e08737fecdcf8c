"""How far the uploads of a session are, by what is on the disk: also when its engine is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...model import Upload, UploadsSnapshot, UploadState
from ...recording.naming import is_held
from ..takes_told import ToldTake, takes_of, whereabouts_of
from . import ledger
from .session import REPORT


def uploads_told(sidecar: Path) -> UploadsSnapshot | None:
    """Return what of a session is uploaded, and what waits; ``None``: nothing is to be.

    Args:
        sidecar: Path of its JSON file.

    Raises:
        UploadError: The file that says so cannot be read.
    """
    known = ledger.load(sidecar)
    if known is None:
        return None
    told = [sidecar.with_suffix(suffix).name for suffix in REPORT] + [sidecar.name]
    takes = [take for take in takes_of(sidecar) if take.file]
    names = dict.fromkeys([*(take.file for take in takes if not take.node), *told])
    found = [one for name in names if (one := _told(sidecar.parent / name, known)) is not None]
    found += _of_nodes(sidecar, takes)
    waiting = [one for one in found if one.state is not UploadState.DONE]
    done = [one for one in found if one.state is UploadState.DONE]
    return UploadsSnapshot(
        files=(*waiting, *done),
        waiting=len(waiting),
        waiting_bytes=sum(one.bytes for one in waiting),
        done=len(done),
        done_bytes=sum(one.bytes for one in done),
    )


def is_uploading(sidecar: Path) -> bool:
    """Tell whether somebody uploads this session, or will when its turn comes."""
    try:
        return is_held(ledger.lock_path(sidecar))
    except OSError:
        return False  # nobody ever did, or nobody can write here


def _of_nodes(sidecar: Path, takes: Sequence[ToldTake]) -> Iterator[Upload]:
    """Yield the takes that are on other machines, which send them; as far as was heard."""
    there = {(one.on, one.file): one.to for one in whereabouts_of(sidecar)}
    for take in takes:
        if take.node:
            to = there.get((take.node, take.file), "")
            yield Upload(
                file=take.file,
                node=take.node,
                state=UploadState.DONE if to else UploadState.WAITING,
                to=to,
                sent=take.bytes if to else 0,
                bytes=take.bytes,
            )


def _told(path: Path, known: ledger.Ledger) -> Upload | None:
    entry = known.files.get(path.name)
    try:
        here = path.stat()
    except (OSError, ValueError):  # also a name that no file can have
        here = None
    if entry is not None and (entry.sha256 if here is None else entry.covers(here)):
        # What is not here any more was removed after it had been compared.
        size, state, to = entry.size, UploadState.DONE, entry.to
    elif here is not None:
        size, state = here.st_size, UploadState.WAITING
        to = f"{known.to[0].rstrip('/')}/{path.name}" if known.to else ""
    else:
        return None
    return Upload(
        file=str(path), state=state, to=to, bytes=size, sent=size if state == "done" else 0
    )
