"""What an engine is told that a worker starts."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from roomdeck.core.config import EVERYBODY, RecordConfig, RoomConfig
from roomdeck.core.ipc import heir
from roomdeck.core.ipc.heir import Heir

HOUR = RecordConfig(
    room=RoomConfig(room="lab", server="ws://x"), output="/out", prefix="lab", seconds=3600.0
)


class Begun:
    """Stands in for engines; keeps what each was told."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.told: list[RecordConfig] = []

    def monotonic(self) -> float:
        return self.now

    def __call__(self, folder: object, *, heir: bool) -> SimpleNamespace:
        return SimpleNamespace(run=self.run)

    def run(self, config: RecordConfig) -> bool:
        self.told.append(config)
        return True

    def seconds(self) -> list[float | None]:
        return [config.seconds for config in self.told]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Begun:
    made = Begun()
    monkeypatch.setattr(heir, "time", made)
    monkeypatch.setattr(heir, "Launch", made)
    return made


def test_what_was_decided_meanwhile_makes_no_recording_longer(begun: Begun, tmp_path: Path) -> None:
    worker = Heir(tmp_path)
    worker.meet()
    worker.inherit(HOUR)
    begun.now += 1800
    worker.inherit(msgspec.structs.replace(HOUR, recorded=(EVERYBODY,)))
    begun.now += 600
    worker.start()
    assert begun.seconds() == [1200.0]
    assert begun.told[0].recorded == (EVERYBODY,)


def test_another_engine_has_all_of_its_time(begun: Begun, tmp_path: Path) -> None:
    """Also where somebody started it with the same words as the one before."""
    worker = Heir(tmp_path)
    for _ in range(2):
        worker.meet()
        worker.inherit(HOUR)
        begun.now += 3500
    worker.start()
    assert begun.seconds() == [100.0]
