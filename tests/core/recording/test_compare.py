"""Where a file begins in the list of what was sent."""

from __future__ import annotations

from fractions import Fraction

import pytest

from roomdeck.core.model import Codec, Kind
from roomdeck.core.recording.check.compare import compare
from roomdeck.core.recording.check.demux import FilePacket
from roomdeck.core.recording.sentlog import SentFrame

TICKS = 3000


def sent(number: int, content: int) -> SentFrame:
    return SentFrame(Kind.VIDEO, Codec.VP8, number * TICKS, content % 300 == 0, 1, f"{content}")


def test_a_source_that_begins_anew_with_the_same_pictures_is_told_apart() -> None:
    once = [sent(number, number) for number in range(700)]
    again = [sent(900 + number, number) for number in range(1000)]
    packets = [
        FilePacket(Fraction(number, 30), frame.key, frame.sha256)
        for number, frame in enumerate(again)
    ]
    found = compare(Kind.VIDEO, packets, [*once, *again], Fraction(1, 1000))
    assert (found.first, found.matched, found.missing) == (700, 1000, 0)
    assert (found.wrong, found.extra, found.mistimed) == (0, 0, 0)


def test_a_jump_within_silence() -> None:
    """Frames that are all the same, with another one now and then: nothing is missing."""
    log = [sent(number, number if number % 40 == 0 else 1) for number in range(400)]
    moved = [Fraction(number + (17 if number > 90 else 0), 30) for number in range(400)]
    packets = [
        FilePacket(time, frame.key, frame.sha256) for time, frame in zip(moved, log, strict=True)
    ]
    found = compare(Kind.VIDEO, packets, log, Fraction(1, 1000))
    assert (found.matched, found.missing, found.extra, found.mistimed) == (400, 0, 0, 1)
    assert found.shifts[1] == (pytest.approx(91 / 30), pytest.approx(17 / 30))


@pytest.mark.parametrize("jump", [-30, -20, 20, 30, 45])
def test_a_jump_within_what_repeats_itself(jump: int) -> None:
    """A clock that slipped by more than half of it: nothing is missing, and all of it was sent."""
    log = [sent(number, number % 50) for number in range(400)]
    moved = [Fraction(100 + number + (jump if number > 90 else 0), 30) for number in range(400)]
    packets = [
        FilePacket(time, frame.key, frame.sha256) for time, frame in zip(moved, log, strict=True)
    ]
    found = compare(Kind.VIDEO, packets, log, Fraction(1, 1000))
    assert (found.matched, found.missing, found.extra, found.mistimed) == (400, 0, 0, 1)
    assert found.shifts[1] == (pytest.approx(91 / 30), pytest.approx((100 + jump) / 30))


def test_where_the_first_frame_lies_a_little_off_the_order_of_all_tells() -> None:
    once = [sent(number, number) for number in range(300)]
    again = [sent(310 + number, number) for number in range(1000)]
    packets = [
        FilePacket(Fraction(number, 30) + Fraction(number > 0, 500), frame.key, frame.sha256)
        for number, frame in enumerate(again)
    ]
    found = compare(Kind.VIDEO, packets, [*once, *again], Fraction(1, 1000))
    assert (found.first, found.matched, found.missing, found.mistimed) == (300, 1000, 0, 1)
