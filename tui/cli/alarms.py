"""The table ``[alarms]`` of the configuration file."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ...core.config import AlarmSetting
from ...core.errors import UsageError
from ...core.model import AlarmKind
from ..text.durations import duration

LONGEST = 7 * 86400.0
"""Seconds that an alarm may wait at most."""
_SECONDS = "s"
"""Unit of limits that are lengths of time."""


class AlarmTable(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise than the rule has it."""

    after: float | str | None = None
    limit: float | str | None = None


Alarms = dict[AlarmKind, bool | AlarmTable]
"""``silence = false`` is none, ``silence = {after = "90s", limit = -50}`` another one."""


def alarm_settings(alarms: Mapping[AlarmKind, bool | AlarmTable]) -> dict[AlarmKind, AlarmSetting]:
    """Return what a configuration file says of alarms.

    Raises:
        UsageError: A value is of no use; names its place.
    """
    return {kind: _setting(kind, said) for kind, said in alarms.items()}


def _setting(kind: AlarmKind, said: bool | AlarmTable) -> AlarmSetting:
    if isinstance(said, bool):
        return AlarmSetting(on=said)
    place = f"alarms.{kind.value}"
    after = None if said.after is None else _seconds(f"{place}.after", said.after, 0.0, LONGEST)
    limit = None if said.limit is None else _limit(kind, f"{place}.limit", said.limit)
    return AlarmSetting(after=after, limit=limit)


def _limit(kind: AlarmKind, place: str, said: float | str) -> float:
    # Loads the rules, which nobody needs who sets none.
    from ...core.engine.room.alarms.settings import RULES

    limit = RULES[kind].limit
    if limit is None:
        raise UsageError(f"{place}: this alarm has no limit; it has after, or false")
    if limit.unit == _SECONDS:
        return _seconds(place, said, limit.least, limit.most)
    if isinstance(said, str):
        raise UsageError(f"{place}: expected a number, of {limit.unit}, without quotes")
    if not limit.least <= said <= limit.most:
        raise UsageError(
            f"{place}: expected {limit.least:g} to {limit.most:g} {limit.unit}, not {said:g}"
        )
    return said


def _seconds(place: str, said: float | str, least: float, most: float) -> float:
    seconds = duration(said) if isinstance(said, str) and said.strip() else said
    if seconds is None or isinstance(seconds, str):
        raise UsageError(f'{place}: no length of time: {said!r}; write it like "90s" or "5m"')
    if not least <= seconds <= most:
        raise UsageError(f"{place}: expected {least:g}s to {most:g}s, not {said}")
    return seconds
