"""Which container holds what."""

from __future__ import annotations

import math
from typing import NamedTuple

from ...model import Codec, Container

_PICTURES = {
    Container.TS: frozenset({Codec.H264, Codec.H265}),
    Container.MP4: frozenset({Codec.H264, Codec.H265, Codec.VP9, Codec.AV1}),
}
"""What a container can hold beside Opus, in a way that others can read; Matroska holds all."""

_SECONDS = {Container.TS: 26 * 3600.0, Container.MP4: 12 * 3600.0}
"""How long a file may be. The times of a transport stream have 33 bits at 90 kHz and begin anew
after 26 h 30 min; the durations of an MP4 have 32, which is 13 h 15 min between two frames, and
its index is kept in memory. What is left is for a key frame to come."""


class VideoFormat(NamedTuple):
    """A video track at its first frame; pixels."""

    codec: Codec
    width: int
    height: int


def extension(video: Codec | None, audio: Codec | None, wanted: Container = Container.AUTO) -> str:
    """Return ``ts``, ``mkv`` or ``mp4``: what is wanted where it can hold these codecs.

    Without a wish that is ``ts`` for H.264 or H.265 alone or with Opus. Matroska takes what
    the others cannot.
    """
    if wanted is Container.AUTO:
        wanted = Container.TS if video is not None else Container.MKV
    pictures = _PICTURES.get(wanted)
    if pictures is None or (video or Codec.H264) not in pictures:
        return Container.MKV
    return wanted if audio in (Codec.OPUS, None) else Container.MKV


def refusal(
    video: Codec | None, audio: Codec | None, wanted: Container, done: str = "recorded"
) -> str:
    """Return why a file is not of the wanted kind, in words; empty where it is."""
    ext = extension(video, audio, wanted)
    if wanted in (Container.AUTO, ext):
        return ""
    codecs = " with ".join(codec for codec in (video, audio) if codec is not None)
    return f".{wanted} cannot hold {codecs}: {done} into .{ext}"


def area(size: tuple[int, int]) -> int:
    """Return how many pixels a picture has."""
    return size[0] * size[1]


def counts_for(ext: str) -> float:
    """Return the seconds after which a file should go on in another; infinite: never."""
    return _SECONDS.get(Container(ext), math.inf)
