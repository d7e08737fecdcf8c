"""Who looks whether a recording needs the cores."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from roomdeck.core.delivery.jobs import yielding
from roomdeck.core.delivery.jobs.yielding import Recordings
from roomdeck.core.ipc.runtime_folder import RUNTIME_VARIABLE


def test_nobody_looks_before_somebody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    recordings = Recordings()
    before = threading.active_count()
    assert not recordings.late
    assert threading.active_count() == before + 1
    recordings.close()
    assert threading.active_count() == before
    Recordings().close()


def test_a_machine_is_late_until_none_of_its_workers_was_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = iter([{"box1", "box2"}, {"box2"}, set[str](), set[str]()])
    seen: list[set[str]] = []
    over = threading.Event()

    def look() -> set[str]:
        seen.append({*recordings.nodes})
        now = next(late, None)
        if now is None:
            over.set()
        return now or set()

    recordings = Recordings()
    monkeypatch.setattr(yielding, "_late_nodes", look)
    monkeypatch.setattr(yielding, "_ASK_EVERY", 0.001)
    monkeypatch.setattr(yielding, "CALM", 0.002)
    _ = recordings.late
    assert over.wait(10)
    recordings.close()
    assert seen[:5] == [set(), {"box1", "box2"}, {"box1", "box2"}, {"box2"}, set()]
