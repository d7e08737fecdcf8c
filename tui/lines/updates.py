"""Events and snapshots as lines: for people, or one JSON object each. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from ...core.ipc.event_object import as_object
from ...core.model import Event, EventType, Monitor, RoomSnapshot, StreamSnapshot, StreamState
from ...core.units import size
from ..text.format import clock, duration, json_line
from ..text.words import refusals
from ..text.workers import cluster_lines, worker_line

_TYPE_WIDTH = 14
_STREAM_WIDTH = 14


def event_json(event: Event, room: str = "") -> str:
    """Return an event as a JSON object: its type, times, number, stream, text and data.

    Args:
        event: What happened.
        room: Where, if there are several.
    """
    return json_line(as_object(event, room))


def snapshot_json(snapshot: RoomSnapshot) -> str:
    """Return the whole snapshot as a JSON object of type ``status``."""
    return json_line({"type": "status"} | msgspec.to_builtins(snapshot, str_keys=True))


def event_line(event: Event) -> str:
    """Return an event as one line: time, type, stream, what there is to say."""
    take = event.type in (EventType.TAKE_START, EventType.TAKE_END)
    said = _take_fields(event.data) if take else event.text
    return _line(event.time, event.type, event.stream, said)


def status_line(snapshot: RoomSnapshot) -> str:
    """Return the totals of a room as one line."""
    states = [stream.state for stream in snapshot.streams]
    counts = {state: states.count(state) for state in StreamState if state in states}
    rate = sum(stream.bitrate for stream in snapshot.streams) / 1e6
    words = [f"{state.value.lower()}={count}" for state, count in counts.items()]
    words += [
        f"streams={len(states)}",
        f"mbps={rate:.1f}",
        f"free={size(snapshot.disk.free).replace(' ', '')}",
    ]
    if snapshot.disk.seconds_left is not None:
        words.append(f"left={duration(snapshot.disk.seconds_left)}")
    words.append(f"link={snapshot.link.value}")
    return _line(snapshot.time, "status", "", " ".join(words))


def stream_lines(snapshot: RoomSnapshot) -> list[str]:
    """Return the room, its workers and a plain table of its streams, for ``roomdeck status``."""
    head = f"room {snapshot.room} on {snapshot.server}: {snapshot.link.value}"
    if snapshot.link_detail:
        head += f" ({snapshot.link_detail})"
    lines = [head, f"folder {snapshot.output}, {size(snapshot.disk.free)} free"]
    lines += cluster_lines(snapshot)
    lines += [worker_line(worker) for worker in snapshot.workers]
    if snapshot.monitor is not Monitor.OFF:
        lines.append(_monitored(snapshot))
    if not snapshot.streams:
        return [*lines, "nobody is sending"]
    name = max(len("STREAM"), *(len(stream.stream) for stream in snapshot.streams))
    lines.append(
        f"{'STATE':5}  {'STREAM':{name}}  {'TIME':>8}  {'SIZE':>8}  {'Mb/s':>5}  LOSS  VIDEO"
    )
    return lines + [_stream_line(stream, name) for stream in snapshot.streams]


def _monitored(snapshot: RoomSnapshot) -> str:
    if snapshot.newcomers:
        return "who comes is recorded, as somebody asked for all"
    done = "connected" if snapshot.monitor is Monitor.CONNECTED else "listed"
    return f"who comes is only {done}; roomdeck start records all, roomdeck start STREAM one"


def _stream_line(stream: StreamSnapshot, name: int) -> str:
    video, written = stream.video, bool(stream.bytes or stream.seconds)
    seconds = stream.seconds if written else stream.last_seconds
    count = stream.bytes if written else stream.last_bytes
    picture = f"{video.codec.value} {video.width}x{video.height}" if video else "-"
    return (
        f"{stream.state.value:5}  {stream.stream:{name}}  {clock(seconds):>8}  "
        f"{size(count):>8}  {stream.bitrate / 1e6:5.1f}  {stream.loss:4.0%}  "
        f"{picture} {stream.fps:.0f} fps  {stream.reason or stream.file}{_refused(stream)}"
    )


def _refused(stream: StreamSnapshot) -> str:
    refused = refusals(stream)
    return f"; packets refused: {refused}" if refused else ""


def _take_fields(data: dict[str, Any]) -> str:
    words = [f"file={_quoted(data.get('file', ''))}"]
    video, audio = data.get("video"), data.get("audio")
    if video:
        words.append(f"video={video['codec']} size={video['width']}x{video['height']}")
    if audio:
        words.append(f"audio={audio['codec']}")
        words += [f"channels={audio['channels']}"] if audio.get("channels") else []
    if data.get("reason"):
        words += [f"bytes={data['bytes']}", f"seconds={data['seconds']:.1f}"]
        if video:
            words.append(f"frames={video['frames']}")
        words += [f"holes={data['holes']}", f"reason={data['reason']}"]
    if data.get("error"):
        words.append(f"error={_quoted(data['error'])}")
    return " ".join(words)


def _quoted(text: str) -> str:
    plain = text and not re.search(r'[\s"=\x00-\x1f\x7f]', text)
    return text if plain else msgspec.json.encode(text).decode()


def _line(time: float, type_: str, stream: str, said: str) -> str:
    when = datetime.fromtimestamp(time).astimezone().isoformat(timespec="seconds")
    return f"{when} {type_:{_TYPE_WIDTH}} {stream or '-':{_STREAM_WIDTH}} {said}".rstrip()
