"""The sound of a person, every sample in its place."""

from __future__ import annotations

from collections.abc import Iterator

from av.audio.frame import AudioFrame
from av.error import FFmpegError

from ...recording.reading import open_media
from ..session import Clip, Person
from ..window import SAMPLE_RATE
from .damage import Damages
from .reading import Span, read
from .stretches import blocks
from .stretching import Stretcher
from .tape import Tape


def placed(person: Person, begin: float, samples: int, notes: list[str]) -> Iterator[AudioFrame]:
    """Return what is heard of a person.

    A sample that was captured at second t of the session is number (t - `begin`) * 48000; where
    there is none there is silence. What is damaged or missing is silence as well.

    Args:
        person: With clips.
        begin: Second of the session.
        samples: As many are returned, at 48 kHz.
        notes: When all was returned: lines that say what is silent for want of a file, and when.

    Yields:
        Planar floats, mono or stereo (`channels`), of half a second at most; ``pts`` counts samples
        from 0.
    """
    many = channels(person)
    damages = Damages()
    tape, stretcher = Tape(samples, many), Stretcher(many, begin)
    span = Span(begin, begin + samples / SAMPLE_RATE, many)
    try:
        for block in blocks(read(person.clips, span, damages)):
            for run in block.sounds[0].source.runs(block):
                for piece in stretcher.add(run):
                    yield from tape.add(piece)
            if tape.full:
                break
        for piece in stretcher.end():
            yield from tape.add(piece)
        yield from tape.rest()
    finally:
        notes += damages.words


def channels(person: Person) -> int:
    """Return 1 or 2: mono, unless any sound of a person was stereo.

    Without a sidecar that says so, it is as many as a file has.
    """
    return max((_channels(clip) for clip in person.clips), default=1)


def _channels(clip: Clip) -> int:
    take = clip.take
    if take is not None and (take.audio is None or take.audio.channels):
        return min(2, take.audio.channels) if take.audio else 1
    try:
        with open_media(clip.file) as container:
            streams = container.streams.audio
            return min(2, streams[0].codec_context.layout.nb_channels) if streams else 1
    except (FFmpegError, OSError):
        return 1
