"""Sessions in folders: which there are, and a line about each, whatever the files are."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from roomdeck.tui.dashboard.model import past_page
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.dashboard.model.past_page import Brief, Found
from roomdeck.tui.dashboard.past import folders
from roomdeck.tui.dashboard.past.folders import brief, find
from tests.core.attendant.uploads.stage import BEGAN, Recording


def test_the_newest_comes_first_and_folders_right_below_are_looked_into(tmp_path: Path) -> None:
    below = tmp_path / "2026"
    far = below / "far"
    for folder, changed in ((tmp_path, 30.0), (below, 20.0), (far, 40.0)):
        folder.mkdir(exist_ok=True)
        (folder / "s.json").write_text("{}")
        (folder / "delivery.json").write_text("{}")
        (folder / ".hidden.json").write_text("{}")
        (folder / "s.txt").write_text("")
        os.utime(folder / "s.json", (changed, changed))
    (tmp_path / "loop").symlink_to(tmp_path)
    found, left_out = find([tmp_path, tmp_path / "nowhere", tmp_path])
    assert [one.path for one in found] == [str(tmp_path / "s.json"), str(below / "s.json")]
    assert left_out == 0


def test_there_is_a_bound_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST", 3)
    for number in range(5):
        (tmp_path / f"{number}.json").write_text("{}")
        os.utime(tmp_path / f"{number}.json", (number, number))
    found, left_out = find([tmp_path])
    assert [Path(one.path).name for one in found] == ["4.json", "3.json", "2.json"]
    assert past_page.title(found, left_out, done=True) == (
        "History: 3 sessions, 2 older ones are not shown"
    )


def test_a_session_is_a_line(tmp_path: Path) -> None:
    recording = Recording(tmp_path, "stage")
    recording.take("alice", b"12345")
    recording.take("bob", b"123")
    (found,) = find([tmp_path])[0]
    said = brief(found)
    assert (said.room, said.started, said.takes, said.bytes) == ("stage", BEGAN, 2, 8)
    assert (said.streams, said.open) == (("alice", "bob"), False)
    recording.take("cleo", b"1234567", reason=None, size=1)
    said = brief(found)
    assert (said.open, said.bytes) == (True, 15), "what is open is as large as its file"


def _take(fields: str) -> str:
    take = f'{{"stream": "a", {fields}}}'
    return f'{{"session": {{"room": "a", "started": 1}}, "takes": [{take}]}}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "damaged"),
        ("", "damaged"),
        ("\x00\xff", "damaged"),
        ("[" * 100_000, "not a session"),
        ('{"a":' * 100_000, "damaged"),
        ("[]", "not a session"),
        ('{"session": {"room": 3}}', "not a session"),
        ('{"session": {"room": "a", "started": 1}, "takes": [{"stream": []}]}', "not a session"),
        (_take('"offset": 1e308, "seconds": 1e308'), "not a session"),
        (_take('"offset": -1e308, "seconds": -1e308'), "not a session"),
        (_take(f'"bytes": 1{"0" * 400}'), "not a session"),
    ],
)
def test_what_is_no_session_is_a_line_that_says_so(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    assert says in brief(Found(str(file), 0.0)).trouble
    assert "cannot be read" in brief(Found(str(tmp_path / "gone.json"), 0.0)).trouble
    assert "too large" in brief(Found(str(file), 0.0, 1 << 30)).trouble


def test_names_are_as_long_as_names(tmp_path: Path) -> None:
    long, file = "n" * 1_000_000, tmp_path / "x.json"
    file.write_text(_take(f'"label": "{long}"').replace('"room": "a"', f'"room": "{long}"'))
    said = brief(Found(str(file), 0.0))
    assert (len(said.room), *map(len, said.streams)) == (200, 200)


def test_a_thousand_are_listed_at_once(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"{number}.json").touch()
    began = time.process_time()
    found, _ = find([tmp_path])
    rows = past_page.rows(found, {}, 79, UNICODE)
    assert len(rows) == 1000
    assert time.process_time() - began < 2


def test_every_width_is_enough_and_names_are_only_text() -> None:
    found = [Found(f"/rec/{'x' * 80}.json", 1e9), Found("/rec/b.json", 1e30), Found("/c", 0.0)]
    briefs = {
        "/rec/b.json": Brief(room="[b]\x1b[2Jroom" * 9, started=1e30, seconds=99.0, bytes=9**12),
        "/c": Brief(trouble="damaged"),
    }
    for width in (39, 59, 79, 119):
        assert len(past_page.head(width)) <= width
        for glyphs in (UNICODE, ASCII):
            for row in past_page.rows(found, briefs, width, glyphs):
                line = "".join(text for text, _ in row.line)
                assert len(line) < width
                assert "\x1b" not in line
    more = past_page.more("/rec/b.json", briefs["/rec/b.json"], 79)
    assert "0 takes of nobody" in str(more)
