"""What a long recording gives."""

from __future__ import annotations

from typing import Any

import msgspec

from ...uses import Uses


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One process at one moment."""

    seconds: float
    """Since the sender began."""
    role: str
    """``engine``, or ``recorder``: a worker."""
    pid: int
    uses: Uses


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    date: str
    seconds: float
    streams: int
    machine: dict[str, Any]
    frames_sent: int
    frames_written: int
    """In the files, as they were sent."""
    incomplete: dict[str, int]
    """Frames that are missing, of the streams of which some are."""
    files: int
    dropped: int
    """Datagrams that the recorder's sockets had no room for."""
    nacks: int
    refused: int
    """Packets that the system did not take from the sender."""
    said: list[dict[str, Any]]
    """Errors and warnings of the recorder."""
    samples: list[Sample]
