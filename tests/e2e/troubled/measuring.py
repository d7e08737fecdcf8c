"""A delivery of a recorded session, decoded, against what was sent."""

from __future__ import annotations

import math
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import av

from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.manifest import Delivered, Manifest, load_manifest
from roomdeck.core.delivery.masters import file_zero
from roomdeck.core.delivery.session import Clip, Session
from roomdeck.core.delivery.timecode import day_frame, day_samples, format_timecode
from roomdeck.core.delivery.times import TimeMap
from roomdeck.core.model import Kind
from roomdeck.core.publishing.barcode import BLACK, WHITE, luma

from ...core.delivery.stage import FLASH, Heard, watch
from ...core.delivery.sync import FRAME, Most, most
from .sending import Onsets, Stay, hashes

_SAME = 0.4
"""Seconds that what is delivered may be from what was sent, to be taken for the same flash."""
CLOCK = 0.1
"""Seconds that all may be off the clock of the wall."""
_AAC = 1024 / 48000
"""Seconds by which sound may be longer than was wanted, where it is encoded in frames."""


class Measured(NamedTuple):
    """What one preset makes of a session."""

    sync: Most | None
    """Of beeps against the flashes of the same second, as they were sent; ``None``: there are none
    of the one kind."""
    across: Most
    """Between any two people: flashes, or beeps of those without."""
    sound: Most
    """Of all beeps, against each other."""
    clock: float
    """Seconds by which all is off the clock of the wall, at the median."""
    seen: int
    """Flashes and beeps."""
    faults: list[str]
    """What is missing, or was not made; in words."""

    @property
    def wrong(self) -> list[str]:
        """What is not as it has to be, in words."""
        found = [*self.faults]
        if self.sync and not self.sync.good:
            found.append(f"sound is {words(self.sync)} ms from its picture")
        if self.across.usual > FRAME or not self.seen:
            found.append(f"people are {words(self.across)} ms apart")
        if abs(self.clock) > CLOCK:
            found.append(f"{self.clock:.3f} s off the clock of the wall")
        return found


def words(one: Most) -> str:
    """Say how far something is off."""
    return f"{one.usual * 1000:.1f}, {one.worst * 1000:.1f}"


def sent(session: Session, stays: Iterable[Stay]) -> dict[str, dict[Kind, Onsets]]:
    """Return when what is in the takes of a session was sent, of each stream."""
    recorded = {
        person.stream: hashes(clip.file for clip in person.clips) for person in session.people
    }
    found: dict[str, dict[Kind, Onsets]] = {}
    for stay in stays:
        of = found.setdefault(stay.stream, dict.fromkeys(Kind, Onsets()))
        for kind in Kind:
            of[kind] += stay.onsets(kind, recorded.get(stay.stream, ()))
    return found


def measured(sidecar: Path, stays: Iterable[Stay], folder: Path) -> Measured:
    """Measure what was delivered.

    Args:
        sidecar: Of the session.
        stays: What was sent.
        folder: Where the files are.
    """
    session, manifest = find_session(sidecar), load_manifest(folder)
    assert manifest is not None
    faults, heard = list[str](), dict[str, dict[Kind, list[float]]]()
    clips = {clip.file.stem: clip for one in session.people for clip in one.clips}
    truth, unseen = sent(session, stays), Counter[str]()
    for file in manifest.files:
        told = (note for note in file.notes if "cannot hold" not in note)
        faults += [f"{file.file}: {word}" for word in (file.error, *told) if word]
        if file.error:
            continue
        found = watch(folder / file.file, is_lit)
        if manifest.preset == "masters":
            clip = clips[Path(file.file).stem]
            onsets = _of_master(found, clip, folder / file.file, session.started)
            unseen[file.stream] += 1
        else:
            onsets = _of_file(found, manifest.wall)
            faults += _wrong(file, folder, found, manifest, session)
        of = heard.setdefault(file.stream, {kind: [] for kind in Kind})
        for kind, times in onsets.items():
            of[kind] += times
    if manifest.preset == "audio":
        truth = {stream: {Kind.AUDIO: of[Kind.AUDIO]} for stream, of in truth.items()}
    compared = _compared(truth, heard, unseen)
    return compared._replace(faults=faults + compared.faults)


def is_lit(frame: av.VideoFrame) -> bool:
    """Whether the middle of a picture is white: it is in the picture, whatever its bars are."""
    pixels, stride = luma(frame)
    across, down = (
        range(side * 3 // 8, side * 5 // 8, max(1, side // 32))
        for side in (frame.width, frame.height)
    )
    middle = sorted(pixels[y * stride + x] for y in down for x in across)
    return middle[len(middle) // 2] > (BLACK + 3 * WHITE) // 4


def _of_file(heard: Heard, wall: float) -> dict[Kind, list[float]]:
    return {
        Kind.VIDEO: [wall + second for second in heard.flashes],
        Kind.AUDIO: [wall + second for second in heard.beeps],
    }


def _of_master(heard: Heard, clip: Clip, path: Path, started: float) -> dict[Kind, list[float]]:
    """What goes on since the take before is not seen to begin there."""
    zero = float(file_zero(path, clip.take))

    def placed(seconds: Iterable[float], times: TimeMap) -> list[float]:
        there = (second - zero for second in seconds)
        return [started + times.session(second) for second in there if second > FLASH]

    return {
        Kind.VIDEO: placed(heard.flashes, clip.times[Kind.VIDEO]),
        Kind.AUDIO: placed(heard.beeps, clip.times[Kind.AUDIO]),
    }


def _wrong(
    file: Delivered, folder: Path, heard: Heard, manifest: Manifest, session: Session
) -> Iterator[str]:
    """What of a file is not as it is of all others."""
    if file.fps and heard.pictures != round(manifest.seconds * Fraction(file.fps)):
        yield f"{file.file}: {heard.pictures} pictures in {manifest.seconds} s"
    if file.sound and not 0 <= heard.samples / 48000 - manifest.seconds <= _AAC:
        yield f"{file.file}: {heard.samples} samples in {manifest.seconds} s"
    wanted = _told(file, manifest, session)
    if wanted not in _tags(folder / file.file) and wanted:
        yield f"{file.file}: does not say that it begins at {wanted}"


def _told(file: Delivered, manifest: Manifest, session: Session) -> str:
    """The timecode, or the time reference; empty where there is none, as of sound in MP4."""
    offset = _utc_offset(session.started)
    if file.fps:
        fps = Fraction(file.fps)
        return format_timecode(day_frame(manifest.wall, offset, fps), fps)
    wave = file.file.endswith(".wav")
    return str(day_samples(manifest.wall, offset, 48000)) if wave else ""


def _utc_offset(at: float) -> float:
    return float(time.localtime(at).tm_gmtoff)


def _tags(path: Path) -> set[str]:
    container: Any
    with av.open(str(path)) as container:
        tags = [container.metadata, *(stream.metadata for stream in container.streams)]
        return {of[name] for of in tags for name in ("timecode", "time_reference") if name in of}


def _compared(
    truth: Mapping[str, Mapping[Kind, Onsets]],
    heard: Mapping[str, Mapping[Kind, Sequence[float]]],
    unseen: Counter[str],
) -> Measured:
    """Compare what was sent with what is seen and heard.

    Args:
        truth: Of each stream, what was sent.
        heard: The same of what was delivered.
        unseen: How many of them may be missing of a stream.
    """
    off: dict[str, dict[Kind, dict[float, float]]] = defaultdict(dict)
    faults = list[str]()
    for stream, kind, of in ((one, *of) for one, both in truth.items() for of in both.items()):
        times, found = of.times, heard.get(stream, {}).get(kind, [])
        off[stream][kind] = one = _paired(times, found)
        missing, more = len(times) - len(one), len(found) - len(times)
        if missing > unseen[stream] or more > of.others:
            faults.append(f"{stream}: {kind} at {found}, of those at {times}")
    pictures = {stream: of.get(Kind.VIDEO, {}) for stream, of in off.items()}
    sounds = {stream: of.get(Kind.AUDIO, {}) for stream, of in off.items()}
    sync = [b - a for one in off for a, b in _beside(pictures[one], sounds[one])]
    everything = [
        value for of in (pictures, sounds) for one in of.values() for value in one.values()
    ]
    return Measured(
        most(sync) if sync else None,
        most(_apart({stream: pictures[stream] or sounds[stream] for stream in off})),
        most(_apart(sounds)),
        statistics.median(everything) if everything else math.inf,
        len(everything),
        faults,
    )


def _apart(places: Mapping[str, Mapping[float, float]]) -> Iterator[float]:
    """How far what belongs together is apart, of any two people."""
    for one, other in combinations(places.values(), 2):
        yield from (a - b for a, b in _beside(one, other))


def _paired(times: Sequence[float], found: Sequence[float]) -> dict[float, float]:
    """By how much what was found is off, of each time."""
    pairs = ((time, min(found, key=lambda one: abs(one - time))) for time in times if found)
    return {time: one - time for time, one in pairs if abs(one - time) < _SAME}


def _beside(
    one: Mapping[float, float], other: Mapping[float, float]
) -> Iterator[tuple[float, float]]:
    """What belongs to about the same moment, of two."""
    for moment, value in one.items():
        near = min(other, key=lambda at: abs(at - moment), default=math.inf)
        if abs(near - moment) < 0.51:
            yield value, other[near]
