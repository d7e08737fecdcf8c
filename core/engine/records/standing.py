"""What has begun and is not over, by the events that told of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model import (
    SCREEN_SHARE,
    AlarmKind,
    EndReason,
    Event,
    EventType,
    Stall,
    StandingAlarm,
    StandingStall,
)

_PARTS = (
    EndReason.SPLIT,
    EndReason.CODEC,
    EndReason.TRACKS,
    EndReason.SIZE,
    EndReason.LENGTH,
)
"""Why a take ends though its stream goes on as it was."""
_ALARM, _STALL, _HERE, _CONNECTION = "alarm", "stall", "here", "connection"
_TAKE, _MENDING = "take", "mending"


class Standing:
    """All that goes on: alarms, stalls, who is there, connections, takes, what is put right.

    Each is known by the event that began it.

    Args:
        events: What happened so far, in order.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._began: dict[tuple[str, ...], Event] = {}
        for event in events:
            self.see(event)

    def __iter__(self) -> Iterator[Event]:
        """Yield what tells all of it again, in order."""
        return iter(self._began.values())

    def see(self, event: Event) -> None:
        """Take what happened."""
        match event.type:
            case EventType.ALARM_BEGIN:
                self._begin(event, _ALARM, event.stream, *_alarm(event))
            case EventType.ALARM_END:
                self._end(_ALARM, event.stream, *_alarm(event))
            case EventType.STREAM_STALL:
                self._begin(event, _STALL, event.stream, _said(event, "what"))
            case EventType.STREAM_RESUME:
                self._end(_STALL, event.stream, _said(event, "what"))
            case EventType.STREAM_CONNECT | EventType.STREAM_ADOPT:
                self._begin(event, _CONNECTION, event.stream)
            case EventType.STREAM_JOIN if not event.stream.endswith(SCREEN_SHARE):
                self._begin(event, _HERE, event.stream)
            case EventType.STREAM_LEAVE:
                self._end(_HERE, event.stream)
                self._end(_CONNECTION, event.stream)
                self._end(_STALL, event.stream)
            case EventType.TAKE_START:
                self._begin(event, _TAKE, _said(event, "file"))
            case EventType.TAKE_END:
                self._end(_TAKE, _said(event, "file"))
                if event.data.get("reason") not in _PARTS:
                    self._end(_STALL, event.stream)
            case EventType.TAKE_MENDING:
                self._begin(event, _MENDING, _said(event, "file"))
            case EventType.TAKE_MENDED | EventType.TAKE_UNMENDED:
                self._end(_MENDING, _said(event, "file"))
            case _:
                pass

    def alarms(self, began: float) -> list[StandingAlarm]:
        """Return the alarms; ``began`` is when the session did, in monotonic seconds."""
        known = {kind.value: kind for kind in AlarmKind}
        return [
            StandingAlarm(
                kind=known[kind],
                text=event.text,
                since=_since(event, began),
                begun_at=began + event.elapsed,
                stream=stream,
                guest=guest,
            )
            for (stream, kind, guest), event in self._of(_ALARM).items()
            if kind in known
        ]

    def stalls(self, began: float) -> list[StandingStall]:
        """Return what stands still, as for `alarms`."""
        known = {what.value: what for what in Stall}
        return [
            StandingStall(stream, known[what], _since(event, began), event.text)
            for (stream, what), event in self._of(_STALL).items()
            if what in known
        ]

    def connected(self, began: float) -> dict[str, float]:
        """Return since when streams have a connection of their own, as for `alarms`."""
        found = self._of(_CONNECTION)
        return {stream: began + event.elapsed for (stream,), event in found.items()}

    def here(self) -> set[str]:
        """Return the streams that are there, with or without a connection; no screen shares."""
        return {stream for (stream,) in self._of(_HERE)}

    def files(self) -> dict[str, str]:
        """Return the streams of the takes that are open, by file."""
        return {file: event.stream for (file,), event in self._of(_TAKE).items()}

    def mending(self) -> list[str]:
        """Return the files that are being put right."""
        return [file for (file,) in self._of(_MENDING)]

    def _of(self, what: str) -> dict[tuple[str, ...], Event]:
        return {key[1:]: event for key, event in self._began.items() if key[0] == what}

    def _begin(self, event: Event, *key: str) -> None:
        self._began.pop(key, None)
        self._began[key] = event

    def _end(self, *key: str) -> None:
        """What begins with that is over."""
        for known in [known for known in self._began if known[: len(key)] == key]:
            del self._began[known]


def _since(event: Event, began: float) -> float:
    return began + event.elapsed - event.data.get("seconds", 0.0)


def _said(event: Event, name: str) -> str:
    return str(event.data.get(name, ""))


def _alarm(event: Event) -> tuple[str, str]:
    return _said(event, "alarm"), _said(event, "guest")
