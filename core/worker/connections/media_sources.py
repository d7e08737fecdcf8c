"""Which tracks of a connection belong to the camera and which to a screen share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from ...model import Kind
from ...webrtc.connection import TrackInfo


class Part(StrEnum):
    """A stream within a connection."""

    CAMERA = "camera"
    SCREEN = "screen"


def stream_of(base: str, part: Part) -> str:
    """Return the stream id of a part: a screen share is a stream of its own."""
    return base if part is Part.CAMERA else f"{base}-screen"


def assign_parts(
    tracks: Sequence[TrackInfo],
    screen: Iterable[int] = (),
    known: Mapping[str, Part] | None = None,
) -> dict[str, Part]:
    """Map the mids of a connection to parts (protocol.md §7.5).

    What the offer's ``screen`` field names is the screen share; where it is missing, the
    second video and the audio that shares its media stream id are. A part takes one track
    of each kind; more are left out. ``known`` are mids assigned before: they stay.
    """
    listed = frozenset(screen)
    shares = _screen_msids(tracks)
    parts: dict[str, Part] = {}
    taken: set[tuple[Part, Kind]] = set()
    for track in tracks:
        part = (known or {}).get(track.mid)
        if part is None:
            named = track.index in listed if listed else track.msid in shares
            full = (Part.CAMERA, track.kind) in taken
            part = Part.SCREEN if named or full else Part.CAMERA
        if (part, track.kind) not in taken:
            taken.add((part, track.kind))
            parts[track.mid] = part
    return parts


def _screen_msids(tracks: Sequence[TrackInfo]) -> frozenset[str]:
    """Media stream ids of all videos but the first."""
    videos = [track.msid for track in tracks if track.kind is Kind.VIDEO]
    return frozenset(videos[1:]) - frozenset(videos[:1])
