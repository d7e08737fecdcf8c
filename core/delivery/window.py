"""What of a session is delivered, and on which grid. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import NamedTuple

SAMPLE_RATE = 48000
"""Of all sound that is delivered."""
RATES = tuple(map(Fraction, (24, 25, 30, 50, 60)))
"""Pictures per second that editing programs know."""
USUAL = Fraction(30)
"""Where a stream does not say."""
_STEADY = 22.0
"""Pictures per second from which a rate is near one of `RATES`; below, it is a part of one."""


class Window(NamedTuple):
    """From when to when, in seconds of the session."""

    begin: float
    seconds: Fraction
    """A whole number of pictures at each rate that is delivered."""

    @property
    def end(self) -> float:
        """Second of the session at which it ends."""
        return self.begin + float(self.seconds)

    @property
    def samples(self) -> int:
        """Samples of sound."""
        return math.ceil(self.seconds * SAMPLE_RATE)

    def pictures(self, fps: Fraction) -> int:
        """Pictures at a rate."""
        return round(self.seconds * fps)


def window(begin: float, end: float, rates: Iterable[Fraction]) -> Window:
    """Return the window that holds these seconds, in whole pictures at all of the rates."""
    step = 1 / _divisor(rates)
    return Window(begin, max(1, math.ceil(Fraction(end - begin) / step - Fraction(1, 1000))) * step)


def _divisor(rates: Iterable[Fraction]) -> Fraction:
    """The largest rate of which all of them are multiples."""
    common = Fraction(0)
    for rate in rates:
        top = math.gcd(common.numerator * rate.denominator, rate.numerator * common.denominator)
        common = Fraction(top, common.denominator * rate.denominator)
    return common or Fraction(1)


def usual_rate(tracks: Sequence[Sequence[float]]) -> Fraction:
    """Return the rate that a stream mostly had, as one of `RATES`.

    Args:
        tracks: Times of the pictures of each take, in seconds, in order.
    """
    apart = [later - one for track in tracks for one, later in pairwise(track) if later > one]
    if not apart:
        return USUAL
    rate = 1 / median(apart)
    if rate >= _STEADY:
        return min(RATES, key=lambda one: abs(math.log(rate / one)))
    return next((one for one in (USUAL, *RATES) if _is_part(rate, float(one))), USUAL)


def _is_part(rate: float, of: float) -> bool:
    times = round(of / rate)
    return abs(times * rate - of) <= 0.03 * of
