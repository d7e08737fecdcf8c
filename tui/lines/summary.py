"""What stays in the scroll-back when the dashboard is left: one line per take."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ...core.errors import RecordingError
from ...core.model import EndReason, Event, EventType, RoomSnapshot, SignalingState
from ...core.recording import sidecar
from ...core.units import size
from ..text.format import cells, clean, clock, fit
from ..text.words import count, recordings

_FAILED = (EndReason.WRITE_ERROR, EndReason.DISK_FULL, EndReason.OVERLOAD)
_WIDEST_NAME = 30


class TakeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One take as a person wants to know it."""

    name: str
    seconds: float
    bytes: int
    file: str
    open: bool = False
    """It is still being recorded."""
    note: str = ""
    """What went wrong with it."""


def takes_of(last: RoomSnapshot, events: Iterable[Event]) -> list[TakeLine]:
    """Return the takes of a session, in the order in which they began.

    The sidecar knows them all; the events know those that it could not be told of.
    """
    lines = _from_sidecar(Path(last.sidecar))
    names = {stream.stream: stream.label for stream in last.streams}
    for event in events:
        if event.type == EventType.TAKE_END and event.data.get("file"):
            line = _from_event(event, names.get(event.stream, ""))
            lines.setdefault(line.file, line)
    for stream in recordings(last.streams):
        lines[stream.file] = TakeLine(
            name=stream.label or stream.stream,
            seconds=stream.seconds,
            bytes=stream.bytes,
            file=stream.file,
            open=True,
        )
    return list(lines.values())


def summary(last: RoomSnapshot, takes: list[TakeLine]) -> list[str]:
    """Return the summary as lines: a head, then name, length, size and path of each take."""
    if not takes:
        left = ", and the recorder has left the room" if last.link is SignalingState.CLOSED else ""
        return [f"room {clean(last.room)}: nothing was recorded{left}"]
    total = size(sum(take.bytes for take in takes))
    width = min(_WIDEST_NAME, max(cells(clean(take.name)) for take in takes))
    head = f"room {clean(last.room)}: {count(len(takes), 'take')}, {total}, in {last.output}"
    return [head, *(line for take in takes for line in _lines(take, width))]


def _lines(take: TakeLine, width: int) -> list[str]:
    figures = f"{clock(take.seconds):>8}  {size(take.bytes):>9}"
    path = f"{clean(take.file)}{'  (so far)' if take.open else ''}"
    line = f"  {fit(take.name, width)}  {figures}  {path}"
    return [line, f"  {' ' * width}  {clean(take.note)}"] if take.note else [line]


def _from_sidecar(path: Path) -> dict[str, TakeLine]:
    try:
        known = sidecar.load(path)
    except RecordingError:
        known = None
    takes = known.takes if known else ()
    lines: dict[str, TakeLine] = {}
    for take in takes:
        if take.reason is None:
            continue
        file = os.path.join(path.parent, take.file) if take.file else ""
        lines[file or f"{take.stream} {take.started}"] = TakeLine(
            name=take.label or take.stream,
            seconds=take.seconds,
            bytes=take.bytes,
            file=file,
            note=_note(take.error, take.reason),
        )
    return lines


def _from_event(event: Event, label: str) -> TakeLine:
    data = event.data
    return TakeLine(
        name=label or event.stream,
        seconds=float(data.get("seconds") or 0.0),
        bytes=int(data.get("bytes") or 0),
        file=str(data["file"]),
        note=str(data.get("error") or ""),
    )


def _note(error: str, reason: EndReason) -> str:
    return error or (reason.value if reason in (*_FAILED, EndReason.WORKER_LOST) else "")
