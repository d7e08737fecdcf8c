"""What is resident, and what goes back."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path

import pytest

from roomdeck.core import memory


def test_it_is_known_with_and_without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resident = memory.resident()
    assert 10_000_000 < resident < 10_000_000_000
    monkeypatch.setattr(memory, "_STATM", tmp_path / "missing")
    assert memory.resident() >= resident * 0.9


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators are their own")
def test_what_is_free_goes_back_although_something_lives_between_it() -> None:
    frames = [bytes([1]) * 9000 for _ in range(4000)]
    held = memory.resident()
    alive = frames[::200]
    del frames
    memory.give_back()
    assert memory.resident() < held - 20_000_000
    assert len(alive) == 20


def test_what_stays_is_not_looked_through_and_what_knows_itself_is_let_go_of() -> None:
    class Part:
        other: Part

    gone: list[str] = []
    gc.disable()
    try:
        memory.settle()
        assert gc.get_freeze_count() > 1000
        one, two = Part(), Part()
        one.other, two.other = two, one
        weakref.finalize(one, gone.append, "one")
        del one, two
        assert not gone
        memory.let_go()
        assert gone == ["one"]
    finally:
        gc.unfreeze()
        gc.enable()
