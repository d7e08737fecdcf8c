from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.rtp.clock import (
    Jitter,
    Unwrapper,
    middle_32,
    ntp_to_unix,
    signed_32,
)


@given(st.sampled_from([16, 32]), st.integers(0, 2**32 - 1), st.lists(st.floats(-0.499, 0.499)))
def test_unwrapper_follows_any_step(bits: int, start: int, steps: list[float]) -> None:
    modulus = 1 << bits
    true = start % modulus
    unwrap = Unwrapper(bits)
    assert unwrap(true) == true
    for step in steps:
        true += int(step * modulus)
        assert unwrap.near(true % modulus) == true
        assert unwrap(true % modulus) == true
        assert unwrap.last == true


def test_near_does_not_move() -> None:
    unwrap = Unwrapper(16)
    assert unwrap.last is None
    unwrap(0xFFFF)
    assert unwrap.near(1) == 0x10001
    assert unwrap(0) == 0x10000
    assert unwrap(0xFFFE) == 0xFFFE


@pytest.mark.parametrize(("value", "result"), [(1, 1), (-1, -1), (2**32 - 1, -1), (1 - 2**32, 1)])
def test_signed_32(value: int, result: int) -> None:
    assert signed_32(value) == result


def test_ntp() -> None:
    assert ntp_to_unix(2208988800 << 32 | 1 << 31) == 0.5
    # RFC 4330, 3: 2036-02-07 06:28:16 UTC is second 0 of the next era.
    assert ntp_to_unix(5 << 32) == 2085978501.0
    assert middle_32(0x0123456789ABCDEF) == 0x456789AB


@given(st.floats(0, 4_000_000_000))
def test_ntp_round_trip(time: float) -> None:
    ntp = round((time + 2208988800) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
    assert ntp_to_unix(ntp) == pytest.approx(time, abs=1e-6)


def test_jitter_of_a_steady_stream_is_zero_even_where_the_timestamp_wraps() -> None:
    jitter = Jitter(90000)
    for number in range(50):
        jitter.update((0xFFFFFFFF - 45000 + 3000 * number) & 0xFFFFFFFF, 7 + number / 30)
    assert jitter.value < 1e-5


def test_jitter_converges_to_the_mean_difference() -> None:
    jitter = Jitter(48000)
    for number in range(500):
        jitter.update(960 * number, 0.02 * number + 0.004 * (number % 2))
    assert jitter.value == pytest.approx(0.004, rel=1e-6)


def test_jitter_is_smoothed_by_16() -> None:
    jitter = Jitter(8000)
    jitter.update(0, 1.0)
    jitter.update(160, 1.036)
    assert jitter.value == pytest.approx(0.001)
