"""Whatever troubles there were: each preset has sound by its picture, and both in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from .sync import FRAME, Trouble, measured, recorded, troubled

SECONDS = 6
PEOPLE = (
    *("late sound", "late picture", "gaps", "turns"),
    *("slow clock", "B-frames", "variable", "returns"),
)
PLACED = 0.003
"""Seconds from true time that any sound is off at most: with a clock that nobody knows yet to run
fast or slow, since that takes minutes."""
OPUS = 0.0065
"""Seconds by which a decoder of Opus that begins with a file's first packet is late."""
Recorded = tuple[Path, dict[str, Trouble]]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder, everybody = tmp_path_factory.mktemp("session"), troubled(SECONDS)
    people = {who: everybody[who] for who in PEOPLE}
    recorded(folder, people, SECONDS)
    return folder, people


@pytest.mark.parametrize("name", ["edit", "prores", "web", "audio", "masters ts"])
def test_sound_is_by_its_picture(session: Recorded, name: str, tmp_path: Path) -> None:
    folder, people = session
    found = measured(folder, people, name, tmp_path / "out")
    assert not found.faults
    assert found.all.good, found.people
    assert found.across.usual <= FRAME
    assert found.sound.worst < PLACED + (OPUS if name.startswith("masters") else 0.0), found.sound
    assert set(found.people) == set(people)
