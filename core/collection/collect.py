"""A session whose takes are on several machines, brought into one folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from .. import locks
from ..atomic import make_folder, replace_file
from ..errors import RecordingError, UsageError
from ..model import EndReason
from ..recording import sidecar
from ..recording.disk import cannot_write
from .copy import bring
from .plan import Wanted, carried, wanted, whose
from .sources import Folder, Found, Source
from .untold import untold

NOWHERE = "say where the folder of {node} is: --from {node}=PATH"
"""Of a machine to which there is no way."""
_CUT = (EndReason.WORKER_LOST, None)
"""Ends of which nobody could say how long the file is, or that nobody heard of."""


class Outcome(NamedTuple):
    """What became of one file."""

    wanted: Wanted
    size: int = 0
    sha256: str = ""
    error: str = ""
    """Why it is not here; empty: it is."""


def sessions_in(path: Path) -> list[Path]:
    """Return the JSON files of sessions: that one, or those of a folder.

    Raises:
        UsageError: There is none.
        RecordingError: It cannot be read.
    """
    if path.is_dir():
        found = [one for one in sorted(path.glob("*.json")) if _is_session(one)]
    else:
        found = [path] if sidecar.load(path) is not None else []
    if not found:
        raise UsageError(f"no session in {path}: name the folder that `record --output` wrote to")
    return found


def collect(
    session: Path,
    into: Path,
    sources: Mapping[str, Source],
    tell: Callable[[Outcome], None],
    progress: Callable[[Wanted, int], None] = lambda wanted, done: None,
    nowhere: str = NOWHERE,
) -> None:
    """Bring all files of a session into a folder, one after the other.

    Also those that only the machines know that have them. Each is in the JSON file there as soon
    as it is here, so that nothing is done twice.

    Args:
        session: Its JSON file.
        into: The folder: that of the JSON file, or another one, which gets a JSON file as well.
        sources: Ways to machines; others are taken to have files at the same paths as here.
        tell: Called with what became of each.
        progress: Called with the bytes that are here of one.
        nowhere: Says what to do about a ``{node}`` that has a file and is none of these machines.

    Raises:
        UsageError: The folder cannot be used, or is in use.
        RecordingError: A JSON file cannot be read or written.
    """
    into = _folder(into)
    with _alone(into, session.name):
        path = _carry(session, into)
        _enter(path, session.absolute(), sources)
        known = sidecar.load(path)
        for one in wanted(into, known) if known is not None else ():
            try:
                tell(_bring(path, one, _find(one, sources, nowhere), progress))
            except RecordingError as error:
                tell(Outcome(one, error=str(error)))


def _bring(
    path: Path,
    one: Wanted,
    found: Found,
    progress: Callable[[Wanted, int], None],
) -> Outcome:
    """Bring one file, and say so in the JSON file.

    Raises:
        RecordingError: It cannot be brought.
    """
    sha256 = bring(found, path.with_name(one.name), lambda done: progress(one, done))
    came = sidecar.Whereabouts(file=one.name, sha256=sha256, node=one.take.node, path=one.path)
    sidecar.collected(path, one.take, one.here, came)
    return Outcome(one, found.size, sha256)


def _find(one: Wanted, sources: Mapping[str, Source], nowhere: str) -> Found:
    take = one.take
    found = sources.get(take.node, Folder()).find(one.path)
    if found is None and take.node and take.node not in sources:
        raise RecordingError(nowhere.format(node=take.node))
    if found is None:
        raise RecordingError(f"it is not where {one.path} of {take.node or 'here'} should be")
    if take.reason is None and not found.over:
        raise RecordingError(
            "it is still being recorded, or was when its machine was last heard of: when that is "
            "over, its node knows, and sends it by --cluster"
        )
    if found.size != take.bytes and take.reason not in _CUT:
        raise RecordingError(
            f"it has {found.size} bytes and not {take.bytes}, as the JSON file says: is all of it "
            "copied, and nothing put right any more?"
        )
    return found


def _carry(session: Path, into: Path) -> Path:
    """Return the JSON file of the folder, which has all that the session's has."""
    folder = session.parent.resolve()
    path = into / session.name
    told = sidecar.load(session)
    if folder == into or told is None:
        return path
    before = sidecar.load(path)
    if before is not None and whose(before) != whose(told):
        raise UsageError(f"{path} is of another session: choose another folder")
    content = carried(folder, told, into, before)
    if content != before:
        data = msgspec.json.format(msgspec.json.encode(content), indent=1)
        try:
            replace_file(path, data, 0o666)
        except OSError as error:
            raise cannot_write(path, error) from error
    return path


def _enter(path: Path, session: Path, sources: Mapping[str, Source]) -> None:
    """Have the JSON file of the folder know the takes that it was never told of."""
    known = sidecar.load(path)
    if known is not None and (more := untold(session, known, sources)):
        sidecar.merge(path, known.session, more)


def _is_session(path: Path) -> bool:
    with contextlib.suppress(RecordingError):
        return sidecar.load(path) is not None
    return False


def _folder(into: Path) -> Path:
    try:
        make_folder(into)
    except OSError as error:
        raise UsageError(f"cannot make {into}: {error.strerror or error}") from None
    return into.resolve()


@contextlib.contextmanager
def _alone(into: Path, name: str) -> Generator[None]:
    """Have a session in a folder for oneself.

    Raises:
        UsageError: Somebody else has.
    """
    path = into / f".{name}.collecting"
    with contextlib.ExitStack() as held:
        try:
            mine = held.enter_context(locks.alone(path))
        except OSError as error:
            raise UsageError(f"cannot write to {into}: {error.strerror or error}") from None
        if not mine:
            raise UsageError(f"{name} is being collected into {into} already")
        yield
        path.unlink(missing_ok=True)
