"""The JSON file that says what the takes of a room session contain.

Engine and workers may write it at the same time, so every change is a read, a merge and an
atomic replacement under a lock. The lock is a hidden file of its own: the sidecar cannot be
it, because replacing it would replace the lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

from .. import locks
from ..atomic import make_folder, replace_file
from ..errors import UNDECODABLE, RecordingError
from ..model import EventLevel, TakeSummary
from .disk import cannot_write
from .naming import ATTEMPTS, safe_name, safe_prefix, timestamp

HAPPENINGS_KEPT = 1000
"""A connection that comes and goes for days must not fill the file; the first ones are kept."""


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One session of recording a room; nothing in it is secret."""

    room: str
    server: str
    """URL; user, password and query are left out when it is written."""
    started: float
    """Unix time."""
    version: str = ""
    """Of roomdeck."""


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """A moment that somebody marked."""

    time: float
    """Unix time."""
    offset: float
    """Seconds from the start of the session, as in `TakeSummary.offset`."""
    text: str = ""
    streams: tuple[str, ...] = ()
    """Empty is the whole room."""


class Happening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An `Event` that says how the recording went: a stall, a warning, a lost server."""

    time: float
    """Unix time."""
    offset: float
    """Seconds from the start of the session, as in `TakeSummary.offset`."""
    type: str
    """An `EventType`."""
    stream: str = ""
    level: EventLevel = EventLevel.INFO
    text: str = ""
    what: str = ""
    """Of a stall that begins or is over, the `Stall`; of an alarm, the `AlarmKind`."""
    seconds: float = 0.0
    """Since when it had stood still, or been wrong; or for how long it did or was."""
    guest: str = ""
    """Of an alarm about somebody who is not here: a pattern of ids."""


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where else a file of the session is or was, or that it is not here any more."""

    file: str
    """Relative to the sidecar's folder, as `TakeSummary.file`."""
    on: str = ""
    """The machine that has it, where that is another one, as `TakeSummary.node`."""
    to: str = ""
    """URL of where it was uploaded to, without credentials; empty: nowhere."""
    sha256: str = ""
    """Of what was uploaded or collected, hexadecimal."""
    removed: float = 0.0
    """Unix time at which it was removed from here, as was asked for; 0: it was not."""
    node: str = ""
    """The machine from which it was collected; empty: it was recorded here."""
    path: str = ""
    """Of the file there."""

    def __str__(self) -> str:
        """Say it in words."""
        where = f" from {self.on}" if self.on else ""
        return f"{self.file} was removed{where}" + (f", and is at {self.to}" if self.to else "")


class Sidecar(msgspec.Struct, frozen=True, kw_only=True):
    """The file as a whole."""

    schema: int = 1
    session: SessionInfo
    takes: tuple[TakeSummary, ...] = ()
    """In the order in which they were first named; `TakeSummary.file` is relative to the
    sidecar's folder, but for those on other machines (`TakeSummary.node`)."""
    markers: tuple[Marker, ...] = ()
    """In the order in which they were set."""
    happenings: tuple[Happening, ...] = ()
    """In the order in which they were told; at most `HAPPENINGS_KEPT`."""
    whereabouts: tuple[Whereabouts, ...] = ()
    """Of files that were uploaded or removed."""

    def elsewhere(self) -> list[TakeSummary]:
        """Return the takes whose files are on other machines."""
        return [take for take in self.takes if take.node and take.file]

    def removed(self, folder: Path) -> list[Whereabouts]:
        """Return what was removed from its folder, as was asked for, and is not there again."""
        removed = (one for one in self.whereabouts if one.removed)
        return [one for one in removed if one.on or not (folder / one.file).exists()]


class _Take(msgspec.Struct, frozen=True):
    """Of a take what it is known by."""

    stream: str
    started: float
    file: str = ""
    node: str = ""


_take = msgspec.json.Decoder(_Take)
_NO_TAKES = b'"takes": []'
_NO_SESSION = SessionInfo(room="", server="", started=0.0)


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """A sidecar whose takes are left as they are written: days have thousands of them."""

    schema: int = 1
    session: SessionInfo
    takes: tuple[msgspec.Raw, ...] = ()
    markers: tuple[Marker, ...] = ()
    happenings: tuple[Happening, ...] = ()
    whereabouts: tuple[Whereabouts, ...] = ()


_Form = TypeVar("_Form", Sidecar, _Written)
_SESSION = ".json"


def ending(node: str = "") -> str:
    """Return how the file ends that tells of a session's takes on a node, else the sidecar."""
    return f".{safe_name(node)}.takes" if node else _SESSION


def of_node(path: Path, node: str) -> Path:
    """Return where a node keeps which of its takes are closed: like the sidecar, for it alone.

    Not called as sidecars are: the folder may be that of the session's own.
    """
    return path.with_name(path.name.removesuffix(_SESSION) + ending(node))


def of_session(name: str) -> str:
    """Return the name of the sidecar of a session, of which a node keeps this file."""
    return name.rsplit(".", 2)[0] + _SESSION


def sidecar_path(output: str | Path, prefix: str, started: float, number: int = 1) -> Path:
    """Return the path of the sidecar of a session that ``started`` at this Unix time.

    A machine without a clock of its own starts many sessions at the same time of day: they have
    numbers.
    """
    base = f"{safe_prefix(prefix)}_{timestamp(started)}"
    return Path(output) / f"{base}{'' if number == 1 else f'-{number}'}.json"


def claim(output: str | Path, prefix: str, started: float) -> Path:
    """Return the path of a sidecar for a new session, which no other session gets.

    Where nothing can be written now, it is the first path; `merge` says so in time.
    """
    for number in range(1, ATTEMPTS):
        path = sidecar_path(output, prefix, started, number)
        try:
            os.close(os.open(_lock_of(path), os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            continue
        except OSError:
            break
        if not path.exists():
            return path
    return sidecar_path(output, prefix, started)


def release(path: Path) -> None:
    """Leave nothing of a claim where nothing was written; nobody else may be about to."""
    with contextlib.suppress(OSError):
        if not path.exists():
            _lock_of(path).unlink()


def load(path: Path) -> Sidecar | None:
    """Read a sidecar; ``None`` where there is none.

    Raises:
        RecordingError: It cannot be read or is damaged.
    """
    return _read(path, Sidecar)


def _read(path: Path, kind: type[_Form]) -> _Form | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, *UNDECODABLE) as error:
        raise RecordingError(f"cannot read {path}: {error}") from error


def merge(
    path: Path,
    session: SessionInfo,
    takes: Sequence[TakeSummary],
    markers: Sequence[Marker] = (),
    happenings: Sequence[Happening] = (),
) -> None:
    """Add to a sidecar this once; ``path`` is as of `Merger`, all else as of its `merge`."""
    Merger(path).merge(session, takes, markers, happenings)


class Merger:
    """Adds to a sidecar again and again, and knows what is in it.

    It reads it anew only where somebody else wrote it: where a thousand takes begin within seconds,
    most of what an engine does would be to read those that are there.

    Args:
        path: As from `claim`; the folder is made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is: tuple[int, ...] | None = None
        """By what the file is known of which the rest is."""
        self._known = _Written(session=_NO_SESSION)
        self._takes: dict[tuple[str, str, float], msgspec.Raw] = {}

    def merge(
        self,
        session: SessionInfo,
        takes: Sequence[TakeSummary],
        markers: Sequence[Marker] = (),
        happenings: Sequence[Happening] = (),
    ) -> None:
        """Add takes, or replace what was known of them.

        A sidecar that cannot be read is kept beside the new one as ``….damaged``. Waits for
        other processes that are merging.

        Args:
            session: Replaces what the file says about the session.
            takes: Known by their file, or by stream and start where no file could be made.
            markers: Added to those in the file; one that is there already is not added again.
            happenings: Added in the same way, as long as there is room for more.

        Raises:
            DiskFullError: No space is left; the file is as it was.
            RecordingError: It cannot be written; the file is as it was.
        """
        folder = self._path.parent
        try:
            make_folder(folder)
            with locks.turn(_lock_of(self._path)):
                self._read()
                for take in takes:
                    relative = _relative(take, folder)
                    self._takes[key(relative)] = msgspec.Raw(_lines(relative, 2))
                self._known = _Written(
                    session=_public(session),
                    takes=tuple(self._takes.values()),
                    markers=tuple(dict.fromkeys((*self._known.markers, *markers))),
                    happenings=_kept((*self._known.happenings, *happenings)),
                    whereabouts=self._known.whereabouts,
                )
                _write(self._path, self._known)
                self._is = _identity(self._path)
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def _read(self) -> None:
        """Know what is in the file, of which nothing is known any more until it is written."""
        before, self._is = self._is, None
        if before is None or before != _identity(self._path):
            self._known, self._takes = _known(self._path)


def place(path: Path, found: Sequence[Whereabouts]) -> None:
    """Say where files are; replaces what was said of them. It makes no sidecar.

    Raises:
        RecordingError: It cannot be read or written; it is as it was.
    """
    try:
        with locks.turn(_lock_of(path)):
            known = _read(path, _Written)
            if known is None:
                return
            merged = {(one.on, one.file): one for one in known.whereabouts}
            for one in found:
                merged[one.on, one.file] = _last(merged.get((one.on, one.file)), one)
            if tuple(merged.values()) != known.whereabouts:
                _write(path, msgspec.structs.replace(known, whereabouts=tuple(merged.values())))
    except OSError as error:
        raise cannot_write(path, error) from error


def _last(before: Whereabouts | None, told: Whereabouts) -> Whereabouts:
    """Return what holds: of a node it may be heard late that a file had been sent which is gone."""
    if before is None or not told.on or told.removed:
        return told
    return msgspec.structs.replace(told, removed=before.removed)


def collected(path: Path, old: TakeSummary, new: TakeSummary, found: Whereabouts) -> None:
    """Say that the file of a take is here now, and where it came from.

    Raises:
        RecordingError: It cannot be read or written; it is as it was.
    """
    try:
        with locks.turn(_lock_of(path)):
            known = load(path)
            if known is None:
                return
            takes = tuple(new if key(take) == key(old) else take for take in known.takes)
            there, here = (old.node, old.file), ("", found.file)
            told = {(one.on, one.file): one for one in known.whereabouts}
            uploaded = told.pop(there, None)
            told.pop(here, None)
            to = uploaded.to if uploaded else ""
            whereabouts = (*told.values(), msgspec.structs.replace(found, to=to))
            _write(path, msgspec.structs.replace(known, takes=takes, whereabouts=whereabouts))
    except OSError as error:
        raise cannot_write(path, error) from error


def correct(path: Path, old: TakeSummary, new: TakeSummary) -> None:
    """Replace a take, unless somebody who knows better did so meanwhile.

    Raises:
        OSError: The sidecar cannot be written; it is as it was.
        RecordingError: It is damaged.
    """
    with locks.turn(_lock_of(path)):
        known = load(path)
        if known is not None and old in known.takes:
            takes = tuple(new if take == old else take for take in known.takes)
            _write(path, msgspec.structs.replace(known, takes=takes))


def _write(path: Path, content: Sidecar | _Written) -> None:
    """Write it in lines; takes that were read stay in those in which they are."""
    before, after = _lines(msgspec.structs.replace(content, takes=())).split(_NO_TAKES, 1)
    takes = (one if isinstance(one, msgspec.Raw) else _lines(one, 2) for one in content.takes)
    lines = (b'"takes": [\n  ', b",\n  ".join(takes), b"\n ]") if content.takes else (_NO_TAKES,)
    replace_file(path, b"".join((before, *lines, after)), 0o666)


def _lines(value: msgspec.Struct, depth: int = 0) -> bytes:
    """Return JSON in lines, as it stands so deep in a file."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=1)
    return text.replace(b"\n", b"\n" + depth * b" ")


def _identity(path: Path) -> tuple[int, ...] | None:
    """Return by what a file is known that is only replaced, or written by hand."""
    try:
        # Opened, as a file system of a network tells then what others wrote.
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _known(path: Path) -> tuple[_Written, dict[tuple[str, str, float], msgspec.Raw]]:
    """Return what is in the file, and its takes by their keys."""
    try:
        known = _read(path, _Written) or _Written(session=_NO_SESSION)
        return known, {key(_take.decode(take)): take for take in known.takes}
    except (RecordingError, msgspec.ValidationError):
        _move_aside(path)
        return _Written(session=_NO_SESSION), {}


def _kept(happenings: Sequence[Happening]) -> tuple[Happening, ...]:
    return tuple(dict.fromkeys(happenings))[:HAPPENINGS_KEPT]


def _move_aside(path: Path) -> None:
    """Under the lock, so that the free name stays free."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged{number}")).exists():
        number += 1
    path.rename(aside)


def key(take: TakeSummary | _Take) -> tuple[str, str, float]:
    """By what a take is known: its file, or its stream and start where there is none."""
    return (take.node, take.file, 0.0) if take.file else (take.node, take.stream, take.started)


def _relative(take: TakeSummary, folder: Path) -> TakeSummary:
    """Return a take with the path that its file has from a folder, where it is on its machine."""
    if take.node or not os.path.isabs(take.file):
        return take
    return msgspec.structs.replace(take, file=os.path.relpath(take.file, folder))


def _public(session: SessionInfo) -> SessionInfo:
    parts = urlsplit(session.server)
    host = parts.netloc.rpartition("@")[2]
    return msgspec.structs.replace(
        session, server=urlunsplit((parts.scheme, host, parts.path, "", ""))
    )


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")
