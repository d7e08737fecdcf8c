from __future__ import annotations

import msgspec
import pytest

from roomdeck.core.model import DiskSnapshot, RoomSnapshot, SignalingState
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.dashboard.model.room_line import BarFacts, room_line
from roomdeck.tui.text.format import cells

from ...fake_client import room, stream, studio

WIDTHS = range(40, 161)
SNAPSHOTS = [None, studio(), room(), room(link=SignalingState.RECONNECTING)]


def text(width: int, snapshot: RoomSnapshot | None = None, **facts: object) -> str:
    bar = msgspec.structs.replace(BarFacts(room="studio-7", snapshot=snapshot), **facts)
    return "".join(part for part, _ in room_line(bar, width, UNICODE))


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_it_fits_every_width(snapshot: RoomSnapshot | None) -> None:
    for width in WIDTHS:
        for glyphs in (UNICODE, ASCII):
            for facts in (
                BarFacts("studio-7", snapshot),
                BarFacts(
                    "a room with a name as long as anybody may give it", snapshot, frozen=True
                ),
                BarFacts("studio-7", snapshot, gone="ENGINE GONE"),
            ):
                assert cells("".join(part for part, _ in room_line(facts, width, glyphs))) <= width


def test_recordings_troubles_and_disk_are_said_at_every_width() -> None:
    for width in WIDTHS:
        said = text(width, studio())
        for part in ("● ", "▲ ", "✕ ", "212 GB", "9h10m"):
            assert part in said


def test_a_wide_one() -> None:
    snapshot = room(stream("anna"), stream("ben"))
    said = text(120, snapshot)
    assert said.startswith(" room studio-7   ● REC 2   2 streams   8.2 Mb/s in  ")
    assert said.endswith("  up 00:42:17   disk 212 GB = 9h10m left ")


def test_frozen_is_said_in_full() -> None:
    for width in WIDTHS:
        assert "VIEW FROZEN, recording goes on" in text(width, studio(), frozen=True)


def test_old_news_are_said_to_be_old() -> None:
    for width in WIDTHS:
        assert "ENGINE GONE" in text(width, studio(), gone="ENGINE GONE")
        assert "no news for 7 s" in text(width, studio(), stale=7.2)


def test_an_idle_disk_has_no_time_left() -> None:
    snapshot = room(disk=DiskSnapshot(free=212_000_000_000))
    assert "disk 212 GB free" in text(120, snapshot)


def test_the_figure_of_a_full_disk_is_an_error() -> None:
    snapshot = room(disk=DiskSnapshot(free=900_000_000, seconds_left=100.0))
    parts = room_line(BarFacts("studio-7", snapshot), 120, UNICODE)
    assert parts[-1] == ("disk 900 MB = 0h01m left ", "error")
