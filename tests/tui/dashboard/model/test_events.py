from __future__ import annotations

from typing import Any

import pytest

from roomdeck.core.model import EndReason
from roomdeck.tui.dashboard.model.events import event_line, event_text
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE

from ...fake_client import event

TAKE: dict[str, Any] = {"file": "/rec/room_anna_1.ts", "bytes": 812_000_000, "seconds": 1120.0}


def test_a_new_file_is_said_by_its_name() -> None:
    started = event(1, "take.start", "recording to /rec/room_anna_1.ts", "anna", data=TAKE)
    assert event_text(started) == "new file room_anna_1.ts"


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_end_is_said_in_words_with_what_is_kept(reason: EndReason) -> None:
    ended = event(1, "take.end", "raw", "anna", data=TAKE | {"reason": reason.value})
    said = event_text(ended)
    assert said.endswith("; 812 MB, 0:18:40 in room_anna_1.ts")
    assert reason.value not in said or " " in said


def test_an_error_is_said_with_its_cause() -> None:
    data = TAKE | {"reason": "write-error", "error": "disk I/O error"}
    assert event_text(event(1, "take.end", "", data=data)).startswith(
        "write failed (disk I/O error); 812 MB"
    )


@pytest.mark.parametrize("data", [{}, {"reason": "from a newer engine"}, {"reason": "bye"}])
def test_what_is_not_understood_is_said_as_it_came(data: dict[str, Any]) -> None:
    assert event_text(event(1, "take.end", "left", data=data)) == "left"


@pytest.mark.parametrize(
    ("type_", "level", "word", "glyph", "role"),
    [
        ("stream.stall", "warning", "STALL", "▲", "warning"),
        ("stream.resume", "info", "GOES", "●", ""),
        ("stream.idle", "info", "IDLE", "◌", "muted"),
        ("take.start", "info", "REC", "●", "record"),
        ("take.end", "info", "DONE", "✓", ""),
        ("take.end", "error", "FAIL", "✕", "error"),
        ("link.lost", "warning", "LINK", "↻", "warning"),
        ("warning", "warning", "WARN", "▲", "warning"),
        ("command", "info", "KEY", "·", "muted"),
        ("something.new", "info", "ROOM", "·", "muted"),
    ],
)
def test_signs_and_words(type_: str, level: str, word: str, glyph: str, role: str) -> None:
    line = event_line(event(1, type_, "x", "anna", level=level), UNICODE, "Anna")
    assert (line.word, line.glyph, line.role, line.name) == (word, glyph, role, "Anna")
    assert event_line(event(1, type_, "x", level=level), ASCII).glyph.isascii()


def test_a_marker_for_several_streams_names_them() -> None:
    marker = event(1, "marker", "applause", data={"offset": 1.0, "streams": ["anna", "ben"]})
    assert event_text(marker) == "applause (anna, ben)"
