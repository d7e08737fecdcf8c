"""What is done to a room, and the alarm that has to come of it."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from roomdeck.core.model import AlarmKind, Event, EventType

from .box import AFTER, Box
from .person import Person, Sight

SOON = 5.0
"""Seconds within which a person sees that something is wrong, or is not any more."""
LOOKS: dict[AlarmKind, float] = {
    AlarmKind.UPLOAD: 10.0,
    AlarmKind.MISSING: 2.0,
}
"""Seconds that it takes to find out that something is wrong, beside those of the rule: an upload
has to be tried."""


@dataclass
class Trouble:
    """One of them, with all that was seen of it."""

    text: str
    kind: AlarmKind
    whose: str
    """Stream, or who is missing; empty: of the room."""
    done: float = 0.0
    """Unix time at which it was made."""
    undone: float = 0.0
    begin: Event | None = None
    end: Event | None = None
    seen: Sight | None = None
    """Its words on the screen."""
    over: Sight | None = None
    """The words of its end."""

    @property
    def late(self) -> float:
        """Seconds from when its cause had lasted for as long as the rule says to its event."""
        assert self.begin is not None
        return self.begin.time - self.done - AFTER[self.kind]

    @property
    def seen_after(self) -> float | None:
        """Seconds from its event to when it was on the screen."""
        return self._after(self.begin, self.seen)

    @property
    def gone_after(self) -> float | None:
        """Seconds from its end until that was on the screen."""
        return self._after(self.end, self.over)

    @property
    def lingers(self) -> float:
        """Seconds for which the line of what is wrong still told it after its end."""
        assert self.end is not None
        assert self.seen is not None
        return max(0.0, self.seen.left_line - self.end.time)

    @staticmethod
    def _after(event: Event | None, sight: Sight | None) -> float | None:
        if event is None or sight is None or sight.first is None:
            return None
        return sight.first - event.time

    def wrong(self) -> list[str]:
        """Return what of it is not as it has to be."""
        if self.begin is None:
            return [f"{self.text}: no alarm"]
        found: list[str] = []
        if self.late > SOON + LOOKS.get(self.kind, 0.0):
            found.append(f"{self.text}: told {self.late:.1f} s late")
        for what, after in (("seen", self.seen_after), ("seen to go", self.gone_after)):
            if after is None or after > SOON:
                found.append(f"{self.text}: not {what} within {SOON:g} s ({after})")
        if self.end is not None and self.lingers > SOON:
            found.append(f"{self.text}: on the screen {self.lingers:.1f} s after its end")
        return found


class Diary:
    """All troubles of an evening, in the order in which they were made."""

    def __init__(self, box: Box, person: Person) -> None:
        self.box = box
        self.person = person
        self.troubles: list[Trouble] = []

    @contextlib.asynccontextmanager
    async def trouble(
        self, text: str, kind: AlarmKind, whose: str = "", done: float = 0.0
    ) -> AsyncGenerator[Trouble]:
        """Wait for an alarm of what is done just before, and then for its end.

        What is in the context makes it well again. ``done`` is when it was done, where that was
        not just before.
        """
        trouble = Trouble(text, kind, whose, done=done or time.time())
        self.troubles.append(trouble)
        trouble.begin = await self._event(EventType.ALARM_BEGIN, trouble, trouble.done)
        trouble.seen = self.person.seek(trouble.begin.text)
        yield trouble
        trouble.undone = time.time()
        trouble.end = await self._event(EventType.ALARM_END, trouble, trouble.begin.time)
        trouble.over = self.person.seek(trouble.end.text)
        trouble.seen.until = trouble.over.until = trouble.end.time + SOON + 1

    async def _event(self, type_: EventType, trouble: Trouble, since: float) -> Event:
        about = {"guest": trouble.whose} if trouble.kind is AlarmKind.MISSING else {}
        stream = "" if about else trouble.whose
        return await self.box.event(type_, stream, since, alarm=trouble.kind.value, **about)

    def unexpected(self) -> list[str]:
        """Return which alarms began too often, and which too rarely."""
        wanted = Counter((one.kind.value, one.whose) for one in self.troubles)
        begun = self._told(EventType.ALARM_BEGIN)
        ended = self._told(EventType.ALARM_END)
        return [
            f"{kind} of {whose or 'the room'}: {count[kind, whose]} {what} instead of {number}"
            for count, what in ((begun, "begun"), (ended, "ended"))
            for kind, whose in sorted(wanted.keys() | count.keys())
            if count[kind, whose] != (number := wanted[kind, whose])
        ]

    def _told(self, type_: EventType) -> Counter[tuple[str, str]]:
        events = [seen.event for seen in self.box.events if seen.event.type == type_]
        return Counter(
            (event.data["alarm"], event.stream or event.data.get("guest", "")) for event in events
        )
