"""What an engine that takes over wants, and what workers go on with."""

from __future__ import annotations

from msgspec.structs import replace

from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.engine.records.session import differences, new_session, worker_settings
from roomdeck.core.model import Container
from roomdeck.core.signaling.secrets import Secrets

CONFIG = RecordConfig(
    room=RoomConfig(room="stage", server="ws://127.0.0.1:1"), output="/rec", prefix="stage"
)


def test_what_differs_is_named_as_it_is_asked_for() -> None:
    known = worker_settings(CONFIG, new_session(CONFIG), Secrets("secret", "example.org"))
    assert differences(CONFIG, known) == []
    other = replace(CONFIG, sync=30.0, container=Container.MP4, split_bytes=5_000_000)
    assert differences(other, known) == ["--container", "--sync", "--split-size"]
    # Who may be recorded, and what is an alarm, holds at once.
    assert differences(replace(CONFIG, only=("a",), expected=("b",)), known) == []
