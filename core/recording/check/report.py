"""What a check finds, as values and in words."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...model import Kind

SHOWN = 5
"""Entries of a list that are named; the others are counted."""


class Size(msgspec.Struct, frozen=True):
    """The size of the picture from some time on."""

    time: float
    """Seconds in the file."""
    width: int
    height: int


class Gap(msgspec.Struct, frozen=True):
    """A place where nothing came for longer than usual."""

    time: float
    """Seconds in the file at which the frame before it begins."""
    seconds: float


class TrackReport(msgspec.Struct, frozen=True, kw_only=True):
    """One track of a file; times in seconds since the earliest frame of the file."""

    kind: Kind
    codec: str
    frames: int
    """Packets that the container holds."""
    decoded: int
    """Pictures or blocks of sound that the decoder made of them."""
    key_frames: int
    starts_with_key: bool
    start: float
    end: float
    sizes: list[Size] = []
    """The first, and every one that differs from the one before; video only."""
    gaps: list[Gap] = []
    errors: list[str] = []
    """The first decode errors, with their times."""
    error_count: int = 0
    not_monotonic: int = 0
    """Frames whose time is not after that of the frame before."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One track of a file and what its publisher says was sent.

    Positions count the frames of this kind in the sent log, from 0.
    """

    kind: Kind
    sent: int
    in_file: int
    matched: int
    """Frames of the file that were sent in this order and are the same byte for byte."""
    first: int | None
    """Position of the first matched frame; ``None`` where nothing matches."""
    first_is_key: bool
    missing: int
    """Sent between the first and the last frame of the file, and not in it."""
    missing_ranges: list[tuple[int, int]] = []
    """First and last position of each run of missing frames."""
    missing_at_end: int = 0
    """Sent after the last frame of the file."""
    wrong: int = 0
    """At the time of a sent frame, with other bytes."""
    extra: int = 0
    """Never sent."""
    mistimed: int = 0
    """Places where times in the file and RTP times differ from there on."""


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one file."""

    file: str
    bytes: int = 0
    container: str = ""
    seconds: float = 0.0
    video: TrackReport | None = None
    audio: TrackReport | None = None
    start_offset: float | None = None
    """Seconds by which the audio begins after the video."""
    end_offset: float | None = None
    """Seconds by which the audio ends after the video."""
    comparisons: list[Comparison] = []
    problems: list[str] = []
    """Why the file is bad, in words."""

    @property
    def bad(self) -> bool:
        """Whether there is anything that a recording must not have."""
        return bool(self.problems)

    @property
    def tracks(self) -> list[TrackReport]:
        """The tracks that there are."""
        return [track for track in (self.video, self.audio) if track is not None]


def describe(report: CheckReport) -> list[str]:
    """Return lines for people; the last one is the verdict."""
    lines = [f"{report.file}: {report.container or '?'}, {report.seconds:.3f} s, {report.bytes} B"]
    for track in report.tracks:
        lines += [f"  {line}" for line in _describe_track(track)]
    if report.start_offset is not None and report.end_offset is not None:
        lines.append(
            f"  audio starts {report.start_offset * 1000:+.1f} ms "
            f"and ends {report.end_offset * 1000:+.1f} ms from the video"
        )
    lines += [f"  {_describe_comparison(comparison)}" for comparison in report.comparisons]
    lines += [f"  BAD: {problem}" for problem in report.problems]
    return lines if report.bad else [*lines, "  good"]


def _describe_track(track: TrackReport) -> list[str]:
    lines = [
        f"{track.kind}: {track.codec}, {track.frames} frames ({track.key_frames} key, "
        f"{track.decoded} decoded), {track.start:.3f} to {track.end:.3f} s"
    ]
    if track.sizes:
        sizes = [f"{size.width}x{size.height} at {size.time:.3f} s" for size in track.sizes]
        lines.append(f"  size {_shown(sizes)}")
    if track.gaps:
        gaps = [f"{gap.seconds:.3f} s at {gap.time:.3f} s" for gap in track.gaps]
        lines.append(f"  {len(gaps)} gaps: {_shown(gaps)}")
    return lines


def _describe_comparison(c: Comparison) -> str:
    text = f"{c.kind} against the sent log: {c.matched} of {c.in_file} frames are as sent"
    if c.first is not None:
        text += f", from number {c.first} on"
    if c.missing_ranges:
        runs = [f"{a}-{b}" if b > a else f"{a}" for a, b in c.missing_ranges]
        text += f"; missing {c.missing}: {_shown(runs)}"
    return f"{text}; {c.missing_at_end} sent after the end"


def _shown(items: Sequence[str]) -> str:
    rest = len(items) - SHOWN
    return ", ".join(items[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
