"""Who is looked at, by levels alone."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.delivery.grid.speakers import ALONE, STAYS, Turn, turns

SILENCE = -100.0
ROOM = -62.0
"""Decibels of a quiet room."""


def steady(seconds: float, level: float, seed: int = 0) -> list[float]:
    chooser = random.Random(seed)
    return [level + chooser.gauss(0, 0.7) for _ in range(round(seconds * 10))]


def voice(seconds: float, level: float = -24.0, seed: int = 0) -> list[float]:
    """Syllables, and a breath after each few of them."""
    chooser = random.Random(seed)
    found: list[float] = []
    while len(found) < seconds * 10:
        for _ in range(chooser.randint(4, 14)):
            found += [level + chooser.gauss(0, 2)] * chooser.randint(1, 2)
            found += [level - chooser.uniform(5, 20)] * chooser.randint(0, 1)
        found += steady(chooser.uniform(0.2, 0.4), ROOM, chooser.randint(0, 99))
    return found[: round(seconds * 10)]


def at(second: float, turn: Turn, person: int) -> bool:
    return turn.person == person and abs(turn.begin / 10 - second) <= 0.3


def test_nobody_speaks_and_nobody_else_is_looked_at() -> None:
    for level in (SILENCE, -math.inf, ROOM, -35.0):
        assert turns([steady(60, level, seed) for seed in range(3)]) == [Turn(0, 0)]
    assert turns([]) == turns([[], []]) == [Turn(0, 0)]


def test_those_who_take_turns_are_looked_at_from_their_first_word_on() -> None:
    one = voice(8, seed=1) + steady(8, ROOM) + voice(8, seed=2) + steady(8, ROOM)
    two = steady(8, ROOM) + voice(8, seed=3) + steady(8, ROOM) + voice(8, seed=4)
    found = turns([steady(32, ROOM), one, two])
    assert len(found) == 5
    assert at(0, found[1], 1) or found[0].person == 1
    assert at(8, found[-3], 2)
    assert at(16, found[-2], 1)
    assert at(24, found[-1], 2)


def test_a_cough_a_door_and_a_word_are_nobody_s_turn() -> None:
    talks = voice(20, seed=5)
    noises = steady(20, ROOM)
    for second, lasts in ((3, 0.1), (7, 0.4), (12, 0.7)):
        noises[second * 10 : second * 10 + round(lasts * 10)] = voice(lasts, -18.0)
    assert turns([talks, noises]) == [Turn(0, 0)]
    quiet = steady(20, ROOM)
    assert turns([quiet, noises]) == [Turn(0, 0)]


def test_who_talks_while_somebody_coughs_is_looked_at_from_the_first_word_on() -> None:
    coughs = steady(20, ROOM)
    coughs[18:22] = [-20.0] * 4
    found = turns([coughs, steady(1, ROOM) + voice(19, seed=14)])
    assert len(found) == 2
    assert at(1, found[1], 1)


def test_nobody_is_looked_at_for_less_than_two_seconds() -> None:
    words = [1.7, 1.6, 1.9, 2.4, 1.6, 1.8, 3.0, 1.7]
    one, two = list[float](), list[float]()
    for number, seconds in enumerate(words * 3):
        talks, listens = voice(seconds, seed=number), steady(seconds, ROOM, number)
        one += listens if number % 2 else talks
        two += talks if number % 2 else listens
    found = turns([steady(1, ROOM), one, two])
    assert len(found) > 4
    assert all(turn.begin - before.begin >= 20 for before, turn in pairwise(found[1:]))


def test_who_laughs_with_others_and_who_talks_at_once_changes_nothing() -> None:
    one = voice(6, seed=6) + voice(5, -20.0, 7) + steady(9, ROOM)
    two = steady(6, ROOM) + voice(5, -18.0, 8) + steady(9, ROOM)
    three = steady(6, ROOM) + voice(5, -19.0, 9) + voice(9, seed=10)
    found = turns([three, two, one])
    assert [turn.person for turn in found] == [0, 2, 0]
    assert at(0, found[1], 2)
    assert at(11, found[2], 0)


def test_a_fan_and_a_hum_are_no_voices_whenever_they_begin() -> None:
    fan = steady(10, ROOM) + steady(15, -30.0) + steady(10, ROOM)
    assert turns([steady(35, ROOM), fan]) == [Turn(0, 0)]
    found = turns([voice(35, seed=11), fan])
    assert found == [Turn(0, 0)]


def test_a_voice_beside_a_fan_is_one() -> None:
    fan = steady(30, -45.0)
    talks = [max(pair) for pair in zip(voice(30, seed=12), fan, strict=True)]
    assert [turn.person for turn in turns([steady(30, ROOM), talks])] == [0, 1]


def test_a_voice_that_another_microphone_hears_is_one_voice() -> None:
    talks = voice(20, seed=13)
    heard = [max(level - 18, ROOM) for level in [SILENCE, *talks[:-1]]]
    assert [turn.person for turn in turns([heard, talks])] == [0, 1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(-100, 0), max_size=300),
        max_size=4,
    )
)
def test_whatever_is_heard_turns_are_in_order_of_others_and_not_too_short(
    levels: list[list[float]],
) -> None:
    found = turns(levels)
    assert found[0] == Turn(0, 0)
    for before, turn in pairwise(found):
        assert turn.person != before.person
        assert 0 <= turn.person < len(levels)
        assert turn.begin + ALONE <= max(map(len, levels))
    for before, turn in pairwise(found[1:]):
        assert turn.begin - before.begin >= STAYS
