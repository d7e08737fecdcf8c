"""What a file shows by itself."""

from __future__ import annotations

from collections.abc import Iterator

from ....model import Codec, Kind
from ..report import Finding, Gap, TrackReport, What
from ..words import NAMES, at, length
from .evidence import SLOW, Evidence, bad, flaw, note

PICTURE_HOLE = 2.0
"""Seconds: a loss costs the picture up to the next key frame, which is asked for."""
SOUND_HOLE = 1.0
HOLES_NAMED = 5
KEYS_FLAWED = 60.0
"""Seconds without a key frame: players jump to key frames only."""
KEYS_NOTED = 30.0
KEYS_FRAMES = 100
"""Fewer frames than this between two key frames are decoded at once."""
END = 2.0
"""Seconds by which one track may end before the other."""
BOTH = 0.5
"""Seconds by which sound may begin and end after the picture before that looks like one fault."""
ALIKE = 0.15
REORDERED = 1.0
"""Seconds; B-frames are not that far from their place."""
DISORDERED = 0.02
"""Share of pictures: a decoder that has to guess how far they are reordered errs at first."""
SQUEEZED = 0.01
FEW = 4


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Judge a file by itself, with the sidecar to tell a loss from a still picture."""
    report = evidence.report
    yield from (bad(What.READ, text) for text in report.unreadable)
    if not report.unreadable and not any(track.frames for track in report.tracks):
        yield bad(What.EMPTY, "no frames")
        return
    for track in report.tracks:
        if track.frames:
            yield from _decoding(track)
            yield from _order(track)
            yield from _holes(evidence, track)
        else:
            yield from _empty(evidence, track)
    if (video := evidence.track(Kind.VIDEO)) is not None:
        yield from _keys(video)
        yield from _pictures(video, report.container)
    yield from _ends(evidence)


def _decoding(track: TrackReport) -> Iterator[Finding]:
    if track.error_count:
        named = "; ".join(track.errors[:3])
        yield bad(What.DECODE, f"{track.error_count} errors while decoding: {named}")
    if track.hidden:
        yield note(What.DECODE, f"{NAMES[track.kind]}: {track.hidden} frames are not to be shown")
    if track.untimed:
        yield flaw(What.ORDER, f"{NAMES[track.kind]}: {track.untimed} frames have no time")
    # VP8, VP9 and AV1 have frames that are not shown.
    every = track.kind is Kind.AUDIO or track.codec in (Codec.H264, Codec.H265)
    number = track.frames - track.hidden - track.decoded
    if number > 0 and (every or not track.decoded):
        yield bad(What.DECODE, f"{NAMES[track.kind]}: {number} frames gave nothing when decoded")


def _order(track: TrackReport) -> Iterator[Finding]:
    name, back, wild = NAMES[track.kind], track.backward, track.disordered
    if not back.count and wild.seconds > REORDERED:
        back = wild
    if back.count:
        yield bad(
            What.ORDER,
            f"{name}: times run backwards at {at(back.time)} by up to {length(back.seconds)}; "
            f"{back.count} frames are not after the one before",
            back.time,
            back.seconds,
        )
    elif _disordered(track):
        yield flaw(
            What.ORDER,
            f"{name}: {wild.count} of {track.frames} frames are shown at the time of another "
            f"(B-frames in the order in which they were sent), from {at(wild.time)} on, "
            f"by up to {length(wild.seconds)}",
            wild.time,
            wild.seconds,
        )
    if track.repeated:
        yield flaw(What.ORDER, f"{name}: {track.repeated} frames have the time of the one before")
    if track.squeezed > max(FEW, track.frames * SQUEEZED) and not _disordered(track):
        yield flaw(
            What.ORDER,
            f"{name}: {track.squeezed} frames come within 2 ms of the one before, "
            "as if their times had been pushed on",
        )


def _disordered(track: TrackReport) -> bool:
    return track.disordered.count > max(FEW, track.frames * DISORDERED)


def _empty(evidence: Evidence, track: TrackReport) -> Iterator[Finding]:
    name, take = NAMES[track.kind], evidence.take
    if take is not None and track.kind in take.packets and not take.packets[track.kind].received:
        yield note(What.EMPTY, f"{name}: the file has a track for it, and none was sent")
    else:
        yield flaw(What.EMPTY, f"{name}: the file has a track for it, and nothing is in it")


def _holes(evidence: Evidence, track: TrackReport) -> Iterator[Finding]:
    least = PICTURE_HOLE if track.kind is Kind.VIDEO else SOUND_HOLE
    holes = [gap for gap in track.gaps if gap.seconds > least]
    longest = sorted(holes, key=lambda gap: gap.seconds, reverse=True)[:HOLES_NAMED]
    named = sorted(longest, key=lambda gap: gap.time)
    yield from (_hole(evidence, track, gap) for gap in named)
    if len(holes) > len(named):
        rest = len(holes) - len(named)
        yield note(What.HOLE, f"{NAMES[track.kind]}: {rest} more times without for some seconds")


def _hole(evidence: Evidence, track: TrackReport, gap: Gap) -> Finding:
    text = f"no {NAMES[track.kind]} for {length(gap.seconds)} from {at(gap.time)} on"
    if evidence.take is not None:
        text += ": packets were lost" if evidence.lost else ": nothing was sent"
    make = note if _still(evidence, track, gap) else flaw
    return make(What.HOLE, text, gap.time, gap.seconds)


def _still(evidence: Evidence, track: TrackReport, gap: Gap) -> bool:
    """Whether nothing had to come: a shared page that did not change."""
    if track.interval > SLOW:
        return True
    if track.kind is Kind.AUDIO or evidence.take is None or evidence.lost:
        return False
    return evidence.shared or not gap.steady


def _keys(video: TrackReport) -> Iterator[Finding]:
    if not video.starts_with_key:
        yield bad(What.KEY_FRAME, "the picture does not begin with a key frame", 0.0)
    gap = video.without_key
    if gap is None or gap.seconds <= KEYS_NOTED or video.without_key_frames <= KEYS_FRAMES:
        return
    make = flaw if gap.seconds > KEYS_FLAWED else note
    yield make(
        What.KEY_FRAME,
        f"no key frame for {length(gap.seconds)} from {at(gap.time)} on: "
        "players cannot jump into that",
        gap.time,
        gap.seconds,
    )


def _pictures(video: TrackReport, container: str) -> Iterator[Finding]:
    more = video.decoded - video.frames
    if more > FEW:
        yield flaw(
            What.LAYERS,
            f"{video.decoded} pictures of {video.frames} frames: "
            "spatial layers, which some players show one after the other",
        )
    header = video.header
    largest = max(video.sizes, key=lambda size: size.width * size.height, default=None)
    if header is None or largest is None:
        return
    if header.width * header.height < largest.width * largest.height:
        # A transport stream has no header: players go by the picture that they come to.
        make = note if container == "mpegts" else flaw
        yield make(
            What.SIZE,
            f"the file is announced as {header.width}x{header.height}, and its picture is "
            f"{largest.width}x{largest.height} from {at(largest.time)} on",
            largest.time,
        )


def _ends(evidence: Evidence) -> Iterator[Finding]:
    video, audio = evidence.track(Kind.VIDEO), evidence.track(Kind.AUDIO)
    if video is None or audio is None:
        return
    start, end = audio.start - video.start, audio.end - video.end
    if abs(end) > END:
        first, second = (video, audio) if end > 0 else (audio, video)
        make = note if _may_end(evidence, first, abs(end)) else flaw
        yield make(
            What.END,
            f"the {NAMES[first.kind]} ends {length(end)} before the {NAMES[second.kind]}, "
            f"at {at(first.end)}",
            first.end,
            abs(end),
        )
    if min(abs(start), abs(end)) >= BOTH and abs(start - end) <= ALIKE:
        late = "after" if start > 0 else "before"
        yield flaw(
            What.OFFSET,
            f"the sound begins {length(start)} {late} the picture and ends {length(end)} {late} "
            "it, as if all of it were moved",
            0.0,
            start,
        )
    elif abs(start) > END:
        late = "after" if start > 0 else "before"
        yield note(What.START, f"the sound begins {length(start)} {late} the picture", 0.0, start)


def _may_end(evidence: Evidence, track: TrackReport, seconds: float) -> bool:
    """Whether nothing had to come at the end, as it did not before."""
    if track.interval > SLOW:
        return True
    if track.kind is Kind.AUDIO or evidence.take is None or evidence.lost:
        return False
    longest = max((gap.seconds for gap in track.gaps if not gap.steady), default=0.0)
    return evidence.shared or longest > seconds / 2
