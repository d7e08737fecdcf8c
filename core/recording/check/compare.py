"""The frames of a file against those that were sent."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from heapq import nsmallest
from itertools import pairwise

from ...model import Kind
from ..sentlog import SentFrame
from .demux import FilePacket
from .report import Comparison

LOOK_AHEAD = 200
"""Frames that decide where a file begins, if its first one was sent more than once."""
LOOK_ON = 50
"""Frames that decide where it goes on after a jump in time."""
NEAR = 100
CANDIDATES = 1000
TIES = 20
"""Candidates that are compared over the whole file."""


def compare(
    kind: Kind,
    packets: Sequence[FilePacket],
    sent: Sequence[SentFrame],
    tolerance: Fraction,
    zero: Fraction = Fraction(0),
) -> Comparison:
    """Find every frame of a track in the list of what was sent.

    Args:
        kind: Which track.
        packets: In the order of the file.
        sent: The frames of this kind, in the order of sending.
        tolerance: Seconds by which differences of file times may differ from those of RTP times.
        zero: Time of the packets from which the times of the report count.
    """
    times = _times(sent)
    matcher = _Matcher(sent, times, tolerance)
    matcher.run(packets)
    found = matcher.found
    first, last = (found[0], found[-1]) if found else (None, -1)
    begin = len(sent) if first is None else first
    end = max(last, *matcher.wrong, -1)
    there = set(found) | set(matcher.wrong)
    missing = [index for index in range(begin, last + 1) if index not in there]
    return Comparison(
        kind=kind,
        sent=len(sent),
        in_file=len(packets),
        matched=len(found),
        first=first,
        first_is_key=first is not None and sent[first].key and packets[0].key,
        missing=len(missing),
        missing_ranges=_ranges(missing),
        missing_at_end=len(sent) - 1 - end,
        seconds_at_end=float(max(times[end:], default=Fraction(0)) - times[end])
        if end >= 0
        else 0.0,
        wrong=len(matcher.wrong),
        extra=matcher.extra,
        mistimed=len(matcher.shifts) - 1 if matcher.shifts else 0,
        shifts=[(float(time), float(shift - zero)) for time, shift in matcher.shifts],
    )


class _Matcher:
    """Walks through a file and points at the sent frame that each of its frames is."""

    def __init__(
        self, sent: Sequence[SentFrame], times: Sequence[Fraction], tolerance: Fraction
    ) -> None:
        self.found: list[int] = []
        self.wrong: list[int] = []
        self.extra = 0
        self.shifts: list[tuple[Fraction, Fraction]] = []
        """Sent time of a frame, and file time minus sent time from there on."""
        self._sent = sent
        self._tolerance = tolerance
        self._times = times
        # B-frames are sent after others that are shown later.
        self._by_time = sorted(range(len(times)), key=lambda index: (times[index], index))
        self._sorted = [times[index] for index in self._by_time]
        self._by_hash: dict[str, list[int]] = defaultdict(list)
        for index, frame in enumerate(sent):
            self._by_hash[frame.sha256].append(index)
        self._next = 0
        self._shift: Fraction | None = None
        """File time minus sent time."""

    def run(self, packets: Sequence[FilePacket]) -> None:
        for position, packet in enumerate(packets):
            if self._shift is None and packet.sha256 in self._by_hash:
                self._begin(packets[position:])
            if self._shift is None:
                self.extra += 1
            else:
                self._match(packet, self._shift, packets[position : position + LOOK_ON])

    def _begin(self, packets: Sequence[FilePacket]) -> None:
        """Choose among the sent frames that equal the first one.

        Silence repeats itself, and so does a test source that begins anew: where the next
        frames do not tell, all of them do. Where the first one alone lies a little off, none fits
        by its time, and their order tells.
        """
        first = packets[0]
        candidates = self._by_hash.get(first.sha256, [])[:CANDIDATES]
        for ahead, score in (
            (packets[:LOOK_AHEAD], self._score),
            (packets, self._score),
            (packets, self._in_order),
        ):
            scores = {index: score(ahead, index) for index in candidates}
            best = max(scores.values(), default=0)
            candidates = [index for index in candidates if scores[index] == best][:TIES]
            if len(candidates) <= 1:
                break
        if candidates:
            self._next = candidates[0]
            self._move(self._next, first)

    def _score(self, packets: Sequence[FilePacket], index: int) -> int:
        """How many packets fit if the first of them is that sent frame."""
        shift = packets[0].time - self._times[index]
        return sum(self._at(packet, shift) is not None for packet in packets)

    def _in_order(self, packets: Sequence[FilePacket], index: int) -> int:
        """How many packets are what was sent from that frame on, one after the other."""
        sent = self._sent[index : index + len(packets)]
        return sum(a.sha256 == b.sha256 for a, b in zip(packets, sent, strict=False))

    def _at(self, packet: FilePacket, shift: Fraction) -> int | None:
        """The sent frame with the same bytes at the same time, not before the next one."""
        index = self._at_time(packet.time - shift)
        while index is not None and self._sent[index].sha256 != packet.sha256:
            index = self._at_time(packet.time - shift, index + 1)
        return index

    def _match(self, packet: FilePacket, shift: Fraction, ahead: Sequence[FilePacket]) -> None:
        index = self._at(packet, shift)
        if index is None or (index > self._next and len(self._by_hash[packet.sha256]) > 1):
            index = self._elsewhere(ahead, packet.time - shift)
        if index is not None:
            self.found.append(index)
            self._next = index + 1
        elif (index := self._at_time(packet.time - shift)) is not None:
            self.wrong.append(index)
            self._next = index + 1
        else:
            self.extra += 1

    def _elsewhere(self, ahead: Sequence[FilePacket], time: Fraction) -> int | None:
        """The sent frame with the same bytes, whenever that was, but rather near a time.

        Where there are several, as of silence, the next frames tell.
        """
        indexes = self._by_hash.get(ahead[0].sha256, [])
        later = indexes[bisect_left(indexes, self._next) :]
        if not later:
            return None
        near = nsmallest(NEAR, later, key=lambda index: abs(self._times[index] - time))
        scores = [self._score(ahead, index) for index in near] if len(near) > 1 else [0]
        most = max(scores)
        best = [index for index, score in zip(near, scores, strict=True) if score == most]
        index = best[0]
        if abs(self._times[index] - time) > self._tolerance and self._next in best:
            # Sound that repeats itself: nothing is missing, rather than a second of it.
            index = self._next
        if abs(self._times[index] - time) > self._tolerance:
            self._move(index, ahead[0])
        return index

    def _move(self, index: int, packet: FilePacket) -> None:
        self._shift = packet.time - self._times[index]
        self.shifts.append((self._times[index], self._shift))

    def _at_time(self, time: Fraction, begin: int = 0) -> int | None:
        """The first frame that was sent then, not before a position or the next one."""
        begin = max(begin, self._next)
        first = bisect_left(self._sorted, time - self._tolerance)
        end = bisect_right(self._sorted, time + self._tolerance, lo=first)
        return min((index for index in self._by_time[first:end] if index >= begin), default=None)


def _times(sent: Sequence[SentFrame]) -> list[Fraction]:
    """RTP times in seconds; a list that holds them in 32 bits is unwrapped (RFC 3550, 5.1).

    A publisher of ours counts both tracks from the same zero, whatever it sends first of them.
    """
    times: list[Fraction] = []
    ticks = sent[0].rtp if sent else 0
    for a, b in pairwise([*sent[:1], *sent]):
        ticks += (b.rtp - a.rtp + 0x80000000) % 0x100000000 - 0x80000000
        times.append(Fraction(ticks, b.codec.clock_rate))
    return times


def _ranges(indexes: Sequence[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for index in indexes:
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1] = ranges[-1][0], index
        else:
            ranges.append((index, index))
    return ranges
