"""A file against what its sidecar says of it."""

from __future__ import annotations

from collections.abc import Iterator

from ....model import EndReason, Kind, TakeSummary
from ..alignment import TOLERABLE
from ..report import Finding, Lateness, What
from ..words import NAMES, at, length
from .alone import END
from .evidence import Evidence, bad, flaw, note

LOST = 0.01
"""Share of packets."""

_BROKEN = {
    EndReason.DISK_FULL: "the disk was full",
    EndReason.WRITE_ERROR: "it could not be written any more",
    EndReason.OVERLOAD: "the disk was too slow",
    EndReason.INTERRUPTED: "all that recorded it was ended, with up to seconds of it",
    EndReason.WORKER_LOST: "the process that wrote it died, with up to a second of it",
}


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Judge a file by its sidecar; without one, say what cannot be judged."""
    take = evidence.take
    if take is None:
        yield note(
            What.SIDECAR,
            "no sidecar beside it names it: not judged is how it ended, and what was lost",
        )
    else:
        yield from _reason(take, evidence.growing)
        yield from _loss(take)
        yield from _places(take)
        if not evidence.growing and any(track.frames for track in evidence.report.tracks):
            yield from _counts(evidence, take)
            yield from _cut(evidence, take)
    yield from _alignment(evidence)


def _reason(take: TakeSummary, growing: bool) -> Iterator[Finding]:
    error = f": {take.error}" if take.error else ""
    if take.reason is None and growing:
        yield note(What.REASON, "it is being recorded")
    elif take.reason is None:
        yield flaw(What.REASON, "its recording was never ended: the last of it may be missing")
    elif take.reason in _BROKEN:
        yield flaw(What.REASON, f"the recording ended because {_BROKEN[take.reason]}{error}")
    elif take.error:
        yield flaw(What.REASON, f"the recording ended with an error{error}")


def _loss(take: TakeSummary) -> Iterator[Finding]:
    for kind, counts in take.packets.items():
        if not counts.lost:
            continue
        share = counts.lost / max(1, counts.expected)
        make = flaw if share > LOST else note
        yield make(
            What.LOSS,
            f"{NAMES[kind]}: {counts.lost} of {counts.expected} packets were lost for good "
            f"({share:.2%})",
        )
    if take.holes:
        yield note(What.LOSS, f"something is missing in {take.holes} places because of loss")


def _places(take: TakeSummary) -> Iterator[Finding]:
    for kind, parts in take.misplaced.items():
        for part in parts:
            make = flaw if abs(part.late) > TOLERABLE else note
            late = "late" if part.late > 0 else "early"
            yield make(
                What.PLACE,
                f"the {NAMES[kind]} is {length(part.late)} too {late} "
                f"from {at(part.begin)} to {at(part.end)}",
                part.begin,
                part.late,
            )
    for kind, placements in take.placed.items():
        for place in placements:
            if abs(place.moved) > TOLERABLE:
                late = "later" if place.moved > 0 else "earlier"
                yield note(
                    What.PLACE,
                    f"the {NAMES[kind]} was put {length(place.moved)} {late} from {at(place.at)} "
                    f"on than before, by {place.by.replace('-', ' ')}",
                    place.at,
                    place.moved,
                )
    for kind, number in take.odd_stamps.items():
        if number:
            yield note(
                What.PLACE,
                f"{NAMES[kind]}: {number} frames were sent with a time that cannot be, "
                "and lie between their neighbours",
            )


def _counts(evidence: Evidence, take: TakeSummary) -> Iterator[Finding]:
    known = {
        Kind.VIDEO: take.video.frames if take.video else 0,
        Kind.AUDIO: take.audio.packets if take.audio else 0,
    }
    complete = take.reason is not None and take.reason not in _BROKEN
    for kind, number in known.items():
        track = evidence.track(kind)
        there = track.frames if track else 0
        text = f"{NAMES[kind]}: {there} frames are in the file, and the sidecar says {number}"
        if there < number and complete:
            yield flaw(What.COUNT, text)
        elif there != number:
            yield note(What.COUNT, text)


def _cut(evidence: Evidence, take: TakeSummary) -> Iterator[Finding]:
    """Whether a track goes on after its end, as the sidecar has it."""
    for kind, points in take.clocks.items():
        track = evidence.track(kind)
        end = track.end if track else 0.0
        last = max((point.pts for point in points), default=0.0)
        if last > end + END:
            yield bad(
                What.END,
                f"the {NAMES[kind]} ends at {at(end)}, and was recorded up to {at(last)} at least",
                end,
                last - end,
            )
    missing = take.seconds - evidence.report.seconds
    if missing > END:
        yield bad(
            What.END,
            f"the file is {length(evidence.report.seconds)} long, and {length(take.seconds)} "
            "were recorded",
            evidence.report.seconds,
            missing,
        )


def _alignment(evidence: Evidence) -> Iterator[Finding]:
    yield from (_late(part) for part in evidence.report.late)
    both = evidence.track(Kind.VIDEO) is not None and evidence.track(Kind.AUDIO) is not None
    if both and evidence.report.aligned_by is None:
        yield note(What.UNJUDGED, "not judged is sound against picture: nothing says it")


def _late(part: Lateness) -> Finding:
    word = "late" if part.seconds > 0 else "early"
    return flaw(
        What.OFFSET,
        f"the sound is {length(part.seconds)} {word} against the picture "
        f"from {at(part.begin)} to {at(part.end)} ({part.by.replace('-', ' ')})",
        part.begin,
        part.seconds,
    )
