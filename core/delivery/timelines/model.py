"""What a timeline consists of, whatever format it is written in.

Two uses: delivered files, one clip for each person, from zero to the end; and masters, with
several clips for each (takes, splits in a row, gaps between them) of files that have no constant
rate and no timecode.
"""

from __future__ import annotations

from fractions import Fraction

import msgspec


class TimelineClip(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a file at its place on the timeline. Clips of a person may overlap."""

    file: str
    """Absolute path; several clips may have the same."""
    at: float
    """Seconds on the timeline at which it begins."""
    seconds: float
    """How long it is."""
    source_begin: float = 0.0
    """Seconds into the file at which it begins."""
    file_seconds: float
    """How long the file is."""
    name: str = ""
    """Empty: that of the file."""
    has_video: bool = False
    has_audio: bool = False
    width: int = 0
    """Pixels; 0 is unknown, as below."""
    height: int = 0
    fps: Fraction | None = None
    """Frames a second, about, where the rate varies; ``None`` where there is no picture."""
    channels: int = 0
    sample_rate: int = 0
    """Hz."""
    timecode: Fraction | None = None
    """Seconds since midnight of its first frame or sample, as the file itself says it (number of
    the frame by its rate, or time reference by its sample rate); ``None``: it says nothing."""


class PersonTrack(msgspec.Struct, frozen=True):
    """What is of one person, or of one screen share."""

    name: str
    clips: tuple[TimelineClip, ...] = ()


class Mark(msgspec.Struct, frozen=True):
    """A moment that somebody marked."""

    at: float
    """Seconds on the timeline."""
    text: str
    streams: tuple[str, ...] = ()
    """Whom it is about, by name; empty: the room."""


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """All that a file of a timeline tells."""

    name: str
    begin_wall: float
    """Unix time of second zero: its timecode is the clock of that day."""
    utc_offset: float = 0.0
    """Seconds that local time is ahead of UTC."""
    fps: Fraction
    seconds: float
    """How long it is; longer where a clip ends later."""
    width: int = 0
    """Pixels; 0 where there is no picture."""
    height: int = 0
    tracks: tuple[PersonTrack, ...] = ()
    markers: tuple[Mark, ...] = ()
    folder: str = ""
    """The one in which the timeline's file is to be, absolute: what can be named from there is."""
