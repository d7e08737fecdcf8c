"""Sender reports received, receiver reports to be sent (RFC 3550, 6.4 and A.3)."""

from __future__ import annotations

from ..model import SenderReport
from .clock import Jitter, Unwrapper, middle_32, ntp_to_unix
from .reorder import ReorderBuffer
from .rtcp import ReportBlock

_FRACTION = 256
_DELAY = 65536
_FIRST_REPORT = 0.5
_MAX_SOURCES = 8


class SenderReports:
    """The last sender report of each SSRC, also of those that are not yet the track."""

    def __init__(self) -> None:
        """Start without any."""
        self._raw: dict[int, tuple[int, int, float]] = {}
        self._converted: tuple[tuple[int, int, float], int] | None = None
        self._last: SenderReport | None = None

    def received(self, ssrc: int, ntp_64: int, rtp_timestamp: int, now: float) -> None:
        """Keep a report; an NTP time of 0 means that the sender has no clock (6.4.1)."""
        if not ntp_64:
            return
        self._raw.pop(ssrc, None)
        self._raw[ssrc] = ntp_64, rtp_timestamp, now
        if len(self._raw) > _MAX_SOURCES:
            del self._raw[next(iter(self._raw))]

    def forget(self, ssrc: int) -> None:
        """The RTP clock of this SSRC has changed."""
        self._raw.pop(ssrc, None)

    def for_delay(self, ssrc: int) -> tuple[int, float] | None:
        """NTP time (32.32) and arrival, as LSR and DLSR need them."""
        raw = self._raw.get(ssrc)
        return (raw[0], raw[2]) if raw else None

    def last(self, ssrc: int, clock: Unwrapper, epoch: int) -> SenderReport | None:
        """The last report on the clock of the frames; waits for the first frame of an epoch."""
        raw = self._raw.get(ssrc)
        if raw and clock.last is not None and self._converted != (raw, epoch):
            self._converted = raw, epoch
            ntp_64, rtp_timestamp, arrival = raw
            self._last = SenderReport(
                ntp_to_unix(ntp_64), clock.near(rtp_timestamp), arrival, epoch
            )
        return self._last


class ReportSchedule:
    """About one report a second, spread so that receivers do not fall into step (6.2)."""

    def __init__(self, seed: int) -> None:
        """Spread by ``seed``, the SSRC of the receiver."""
        self._state = seed
        self._due: float | None = None

    def is_due(self, now: float) -> bool:
        """Whether `due` would say so."""
        return self._due is None or now >= self._due

    def due(self, now: float) -> bool:
        """Whether to send one now; counts as sent."""
        if self._due is None:
            self._due = now + _FIRST_REPORT
        if now < self._due:
            return False
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        self._due = now + 0.8 + 0.4 * self._state / 0x7FFFFFFF
        return True


class Reception:
    """Turns what a reorder buffer has seen into report blocks."""

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        """Start with a track whose RTP clock runs at ``clock_rate`` Hz."""
        self.jitter = Jitter(clock_rate)
        self._ssrc = ssrc
        self._clock_rate = clock_rate
        self._expected = 0
        self._arrivals = 0
        self._base = 0

    def block(
        self, buffer: ReorderBuffer, report: tuple[int, float] | None, now: float
    ) -> ReportBlock:
        """The block for now; the next one's fraction lost counts from here.

        Args:
            buffer: Of the same SSRC.
            report: NTP time (32.32) and arrival of its last sender report.
            now: Monotonic seconds.
        """
        if (
            buffer.base != self._base or buffer.arrivals < self._arrivals
        ):  # it started, or the sender began anew
            self._base = buffer.base
            self._expected = self._arrivals = 0
        expected = buffer.highest - buffer.base + 1
        newly_expected = expected - self._expected
        newly_lost = newly_expected - (buffer.arrivals - self._arrivals)
        self._expected, self._arrivals = expected, buffer.arrivals
        ntp_64, arrival = report or (0, now)
        return ReportBlock(
            self._ssrc,
            newly_lost * _FRACTION // newly_expected if newly_lost > 0 < newly_expected else 0,
            expected - buffer.arrivals,
            buffer.highest - 0x10000,
            int(self.jitter.value * self._clock_rate),
            middle_32(ntp_64),
            # The system may have stamped its arrival after this tick began.
            max(0, int((now - arrival) * _DELAY)),
        )
