"""Sound against picture, from what was sent or from the clocks that a sidecar keeps. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ...model import ClockPoint, Kind
from .report import Comparison, Lateness

TOLERABLE = 0.04
"""Seconds of sound against picture that a person does not notice (ITU-R BT.1359: 45 ms early
is just detectable, and more when late)."""
COARSE = 1.0
"""Arrival says no more than this: tracks may be paced and buffered differently."""
COMMON = 10.0
"""Clocks that differ by more than this have no common zero."""
WINDOW = 3
"""Points whose least delay is believed: the first of them may have waited in a burst."""


def against_sent(video: Comparison, audio: Comparison, seconds: float) -> list[Lateness] | None:
    """Compare the shifts of both tracks in a file of so many seconds; one that both share is none.

    ``None`` where that cannot be known.
    """
    if not video.shifts or not audio.shifts:
        return None
    zero = audio.shifts[0][1] - video.shifts[0][1]
    if abs(zero) <= COMMON:
        zero = 0.0
    begin = video.shifts[0][1]
    steps = sorted({time for one in (video, audio) for time, _ in one.shifts})
    late = [(time + begin, _shift(audio, time) - _shift(video, time) - zero) for time in steps]
    ends = [time for time, _ in late[1:]] + [seconds]
    parts = [(at, end, by) for (at, by), end in zip(late, ends, strict=True)]
    return _merged(parts, TOLERABLE, "sent-log")


def _shift(comparison: Comparison, time: float) -> float:
    index = bisect_right(comparison.shifts, time, key=lambda step: step[0])
    return comparison.shifts[max(0, index - 1)][1]


def by_reports(
    clocks: Mapping[Kind, Sequence[ClockPoint]], seconds: float
) -> list[Lateness] | None:
    """Compare both tracks by the sender's wall clock; ``None`` where it is not known of both."""
    video, audio = (_wall_clock(clocks.get(kind, ())) for kind in (Kind.VIDEO, Kind.AUDIO))
    if not video or not audio:
        return None
    late = list(_differences(video, audio))
    if min(abs(by) for _, by in late) > COMMON:
        return None
    return _merged(_spans(late, seconds), TOLERABLE, "sender-reports")


def by_arrival(
    clocks: Mapping[Kind, Sequence[ClockPoint]], seconds: float
) -> list[Lateness] | None:
    """Compare both tracks by arrival, which shows seconds; ``None`` where that is too little."""
    video, audio = (_least_delays(clocks.get(kind, ())) for kind in (Kind.VIDEO, Kind.AUDIO))
    if not video or not audio:
        return None
    return _merged(_spans(list(_differences(video, audio)), seconds), COARSE, "arrival")


def _wall_clock(points: Sequence[ClockPoint]) -> list[tuple[float, float]]:
    """File times, and by how much they are later than the sender's clock."""
    return [(point.pts, point.pts - point.ntp) for point in points if point.ntp is not None]


def _least_delays(points: Sequence[ClockPoint]) -> list[tuple[float, float]]:
    """File times, and by how much they are later than arrival without its delays."""
    later = [point.pts - point.time for point in points]
    return [
        (points[index].pts, max(later[index : index + WINDOW]))
        for index in range(len(points) - WINDOW + 1)
    ]


def _differences(
    video: Sequence[tuple[float, float]], audio: Sequence[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    for time, later in audio:
        yield time, later - min(video, key=lambda point: abs(point[0] - time))[1]


def _spans(late: Sequence[tuple[float, float]], seconds: float) -> list[tuple[float, float, float]]:
    """What a point says holds up to the next one, or the end of the file."""
    last = late[-1]
    spans = [(at, end, by) for (at, by), (end, _) in pairwise(late)]
    return [*spans, (last[0], max(seconds, last[0]), last[1])]


def _merged(parts: Sequence[tuple[float, float, float]], least: float, by: str) -> list[Lateness]:
    """Neighbours that are off in the same direction are one part; the others are left out."""
    found: list[Lateness] = []
    for begin, end, late in parts:
        if abs(late) <= least:
            continue
        last = found[-1] if found else None
        if last is not None and last.end == begin and (last.seconds > 0) == (late > 0):
            begin, late = last.begin, max(last.seconds, late, key=abs)
            found.pop()
        found.append(Lateness(begin=begin, end=end, seconds=late, by=by))
    return found
