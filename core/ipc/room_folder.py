"""Where running engines and workers are found: one folder per room in the runtime directory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
from pathlib import Path

import msgspec

from ..config import RoomConfig
from ..errors import UNDECODABLE, UsageError
from .runtime_folder import RUNTIME_VARIABLE, runtime_directory

_LONGEST_SOCKET = 100
"""Unix-domain socket paths end at 108 bytes on Linux, 104 elsewhere."""


class EngineInfo(msgspec.Struct, frozen=True):
    """The card that an engine leaves beside its socket."""

    room: str
    server: str
    pid: int
    started: float
    output: str


class RoomFolder:
    """The runtime folder of one room: sockets, the engine's card, logs."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, room: RoomConfig) -> RoomFolder:
        """Return the folder for a room on a server, whether or not it exists."""
        where = (room.server, room.room, room.password or "", room.salt, *room.streams)
        name = "\0".join(where)
        return cls(runtime_directory() / hashlib.sha256(name.encode()).hexdigest()[:12])

    def create(self) -> None:
        """Make the folder, for this user only.

        Raises:
            UsageError: It cannot be made, belongs to somebody else, or its path is too long.
        """
        try:
            for folder in (self.path.parent, self.path):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._check_owner(folder)
        except OSError as error:
            raise UsageError(
                f"cannot use the runtime folder {self.path}: {error.strerror}; "
                f"set {RUNTIME_VARIABLE} to a folder of yours"
            ) from None
        if len(os.fsencode(self.path)) + len("/worker-99.sock") > _LONGEST_SOCKET:
            raise UsageError(
                f"the runtime folder {self.path} is too long for a socket; "
                f"set {RUNTIME_VARIABLE} to a shorter one"
            )

    @staticmethod
    def _check_owner(folder: Path) -> None:
        if not _is_private(folder):
            raise UsageError(
                f"{folder} can be written by somebody else; set {RUNTIME_VARIABLE} to a "
                "folder of yours with mode 0700"
            )

    @property
    def control_socket(self) -> Path:
        """The engine's socket."""
        return self.path / "engine.sock"

    @property
    def card(self) -> Path:
        """`EngineInfo` as JSON."""
        return self.path / "engine.json"

    @property
    def lock(self) -> Path:
        """Held by the engine as long as it lives."""
        return self.path / "engine.lock"

    @property
    def heir_lock(self) -> Path:
        """Held by who starts another engine, or ends what has none."""
        return self.path / "heir.lock"

    @property
    def journal(self) -> Path:
        """Its events, as of `journal_file`."""
        return self.path / "events.jsonl"

    @property
    def engine_log(self) -> Path:
        """What a detached engine says."""
        return self.path / "engine.log"

    @property
    def attendant_log(self) -> Path:
        """What an attendant says."""
        return self.path / "attendant.log"

    def worker_socket(self, number: int) -> Path:
        """The socket of a worker."""
        return self.path / f"worker-{number}.sock"

    def worker_log(self, number: int) -> Path:
        """What a worker says."""
        return self.path / f"worker-{number}.log"

    def workers(self) -> list[int]:
        """Numbers of the workers that have a socket here."""
        names = (path.stem.removeprefix("worker-") for path in self.path.glob("worker-*.sock"))
        return sorted(int(name) for name in names if name.isdecimal())

    @property
    def nodes(self) -> Path:
        """Where workers on nodes of a cluster are to be reached, as JSON; none: there are none."""
        return self.path / "nodes.json"

    @property
    def attendants(self) -> Path:
        """The same of what goes on beside them there, as uploads."""
        return self.path / "attendants.json"

    @property
    def drained(self) -> Path:
        """Names of nodes that are drained, as JSON; none: there are none."""
        return self.path / "drained.json"

    def has_workers(self) -> bool:
        """Whether there may be some, here or on nodes of a cluster."""
        return bool(self.workers()) or self.nodes.exists()

    def read_card(self) -> EngineInfo | None:
        """Return the card, or ``None`` where there is none that can be read."""
        try:
            return msgspec.json.decode(self.card.read_bytes(), type=EngineInfo)
        except (OSError, *UNDECODABLE):
            return None

    def signal_engine(self) -> None:
        """Have its engine finish every file and end; the second time, within two seconds.

        Needs no event loop, unlike the command: from a signal handler, too.
        """
        card = self.read_card()
        if card is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(card.pid, signal.SIGTERM)

    def write_card(self, info: EngineInfo) -> None:
        """Leave the card."""
        self.card.write_bytes(msgspec.json.encode(info))


def room_folders(room: str | None = None) -> list[RoomFolder]:
    """Return the folders of all rooms that have one, or those that are not known to be another's.

    Args:
        room: Its name.
    """
    base = runtime_directory()
    if not base.is_dir() or not _is_private(base):
        return []
    folders = [RoomFolder(path) for path in sorted(base.iterdir()) if path.is_dir()]
    return [one for one in folders if room is None or _may_be(one.read_card(), room)]


def _may_be(card: EngineInfo | None, room: str) -> bool:
    return card is None or card.room == room


def _is_private(folder: Path) -> bool:
    """Whether a folder, and the link to it if it is one, belongs to this user alone."""
    status = folder.stat()
    owners = {status.st_uid, folder.lstat().st_uid}
    return owners == {os.getuid()} and not status.st_mode & 0o022
