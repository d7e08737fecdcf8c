"""Input that flaps makes no alarm flap, whatever it is."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.engine.room.alarms.hysteresis import Hysteresis, Turn
from roomdeck.core.engine.room.alarms.rule import UNKNOWN, Verdict, Wrong

VERDICTS: st.SearchStrategy[Verdict] = st.sampled_from([None, UNKNOWN, Wrong("wrong")])
LOOKS = st.lists(st.tuples(st.floats(0.2, 5.0), VERDICTS), max_size=200)
SECONDS = st.floats(0.0, 20.0)


def turns(
    looks: list[tuple[float, Verdict]], after: float, clear: float
) -> list[tuple[float, Turn]]:
    state, now, found = Hysteresis(after, clear), 100.0, list[tuple[float, Turn]]()
    for pause, verdict in looks:
        now += pause
        if turn := state.see(verdict, now):
            found.append((now, turn))
            assert state.lasted(now) >= 0
    return found


@given(LOOKS, SECONDS, SECONDS)
def test_it_begins_and_ends_in_turn_and_keeps_its_times(
    looks: list[tuple[float, Verdict]], after: float, clear: float
) -> None:
    found = turns(looks, after, clear)
    for number, (_, turn) in enumerate(found):
        assert turn is (Turn.ENDED if number % 2 else Turn.BEGAN)
    for (earlier, turn), (later, _) in pairwise(found):
        assert later - earlier >= (clear if turn is Turn.BEGAN else after) - 1e-9


@given(LOOKS, SECONDS)
def test_it_begins_after_so_long_without_a_break_and_not_before(
    looks: list[tuple[float, Verdict]], after: float
) -> None:
    now, since, begins = 100.0, None, None
    for pause, verdict in looks:
        now += pause
        since = (now if since is None else since) if isinstance(verdict, Wrong) else None
        if begins is None and since is not None and now - since >= after:
            begins = now
    found = turns(looks, after, 0.0)
    assert (found[0][0] if found else None) == begins


@given(st.floats(1.0, 50.0), st.integers(1, 40))
def test_a_flap_that_is_shorter_than_its_time_is_never_told(after: float, times: int) -> None:
    looks: list[tuple[float, Verdict]] = []
    for _ in range(times):
        looks += [(1.0, Wrong("wrong")), (after * 0.9, Wrong("wrong")), (1.0, None)]
    assert turns(looks, after, 5.0) == []


@given(st.floats(1.0, 50.0), st.integers(1, 40))
def test_an_alarm_that_flaps_is_one(clear: float, times: int) -> None:
    looks: list[tuple[float, Verdict]] = [(1.0, Wrong("wrong"))]
    for _ in range(times):
        looks += [(1.0, None), (clear * 0.9, None), (1.0, Wrong("wrong"))]
    assert [turn for _, turn in turns(looks, 0.0, clear)] == [Turn.BEGAN]


def test_what_was_measured_counts_and_waiting_does_not() -> None:
    looks: list[tuple[float, Verdict]] = [(1.0, Wrong("black", 19.0))] * 100
    assert turns(looks, 20.0, 0.0) == []
    assert turns([*looks, (1.0, Wrong("black", 20.0))], 20.0, 0.0) == [(201.0, Turn.BEGAN)]


def test_it_lasts_from_when_it_was_wrong_to_when_it_was_well() -> None:
    state = Hysteresis(5.0, 10.0)
    assert [state.see(Wrong("wrong"), at) for at in (0.0, 5.0)] == [None, Turn.BEGAN]
    assert [state.see(None, at) for at in (20.0, 29.0, 30.0)] == [None, None, Turn.ENDED]
    assert state.lasted(30.0) == 20.0
