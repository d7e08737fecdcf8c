"""When the screen draws attention to itself."""

from __future__ import annotations

import msgspec

from roomdeck.core.model import Alarm, AlarmKind, DiskSnapshot, RoomSnapshot
from roomdeck.tui.dashboard.model.bell import Bell

from ...fake_client import room, stream


def alarmed(*kinds: AlarmKind, name: str = "ben", text: str = "") -> RoomSnapshot:
    alarms = tuple(Alarm(kind=kind, text=text, seconds=1, stream=name) for kind in kinds)
    return room(stream(name, alarms=alarms))


def test_it_rings_once_for_each_alarm_that_begins() -> None:
    bell = Bell()
    seen = [
        alarmed(),
        alarmed(AlarmKind.SILENCE),
        alarmed(AlarmKind.SILENCE, text="for longer"),
        alarmed(AlarmKind.SILENCE, AlarmKind.BLACK),
        alarmed(AlarmKind.BLACK),
        alarmed(AlarmKind.SILENCE, AlarmKind.BLACK),
        alarmed(AlarmKind.SILENCE, name="anna"),
    ]
    assert [bell.rings(one) for one in seen] == [False, True, False, True, False, True, True]


def test_what_was_wrong_before_somebody_looked_is_no_news() -> None:
    bell = Bell()
    assert not bell.rings(alarmed(AlarmKind.SILENCE))
    assert not bell.rings(alarmed(AlarmKind.SILENCE))


def test_alarms_of_the_room_ring_too_and_so_does_a_full_disk() -> None:
    bell, calm = Bell(), room(stream("ben"))
    assert not bell.rings(calm)
    empty = Alarm(kind=AlarmKind.ROOM_EMPTY, text="nobody is here", seconds=1)
    assert bell.rings(msgspec.structs.replace(calm, alarms=(empty,)))
    full = msgspec.structs.replace(calm, disk=DiskSnapshot(free=1, seconds_left=2.0))
    assert bell.rings(full)
    assert not bell.rings(full)
