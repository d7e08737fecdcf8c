"""Files on their way to where they are uploaded to."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class UploadState(StrEnum):
    """How far a file is on its way to where it is uploaded to."""

    WAITING = "waiting"
    SENDING = "sending"
    CHECKING = "checking"
    DONE = "done"
    FAILED = "failed"
    """It is tried again later."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One file on its way."""

    file: str
    """Its path here."""
    node: str = ""
    """The machine that has it, in a cluster, and sends it."""
    state: UploadState
    to: str = ""
    """Where it goes, or is, without credentials."""
    sent: int = 0
    """Bytes."""
    bytes: int = 0
    rate: float = 0.0
    """Bytes per second."""
    error: str = ""
    """Of the last attempt, where that failed."""
    retry_in: float | None = None
    """Whole seconds until it is tried again; ``None``: as soon as its turn comes."""


class UploadsSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is uploaded."""

    files: tuple[Upload, ...] = ()
    """Those that are not done, and the last of those that are; at most 200."""
    waiting: int = 0
    """Files that are not where they are to be."""
    waiting_bytes: int = 0
    done: int = 0
    done_bytes: int = 0
    failed: int = 0
    """Attempts."""
    rate: float = 0.0
    """Bytes per second."""
