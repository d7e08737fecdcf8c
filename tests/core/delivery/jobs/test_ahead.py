"""What is taken ahead: all of it, in order, while somebody works with what came before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from roomdeck.core.delivery.jobs.ahead import ahead

PATIENCE = 20.0


def test_all_comes_in_order() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))


def test_the_next_one_is_taken_while_one_is_worked_with() -> None:
    asked = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(asked):
            event.set()
            yield number

    for number in ahead(items()):
        assert all(event.wait(PATIENCE) for event in asked[: number + 2])
        assert not any(event.is_set() for event in asked[number + 2 :])


def test_what_breaks_there_breaks_here() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("no more")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(OSError, match="no more"):
        next(found)


def test_who_needs_no_more_takes_no_more() -> None:
    numbers = count()
    before = threading.active_count()
    found = ahead(numbers)
    assert next(found) == 0
    found.close()
    assert next(numbers) == 2
    assert threading.active_count() == before
