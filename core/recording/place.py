"""Where a session writes: a folder on a disk, which may be taken away."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class Place(msgspec.Struct, frozen=True):
    """On which file system a folder was when the session began.

    A folder that vanished is made again on the same file system, or on another one that was
    mounted in its place. It is not made on one that only shows because a disk was unmounted.
    """

    beneath: tuple[int, ...] = ()
    """Devices of the file systems on which those of the folder are mounted."""

    @classmethod
    def of(cls, folder: str) -> Place:
        """Return the place where a folder, which need not be there yet, is now."""
        own, *others = _devices(folder)
        return cls(tuple(sorted(set(others) - {own})))

    def objection(self, folder: str) -> str:
        """Return why nothing may be written to the folder now; empty where it may."""
        if not self.beneath or _devices(folder)[0] not in self.beneath:
            return ""
        return (
            f"the disk of {folder} is not mounted any more; mount it again, and recording "
            "goes on by itself"
        )


def nearest(folder: str | Path) -> Path:
    """Return the folder, or the lowest one above it that is there."""
    path = Path(os.path.abspath(folder))
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _devices(folder: str) -> list[int]:
    """Return the devices of what is there of a path, from its end up."""
    path = nearest(os.path.realpath(folder))
    return [os.stat(one).st_dev for one in (path, *path.parents)]
