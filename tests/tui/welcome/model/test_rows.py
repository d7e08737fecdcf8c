from __future__ import annotations

import pytest
from rich.cells import cell_len

from roomdeck.core.model import StreamState
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.welcome.model.keys import Place, hints
from roomdeck.tui.welcome.model.recents import Recent
from roomdeck.tui.welcome.model.rows import Running, recent_row, running_row

from ...fake_client import room, stream


def text(line: tuple[tuple[str, str], ...]) -> str:
    return "".join(part for part, _ in line)


def test_a_room_that_is_recorded_says_how_many_files_are_open() -> None:
    snapshot = room(stream("anna"), stream("ben", state=StreamState.OFF, bytes=0), elapsed=3725.0)
    line = running_row(Running("x", snapshot), 76, UNICODE)
    assert "● 1 of 2" in text(line)
    assert "1:02:05" in text(line)
    assert "* 1 of 2" in text(running_row(Running("x", snapshot), 76, ASCII))
    assert "nobody" in text(running_row(Running("x", room()), 76, UNICODE))


@pytest.mark.parametrize("width", [40, 56, 76, 116])
@pytest.mark.parametrize("moment", [0.0, -1e300, 1e300, 1.8e9])
@pytest.mark.parametrize("name", ["lab", "\x1b[2J\x07[bold]\u202e\n", "長" * 40, ""])
def test_lines_fit_and_are_only_text(width: int, moment: float, name: str) -> None:
    line = text(recent_row(Recent(name=name, room="x", server=name, last=moment), width, UNICODE))
    assert cell_len(line) <= width
    assert line.isprintable()


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("width", [40, 60, 80])
def test_keys_fit(place: Place, width: int) -> None:
    line = text(hints(place, width, plain=True))
    assert cell_len(line) <= width
    assert line.isascii()
    assert "esc" in line or width < 60
