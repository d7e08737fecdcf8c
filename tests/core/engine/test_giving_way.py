"""An engine leaves its room to another one when it should, and not before."""

from __future__ import annotations

import asyncio

import pytest

from roomdeck.core.engine.giving_way import GIVE_WAY, GivingWay
from roomdeck.core.engine.room.actions import Note
from roomdeck.core.errors import ControlError
from roomdeck.core.model import EventLevel


class Lab:
    def __init__(self, *, heir: bool) -> None:
        self.said: list[Note] = []
        self.left = 0
        self.stopping = asyncio.Event()
        self.giving_way = GivingWay(heir, self.stopping, self.said.append, self._leave)

    def _leave(self) -> None:
        self.left += 1


def test_an_heir_gives_way_and_leaves_its_workers() -> None:
    lab = Lab(heir=True)
    lab.giving_way.give_way()
    assert lab.giving_way.yielded
    assert lab.stopping.is_set()
    assert not lab.giving_way.superseded


def test_one_that_a_person_started_stays() -> None:
    lab = Lab(heir=False)
    with pytest.raises(ControlError, match="by a person"):
        lab.giving_way.give_way()
    assert not lab.giving_way.yielded
    assert not lab.stopping.is_set()


def test_a_later_engine_has_the_time_to_ask_for_all() -> None:
    lab = Lab(heir=False)
    lab.giving_way.leave_it_to_the_other(100.0)
    lab.giving_way.leave_it_to_the_other(100.0 + GIVE_WAY - 0.1)
    assert lab.giving_way.superseded
    assert lab.left == 1
    assert [note.level for note in lab.said] == [EventLevel.ERROR]
    assert not lab.stopping.is_set()
    lab.giving_way.leave_it_to_the_other(100.0 + GIVE_WAY)
    assert lab.stopping.is_set()
    assert not lab.giving_way.yielded
