"""The report of a session is made by another process, and nothing depends on it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from roomdeck.core.engine.records import session_report
from roomdeck.core.engine.records.session_report import SessionReport
from roomdeck.core.model import EventLevel, EventType
from roomdeck.core.recording.sidecar import SessionInfo, merge

from ..room.room_lab import take


def sidecar_in(folder: Path) -> Path:
    path = folder / "lab_20231114-221320.json"
    info = SessionInfo(room="lab", server="ws://x", started=1.0)
    merge(path, info, [take(file=str(folder / "lab_alice.ts"))])
    return path


async def test_it_is_made_and_told(tmp_path: Path) -> None:
    path = sidecar_in(tmp_path)
    (note,) = await SessionReport(str(path)).make()
    html, text = path.with_suffix(".html"), path.with_suffix(".txt")
    assert (note.type, note.level) == (EventType.REPORT, EventLevel.INFO)
    assert note.data == {"html": str(html), "text": str(text)}
    assert "lab_alice.ts" in html.read_text() + text.read_text()


async def test_where_nothing_was_recorded_nothing_is_said(tmp_path: Path) -> None:
    assert await SessionReport(str(tmp_path / "lab.json")).make() == []


async def test_a_failure_is_a_warning_that_says_why(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    path.write_text("{")
    (note,) = await SessionReport(str(path)).make()
    assert note.type == EventType.WARNING
    assert "the report of the session was not made: cannot read" in note.text


async def test_what_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_report, "PATIENCE", 0.1)
    path = tmp_path / "lab.json"
    os.mkfifo(path)
    (note,) = await asyncio.wait_for(SessionReport(str(path)).make(), 10)
    assert note.text.endswith("it took too long")


async def test_who_hurries_does_without(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    os.mkfifo(path)
    report = SessionReport(str(path))
    making = asyncio.create_task(report.make())
    await asyncio.sleep(0)
    report.hurry()
    notes = await asyncio.wait_for(making, 10)
    assert [note.text for note in notes] == [
        "the report of the session was not made: nobody waited"
    ]
    assert await report.make() == []
