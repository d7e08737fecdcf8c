"""What a recorder is told about its stream, and what it reports about its takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from ..model import Container, TakeSummary
from .place import Place


class StreamIdentity(msgspec.Struct, frozen=True):
    """Whose media a recorder writes."""

    stream: str
    """Stream id as shown; a screen share is ``ID-screen``."""
    raw_id: str
    """Stream id as it was on the wire."""
    label: str = ""


class RecordingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where takes go and how long a start may wait; times in seconds."""

    output: str
    """Folder of the files; made if it is not there."""
    node: str = ""
    """As of `TakeSummary`."""
    place: Place = Place()
    """On which disk."""
    prefix: str
    """First part of every file name; cleaned before use."""
    session_started: float
    """Unix time at which the session began."""
    session_began: float
    """The same moment in monotonic seconds: `TakeSummary.offset` counts from it."""
    container: Container = Container.AUTO
    """Wanted kind of file; codecs that it cannot hold go into Matroska."""
    split_every: float = 0.0
    """A take goes on in a new file whenever a multiple of so many seconds has passed since its
    recording began; 0: never."""
    split_bytes: int = 0
    """A take goes on in a new file before its file is larger; 0: it never is too large."""
    pre_roll: float = 0.0
    """Seconds that are held of it while it is only looked at; 0: nothing is."""
    video_wait: float = 5.0
    """A take begins with audio alone when the expected video stays away for so long."""


class Part(msgspec.Struct, frozen=True):
    """Which part of a recording a take is."""

    recording: str
    number: int
    """From 1."""
    since: float
    """Arrival of the first frame of the recording."""


class TakeStarted(msgspec.Struct, frozen=True):
    """A file was opened and its first frame written."""

    summary: TakeSummary


class TakeProgress(msgspec.Struct, frozen=True):
    """How far the take is, about once a second."""

    summary: TakeSummary


class TakeEnded(msgspec.Struct, frozen=True):
    """The file is closed and on the disk.

    `TakeSummary.reason` says why, `TakeSummary.error` what broke.
    """

    summary: TakeSummary


TakeEvent: TypeAlias = TakeStarted | TakeProgress | TakeEnded
TakeListener: TypeAlias = Callable[[TakeEvent], None]
