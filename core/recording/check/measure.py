"""What the times of a track say."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from ...model import Kind
from .demux import FilePacket, Track, as_shown
from .report import Gap, Size, TrackReport

LONG_PICTURE = Fraction(1, 2)
LONG_SOUND = Fraction(60, 1000)
SOUND_SLACK = Fraction(40, 1000)
"""Opus packets may last up to 120 ms; they are no gaps."""


def measure(track: Track, zero: Fraction) -> TrackReport:
    """Summarise a track; times of the report count from ``zero`` (seconds)."""
    packets, shown = track.packets, as_shown(track.packets)
    return TrackReport(
        kind=track.kind,
        codec=str(track.codec or track.name),
        frames=len(packets),
        decoded=track.decoded,
        key_frames=sum(packet.key for packet in packets),
        starts_with_key=bool(packets) and packets[0].key,
        start=float(shown[0].time - zero) if shown else 0.0,
        end=float(end_of(track) - zero) if packets else 0.0,
        sizes=[Size(float(time - zero), width, height) for time, width, height in track.sizes],
        gaps=[Gap(float(time - zero), float(long)) for time, long in _gaps(track.kind, shown)],
        errors=track.errors,
        error_count=track.error_count,
        not_monotonic=sum(b.decode <= a.decode for a, b in pairwise(packets)),
    )


def end_of(track: Track) -> Fraction:
    """Return when the last frame ends; the last picture stays for a usual interval."""
    packets = as_shown(track.packets)
    last = packets[-1]
    if track.kind is Kind.AUDIO:
        return last.time + last.duration
    return last.time + _median_interval(packets)


def _gaps(kind: Kind, packets: Sequence[FilePacket]) -> list[tuple[Fraction, Fraction]]:
    median = _median_interval(packets)
    found: list[tuple[Fraction, Fraction]] = []
    for a, b in pairwise(packets):
        interval = b.time - a.time
        if kind is Kind.AUDIO:
            long = interval > max(LONG_SOUND, a.duration + SOUND_SLACK)
        else:
            # Half a second is usual where somebody shares a page at one picture a second.
            long = interval > 3 * median or interval > max(LONG_PICTURE, median * 3 / 2)
        if long:
            found.append((a.time, interval))
    return found


def _median_interval(packets: Sequence[FilePacket]) -> Fraction:
    intervals = [b.time - a.time for a, b in pairwise(packets)]
    return statistics.median(intervals) if intervals else Fraction(0)
