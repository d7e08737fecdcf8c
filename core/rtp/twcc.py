"""Transport-wide congestion control feedback.

Format: draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1. The receiver says for
every transport sequence number whether and when it arrived; the sender estimates from it.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Sequence
from itertools import chain
from operator import sub
from typing import cast

import msgspec

from ..errors import MediaError

INTERVAL = 0.08
"""Seconds between two feedback packets; less than those between two looks at the sockets."""

_TICKS = 4000
"""Deltas count 250 µs."""
_TICKS_PER_REFERENCE = 256
"""The reference time counts 64 ms."""
_MAX_JUMP = 2000
_MAX_RUN = 100
_MAX_LATE = 500
_MAX_BACKLOG = 8000
_MAX_STATUSES = 500
"""Keeps a packet within 12 + 8 + 2 * 72 + 2 * 500 = 1164 bytes, whatever arrives."""
_HEADER = struct.Struct("!BBHII")
_PREFIX = struct.Struct("!HHI")
_WORD = struct.Struct("!H")
_SIGNED_WORD = struct.Struct("!h")
_ABSENT, _SMALL, _LARGE = 0, 1, 2
_SMALL_ONLY = bytes((_SMALL,)) * _MAX_STATUSES


class FeedbackReport(msgspec.Struct, frozen=True):
    """What one feedback packet says."""

    base_sequence: int
    """16 bits; ``arrivals`` counts from here."""
    feedback_count: int
    """8 bits, to notice lost feedback."""
    reference_time: int
    """24 bits, in units of 64 ms."""
    arrivals: tuple[int | None, ...]
    """Arrival in units of 250 µs after the reference time; ``None``: did not arrive."""


class TransportFeedback:
    """Collects arrivals of one connection and reports them some ten times a second."""

    def __init__(self) -> None:
        """Start without any packet seen."""
        self._arrivals: dict[int, float] = {}
        self._start: int | None = None
        self._highest = 0
        self._due = 0.0
        self._count = 0

    def received(self, sequences: Sequence[int], times: Sequence[float]) -> None:
        """Note packets by their 16-bit transport sequence numbers and when they arrived."""
        start, first = self._start, self._highest + 1
        end = first + len(sequences)
        # As nearly always: each follows the one before it.
        run = range(first & 0xFFFF, (first & 0xFFFF) + len(sequences))
        if start is not None and end - start <= _MAX_BACKLOG and sequences == list(run):
            self._arrivals.update(zip(range(first, end), times, strict=True))
            self._highest = end - 1
        else:
            for sequence, now in zip(sequences, times, strict=True):
                self._sort_in(sequence, now)

    def _sort_in(self, transport_sequence: int, now: float) -> None:
        """The same for the first packet, one that overtook others, and those after an outage."""
        highest = self._highest
        sequence = highest + ((transport_sequence - highest + 0x8000) & 0xFFFF) - 0x8000
        if self._start is None or self._restarts(sequence, self._start):
            self._arrivals.clear()
            self._start = self._highest = sequence
        elif sequence > highest:
            self._highest = sequence
        elif sequence < self._start and sequence >= self._start - _MAX_LATE:
            self._start = sequence
        self._arrivals.setdefault(sequence, now)

    def is_due(self, now: float) -> bool:
        """Whether `feedback` may have something to say."""
        return now >= self._due

    def feedback(self, now: float, sender_ssrc: int, media_ssrc: int) -> bytes | None:
        """The RTCP packet that is due now, or ``None``.

        What does not fit into one packet follows with the next call.
        """
        if not self.is_due(now):
            return None
        start = self._start
        if start is None or start > self._highest:
            return None
        self._forget(start)
        first = next((s for s in range(start, self._highest + 1) if s in self._arrivals), None)
        if first is None:
            self._start = self._highest + 1
            return None
        reference = int(self._arrivals[first] * _TICKS) // _TICKS_PER_REFERENCE
        symbols, deltas = self._statuses(start, reference * _TICKS_PER_REFERENCE)
        self._start = start + len(symbols)
        self._due = now + INTERVAL if self._start > self._highest else now
        body = (
            _PREFIX.pack(
                start & 0xFFFF, len(symbols), (reference & 0xFFFFFF) << 8 | self._count & 0xFF
            )
            + encode_chunks(symbols)
            + deltas
        )
        self._count += 1
        return _rtcp(body, sender_ssrc, media_ssrc)

    def _restarts(self, sequence: int, start: int) -> bool:
        """Nobody can want a report on what was before this packet."""
        return abs(sequence - self._highest) > _MAX_JUMP or sequence - start > _MAX_BACKLOG

    def _forget(self, start: int) -> None:
        """Old arrivals are kept only for packets that may still be reported again."""
        if len(self._arrivals) > 4 * _MAX_LATE:
            oldest = start - _MAX_LATE
            self._arrivals = {s: t for s, t in self._arrivals.items() if s >= oldest}

    def _statuses(self, start: int, previous: int) -> tuple[bytes, bytes]:
        """Symbols and deltas from ``start`` on, as far as one packet can say."""
        sequences = range(start, min(self._highest + 1, start + _MAX_STATUSES))
        arrivals = list(map(self._arrivals.get, sequences))
        if None not in arrivals:
            ticks = [int(arrival * _TICKS) for arrival in cast(list[float], arrivals)]
            # As nearly always: one soon after the other.
            with contextlib.suppress(ValueError):
                return _SMALL_ONLY[: len(ticks)], bytes(map(sub, ticks, chain((previous,), ticks)))
        return _any_statuses(arrivals, previous)


def _any_statuses(arrivals: Sequence[float | None], previous: int) -> tuple[bytes, bytes]:
    symbols, deltas = bytearray(), bytearray()
    for arrival in arrivals:
        if arrival is None:
            symbols.append(_ABSENT)
            continue
        ticks = int(arrival * _TICKS)
        delta = ticks - previous
        if 0 <= delta <= 0xFF:
            symbols.append(_SMALL)
            deltas.append(delta)
        elif -0x8000 <= delta <= 0x7FFF:
            symbols.append(_LARGE)
            deltas += _SIGNED_WORD.pack(delta)
        else:
            break
        previous = ticks
    return bytes(symbols), bytes(deltas)


def _rtcp(body: bytes, sender_ssrc: int, media_ssrc: int) -> bytes:
    padding = -len(body) % 4
    first = 0x8F
    if padding:
        body += bytes(padding - 1) + bytes((padding,))
        first |= 0x20
    return _HEADER.pack(first, 205, 2 + len(body) // 4, sender_ssrc, media_ssrc) + body


def encode_chunks(symbols: bytes) -> bytes:
    """Packet status chunks: long runs as run lengths, the rest as vectors."""
    chunks = bytearray()
    position = 0
    while position < len(symbols):
        run = _run(symbols, position)
        window = symbols[position : position + 14]
        if run >= 14 or (run >= 7 and _LARGE in window):
            chunks += _WORD.pack(symbols[position] << 13 | run)
            position += run
        elif _LARGE in window:
            chunks += _vector(0xC000, window[:7], 2)
            position += 7
        else:
            chunks += _vector(0x8000, window, 1)
            position += 14
    return bytes(chunks)


def _run(symbols: bytes, position: int) -> int:
    rest = symbols[position:]
    return min(len(rest) - len(rest.lstrip(rest[:1])), 0x1FFF)


def _vector(head: int, symbols: bytes, bits: int) -> bytes:
    for index, symbol in enumerate(symbols):
        head |= symbol << (14 - bits * (index + 1))
    return _WORD.pack(head)


def parse_feedback(payload: bytes) -> FeedbackReport:
    """Parse what follows the two SSRCs of a feedback packet, padding removed or not.

    Raises:
        MediaError: truncated, or with a reserved symbol.
    """
    if len(payload) < _PREFIX.size:
        raise MediaError("truncated transport-wide feedback")
    base, count, reference = _PREFIX.unpack_from(payload)
    symbols, position = _parse_chunks(payload, count)
    arrivals: list[int | None] = []
    time = 0
    for symbol in symbols:
        if symbol == _ABSENT:
            arrivals.append(None)
            continue
        if position + symbol > len(payload):
            raise MediaError("truncated transport-wide feedback deltas")
        if symbol == _SMALL:
            time += payload[position]
        else:
            time += _SIGNED_WORD.unpack_from(payload, position)[0]
        position += symbol
        arrivals.append(time)
    return FeedbackReport(base, reference & 0xFF, reference >> 8, tuple(arrivals))


def _parse_chunks(payload: bytes, count: int) -> tuple[list[int], int]:
    """``count`` symbols, and where the deltas begin."""
    symbols: list[int] = []
    position = _PREFIX.size
    while len(symbols) < count:
        if position + 2 > len(payload):
            raise MediaError("truncated transport-wide feedback chunks")
        (chunk,) = _WORD.unpack_from(payload, position)
        position += 2
        if chunk & 0x8000:
            symbols += _parse_vector(chunk)
        else:
            symbols += [chunk >> 13] * min(chunk & 0x1FFF, count - len(symbols))
    del symbols[count:]
    if any(symbol > _LARGE for symbol in symbols):
        raise MediaError("reserved symbol in transport-wide feedback")
    return symbols, position


def _parse_vector(chunk: int) -> list[int]:
    bits = 2 if chunk & 0x4000 else 1
    mask = (1 << bits) - 1
    return [chunk >> shift & mask for shift in range(14 - bits, -1, -bits)]
