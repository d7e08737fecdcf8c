"""When a room is to be recorded, by the clock of the wall. Pure.

Times of day are those of a zone: where the clock is put forward or back between them, the hours in
between are fewer or more.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta, tzinfo

import msgspec

from ..errors import UsageError

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = tuple(name[:3] for name in _NAMES)
_ALL = frozenset(range(7))
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DAY = timedelta(days=1)


class Window(msgspec.Struct, frozen=True):
    """A stretch of time, in seconds since 1970; infinite where it has no end."""

    begin: float
    end: float


ALWAYS = Window(-math.inf, math.inf)


class Times(msgspec.Struct, frozen=True):
    """Times of day, and the days on which they begin."""

    begin: time = time.min
    end: time = time.min
    """Not later than `begin` is on the day after; midnight is the end of the day."""
    days: frozenset[int] = _ALL
    """Monday is 0."""

    def window(self, now: float, zone: tzinfo | None = None) -> Window | None:
        """Return the window that a moment is in, if it is in one.

        Windows that touch each other are one, so that a whole weekend is.

        Args:
            now: Seconds since 1970.
            zone: Of the times of day; ``None`` is the machine's own.
        """
        if self.begin == self.end and self.days == _ALL:
            return ALWAYS
        today = datetime.fromtimestamp(now, zone).date()
        around = [today + n * _DAY for n in range(-8, 9)]
        found: Window | None = None
        for one in (self._on(day, zone) for day in around if day.weekday() in self.days):
            if found is not None and one.begin <= found.end:
                found = Window(found.begin, max(found.end, one.end))
            elif found is None or found.end <= now:
                found = one
        return found if found is not None and found.begin <= now < found.end else None

    def _on(self, day: date, zone: tzinfo | None) -> Window:
        """Return the window that begins on a day.

        A time that comes twice is taken for the first as a begin, for the second as an end, for
        rather too much is recorded than too little. One that the clock leaves out is as long
        after midnight as it would have been.
        """
        after = day if self.end > self.begin else day + _DAY
        begin = datetime.combine(day, self.begin, zone)
        end = datetime.combine(after, self.end, zone)
        return Window(begin.timestamp(), max(end.timestamp(), end.replace(fold=1).timestamp()))

    def __str__(self) -> str:
        """Return it as people say it."""
        of_day = f"from {self.begin:%H:%M} until {self.end:%H:%M}"
        of_day = "all day" if self.begin == self.end else of_day
        if self.days == _ALL:
            return "always" if self.begin == self.end else of_day
        return f"{of_day}, {' '.join(DAYS[day] for day in sorted(self.days))}"


def times(begin: str = "", end: str = "", days: tuple[str, ...] = ()) -> Times:
    """Read times of day as people write them.

    Args:
        begin: ``18:00``; empty is midnight.
        end: ``23:30``, or ``24:00``; empty is the midnight after.
        days: ``fri`` or ``friday``; none are all.

    Raises:
        UsageError: One is none; says which, and how to write it.
    """
    found = Times(_time("from", begin), _time("until", end), _days(days))
    if begin and end and found.begin == found.end != time.min:
        raise UsageError(f"from and until are both {begin}; leave both out for all day")
    return found


def _time(name: str, text: str) -> time:
    if text.strip() in ("", "24:00"):
        return time.min
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{name}: no time of day: {text!r}; write it like 18:00")
    return time(int(match[1]), int(match[2]))


def _days(words: tuple[str, ...]) -> frozenset[int]:
    known = {day: number for number, name in enumerate(_NAMES) for day in (name, name[:3])}
    wrong = [word for word in words if word.lower() not in known]
    if wrong:
        raise UsageError(f"days: no day: {wrong[0]!r}; there are: {', '.join(DAYS)}")
    return frozenset(known[word.lower()] for word in words) or _ALL
