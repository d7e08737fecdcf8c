"""What has been counted since an attendant came. Pure.

Counters of receivers begin anew with each connection, and go with it; what is summed up here only
grows, so that rates of sums are right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from ...model import Event, EventType, Kind, RoomSnapshot, StreamSnapshot, TrackStats

_GAUGES = ("jitter", "level")
TRACK_COUNTERS = tuple(name for name in TrackStats.__struct_fields__ if name not in _GAUGES)
"""Of a track."""
CONNECTION_COUNTERS = ("drops", "malformed", "unrouted")
"""Of a connection."""
_KINDS = frozenset(EventType)
OTHER = "other"
"""What events of types that are not known are counted as."""


class _Growth:
    """A few counters that begin anew now and then, as such that do not."""

    __slots__ = ("_last", "sums")

    def __init__(self, width: int) -> None:
        self._last = [0] * width
        self.sums = [0] * width

    def update(self, now: Sequence[int]) -> list[int]:
        """Take counters as they are now, and return by how much they grew."""
        last = self._last
        anew = sum(now) < sum(last)
        grown = [new if anew else max(0, new - old) for new, old in zip(now, last, strict=True)]
        self._last = list(now)
        self.sums = _added(self.sums, grown)
        return grown


class StreamTally:
    """What came of one stream, over all its connections."""

    def __init__(self) -> None:
        self._tracks: dict[Kind, _Growth] = {}
        self._connection = _Growth(len(CONNECTION_COUNTERS))
        self.stalls: Counter[str] = Counter()
        """By what stood still."""

    @property
    def tracks(self) -> dict[Kind, list[int]]:
        """Sums, in order of `TRACK_COUNTERS`."""
        return {kind: growth.sums for kind, growth in self._tracks.items()}

    @property
    def connection(self) -> list[int]:
        """Sums, in order of `CONNECTION_COUNTERS`."""
        return self._connection.sums

    def update(self, stream: StreamSnapshot) -> tuple[dict[Kind, list[int]], list[int]]:
        """Take in how it is now, and return by how much its tracks and its connection grew."""
        grown = self._connection.update([getattr(stream, name) for name in CONNECTION_COUNTERS])
        tracks = stream.tracks.items()
        return {kind: self._track(kind).update(_counters(of)) for kind, of in tracks}, grown

    def _track(self, kind: Kind) -> _Growth:
        if kind not in self._tracks:
            self._tracks[kind] = _Growth(len(TRACK_COUNTERS))
        return self._tracks[kind]


class Tallies:
    """What came of all streams, and what happened."""

    def __init__(self) -> None:
        self.streams: dict[str, StreamTally] = {}
        """Of those that the engine knows."""
        self.tracks = {kind: [0] * len(TRACK_COUNTERS) for kind in Kind}
        """Of all streams that ever were, in order of `TRACK_COUNTERS`."""
        self.connections = [0] * len(CONNECTION_COUNTERS)
        """The same of their connections, in order of `CONNECTION_COUNTERS`."""
        self.events: Counter[str] = Counter()
        """By type."""
        self.stalls: Counter[str] = Counter()
        """By what stood still."""
        self.stalled: dict[str, float] = {}
        """Seconds, of stalls that are over."""
        self.takes: Counter[str] = Counter()
        """By why they ended."""
        self.take_bytes = 0
        """Of files that were closed."""
        self.take_seconds = 0.0
        self.alarms: Counter[str] = Counter()
        """By kind."""

    def see(self, snapshot: RoomSnapshot) -> None:
        """Take in how far the counters of receivers are."""
        here: dict[str, StreamTally] = {}
        for stream in snapshot.streams:
            here[stream.stream] = tally = self.streams.get(stream.stream) or StreamTally()
            tracks, connection = tally.update(stream)
            for kind, grown in tracks.items():
                self.tracks[kind] = _added(self.tracks[kind], grown)
            self.connections = _added(self.connections, connection)
        self.streams = here

    def hear(self, event: Event) -> None:
        """Count an event."""
        self.events[event.type if event.type in _KINDS else OTHER] += 1
        match event.type:
            case EventType.TAKE_END:
                self.takes[_word(event, "reason")] += 1
                self.take_bytes += round(_number(event, "bytes"))
                self.take_seconds += _number(event, "seconds")
            case EventType.STREAM_STALL:
                self.stalls[_word(event, "what")] += 1
                if event.stream in self.streams:
                    self.streams[event.stream].stalls[_word(event, "what")] += 1
            case EventType.STREAM_RESUME:
                what, seconds = _word(event, "what"), _number(event, "seconds")
                self.stalled[what] = self.stalled.get(what, 0.0) + seconds
            case EventType.ALARM_BEGIN:
                self.alarms[_word(event, "alarm")] += 1
            case _:
                pass


def _added(sums: Sequence[int], more: Sequence[int]) -> list[int]:
    return [one + other for one, other in zip(sums, more, strict=True)]


def _counters(stats: TrackStats) -> list[int]:
    values = msgspec.structs.astuple(stats)
    return [values[place] for place in _PLACES]


_PLACES = [TrackStats.__struct_fields__.index(name) for name in TRACK_COUNTERS]


def _word(event: Event, name: str) -> str:
    value: Any = event.data.get(name)
    return value if isinstance(value, str) and value else OTHER


def _number(event: Event, name: str) -> float:
    value: Any = event.data.get(name)
    return value if isinstance(value, int | float) and value > 0 else 0
