"""All rules, and what of them may be set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ....config import AlarmSetting
from ....model import AlarmKind
from . import machine, network, people, picture, sound
from .rule import Rule

STREAMS = (*network.STANDING, *sound.RULES, *picture.RULES, *network.RULES)
"""In the order in which they are judged and shown: first what explains others."""
ROOM = (*machine.RULES, *people.RULES)
GUESTS = people.OF_GUESTS
RULES: Mapping[AlarmKind, Rule[Any]] = {rule.kind: rule for rule in (*STREAMS, *ROOM, *GUESTS)}
_SILENCED = AlarmSetting(on=False)
View = TypeVar("View")


def set_up(
    rules: Sequence[Rule[View]], settings: Mapping[AlarmKind, AlarmSetting]
) -> tuple[Rule[View], ...]:
    """Return rules as they are set."""
    return tuple(_set(rule, settings.get(rule.kind, AlarmSetting())) for rule in rules)


def alarm_after(kind: AlarmKind, settings: Mapping[AlarmKind, AlarmSetting]) -> float:
    """Return the seconds after which what is wrong is an alarm; 0: it is none."""
    (rule,) = set_up((RULES[kind],), settings)
    return rule.after if rule.told else 0.0


def with_wishes(
    settings: Mapping[AlarmKind, AlarmSetting], audio: bool, video: bool
) -> dict[AlarmKind, AlarmSetting]:
    """Return settings in which it is no trouble that what nobody wants recorded is not there."""
    unwanted = {AlarmKind.NO_SOUND: audio, AlarmKind.NO_PICTURE: video}
    silenced = {kind: _SILENCED for kind, wanted in unwanted.items() if not wanted}
    return {**settings, **silenced}


def _set(rule: Rule[View], setting: AlarmSetting) -> Rule[View]:
    limit = rule.limit
    if limit is not None and setting.limit is not None:
        limit = replace(limit, usual=setting.limit)
    after = rule.after if setting.after is None else setting.after
    return replace(rule, told=setting.on, after=after, limit=limit)
