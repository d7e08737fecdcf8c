"""What happened, and what became of all."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class EventType(StrEnum):
    """All that is told of. As JSON the value; ``docs/events.md`` lists them."""

    ENGINE_START = "engine.start"
    """A recording began, or looking at a room, or another engine took it over."""
    ENGINE_STOP = "engine.stop"
    """It was told to end, and finishes every file."""
    ENGINE_END = "engine.end"
    """All files are closed; the data are an `Outcome`."""
    LINK_JOINED = "link.joined"
    """The websocket is in the room (again)."""
    LINK_LOST = "link.lost"
    """The websocket is gone; what is recorded goes on."""
    STREAM_JOIN = "stream.join"
    """A publisher is there, or shares a screen."""
    STREAM_ADOPT = "stream.adopt"
    """A worker that outlived its engine is recording it, or looking at it."""
    STREAM_CONNECT = "stream.connect"
    """Its connection is up."""
    STREAM_LEAVE = "stream.leave"
    """It left, or its connection ended."""
    STREAM_STALL = "stream.stall"
    """Something of it stands still."""
    STREAM_RESUME = "stream.resume"
    """What stood still goes on."""
    STREAM_IDLE = "stream.idle"
    """It is connected, and sends nothing."""
    TAKE_START = "take.start"
    """A file was begun."""
    TAKE_END = "take.end"
    """A file was closed, and is on the disk."""
    TAKE_MENDING = "take.mending"
    """A closed file is being put right."""
    TAKE_MENDED = "take.mended"
    """A closed file was put right."""
    TAKE_UNMENDED = "take.unmended"
    """A closed file could not be put right; the text says why."""
    TAKE_REPAIRED = "take.repaired"
    """A file that somebody before left without its end was completed, or could not be."""
    DISK_SMALL = "disk.small"
    """A disk is so small that less than the floor stays free."""
    ALARM_BEGIN = "alarm.begin"
    """Something is wrong, and stays so until ``alarm.end``."""
    ALARM_END = "alarm.end"
    """What was wrong is right again, or its stream is gone."""
    UPLOAD_DONE = "upload.done"
    """A file is where it was to be uploaded to, and was compared with what is here."""
    UPLOAD_FAILED = "upload.failed"
    """A file could not be uploaded; it is tried again."""
    FILE_REMOVED = "file.removed"
    """A file that was uploaded or kept long enough was removed from the disk, as was asked for."""
    HOOK_FAILED = "hook.failed"
    """A command or an address that was to hear of an event did not take it."""
    HTTP_OPEN = "http.open"
    """Metrics and remote control can be had."""
    COMMAND = "command"
    """Somebody asked for something."""
    MARKER = "marker"
    """Somebody marked a moment."""
    REPORT = "report"
    """The report of the session is made."""
    WORKER_PLAIN = "worker.plain"
    """A worker takes packets in the slower way."""
    WARNING = "warning"
    """Something that a person should know."""
    ERROR = "error"
    """Something failed."""
    SCREEN = "screen"
    """What no engine says, but who follows one; not numbered."""


class EventLevel(StrEnum):
    """How much an event matters."""

    INFO = "info"
    WARNING = "warning"
    """A person should know it."""
    ERROR = "error"
    """Something failed."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; the events of an engine are numbered without gaps."""

    seq: int
    time: float
    elapsed: float = 0.0
    """Seconds since the session began, as in `TakeSummary.offset`."""
    type: str
    """An `EventType`; those of an engine of another version may be others."""
    stream: str = ""
    level: EventLevel = EventLevel.INFO
    text: str = ""
    data: dict[str, Any] = {}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an engine's run; the data of its last event, ``engine.end``."""

    joined: bool = False
    """It was in the room."""
    takes: int = 0
    """Files that were closed, well or badly."""
    failed: int = 0
    """Of these: those that ended by a fault of ours, of the disk or of a worker that died."""
    disk_full: bool = False
    broken: bool = False
    """It ended by an error of its own."""
    asked: bool = True
    """Something was to be recorded: all, or what somebody asked for."""
    hurried: bool = False
    """Files may be without their end: somebody could not wait."""
