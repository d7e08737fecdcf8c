"""Where a file begins in the list of what was sent."""

from __future__ import annotations

from fractions import Fraction

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
