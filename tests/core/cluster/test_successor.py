"""Another engine, where a cluster lost its."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.cluster import successor
from roomdeck.core.cluster.successor import succeed
from roomdeck.core.ipc.heir import AFTER, Heir
from roomdeck.core.ipc.room_folder import RoomFolder


class Ready(Heir):
    """One whose engine comes up, or never does."""

    def __init__(self, folder: Path, after: int) -> None:
        super().__init__(folder)
        self.after = after
        self.asked: list[int] = []
        self.started = 0

    def is_due(self, alone: int) -> bool:
        self.asked.append(alone)
        return alone >= self.after

    def start(self) -> None:
        self.started += 1


async def test_it_waits_before_it_starts_one_and_gives_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(successor, "GIVE_UP", 7)
    heir = Ready(tmp_path, AFTER)
    await succeed(RoomFolder(tmp_path), heir, second=0.0)
    assert heir.asked == [1, 2, 3, 4, 5, 6, 7]
    assert heir.started == 8 - AFTER


async def test_where_there_is_another_one_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def there(folder: RoomFolder) -> bool:
        return True

    monkeypatch.setattr(successor, "has_engine", there)
    heir = Ready(tmp_path, 0)
    await succeed(RoomFolder(tmp_path), heir, second=0.0)
    assert heir.started == 0
