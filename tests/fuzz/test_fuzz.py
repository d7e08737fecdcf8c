"""What was found before stays mended, and some seconds of new input in each run."""

from __future__ import annotations

import pytest

from . import run
from .run import complaint, fuzz, kept
from .targets import TARGETS

SECONDS = 0.5
"""For each target: ten seconds and more altogether. `python -m tests.fuzz` goes on."""


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_found_stays_mended(name: str) -> None:
    target = TARGETS[name]
    inputs = [*target.seeds(), *(path.read_bytes() for path in kept(name))]
    with target.reader() as read:
        assert [text for data in inputs if (text := complaint(read, data))] == []


@pytest.mark.parametrize("name", TARGETS)
def test_random_input(name: str) -> None:
    count, found = fuzz(name, SECONDS, seed=1)
    assert count
    assert [(data, text) for data, text in found] == []


def test_faults_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CPU", 0.05)

    def hang(_: bytes) -> None:
        while True:
            pass

    def fail(_: bytes) -> None:
        raise RuntimeError("a fault")

    assert "of processor time" in complaint(hang, b"")
    assert "a fault" in complaint(fail, b"")
    assert "MB of memory" in complaint(lambda _: bytearray(run.MEMORY + (300 << 20)).clear(), b"")
    assert complaint(lambda _: None, b"") == ""
