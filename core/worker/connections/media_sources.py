"""Which tracks of a connection belong to the camera and which to a screen share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from ...model import SCREEN_SHARE, Kind
from ...webrtc.connection import TrackInfo


class MediaSource(StrEnum):
    """A stream within a connection."""

    CAMERA = "camera"
    SCREEN = "screen"


def stream_of(base: str, source: MediaSource) -> str:
    """Return the stream id of a source: a screen share is a stream of its own."""
    return base if source is MediaSource.CAMERA else f"{base}{SCREEN_SHARE}"


def assign_sources(
    tracks: Sequence[TrackInfo],
    screen: Iterable[int] = (),
    known: Mapping[str, MediaSource] | None = None,
) -> dict[str, MediaSource]:
    """Map the mids of a connection to sources (protocol.md §7.5).

    What the offer's ``screen`` field names is the screen share; where it is missing, the
    second video and the audio that shares its media stream id are. A source takes one track
    of each kind; more are left out. ``known`` are mids assigned before: they stay.
    """
    listed = frozenset(screen)
    shares = _screen_msids(tracks)
    sources: dict[str, MediaSource] = {}
    taken: set[tuple[MediaSource, Kind]] = set()
    for track in tracks:
        source = (known or {}).get(track.mid)
        if source is None:
            named = track.index in listed if listed else track.msid in shares
            full = (MediaSource.CAMERA, track.kind) in taken
            source = MediaSource.SCREEN if named or full else MediaSource.CAMERA
        if (source, track.kind) not in taken:
            taken.add((source, track.kind))
            sources[track.mid] = source
    return sources


def _screen_msids(tracks: Sequence[TrackInfo]) -> frozenset[str]:
    """Media stream ids of all videos but the first."""
    videos = [track.msid for track in tracks if track.kind is Kind.VIDEO]
    return frozenset(videos[1:]) - frozenset(videos[:1])
