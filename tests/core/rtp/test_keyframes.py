"""When a stream that sends no key frames by itself is asked for one."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from roomdeck.core.rtp.keyframes import RETRY, SPREAD, KeyFrameInterval


def asked(
    interval: KeyFrameInterval, until: float, key: float | None, packet: float = 0
) -> list[int]:
    """Seconds at which it asks, if packets come until ``packet`` seconds before each."""
    return [second for second in range(int(until)) if interval.due(second, key, second - packet)]


def test_it_asks_when_the_last_one_is_long_ago_and_again_where_nothing_comes() -> None:
    times = asked(KeyFrameInterval(10, Random(1)), 25, 0.0)
    assert 10 * (1 - SPREAD) <= times[0] <= 10
    assert [later - earlier for earlier, later in pairwise(times)] == [RETRY] * (len(times) - 1)
    assert len(times) >= 3


@pytest.mark.parametrize("seconds", [2, 10, 60])
def test_no_wait_is_longer_and_none_is_less_than_half(seconds: float) -> None:
    interval = KeyFrameInterval(seconds, Random(1))
    key, waits = 0.0, list[float]()
    for tenth in range(10_000):
        now = tenth / 10
        if interval.due(now, key, now):
            waits.append(now - key)
            key = now
    assert len(waits) > 10
    assert seconds * (1 - SPREAD) <= min(waits) <= max(waits) < seconds + 0.2


def test_who_sends_them_by_himself_is_not_asked() -> None:
    interval = KeyFrameInterval(10, Random(1))
    assert not any(interval.due(second, second - second % 5, second) for second in range(100))


def test_neither_is_a_stream_that_stands_still_or_has_not_begun() -> None:
    assert asked(KeyFrameInterval(10, Random(1)), 100, 0.0, packet=2) == []
    assert asked(KeyFrameInterval(10, Random(1)), 100, None) == []
    assert not KeyFrameInterval(10, Random(1)).due(50, 0.0, None)


def test_zero_is_never() -> None:
    assert asked(KeyFrameInterval(0, Random(1)), 10_000, 0.0) == []


@pytest.mark.parametrize("step", [0.1, 1.0])
def test_streams_that_began_together_do_not_ask_together(step: float) -> None:
    """32 that are looked at together now and then, and whose key frames come at once."""
    streams = {n: KeyFrameInterval(10, Random(n)) for n in range(32)}
    keys, together = dict.fromkeys(streams, 0.0), list[int]()
    for tick in range(int(300 / step)):
        now = tick * step
        asking = [n for n, stream in streams.items() if stream.due(now, keys[n], now)]
        keys.update(dict.fromkeys(asking, now + 0.05))
        together.append(len(asking))
    assert sum(together) > 32 * 300 / 10
    assert max(together) <= 12
