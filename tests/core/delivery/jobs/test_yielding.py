"""Who looks whether a recording needs the cores."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

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
