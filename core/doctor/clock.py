"""Whether this machine's clock is right: it names files, and stands in their JSON file.

Where media is on the time of a file does not depend on it.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from .. import systemd
from .finding import Finding, Grade

_TIME_ERROR = 5
_UNSYNCHRONISED = 0x40
"""Of adjtimex(2): the state, and a bit of the status."""
_FAR = 0.5
"""Seconds by which a clock that is kept may be wrong at most, as the system knows."""
_STEP = 0.05
"""Seconds by which a clock was set, and not merely brought nearer: 500 ppm is the most of that."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to know of a clock."""

    synchronised: bool | None
    """Whether it is kept by others; ``None`` where the system does not say."""
    error: float
    """Seconds by which it may be wrong."""
    behind: float
    """Seconds by which it is earlier than when roomdeck's own files were written."""
    stepped: float
    """Seconds by which it was set while it was looked at."""
    watched: float
    """Seconds for which it was looked at."""


class _Timex(ctypes.Structure):
    """The first fields of ``struct timex``, and more room than any system's rest takes."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    ]


class Watch:
    """Looks at the clock from its making on, to see whether somebody sets it meanwhile."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._began, self._apart = steady(), wall() - steady()

    def look(self) -> Seen:
        """Return what is known by now."""
        now = self._steady()
        kept, error = _kept()
        return Seen(
            synchronised=kept,
            error=error,
            behind=max(0.0, Path(__file__).stat().st_mtime - self._wall()),
            stepped=self._wall() - now - self._apart,
            watched=now - self._began,
        )


def judge(seen: Seen) -> Finding:
    """Say how a clock is."""
    data = msgspec.to_builtins(seen)
    set_it = "sudo timedatectl set-ntp true"
    if not systemd.runs():
        set_it = "run an NTP client, as chrony; in a container, where its host is"
    if seen.behind > 86400:
        days = seen.behind / 86400
        text = f"{days:.0f} days earlier than roomdeck's own files: it was never set"
        return Finding(check="clock", grade=Grade.WRONG, text=text, mend=set_it, data=data)
    if abs(seen.stepped) > _STEP:
        text = (
            f"was set by {seen.stepped:+.2f} s within {seen.watched:.1f} s: names and times of "
            "files jump; what keeps setting it?"
        )
        return Finding(check="clock", grade=Grade.WARNING, text=text, mend=set_it, data=data)
    if seen.synchronised is None:
        text = (
            f"was not set within {seen.watched:.1f} s; whether it is kept, this system does not say"
        )
        return Finding(check="clock", grade=Grade.OK, text=text, data=data)
    if not seen.synchronised:
        text = "nobody keeps it: names and times of files are as wrong as it is"
        return Finding(check="clock", grade=Grade.WARNING, text=text, mend=set_it, data=data)
    if seen.error > _FAR:
        text = f"kept, but wrong by up to {seen.error:.1f} s: its servers are hardly reached"
        mend = "timedatectl timesync-status, or chronyc tracking"
        return Finding(check="clock", grade=Grade.WARNING, text=text, mend=mend, data=data)
    text = f"kept, right to {max(seen.error * 1000, 1):.0f} ms"
    return Finding(check="clock", grade=Grade.OK, text=text, data=data)


def _kept() -> tuple[bool | None, float]:
    """Return whether the clock is synchronised, and by how many seconds it may be wrong."""
    if sys.platform != "linux":
        return None, 0.0
    try:
        found = _Timex()
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(found))
    except (OSError, AttributeError):
        return None, 0.0
    if state < 0:  # forbidden, as in some containers
        return None, 0.0
    kept = state != _TIME_ERROR and not found.status & _UNSYNCHRONISED
    return kept or os.path.exists("/run/systemd/timesync/synchronized"), found.maxerror / 1e6
