"""Looks at a room once a second, and tells which alarms began and ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Generic, TypeVar

import msgspec

from ....config import AlarmSetting
from ....model import (
    Alarm,
    AlarmKind,
    EventLevel,
    EventType,
    RoomSnapshot,
    SignalingState,
    StandingAlarm,
    StreamSnapshot,
    StreamState,
)
from ..actions import Note
from .hysteresis import Hysteresis, Turn
from .rule import UNKNOWN, Rule, Wrong
from .settings import GUESTS, ROOM, STREAMS, set_up, with_wishes
from .views import GuestView, RoomPast, RoomView, StreamPast, StreamView, Usual

View = TypeVar("View")
_JUDGED = (StreamState.REC, StreamState.STALL, StreamState.LIVE)
_UNSURE = (StreamState.WAIT, StreamState.SAVE, StreamState.FAIL)
"""With a connection, something is still expected."""
_OF_FILES = (AlarmKind.FAILED,)
"""What is told of streams of which nothing else can be, as nothing of them is written."""


class AlarmWatch:
    """Knows what is wrong in a room.

    Args:
        settings: What differs from the rules.
        expected: Shell patterns of the ids of who should be here.
        sync: As in `RecordConfig`.
        audio: Sound is recorded.
        video: Pictures are.
    """

    def __init__(
        self,
        settings: Mapping[AlarmKind, AlarmSetting] | None = None,
        expected: Sequence[str] = (),
        sync: float = 0.0,
        audio: bool = True,
        video: bool = True,
    ) -> None:
        known = with_wishes(settings or {}, audio, video)
        self._sync = sync
        self._room = _Subject(set_up(ROOM, known))
        self._room_past = RoomPast()
        of_guests = set_up(GUESTS, known)
        self._guests = {guest: _Subject(of_guests, guest=guest) for guest in expected}
        self._of_streams = set_up(STREAMS, known)
        self._streams: dict[str, _Stream] = {}
        self._over = False
        self._standing = 0
        """Alarms that have begun and were told."""

    def look(self, room: RoomSnapshot, nobody: str, now: float) -> list[Note]:
        """Take how the room is; return what is to be told: nothing any more after the end.

        Args:
            room: What clients see of it.
            nobody: As in `RoomView`.
            now: Monotonic seconds.
        """
        if self._over:
            return []
        self._room_past.see(room)
        notes = list(self._room.look(RoomView(room, self._room_past, nobody, self._sync), now))
        joined = self._room_past.joined(room.link is SignalingState.JOINED, now)
        for guest, subject in self._guests.items():
            notes += subject.look(_guest(guest, room, joined), now)
        return self._count([*notes, *self._look_at_streams(room, now)])

    def end(self, now: float) -> list[Note]:
        """The recording is over, and with it all that is wrong."""
        self._over = True
        why = "the recording is over"
        return self._count([note for of in self._subjects() for note in of.leave(why, now)])

    def resume(self, alarms: Iterable[StandingAlarm]) -> None:
        """Go on with alarms that another engine told: none begins again, and each has its end."""
        for alarm in alarms:
            if alarm.guest and alarm.guest not in self._guests:
                continue
            if alarm.stream:
                self._stream(alarm.stream).resume(alarm)
            elif alarm.guest:
                self._guests[alarm.guest].resume(alarm)
            else:
                self._room.resume(alarm)
                self._room_past.resume(alarm.kind)
        self._standing = sum(of.begun() for of in self._subjects())

    def shown(self, room: RoomSnapshot, now: float) -> RoomSnapshot:
        """Return what clients see, with what is wrong."""
        streams = tuple(
            msgspec.structs.replace(stream, alarms=alarms)
            if (alarms := self._of(stream.stream, now))
            else stream
            for stream in room.streams
        )
        of_room = (self._room, *self._guests.values())
        alarms = tuple(alarm for of in of_room for alarm in of.alarms(now))
        return msgspec.structs.replace(room, streams=streams, alarms=alarms)

    def _subjects(self) -> Iterator[_Subject[Any]]:
        """Yield all of which something can be wrong: the room, guests, streams."""
        yield self._room
        yield from self._guests.values()
        yield from (known.subject for known in self._streams.values())

    def _count(self, notes: Sequence[Note]) -> list[Note]:
        """Have each say how many alarms stand with it."""
        counted: list[Note] = []
        for note in notes:
            self._standing += 1 if note.type is EventType.ALARM_BEGIN else -1
            counted.append(replace(note, data={**note.data, "standing": self._standing}))
        return counted

    def _of(self, name: str, now: float) -> tuple[Alarm, ...]:
        known = self._streams.get(name)
        return tuple(known.subject.alarms(now)) if known else ()

    def _look_at_streams(self, room: RoomSnapshot, now: float) -> Iterator[Note]:
        here = {stream.stream for stream in room.streams if _is_viewed(stream)}
        for name in sorted(self._streams.keys() - here):
            yield from self._streams.pop(name).subject.leave("its stream is gone", now)
        pictures = any(
            stream.video is not None and not stream.screen
            for stream in room.streams
            if stream.stream in here
        )
        for stream in room.streams:
            if stream.stream in here:
                known = self._stream(stream.stream)
                yield from known.look(StreamView(stream, known.past, now, pictures, room.disk.full))

    def _stream(self, name: str) -> _Stream:
        if name not in self._streams:
            self._streams[name] = _Stream(self._of_streams, name)
        return self._streams[name]


class _Subject(Generic[View]):
    """What can be wrong with one stream, one guest or the room."""

    def __init__(self, rules: Sequence[Rule[View]], stream: str = "", **about: str) -> None:
        self._stream = stream
        self._about = about
        """What events name beside."""
        states = {rule.kind: Hysteresis(rule.after, rule.clear) for rule in rules}
        self._rules = [
            (rule, states[rule.kind], [states[one] for one in rule.explained if one in states])
            for rule in rules
        ]
        """Each with how it stands, and what explains it."""

    def look(self, view: View, now: float, only: Collection[AlarmKind] = ()) -> Iterator[Note]:
        for rule, state, explained in self._rules:
            judged = (not only or rule.kind in only) and not any(one.wrong for one in explained)
            limit = rule.limit.usual if rule.limit else 0.0
            turn = state.see(rule.judge(view, limit) if judged else UNKNOWN, now)
            if turn is Turn.BEGAN and rule.told:
                yield self._begin(rule.kind, state, now)
            elif turn is Turn.ENDED and rule.told:
                over = rule.over.format_map(self._about)
                yield self._end(rule.kind, state, over, now)

    def resume(self, alarm: StandingAlarm) -> None:
        for rule, state, _ in self._rules:
            if rule.kind is alarm.kind:
                state.resume(Wrong(alarm.text), alarm.since, alarm.begun_at)

    def begun(self) -> int:
        return sum(1 for _ in self._begun())

    def leave(self, why: str, now: float) -> Iterator[Note]:
        for rule, state, _ in self._rules:
            if state.end() and rule.told:
                yield self._end(rule.kind, state, why, now)

    def alarms(self, now: float) -> Iterator[Alarm]:
        for kind, state, wrong in self._begun():
            yield Alarm(
                kind=kind,
                text=wrong.text,
                seconds=round(state.lasted(now), 1),
                begun=round(now - state.begun_at, 1),
                stream=self._stream,
            )

    def _begun(self) -> Iterator[tuple[AlarmKind, Hysteresis, Wrong]]:
        """Yield what has begun and is told."""
        for rule, state, _ in self._rules:
            if state.begun and state.wrong is not None and rule.told:
                yield rule.kind, state, state.wrong

    def _begin(self, kind: AlarmKind, state: Hysteresis, now: float) -> Note:
        wrong = state.wrong or Wrong(kind.value)
        data = {**self._data(kind, state, now), **wrong.data}
        return Note(EventType.ALARM_BEGIN, wrong.text, self._stream, EventLevel.WARNING, data)

    def _end(self, kind: AlarmKind, state: Hysteresis, why: str, now: float) -> Note:
        text = f"{why}, after {state.lasted(now):.0f} s"
        return Note(EventType.ALARM_END, text, self._stream, data=self._data(kind, state, now))

    def _data(self, kind: AlarmKind, state: Hysteresis, now: float) -> dict[str, object]:
        return {"alarm": kind.value, "seconds": round(state.lasted(now), 1), **self._about}


class _Stream:
    """A stream that is recorded or looked at, and what is remembered of it."""

    def __init__(self, rules: Sequence[Rule[StreamView]], name: str) -> None:
        self.subject = _Subject(rules, name)
        self.past = StreamPast(Usual(), Usual())

    def look(self, view: StreamView) -> Iterator[Note]:
        judged = view.stream.state in _JUDGED
        if judged:
            self.past.see(view.stream, view.now)
        yield from self.subject.look(view, view.now, () if judged else _OF_FILES)

    def resume(self, alarm: StandingAlarm) -> None:
        self.subject.resume(alarm)
        self.past.resume(alarm.kind)


def _is_viewed(stream: StreamSnapshot) -> bool:
    waits = stream.state in _UNSURE and stream.worker is not None
    return stream.state in _JUDGED or waits


def _guest(guest: str, room: RoomSnapshot, joined: float | None) -> GuestView:
    mine = [stream for stream in room.streams if fnmatchcase(stream.stream, guest)]
    away = min((one.away for one in mine if one.away is not None), default=None)
    if any(one.here and one.away is None for one in mine):
        return GuestView(guest, True, away)
    if joined is None:
        return GuestView(guest, None, away)
    # Who could not come back while the server was gone has as long as anybody to do so.
    return GuestView(guest, False, None if away is None else min(away, joined))
