"""Whether the disk of the output folder has room, and takes what comes in time."""

from __future__ import annotations

import os
import shlex
import tempfile
import threading
import time
from pathlib import Path

import msgspec

from ..recording.disk import Space, space
from ..recording.place import nearest
from .finding import Finding, Grade

MOST = 32 << 20
"""Bytes that are written at most, to find out how fast the disk is."""
LONGEST = 3.0
"""Seconds after which no more is written."""
PATIENCE = 20.0
"""Seconds after which a disk that does not answer is left alone."""
_BLOCK = 1 << 20
_SHARE = 20
"""Of what is free, no more than this part is written."""
_STREAM = 2.5e6 / 8
"""Bytes a second of a usual stream."""
_SLOWEST = 4 * _STREAM
"""Bytes a second, of the least that is worth recording on."""
_SLOW = 16 * _STREAM
_LATE = 1.0
"""Seconds that forcing something to a disk may take: so much more is at risk in a power cut."""
_SOON = 3600.0
"""Seconds for which there should be room, for four streams."""
_IN_MEMORY = ("tmpfs", "ramfs", "devtmpfs")
_NO_LARGE_FILES = ("vfat", "msdos")


class Speed(msgspec.Struct, frozen=True):
    """How fast a disk took what was forced to it."""

    written: int
    """Bytes."""
    seconds: float
    slowest: float
    """Seconds that the slowest forcing of a mebibyte took."""

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.written / self.seconds if self.seconds > 0 else 0.0


def measure(folder: Path, most: int = MOST, longest: float = LONGEST) -> Speed:
    """Write to a file without a name and force each mebibyte to the disk (fdatasync(2)).

    The file is gone with its descriptor, also where this process is killed.

    Raises:
        OSError: It cannot be written there.
    """
    block = os.urandom(_BLOCK)  # what some file systems cannot make smaller
    slowest, written = 0.0, 0
    descriptor, name = tempfile.mkstemp(prefix=".roomdeck-doctor-", dir=folder)
    try:
        os.unlink(name)
        began = last = time.monotonic()
        while written < most and last - began < longest:
            written += os.write(descriptor, block[: most - written])
            _force(descriptor)
            now = time.monotonic()
            slowest, last = max(slowest, now - last), now
    finally:
        os.close(descriptor)
    return Speed(written, last - began, slowest)


def _force(descriptor: int) -> None:
    force = getattr(os, "fdatasync", os.fsync)  # macOS has the latter alone
    force(descriptor)


def look(folder: str, floor: int) -> list[Finding]:
    """Find out how the disk of a folder, which need not be there yet, is.

    Args:
        folder: Of the output.
        floor: Bytes that have to stay free.
    """
    there = nearest(folder)
    free = space(there)
    kind = file_system(os.path.realpath(there), _mounts())
    findings = [judge_space(folder, free, floor, kind)]
    most = min(MOST, max(0, free.free - floor) // _SHARE)
    if most < _BLOCK:
        return findings  # what is missing is said already
    return [*findings, _speed(folder, there, most)]


def _speed(folder: str, there: Path, most: int) -> Finding:
    measured: list[Speed | OSError] = []

    def write() -> None:
        try:
            measured.append(measure(there, most))
        except OSError as error:
            measured.append(error)

    # Not one that is waited for at the end: what a dead disk keeps does not come back.
    writing = threading.Thread(target=write, name="disk", daemon=True)
    writing.start()
    writing.join(PATIENCE)
    return judge_speed(folder, there, measured[0] if measured else None)


def judge_space(folder: str, free: Space, floor: int, kind: str) -> Finding:
    """Say how much room there is, and of which kind."""
    lasts = max(0, free.free - floor) / (4 * _STREAM)
    data = {"folder": folder, "free": free.free, "total": free.total, "floor": floor}
    data |= {"file_system": kind, "seconds": round(lasts)}
    room = f"{free.free / 1e9:.1f} GB free"
    long = f"about {lasts / 3600:.0f} h of four streams" if lasts < 1e6 else "weeks of four streams"
    find = f"free some, or choose another folder: du -xh --max-depth=2 {shlex.quote(folder)}"
    if not free.total:
        text = f"nobody says how much room there is at {folder}"
        return Finding(check="space", grade=Grade.WARNING, text=text, data=data)
    if free.free <= floor:
        text = f"{room}, and recording stops at {floor / 1e9:.1f} GB (--floor)"
        return Finding(check="space", grade=Grade.WRONG, text=text, mend=find, data=data)
    if kind in _IN_MEMORY:
        text = f"{folder} is in memory ({kind}): it is gone when this machine is switched off"
        mend = "choose a folder on a disk: --output DIR"
        return Finding(check="space", grade=Grade.WARNING, text=text, mend=mend, data=data)
    if lasts < _SOON:
        text = f"{room}: {lasts / 60:.0f} minutes of four streams of 2.5 Mbit/s"
        return Finding(check="space", grade=Grade.WARNING, text=text, mend=find, data=data)
    if kind in _NO_LARGE_FILES:
        long += f"; {kind} takes no file of more than 4 GB, streams go on in a new one before that"
    text = f"{room}, {long}"
    return Finding(check="space", grade=Grade.OK, text=text, data=data)


def judge_speed(folder: str, there: Path, measured: Speed | OSError | None) -> Finding:
    """Say how fast the disk is; ``None`` is one that did not answer."""
    if measured is None:
        text = f"the disk of {folder} took nothing within {PATIENCE:.0f} s"
        mend = "dmesg says whether it is broken; choose another folder: --output DIR"
        return Finding(check="disk", grade=Grade.WRONG, text=text, mend=mend)
    if isinstance(measured, OSError):
        text = f"cannot write in {there}: {measured.strerror}"
        path = shlex.quote(folder)
        mend = f'sudo mkdir -p {path} && sudo chown "$USER" {path}'
        return Finding(check="disk", grade=Grade.WRONG, text=text, mend=mend)
    streams = int(measured.rate / 2 / _STREAM)
    data = msgspec.to_builtins(measured) | {"rate": round(measured.rate)}
    took = (
        f"{measured.rate / 1e6:.0f} MB/s forced to it, the slowest megabyte in "
        f"{measured.slowest * 1000:.0f} ms"
    )
    mend = "record to a faster disk: --output DIR"
    if measured.rate < _SLOWEST:
        text = f"{took}: too slow for even two streams of 2.5 Mbit/s"
        return Finding(check="disk", grade=Grade.WRONG, text=text, mend=mend, data=data)
    if measured.rate < _SLOW:
        text = f"{took}: enough for {streams} streams of 2.5 Mbit/s"
        return Finding(check="disk", grade=Grade.WARNING, text=text, mend=mend, data=data)
    if measured.slowest > _LATE:
        text = f"{took}: a power cut costs so much more than --sync promises"
        return Finding(check="disk", grade=Grade.WARNING, text=text, mend=mend, data=data)
    many = f"{streams} streams" if streams < 200 else "hundreds of streams"
    text = f"{took}: enough for {many} of 2.5 Mbit/s"
    return Finding(check="disk", grade=Grade.OK, text=text, data=data)


def file_system(path: str, mounts: str) -> str:
    """Return the kind of file system that a real path is on, as ``/proc/mounts`` says.

    Empty where it does not.
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        words = line.split(" ")
        if len(words) < 3:
            continue
        # Blanks and the like stand there as octal numbers (fstab(5)).
        point = (
            words[1].encode().decode("unicode_escape").encode("latin-1").decode(errors="replace")
        )
        within = path == point or path.startswith(point.rstrip("/") + "/")
        if within and len(point) >= best:
            best, kind = len(point), words[2]
    return kind


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(errors="replace")
    except OSError:
        return ""
