"""Counters that wrap, the sender's clocks and the jitter between them."""

from __future__ import annotations

_NTP_TO_UNIX = 2208988800
"""Seconds between 1900 and 1970 (RFC 868)."""
_ERA = 1 << 32


class Unwrapper:
    """Turns a counter of ``bits`` bits that wraps into one that does not.

    Every value is taken as the one nearest to the value before it, so steps back work as
    well as steps forward, and results may become negative.
    """

    __slots__ = ("_half", "_last", "_modulus")

    def __init__(self, bits: int) -> None:
        """Start with no value seen: the first one is taken as it is."""
        self._modulus = 1 << bits
        self._half = self._modulus >> 1
        self._last: int | None = None

    @property
    def last(self) -> int | None:
        """The last result."""
        return self._last

    def __call__(self, value: int) -> int:
        """Unwrap ``value`` and go on from it."""
        self._last = result = self.near(value)
        return result

    def near(self, value: int) -> int:
        """Unwrap ``value`` without remembering it."""
        last = self._last
        if last is None:
            return value
        return last + (value - last + self._half) % self._modulus - self._half


def signed_32(difference: int) -> int:
    """The difference of two RTP timestamps, taken the short way round."""
    return (difference + 0x80000000) % _ERA - 0x80000000


class Jitter:
    """Interarrival jitter (RFC 3550, A.8), in seconds."""

    __slots__ = ("_modulus", "_rate", "_transit", "value")

    def __init__(self, clock_rate: int) -> None:
        """Start at zero for a clock of ``clock_rate`` Hz."""
        self.value = 0.0
        self._rate = clock_rate
        self._modulus = _ERA / clock_rate
        self._transit: float | None = None

    def update(self, timestamp: int, now: float) -> None:
        """Take a packet with a 32-bit RTP timestamp that arrived ``now``."""
        transit = now - timestamp / self._rate
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change > self._modulus / 2:  # the timestamp wrapped
                change = abs(change - self._modulus)
            self.value += (change - self.value) / 16
        self._transit = transit


def ntp_to_unix(ntp_64: int) -> float:
    """Seconds since the Unix epoch of a 32.32 fixed-point NTP time.

    Seconds with the highest bit clear are of the era that begins in 2036 (RFC 4330, 3).
    """
    if ntp_64 >> 63 == 0:
        ntp_64 += _ERA << 32
    return ntp_64 / _ERA - _NTP_TO_UNIX


def middle_32(ntp_64: int) -> int:
    """The middle half of an NTP time, as in LSR (RFC 3550, 6.4.1)."""
    return ntp_64 >> 16 & 0xFFFFFFFF
