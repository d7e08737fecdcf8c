"""Timelines of a session, for programs that edit pictures or sound. Pure: a model → text.

::

    model ──▶ layout: whole frames ──▶ otio, fcpxml, xmeml
      └────▶ seconds as they are ────▶ reaper, audacity, markers

What the text is made of comes from strangers: `text` makes it fit for each of the formats.
"""

from __future__ import annotations

from collections.abc import Callable

from . import audacity, fcpxml, markers, otio, reaper, xmeml
from .model import Mark, PersonTrack, Timeline, TimelineClip

__all__ = ["WRITERS", "Mark", "PersonTrack", "Timeline", "TimelineClip"]

WRITERS: dict[str, Callable[[Timeline], str]] = {
    "timeline.otio": otio.write,
    "timeline.fcpxml": fcpxml.write,
    "timeline.xml": xmeml.write,
    "timeline.rpp": reaper.write,
    "labels.txt": audacity.write,
    "markers.csv": markers.write,
}
"""By the name of the file; all of them are UTF-8, and line ends stay as they are."""
