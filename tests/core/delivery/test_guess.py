"""Sessions from names of files alone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from roomdeck.core.delivery.guess import Media, guessed


def local(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y%m%d-%H%M%S"))


def begins(*files: Media) -> dict[str, list[float]]:
    session = guessed(Path("/rec"), files)
    return {one.stream: [clip.begin for clip in one.clips] for one in session.people}


def media(name: str, seconds: float = 10.0, changed: float = 0.0) -> Media:
    return Media(Path("/rec") / name, seconds, changed)


def test_names_of_roomdeck() -> None:
    found = guessed(
        Path("/rec"),
        [
            media("lab_bob_20261128-130455.mkv"),
            media("lab_alice_20261128-130450.ts"),
            media("lab_alice_20261128-130510-2.ts"),
        ],
    )
    assert found.started == local("20261128-130450")
    assert found.sidecar is None
    assert [one.stream for one in found.people] == ["alice", "bob"]
    assert [clip.begin for clip in found.people[0].clips] == [0.0, 20.0]


def test_names_of_raspberry_ninja_have_sound_beside_the_picture() -> None:
    assert begins(
        media("room_cam1a0b1c2_1764334861.ts"),
        media("room_cam1a0b1c2_1764334862_audio.webm"),
        media("room_cam2a0b1c2_1764334871.webm"),
    ) == {"cam1a0b1c2": [0.0, 1.0], "cam2a0b1c2": [10.0]}


def test_names_of_other_programs() -> None:
    found = begins(
        media("2026-11-28 13-04-50.mkv"),
        media("2026-11-28 13-05-10.mkv"),
        media("PXL_20261128_130452123.mp4"),
        media("Screen Recording 2026-11-28 at 13.04.53.mov"),
    )
    assert found == {"recording": [0.0, 20.0], "PXL": [2.0], "Screen Recording": [3.0]}


@pytest.mark.parametrize("name", ["interview.mkv", "take_2_99999999-999999.mkv", "a_99.mp4"])
def test_a_name_without_a_time_is_put_by_its_last_change(name: str) -> None:
    found = begins(media(name, 10.0, 1000.0), media("other.mkv", 20.0, 1005.0))
    assert sorted(begin[0] for begin in found.values()) == [0.0, 5.0]


def test_one_stream_keeps_its_whole_name() -> None:
    assert list(begins(media("a_b_20261128-130455.mkv"))) == ["a_b"]
    assert list(begins()) == []
