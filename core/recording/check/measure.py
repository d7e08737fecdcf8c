"""What was read of a track → its report."""

from __future__ import annotations

from .demux import Track
from .report import Gap, Size, TrackReport


def measure(track: Track, zero: float) -> TrackReport:
    """Summarise a track; times of the report count from ``zero`` (seconds)."""
    gaps, gap_count = track.cadence.gaps(zero)
    begin, seconds, frames = track.keys.longest
    return TrackReport(
        kind=track.kind,
        codec=str(track.codec or track.name),
        frames=track.frames,
        hidden=track.hidden,
        decoded=track.decoded,
        key_frames=track.keys.count,
        starts_with_key=track.starts_with_key,
        start=track.cadence.first - zero if track.frames else 0.0,
        end=track.cadence.end - zero if track.frames else 0.0,
        interval=track.cadence.interval,
        header=Size(0.0, *track.header) if track.header else None,
        sizes=[Size(time - zero, width, height) for time, width, height in track.sizes],
        size_changes=track.size_changes,
        gaps=gaps,
        gap_count=gap_count,
        without_key=Gap(begin - zero, seconds) if seconds else None,
        without_key_frames=frames,
        errors=track.errors,
        error_count=track.error_count,
        untimed=track.untimed,
        backward=track.backward.report(zero),
        repeated=(track.disordered if track.reordered else track.backward).repeated,
        squeezed=track.cadence.squeezed,
        disordered=track.disordered.report(zero),
    )
