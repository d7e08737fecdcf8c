"""The frames of a file against those that were sent."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from ...model import Kind
from ..sentlog import SentFrame
from .demux import FilePacket, as_shown
from .report import Comparison

LOOK_AHEAD = 200
"""Frames that decide where a file begins, if its first one was sent more than once."""
CANDIDATES = 1000
TIES = 20
"""Candidates that are compared over the whole file."""


def compare(
    kind: Kind, packets: Sequence[FilePacket], sent: Sequence[SentFrame], tolerance: Fraction
) -> Comparison:
    """Find every frame of a track in the list of what was sent.

    Args:
        kind: Which track.
        packets: In the order of the file.
        sent: The frames of this kind, in the order of sending. With B-frames that is not the
            order of their times; indexes in the comparison count by time.
        tolerance: Seconds by which differences of file times may differ from those of RTP times.
    """
    sent = _by_time(sent)
    packets = as_shown(packets)
    matcher = _Matcher(sent, tolerance)
    matcher.run(packets)
    found = matcher.found
    first, last = (found[0], found[-1]) if found else (None, -1)
    begin = len(sent) if first is None else first
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
        missing_at_end=len(sent) - 1 - max(last, *matcher.wrong, -1),
        wrong=len(matcher.wrong),
        extra=matcher.extra,
        mistimed=matcher.mistimed,
    )


class _Matcher:
    """Walks through a file and points at the sent frame that each of its frames is."""

    def __init__(self, sent: Sequence[SentFrame], tolerance: Fraction) -> None:
        self.found: list[int] = []
        self.wrong: list[int] = []
        self.extra = 0
        self.mistimed = 0
        self._sent = sent
        self._tolerance = tolerance
        self._times = _times(sent)
        self._by_hash: dict[str, list[int]] = defaultdict(list)
        for index, frame in enumerate(sent):
            self._by_hash[frame.sha256].append(index)
        self._next = 0
        self._shift: Fraction | None = None
        """File time minus sent time."""

    def run(self, packets: Sequence[FilePacket]) -> None:
        for position, packet in enumerate(packets):
            if self._shift is None:
                self._begin(packets[position:])
            if self._shift is None:
                self.extra += 1
            else:
                self._match(packet, self._shift)

    def _begin(self, packets: Sequence[FilePacket]) -> None:
        """Choose among the sent frames that equal the first one.

        Silence repeats itself, and so does a test source that begins anew: where the next
        frames do not tell, all of them do.
        """
        first = packets[0]
        candidates = self._by_hash.get(first.sha256, [])[:CANDIDATES]
        for ahead in (packets[:LOOK_AHEAD], packets):
            scores = {index: self._score(ahead, index) for index in candidates}
            best = max(scores.values(), default=0)
            candidates = [index for index in candidates if scores[index] == best][:TIES]
            if len(candidates) <= 1:
                break
        if candidates:
            self._next = candidates[0]
            self._shift = first.time - self._times[self._next]

    def _score(self, packets: Sequence[FilePacket], index: int) -> int:
        """How many packets fit if the first of them is that sent frame."""
        shift = packets[0].time - self._times[index]
        return sum(self._at(packet, shift) is not None for packet in packets)

    def _at(self, packet: FilePacket, shift: Fraction) -> int | None:
        """The sent frame with the same bytes at the same time, not before the next one."""
        index = self._at_time(packet.time - shift)
        while index is not None and self._sent[index].sha256 != packet.sha256:
            index = self._at_time(packet.time - shift, index + 1)
        return index

    def _match(self, packet: FilePacket, shift: Fraction) -> None:
        index = self._at(packet, shift)
        if index is None:
            index = self._elsewhere(packet)
        if index is not None:
            self.found.append(index)
            self._next = index + 1
        elif (index := self._at_time(packet.time - shift)) is not None:
            self.wrong.append(index)
            self._next = index + 1
        else:
            self.extra += 1

    def _elsewhere(self, packet: FilePacket) -> int | None:
        """The next sent frame with the same bytes, whenever that was."""
        indexes = self._by_hash.get(packet.sha256, [])
        position = bisect_left(indexes, self._next)
        if position == len(indexes):
            return None
        index = indexes[position]
        self.mistimed += 1
        self._shift = packet.time - self._times[index]
        return index

    def _at_time(self, time: Fraction, begin: int = 0) -> int | None:
        """The first frame that was sent then, not before a position or the next one."""
        begin = max(begin, self._next)
        index = bisect_left(self._times, time - self._tolerance, lo=begin)
        if index < len(self._times) and self._times[index] <= time + self._tolerance:
            return index
        return None


def _by_time(sent: Sequence[SentFrame]) -> list[SentFrame]:
    """What was sent in the order of its times, which go on past 32 bits (RFC 3550, 5.1)."""
    frames: list[SentFrame] = []
    time = sent[0].rtp if sent else 0
    for frame in sent:
        time += (frame.rtp - time + 0x80000000) % 0x100000000 - 0x80000000
        frames.append(msgspec.structs.replace(frame, rtp=time))
    return sorted(frames, key=lambda frame: frame.rtp)


def _times(sent: Sequence[SentFrame]) -> list[Fraction]:
    """Seconds since the first frame."""
    return [Fraction(frame.rtp - sent[0].rtp, frame.codec.clock_rate) for frame in sent]


def _ranges(indexes: Sequence[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for index in indexes:
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1] = ranges[-1][0], index
        else:
            ranges.append((index, index))
    return ranges
