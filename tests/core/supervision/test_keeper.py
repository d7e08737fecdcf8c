"""A room over days, in no time: its hours, failures, what people do, and a clock that is set."""

from __future__ import annotations

from datetime import UTC, datetime

from roomdeck.core.supervision.keeper import PAUSES, STEADY, UNSURE, Keeper, Order, State
from roomdeck.core.supervision.schedule import Times, times

EVENING = times("18:00", "23:30")


class Deck:
    """A keeper with two clocks, and an engine that does as it is told."""

    def __init__(self, asked: Times = EVENING, begin: str = "2026-11-28 17:00") -> None:
        self.keeper = Keeper(asked, UTC)
        self.wall = datetime.fromisoformat(begin).replace(tzinfo=UTC).timestamp()
        self.steady = 1000.0
        self.did: list[tuple[str, Order]] = []

    def run(self, seconds: float, step: int = 1) -> None:
        for _ in range(0, int(seconds), step):
            self.wall += step
            self.steady += step
            order = self.keeper.look(self.wall, self.steady)
            if order is not None:
                self.did.append((f"{datetime.fromtimestamp(self.wall, UTC):%d %H:%M:%S}", order))
            if order is Order.START:
                self.keeper.came_up(self.steady)
            if order is Order.STOP:
                self.keeper.ended()


def test_two_evenings() -> None:
    deck = Deck()
    deck.run(2 * 86400, 10)
    assert deck.did == [
        ("28 18:00:00", Order.START),
        ("28 23:30:00", Order.STOP),
        ("29 18:00:00", Order.START),
        ("29 23:30:00", Order.STOP),
    ]


def test_it_begins_at_once_within_its_time() -> None:
    deck = Deck(begin="2026-11-28 20:00")
    deck.run(1)
    assert [order for _, order in deck.did] == [Order.START]


def test_an_engine_that_went_is_started_again_and_later_each_time() -> None:
    deck = Deck(times())
    deck.run(1)
    begins: list[float] = []
    for _ in range(7):
        pause = deck.keeper.failed(deck.steady)
        assert pause is not None
        begins.append(pause)
        before = len(deck.did)
        deck.run(pause - 1)
        assert len(deck.did) == before
        deck.run(1)
        assert len(deck.did) == before + 1
    assert begins == [*PAUSES, 60.0, 60.0]


def test_one_that_ran_for_long_is_started_again_soon() -> None:
    deck = Deck(times())
    deck.run(1)
    for _ in range(4):
        deck.run(deck.keeper.failed(deck.steady) or 0)
    deck.run(STEADY)
    assert deck.keeper.failed(deck.steady) == PAUSES[0]


def test_nothing_is_started_again_when_its_time_is_over() -> None:
    deck = Deck(begin="2026-11-28 23:29:55")
    deck.run(1)
    deck.keeper.failed(deck.steady)
    deck.keeper.failed(deck.steady)
    deck.run(600)
    assert [order for _, order in deck.did] == [Order.START, Order.STOP], "its workers went on"
    assert deck.keeper.state is State.AWAY


def test_one_that_goes_while_it_is_stopped_is_left_alone() -> None:
    deck = Deck(begin="2026-11-28 23:29:00")
    deck.run(1)
    deck.keeper.state = State.STOPPING
    assert deck.keeper.failed(deck.steady) is None
    deck.keeper.ended()
    assert deck.keeper.state is State.AWAY


def test_who_is_stopped_by_a_person_stays_so_until_its_next_time() -> None:
    deck = Deck(begin="2026-11-28 19:00")
    deck.run(1)
    deck.keeper.ended()
    deck.run(22 * 3600, 10)
    assert [order for _, order in deck.did] == [Order.START]
    deck.run(3600, 10)
    assert deck.did[1:] == [("29 18:00:01", Order.START)]


def test_a_clock_that_is_set_for_a_moment_ends_nothing() -> None:
    deck = Deck(begin="2026-11-28 19:00")
    deck.run(10)
    deck.wall += 12 * 3600
    deck.run(UNSURE - 5)
    deck.wall -= 12 * 3600
    deck.run(3600)
    assert [order for _, order in deck.did] == [Order.START]


def test_a_clock_that_is_set_for_good_is_followed() -> None:
    deck = Deck(begin="2026-11-28 02:00")
    deck.run(60)
    deck.wall += 17 * 3600
    deck.run(60)
    assert deck.did == [("28 19:01:01", Order.START)]
    deck.wall += 6 * 3600
    deck.run(60)
    assert deck.did[1:] == [("29 01:02:31", Order.STOP)]


def test_a_clock_that_is_set_back_within_its_time_changes_nothing() -> None:
    deck = Deck(begin="2026-11-28 20:00")
    deck.run(60)
    deck.wall -= 1800
    deck.run(3600)
    assert [order for _, order in deck.did] == [Order.START]
