"""What of a session is uploaded where: on the disk, beside its JSON file."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Generator
from pathlib import Path

import msgspec

from ... import locks
from ...atomic import replace_file
from ...errors import UNDECODABLE, UploadError
from ...recording.place import Place
from .destination import folder_of


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent."""

    size: int
    mtime_ns: int
    """Its last change, when it was sent: another one since then, and it is sent again."""
    place: str
    """URL of where it was sent to."""
    key: str
    """Its name there."""
    sha256: str = ""
    """Of what is there, as was seen; empty: that is not what is here."""
    e_tag: str = ""
    """By which it is known there."""
    time: float = 0.0
    """Unix time."""

    @property
    def to(self) -> str:
        """Its whole URL."""
        return f"{self.place.rstrip('/')}/{self.key}"

    def covers(self, file: os.stat_result) -> bool:
        """Whether it is uploaded as it is here now."""
        return bool(self.sha256) and (self.size, self.mtime_ns) == (file.st_size, file.st_mtime_ns)


class Ledger(msgspec.Struct, kw_only=True):
    """Where a session is to be uploaded to, and what of it has been."""

    token: str
    """By which what is being written in its name is known."""
    to: tuple[str, ...]
    """URLs, in the order in which they are tried."""
    disks: dict[str, Place] = {}
    """Where those of them that are folders were, by URL."""
    files: dict[str, Entry] = {}
    """By name."""
    untold: list[str] = []
    """Names of those of which nobody was told yet that they are there."""
    node: str = ""
    """The machine, of a session whose JSON file is on another one, which sends that."""
    claims: dict[str, list[str]] = {}
    """Names that are kept for what is being written, by URL of the place."""

    @classmethod
    def new(cls, to: tuple[str, ...], node: str = "") -> Ledger:
        """Return one of a session of which nothing is uploaded."""
        ledger = cls(token=secrets.token_hex(16), to=(), node=node)
        ledger.turn(to)
        return ledger

    def turn(self, to: tuple[str, ...]) -> None:
        """Have what is not uploaded yet go elsewhere."""
        folders = {url: folder for url in to if (folder := folder_of(url)) is not None}
        self.disks = {
            url: self.disks.get(url) or Place.of(str(folder)) for url, folder in folders.items()
        }
        self.to = to


def ledger_path(sidecar: Path) -> Path:
    """Return where the ledger of a session is: hidden, beside its JSON file."""
    return sidecar.with_name(f".{sidecar.name}.uploads")


def sidecars_with_ledger(folder: Path, ending: str) -> list[Path]:
    """Return the JSON files of sessions that are being uploaded, or were, the oldest first.

    Args:
        folder: Where they are.
        ending: Of their names, as of `sidecar.ending`.
    """
    found = [path.name[1:].removesuffix(".uploads") for path in folder.glob(f".*{ending}.uploads")]
    return [folder / name for name in sorted(found)]


def load(sidecar: Path) -> Ledger | None:
    """Read the ledger of a session; ``None`` where there is none.

    Raises:
        UploadError: It cannot be read.
    """
    path = ledger_path(sidecar)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ledger)
    except FileNotFoundError:
        return None
    except (OSError, *UNDECODABLE) as error:
        raise UploadError(
            f"cannot read {path}, which says what is uploaded: {error}; without it, everything is "
            "compared with what is there again"
        ) from error


def save(sidecar: Path, ledger: Ledger) -> None:
    """Write it; on the disk when this returns.

    Raises:
        UploadError: It cannot be written.
    """
    path = ledger_path(sidecar)
    try:
        replace_file(path, msgspec.json.format(msgspec.json.encode(ledger), indent=1), 0o600)
    except OSError as error:
        raise UploadError(f"cannot write {path}: {error.strerror or error}") from error


def lock_path(sidecar: Path) -> Path:
    """Return the file that is locked while somebody uploads a session."""
    return sidecar.with_name(f".{sidecar.name}.uploads.lock")


@contextlib.contextmanager
def held(sidecar: Path) -> Generator[bool]:
    """Hold the uploading of a session; yields whether nobody else does."""
    with contextlib.ExitStack() as hold:
        mine = False
        # A disk that is gone: there is nothing to upload, and whoever tries says so.
        with contextlib.suppress(OSError):
            mine = hold.enter_context(locks.alone(lock_path(sidecar)))
        yield mine
