"""Events as people read them, for every screen that lists some. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ....core.model import EndReason, Event, EventLevel, EventType, StreamState
from ...text.format import clock, short_size
from .glyphs import Glyphs

_WORDS: dict[str, str] = {
    EventType.TAKE_START: "REC",
    EventType.TAKE_MENDING: "MEND",
    EventType.TAKE_MENDED: "MEND",
    EventType.TAKE_REPAIRED: "MEND",
    EventType.STREAM_JOIN: "JOIN",
    EventType.STREAM_ADOPT: "JOIN",
    EventType.STREAM_CONNECT: "JOIN",
    EventType.STREAM_LEAVE: "LEFT",
    EventType.STREAM_STALL: "STALL",
    EventType.STREAM_RESUME: "GOES",
    EventType.STREAM_IDLE: "IDLE",
    EventType.ALARM_BEGIN: "ALARM",
    EventType.ALARM_END: "WELL",
    EventType.HTTP_OPEN: "HTTP",
    EventType.COMMAND: "KEY",
    EventType.MARKER: "MARK",
    EventType.SCREEN: "KEY",
    EventType.WARNING: "WARN",
    EventType.ERROR: "ERROR",
}
_ENDS = {
    EndReason.BYE: "left the room",
    EndReason.VANISHED: "gave no sign of life any more",
    EndReason.MOVED: "went to another room",
    EndReason.REPLACED: "came back with a new connection",
    EndReason.RELOCATED: "goes on on another machine",
    EndReason.STOPPED: "stopped by hand",
    EndReason.EXCLUDED: "excluded by hand",
    EndReason.SPLIT: "new file",
    EndReason.CODEC: "changed its codec",
    EndReason.TRACKS: "a track was added",
    EndReason.SIZE: "new file, for its picture began small",
    EndReason.LENGTH: "new file, for the old one was as long as it may be",
    EndReason.SHARE: "screen share ended",
    EndReason.SHUTDOWN: "recording ended",
    EndReason.DISK_FULL: "disk full",
    EndReason.WRITE_ERROR: "write failed",
    EndReason.OVERLOAD: "the disk is too slow",
    EndReason.INTERRUPTED: "was broken off",
    EndReason.WORKER_LOST: "its worker died",
}


class EventLine(msgspec.Struct, frozen=True):
    """The parts of a line."""

    time: str
    """Local time of day."""
    glyph: str
    word: str
    """At most five letters."""
    name: str
    text: str
    role: str
    """``record``, ``warning``, ``error``, ``muted`` or nothing."""


def event_line(event: Event, glyphs: Glyphs, name: str = "") -> EventLine:
    """Return the parts of an event's line.

    Args:
        event: What happened.
        glyphs: The signs.
        name: What people call its stream, if that is not its id.
    """
    glyph, role = _sign(event, glyphs)
    return EventLine(
        time=datetime.fromtimestamp(event.time).strftime("%H:%M:%S"),
        glyph=glyph,
        word=_word(event),
        name=name or event.stream,
        text=event_text(event),
        role=role,
    )


def event_text(event: Event) -> str:
    """Return what an event says, without its time and stream."""
    match event.type:
        case EventType.TAKE_START:
            file = _base(event.data)
            return f"new file {file}" if file else event.text
        case EventType.TAKE_END:
            return _take_end(event.data) or event.text
        case EventType.MARKER if len(streams := event.data.get("streams", ())) > 1:
            return f"{event.text} ({', '.join(map(str, streams))})"
        case _:
            return event.text


def _word(event: Event) -> str:
    if event.type == EventType.TAKE_END:
        return "FAIL" if event.level is EventLevel.ERROR else "DONE"
    if event.type.startswith("link."):
        return "LINK"
    return _WORDS.get(event.type, "ROOM")


def _sign(event: Event, glyphs: Glyphs) -> tuple[str, str]:
    if event.level is EventLevel.ERROR:
        return glyphs.states[StreamState.FAIL], "error"
    if event.type.startswith("link."):
        return glyphs.link, "warning" if event.level is EventLevel.WARNING else ""
    if event.level is EventLevel.WARNING:
        return glyphs.states[StreamState.STALL], "warning"
    match event.type:
        case EventType.TAKE_START:
            return glyphs.states[StreamState.REC], "record"
        case EventType.TAKE_END:
            return glyphs.states[StreamState.DONE], ""
        case EventType.STREAM_RESUME:
            return glyphs.states[StreamState.REC], ""
        case EventType.STREAM_IDLE:
            return glyphs.states[StreamState.IDLE], "muted"
        case EventType.MARKER:
            return glyphs.cursor, "warning"
        case _:
            return glyphs.bullet, "muted"


def _take_end(data: Mapping[str, Any]) -> str:
    try:
        reason = _ENDS[EndReason(data["reason"])]
        kept = f"{short_size(data['bytes'])}, {clock(data['seconds'])}"
    except (KeyError, ValueError, TypeError):
        return ""
    error = f" ({data['error']})" if data.get("error") else ""
    return f"{reason}{error}; {kept} in {_base(data)}"


def _base(data: Mapping[str, Any]) -> str:
    return str(data.get("file", "")).rpartition("/")[2]
