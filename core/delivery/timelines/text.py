"""Texts of strangers, as formats can hold them."""

from __future__ import annotations

import re
from urllib.parse import quote

from .model import Mark, TimelineClip

LONGEST_TITLE = 200
"""Characters of a name that programs show in a track's head or on a clip."""

_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return a text with U+FFFD for what XML 1.0 (2.2) forbids, and for control characters.

    What stays of these is newline and tab.
    """
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def title(text: str, otherwise: str) -> str:
    """Return a text as one line of at most `LONGEST_TITLE` characters; an empty one otherwise."""
    line = " ".join(printable(text).split()) or otherwise
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def mark_title(mark: Mark) -> str:
    """Return what stands at a marker."""
    return title(mark.text, "Marker")


def mark_note(mark: Mark) -> str:
    """Return what else there is to say of a marker; empty where its title says it all."""
    text = printable(mark.text).strip()
    parts = [text if text != mark_title(mark) else "", ", ".join(mark.streams)]
    return "\n".join(printable(part) for part in parts if part)


def clip_title(clip: TimelineClip) -> str:
    """Return the name of a clip."""
    return title(clip.name, file_name(clip))


def file_name(clip: TimelineClip) -> str:
    """Return the name of a clip's file."""
    return title(clip.file.rpartition("/")[2], "file")


def file_url(path: str, host: str = "") -> str:
    """Return an absolute path as a URL (RFC 8089), its bytes percent-encoded as they are."""
    return f"file://{host}" + quote(path.encode("utf-8", "surrogateescape"))
