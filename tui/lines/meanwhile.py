"""What happened in a room while nobody looked. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.model import Event, EventLevel, EventType, RoomSnapshot
from ..text.format import clean, clock
from ..text.words import count, listing, name_of

_MOST = 3
"""Warnings that are told in full."""


def meanwhile(events: Iterable[Event], since: float | None, snapshot: RoomSnapshot) -> list[str]:
    """Return what happened, in a few lines.

    Args:
        events: All that the engine still knows.
        since: When somebody last looked, in seconds since the recording began, if that is known.
        snapshot: The room as it is.
    """
    away = clock(max(0.0, snapshot.elapsed - (since or 0.0)))
    news = [event for event in events if since is None or event.elapsed > since]
    names = {stream.stream: clean(name_of(stream)) for stream in snapshot.streams}
    told = [*_people(news, names), *_files(news, names), *_markers(news), *_troubles(news, names)]
    head = f"while you were away ({away})" if since is not None else f"since the start ({away} ago)"
    return [f"{head}: {told[0]}", *told[1:]] if told else [f"{head}: nothing new"]


def _people(news: list[Event], names: dict[str, str]) -> list[str]:
    joined, left = _of(news, EventType.STREAM_JOIN, names), _of(news, EventType.STREAM_LEAVE, names)
    return [
        *([f"{listing(joined)} joined"] if joined else []),
        *([f"{listing(left)} left"] if left else []),
    ]


def _files(news: list[Event], names: dict[str, str]) -> list[str]:
    begun, ended = _of(news, EventType.TAKE_START, names), _of(news, EventType.TAKE_END, names)
    ends = [event for event in news if event.type == EventType.TAKE_END]
    failed = [event for event in ends if event.level is EventLevel.ERROR]
    told: list[str] = []
    if begun:
        told.append(
            f"{count(_number(news, EventType.TAKE_START), 'file')} begun ({listing(begun)})"
        )
    if ended:
        text = f"{count(_number(news, EventType.TAKE_END), 'file')} closed ({listing(ended)})"
        told.append(f"{text}, {len(failed)} by an error" if failed else text)
    return told


def _markers(news: list[Event]) -> list[str]:
    texts = [clean(event.text) for event in news if event.type == EventType.MARKER]
    return [f"{count(len(texts), 'marker')} put ({listing(texts)})"] if texts else []


def _troubles(news: list[Event], names: dict[str, str]) -> list[str]:
    lost = _number(news, EventType.LINK_LOST)
    told = [f"the connection to the server was lost {count(lost, 'time')}"] if lost else []
    told_of = [event for event in news if event.type != EventType.LINK_LOST]
    bad = [event for event in told_of if event.level is not EventLevel.INFO]
    told += [
        clean(f"{names.get(event.stream, event.stream)}: {event.text}".removeprefix(": "))
        for event in bad[-_MOST:]
    ]
    if len(bad) > _MOST:
        told.append(f"and {count(len(bad) - _MOST, 'earlier warning')}: e shows all events")
    return told


def _of(news: list[Event], type_: str, names: dict[str, str]) -> list[str]:
    """Return the names of the streams that had such an event, each once."""
    streams = dict.fromkeys(event.stream for event in news if event.type == type_)
    return [names.get(stream, clean(stream)) for stream in streams]


def _number(news: list[Event], type_: str) -> int:
    return sum(event.type == type_ for event in news)
