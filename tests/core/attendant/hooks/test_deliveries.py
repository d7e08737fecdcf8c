"""Which hook hears of what, and what it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from roomdeck.core.attendant.hooks.deliveries import delivery, keys, wants
from roomdeck.core.config import Hook

from .hooks import event, orders


@pytest.mark.parametrize(
    ("on", "streams", "type", "stream", "wanted"),
    [
        (("take.end",), (), "take.end", "alice", True),
        (("take.end",), (), "take.start", "alice", False),
        (("alarm.*",), (), "alarm.begin", "", True),
        (("take.start", "alarm.*"), (), "alarm.end", "", True),
        (("*",), ("guest*",), "take.end", "guest1", True),
        (("*",), ("guest*",), "take.end", "alice", False),
        (("*",), ("guest*",), "disk.low", "", False),
        (("*",), ("Alice",), "take.end", "alice", False),
        (("*",), (), "something.new", "", True),
        (("*",), (), "hook.failed", "", False),
        (("*.failed",), (), "hook.failed", "", False),
        (("hook.failed",), (), "hook.failed", "", True),
    ],
)
def test_events_are_heard_by_pattern(
    on: tuple[str, ...], streams: tuple[str, ...], type: str, stream: str, wanted: bool
) -> None:
    hook = Hook(on=on, streams=streams, command=("x",))
    assert wants(hook, event(1, type, stream)) is wanted


def test_a_hook_is_told_what_lines_say_and_where_it_was(tmp_path: Path) -> None:
    told = json.loads(delivery(event(7, file="/a.mkv"), "k", orders(tmp_path), 5.0).body)
    name = told.pop("id")
    assert name.startswith("evt_")
    assert told == {
        "type": "take.end",
        "time": 1007.0,
        "elapsed": 0.0,
        "seq": 7,
        "stream": "alice",
        "text": "said",
        "file": "/a.mkv",
        "room": "stage",
        "output": str(tmp_path),
        "sidecar": str(tmp_path / "stage.json"),
    }


def test_an_event_has_one_id_whenever_it_is_heard_and_no_other_has_it(tmp_path: Path) -> None:
    one = event(7)
    # Numbers begin anew with the next engine of a session.
    later = replace(one, time=2000.0)
    other = orders(tmp_path, session="other")
    here = orders(tmp_path)
    assert delivery(one, "k", here, 5.0).id == delivery(one, "j", here, 6.0).id
    assert len({delivery(one, "k", there, 5.0).id for there in (here, other)}) == 2
    assert delivery(one, "k", here, 5.0).id != delivery(later, "k", here, 5.0).id


def test_a_hook_is_the_same_as_long_as_it_tells_the_same(tmp_path: Path) -> None:
    lamp = Hook(on=("alarm.*",), url="http://lamp/x", secret="a")
    changed = Hook(on=("take.end",), url="http://lamp/x", secret="b", timeout=3)
    other = Hook(on=("alarm.*",), url="http://lamp/y")
    assert keys([lamp]) == keys([changed])
    assert len(set(keys([lamp, changed, other]))) == 3
    assert "lamp" not in "".join(keys([lamp]))
