"""The states of a stream: its tables say all of it, and one owner keeps to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from roomdeck.core.engine import room
from roomdeck.core.engine.room.entry import Entry
from roomdeck.core.engine.room.states import PHASES, WISHES, Order, Phase, Turn, Wish

FIELDS = {field.name for field in fields(Entry)}


def written(path: Path) -> Iterator[str]:
    """Yield what a module changes of something that it calls an entry."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if node.attr in FIELDS and owner in ("entry", "one", "other", "parent"):
                yield f"{path.name}:{node.lineno} {owner}.{node.attr}"


def test_only_an_entry_changes_itself() -> None:
    engine = Path(room.__path__[0]).parent
    modules = [path for path in engine.rglob("*.py") if path.name != "entry.py"]
    assert len(modules) > 30
    assert [line for path in modules for line in written(path)] == []


def test_there_is_an_answer_to_everything_that_can_happen_in_every_state() -> None:
    assert {(state, turn) for state in Phase for turn in Turn} == {
        (state, turn) for state, after in PHASES.items() for turn in after
    }
    assert {(wish, order) for wish in Wish for order in Order} == {
        (wish, order) for wish, after in WISHES.items() for order in after
    }


@pytest.mark.parametrize("phase", Phase)
def test_what_ends_leaves_no_connection_and_what_is_carried_has_one(phase: Phase) -> None:
    assert PHASES[phase][Turn.CLOSE] not in (Phase.CONNECTING, Phase.LIVE)
    assert PHASES[phase][Turn.CARRY] is Phase.LIVE


@pytest.mark.parametrize("phase", [Phase.CONNECTING, Phase.LIVE])
def test_a_connection_that_stands_is_neither_asked_for_nor_withdrawn(phase: Phase) -> None:
    assert PHASES[phase][Turn.ASK] is PHASES[phase][Turn.WITHDRAW] is phase


@pytest.mark.parametrize("wish", Wish)
def test_who_is_excluded_and_stopped_stays_excluded(wish: Wish) -> None:
    excluded = WISHES[wish][Order.EXCLUDE]
    assert WISHES[excluded][Order.STOP] is Wish.EXCLUDED
    assert WISHES[excluded][Order.START] is Wish.WANTED
