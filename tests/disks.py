"""Disks of our own: file systems in image files, mounted while a test runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

from .system import run_tool


class Unmountable(Exception):
    """This machine mounts nothing for us; says why."""


class Disk:
    """An ext4 file system in an image."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.image = image
        self.folder = folder

    def snatch(self) -> None:
        """Unmount it while it is in use."""
        run_tool("umount", "--lazy", str(self.folder))

    def put_back(self) -> None:
        """Mount it again."""
        run_tool("mount", "-o", "loop", str(self.image), str(self.folder))

    @contextlib.contextmanager
    def after_power_cut(self) -> Generator[Path]:
        """Mount what would be left if the power failed now."""
        copy = self.image.with_suffix(".copy")
        shutil.copyfile(self.image, copy)
        folder = self.folder.with_name(f"{self.folder.name}-copy")
        folder.mkdir()
        try:
            run_tool("mount", "-o", "loop", str(copy), str(folder))
            try:
                yield folder
            finally:
                run_tool("umount", str(folder))
        finally:
            folder.rmdir()
            copy.unlink()


@contextlib.contextmanager
def mounted(place: Path, megabytes: int = 32, *options: str) -> Generator[Disk]:
    """Make a disk of so many MB, with options of mkfs, and mount it in a new folder below a place.

    Raises:
        Unmountable: That takes Linux, root and a loop device.
    """
    if sys.platform != "linux" or os.getuid() != 0:
        raise Unmountable("only root mounts disk images, on Linux")
    image, folder = place / "disk.image", place / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(megabytes * 1_000_000)
    try:
        run_tool("mkfs.ext4", "-q", "-m", "0", *options, str(image))
        run_tool("mount", "-o", "loop", str(image), str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unmountable(f"no disk image can be mounted here: {error}") from error
    try:
        yield Disk(image, folder)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            run_tool("umount", "--lazy", str(folder))
