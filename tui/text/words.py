"""Sentences about streams and files, as questions and notes need them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...core.model import (
    LONGEST_PACKET,
    SCREEN_SHARE,
    AudioSummary,
    StreamSnapshot,
    StreamState,
)
from .format import clean

_OPEN_FILE = frozenset({StreamState.REC, StreamState.SAVE})


def count(number: int, thing: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def name_of(stream: StreamSnapshot) -> str:
    """Return what people call a stream: its label, else its id; safe to show.

    A screen share has the label of whoever shares it, and says that it is one.
    """
    label = clean(stream.label).strip()
    if label and stream.stream.endswith(SCREEN_SHARE):
        return f"{label} (screen)"
    return label or stream.stream


def listing(names: Sequence[str], most: int = 3) -> str:
    """Return ``Anna, Ben and 4 more``."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def refusals(stream: StreamSnapshot) -> str:
    """Return how many packets came of which nothing could be made, and why; empty for none."""
    tracks = stream.tracks.values()
    counts = {
        f"longer than {LONGEST_PACKET} bytes": sum(track.too_long for track in tracks),
        "not decryptable": sum(track.undecryptable for track in tracks),
        "of unknown kinds": sum(track.unknown for track in tracks),
        "of no track": stream.unrouted,
        "not readable": stream.malformed,
    }
    return ", ".join(f"{number} {why}" for why, number in counts.items() if number)


def is_recording(stream: StreamSnapshot) -> bool:
    """Tell whether a file of this stream is open."""
    stands = stream.state is StreamState.STALL and stream.wanted
    written = stream.bytes > 0 and stream.state is not StreamState.DONE
    return stream.state in _OPEN_FILE or stands or written


def recordings(streams: Iterable[StreamSnapshot]) -> tuple[StreamSnapshot, ...]:
    """Return the streams that have an open file."""
    return tuple(stream for stream in streams if is_recording(stream))


def heard(audio: AudioSummary) -> str:
    """``mono`` or ``stereo``, as the packets say; empty where none was written yet."""
    return ("", "mono", "stereo")[audio.channels]
