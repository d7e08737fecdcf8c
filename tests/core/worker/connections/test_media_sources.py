"""Which tracks are of the camera, and which of a screen."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Codec, Kind
from roomdeck.core.webrtc.interface import TrackInfo
from roomdeck.core.worker.connections.media_sources import MediaSource, assign_sources, stream_of


def track(mid: str, msid: str = "cam") -> TrackInfo:
    video = mid.startswith("v")
    kind, codec = (Kind.VIDEO, Codec.VP8) if video else (Kind.AUDIO, Codec.OPUS)
    return TrackInfo(mid, kind, codec, msid, int(mid[1:]))


CAMERA = (track("v0"), track("a1"))


def test_a_share_is_a_stream_of_its_own() -> None:
    assert stream_of("alice", MediaSource.CAMERA) == "alice"
    assert stream_of("alice", MediaSource.SCREEN) == "alice-screen"


@pytest.mark.parametrize(
    ("tracks", "screen", "shared"),
    [
        (CAMERA, (), []),
        ((*CAMERA, track("a2", "scr"), track("v3", "scr")), (2, 3), ["a2", "v3"]),
        ((*CAMERA, track("a2", "scr"), track("v3", "scr")), (), ["a2", "v3"]),
        ((*CAMERA, track("v2", "scr")), (2,), ["v2"]),
        ((*CAMERA, track("v2", "")), (), ["v2"]),
        ((track("v0"),), (0,), ["v0"]),
        (CAMERA, (99,), []),
    ],
)
def test_tracks_are_told_apart(
    tracks: tuple[TrackInfo, ...], screen: tuple[int, ...], shared: list[str]
) -> None:
    sources = assign_sources(tracks, screen)
    assert [mid for mid, source in sources.items() if source is MediaSource.SCREEN] == shared
    assert len(sources) == len(tracks)


def test_a_part_has_one_track_of_a_kind() -> None:
    tracks = [track(f"v{number}", f"m{number}") for number in range(5)]
    assert assign_sources(tracks) == {"v0": MediaSource.CAMERA, "v1": MediaSource.SCREEN}


def test_what_was_assigned_stays() -> None:
    sources = assign_sources([track("v0"), track("v1", "x")], (), {"v0": MediaSource.SCREEN})
    assert sources["v0"] is MediaSource.SCREEN
