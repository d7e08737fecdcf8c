"""Times of packets, smooth where they jitter, and at once where they jump."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.delivery.sound.stretches import DOUBT, JUMP, Block, Sound, blocks

STEP = 0.02
TAKE = "a take"


def sounds(times: Iterable[float], source: str = TAKE) -> list[Sound[str, int]]:
    return [Sound(time, STEP, source, number) for number, time in enumerate(times)]


def heard(found: Iterable[Block[str, int]]) -> dict[int, float]:
    """When each packet is heard, by its number; not those that something else replaces."""
    times: dict[int, float] = {}
    for block in found:
        for index, sound in enumerate(block.sounds):
            time = block.begin + index * STEP
            if time < block.until - 1e-9:
                times[sound.data] = time
    return times


def firsts(found: Sequence[Block[str, int]]) -> list[int]:
    return [block.sounds[0].data for block in found if block.first]


@settings(max_examples=60, deadline=None)
@given(
    jumps=st.lists(st.floats(2 * JUMP, 600.0), max_size=5),
    counts=st.lists(st.integers(DOUBT, 300), min_size=6, max_size=6),
    jitter=st.lists(st.floats(-0.0005, 0.0005), min_size=1, max_size=7),
    drift=st.floats(-300e-6, 300e-6),
)
def test_each_packet_is_where_it_says(
    jumps: list[float], counts: list[int], jitter: list[float], drift: float
) -> None:
    times: list[float] = []
    begins: list[int] = []
    at = 0.0
    for jump, count in zip([0.0, *jumps], counts, strict=False):
        at += jump
        begins.append(len(times))
        times += [at + index * STEP * (1 + drift) for index in range(count)]
        at = times[-1] + STEP
    stamps = [time + jitter[index % len(jitter)] for index, time in enumerate(times)]
    found = list(blocks(sounds(stamps)))
    assert firsts(found) == begins
    places = heard(found)
    assert list(places) == list(range(len(times)))
    assert all(abs(places[index] - time) <= 0.001 for index, time in enumerate(times))
    assert all(a < b for a, b in pairwise(places.values()))


def test_jitter_is_not_followed() -> None:
    stamps = [STEP * number + (0.005 if number % 2 else -0.005) for number in range(500)]
    found = list(blocks(sounds(stamps)))
    assert firsts(found) == [0]
    assert all(abs(place - STEP * n) < 0.0002 for n, place in heard(found).items())


def test_some_stamps_that_cannot_be_true() -> None:
    for wrong in (5.0, 18000.0, -0.5, -5.0):
        stamps = [STEP * number for number in range(300)]
        for number in range(100, 100 + DOUBT - 1):
            stamps[number] += wrong
        places = heard(blocks(sounds(stamps)))
        assert all(abs(place - STEP * n) < 1e-6 for n, place in places.items())
        assert len(places) == 300


def test_a_wrong_stamp_beside_a_hole_is_left_out() -> None:
    stamps = [STEP * number + (number > 100) for number in range(300)]
    stamps[100] = 18000.0
    places = heard(blocks(sounds(stamps)))
    assert sorted(places) == [number for number in range(300) if number != 100]
    assert abs(places[299] - stamps[299]) < 1e-6


def test_a_step_back_ends_what_is_before() -> None:
    stamps = [STEP * number - (number >= 200) for number in range(400)]
    places = heard(blocks(sounds(stamps)))
    assert sorted(places) == [*range(150), *range(200, 400)]
    assert abs(places[200] - 3.0) < 1e-6


def test_a_step_back_over_what_was_returned_loses_nothing_before_it() -> None:
    stamps = [STEP * number - 10.0 * (number >= 600) for number in range(800)]
    found = list(blocks(sounds(stamps)))
    assert set(range(600)) <= set(heard(found))


def test_another_source_never_goes_on() -> None:
    one = sounds(STEP * number for number in range(50))
    other = sounds((1.0 + STEP * number for number in range(50)), "another")
    assert len([block for block in blocks([*one, *other]) if block.first]) == 2
