"""Final Cut Pro 7 XML, version 5: what Premiere Pro, Resolve and many others exchange.

Tracks of sound have one channel here: a person with stereo has two, marked as one exploded track,
as Premiere does. What is of one clip is linked. All of a clip counts in frames of the sequence,
its file in its own.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import NamedTuple

from ..timecode import drops, format_timecode, nominal
from .layout import Layout, Placed, Row, Source, lay_out
from .model import Timeline, TimelineClip
from .text import clip_title, file_name, file_url, mark_note, mark_title, title
from .xml import Element, add, document

_TRACK_TYPES = {1: "Mono", 2: "Stereo"}


class _Item(NamedTuple):
    """A clip on one track."""

    placed: Placed
    media: str
    """``video`` or ``audio``."""
    track: int
    """From 1, in each medium."""
    number: int
    """From 1, on its track."""
    channel: int
    """Of the file, from 1."""
    linked: list[_Item]
    """All of the same clip, itself, too."""

    @property
    def id(self) -> str:
        return f"clipitem-{self.media[0]}{self.track}-{self.number}"


class _Track(NamedTuple):
    items: list[_Item]
    channel: int = 0
    """Which one of `channels`, from 0."""
    channels: int = 1
    """How many tracks a person's sound has."""


def write(timeline: Timeline) -> str:
    """Return a timeline as ``.xml``."""
    layout = lay_out(timeline)
    root = Element("xmeml", version="5")
    sequence = add(root, "sequence", id="sequence-1", explodedTracks="true")
    add(sequence, "name", title(timeline.name, "Timeline"))
    add(sequence, "duration", layout.frames)
    _rate(sequence, layout.fps)
    _timecode(sequence, layout.start, layout.fps)
    _Media(layout).write(add(sequence, "media"))
    for frame, mark in layout.marks:
        marker = add(sequence, "marker")
        add(marker, "comment", mark_note(mark))
        add(marker, "name", mark_title(mark))
        add(marker, "in", frame)
        add(marker, "out", -1)
    return document(root)


class _Media:
    """Tracks of pictures and of sound; each file is described where it is first used."""

    def __init__(self, layout: Layout) -> None:
        self._fps = layout.fps
        self._size = layout.size
        self._described: set[int] = set()
        self._video: list[_Track] = []
        self._audio: list[_Track] = []
        for row in layout.rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        links: dict[int, list[_Item]] = {placed.begin: [] for placed in row.clips}
        if row.pictures:
            items = _items(row.pictures, "video", len(self._video) + 1, 1, links)
            self._video.append(_Track(items))
        channels = max((_channels(placed.clip) for placed in row.sounds), default=0)
        for channel in range(channels):
            items = _items(row.sounds, "audio", len(self._audio) + 1, channel + 1, links)
            self._audio.append(_Track(items, channel, channels))

    def write(self, media: Element) -> None:
        """Add both to a ``media``."""
        video = add(media, "video")
        characteristics = add(add(video, "format"), "samplecharacteristics")
        _rate(characteristics, self._fps)
        _size(characteristics, *self._size)
        for track in self._video:
            self._track(add(video, "track"), track)
        audio = add(media, "audio")
        add(audio, "numOutputChannels", 2)
        _sound(add(add(audio, "format"), "samplecharacteristics"), 48000)
        _outputs(add(audio, "outputs"))
        for track in self._audio:
            element = add(
                audio,
                "track",
                currentExplodedTrackIndex=str(track.channel),
                totalExplodedTrackCount=str(track.channels),
                premiereTrackType=_TRACK_TYPES.get(track.channels, "Multichannel"),
            )
            self._track(element, track)
            add(element, "outputchannelindex", track.channel % 2 + 1)

    def _track(self, element: Element, track: _Track) -> None:
        for item in track.items:
            self._clipitem(element, item)
        add(element, "enabled", "TRUE")
        add(element, "locked", "FALSE")

    def _clipitem(self, track: Element, item: _Item) -> None:
        placed = item.placed
        first = round(placed.first * self._fps)
        element = add(track, "clipitem", id=item.id)
        add(element, "name", clip_title(placed.clip))
        add(element, "enabled", "TRUE")
        length = ceil(placed.source.frames / placed.source.fps * self._fps)
        add(element, "duration", length)
        _rate(element, self._fps)
        add(element, "start", placed.begin)
        add(element, "end", placed.end)
        add(element, "in", first)
        add(element, "out", first + placed.frames)
        self._file(element, placed.source)
        if item.media == "audio":
            source = add(element, "sourcetrack")
            add(source, "mediatype", "audio")
            add(source, "trackindex", item.channel)
        for other in item.linked if len(item.linked) > 1 else ():
            link = add(element, "link")
            add(link, "linkclipref", other.id)
            add(link, "mediatype", other.media)
            add(link, "trackindex", other.track)
            add(link, "clipindex", other.number)
            if other.media == "audio":
                add(link, "groupindex", 1)

    def _file(self, clipitem: Element, source: Source) -> None:
        file = add(clipitem, "file", id=f"file-{source.number}")
        if source.number in self._described:
            return
        self._described.add(source.number)
        clip = source.clip
        add(file, "name", file_name(clip))
        add(file, "pathurl", file_url(clip.file, "localhost"))
        _rate(file, source.fps)
        add(file, "duration", source.frames)
        _timecode(file, source.start, source.fps)
        media = add(file, "media")
        if clip.has_video:
            video = add(media, "video")
            add(video, "duration", source.frames)
            characteristics = add(video, "samplecharacteristics")
            _rate(characteristics, source.fps)
            _size(characteristics, clip.width, clip.height)
        if clip.has_audio:
            audio = add(media, "audio")
            _sound(add(audio, "samplecharacteristics"), clip.sample_rate or 48000)
            add(audio, "channelcount", _channels(clip))


def _items(
    clips: list[Placed], media: str, track: int, channel: int, links: dict[int, list[_Item]]
) -> list[_Item]:
    """Put clips onto a track; what is of one clip finds itself in `links`, by where it begins."""
    items = [
        _Item(
            placed, media, track, number, min(channel, _channels(placed.clip)), links[placed.begin]
        )
        for number, placed in enumerate(clips, 1)
    ]
    for item in items:
        item.linked.append(item)
    return items


def _channels(clip: TimelineClip) -> int:
    return max(1, clip.channels)


def _rate(parent: Element, fps: Fraction) -> None:
    rate = add(parent, "rate")
    add(rate, "timebase", nominal(fps))
    add(rate, "ntsc", "TRUE" if fps.denominator > 1 else "FALSE")


def _timecode(parent: Element, frame: int, fps: Fraction) -> None:
    timecode = add(parent, "timecode")
    _rate(timecode, fps)
    add(timecode, "string", format_timecode(frame, fps))
    add(timecode, "frame", frame)
    add(timecode, "displayformat", "DF" if drops(fps) else "NDF")


def _size(characteristics: Element, width: int, height: int) -> None:
    if width and height:
        add(characteristics, "width", width)
        add(characteristics, "height", height)
    add(characteristics, "pixelaspectratio", "square")
    add(characteristics, "fielddominance", "none")


def _sound(characteristics: Element, sample_rate: int) -> None:
    add(characteristics, "depth", 16)
    add(characteristics, "samplerate", sample_rate)


def _outputs(outputs: Element) -> None:
    for number in (1, 2):
        group = add(outputs, "group")
        add(group, "index", number)
        add(group, "numchannels", 1)
        add(group, "downmix", 0)
        add(add(group, "channel"), "index", number)
