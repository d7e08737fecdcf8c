"""Labels of Audacity (its manual: "Importing and Exporting Labels"): begin, end, text, by tabs."""

from __future__ import annotations

from .layout import marks
from .model import Mark, Timeline
from .text import mark_title, title


def write(timeline: Timeline) -> str:
    """Return the markers of a timeline as labels."""
    return "".join(f"{mark.at:.6f}\t{mark.at:.6f}\t{_label(mark)}\n" for mark in marks(timeline))


def _label(mark: Mark) -> str:
    about = title(", ".join(mark.streams), "")
    return f"{mark_title(mark)} ({about})" if about else mark_title(mark)
