"""Saying that nobody is there: a wrong password looks just like it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

_EVERYBODY_LEFT = "nobody is sending in this room any more"
_NOT_ANY_MORE = "nobody publishes {} any more; asked for until somebody does"
_NOBODY_CAME = (
    "nobody is sending in this room; a wrong password or salt looks just like this: "
    "it leads to another, empty room"
)
_NOT_YET = (
    "nobody publishes {} yet; a wrong password or salt looks just like this: it makes other ids"
)


def nobody(entries: Mapping[str, Entry]) -> str:
    """Return in words that nobody is here; empty where somebody is."""
    if any(entry.here for entry in entries.values()):
        return ""
    if not entries:
        return _NOBODY_CAME
    streams = ", ".join(name for name, entry in entries.items() if entry.expected)
    if not streams:
        return _EVERYBODY_LEFT
    came = any(entry.takes for entry in entries.values())
    return (_NOT_ANY_MORE if came else _NOT_YET).format(streams)
