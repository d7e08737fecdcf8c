"""Files are made by a key, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from roomdeck.core.delivery.manifest import load_manifest
from roomdeck.core.recording.check import Verdict, check
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.past.delivering import Delivering
from roomdeck.tui.dashboard.past.helper import Helper
from roomdeck.tui.dashboard.screens.session import SessionScreen
from tests.core.attendant.uploads.stage import Recording
from tests.core.delivery.stage import Act, perform

from ...fake_client import FakeClient
from ...screen_text import gone, shown, until
from ..opened import SIZES, dashboard


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def hidden(folder: Path) -> list[Path]:
    return list(folder.glob(".*"))


async def test_d_delivers_and_c_checks(tmp_path: Path) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 2.0)]})
    sidecar = only(tmp_path, "*.json")
    async with dashboard(FakeClient(), (60, 15)) as pilot:
        pilot.app.push_screen(SessionScreen(sidecar))
        await shown(pilot, "by the JSON file")
        await pilot.press("d")
        await shown(pilot, "masters")
        await pilot.press("m")
        await shown(pilot, "Delivering")
        await shown(pilot, "1 file in")
        await pilot.press("escape", "c")
        await shown(pilot, "read again")
    folder = only(tmp_path, "*-masters")
    manifest = load_manifest(folder)
    assert manifest is not None
    (made,) = manifest.files
    assert check(folder / made.file).verdict is not Verdict.BAD
    assert hidden(folder) == []


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a delivery be something that goes on until it is interrupted."""

    def begin(self: Delivering, sidecar: Path, preset: str) -> None:
        plain(self, sidecar, preset)
        self._helper = Helper("http.server", ("0", "--bind", "127.0.0.1"))  # pyright: ignore

    plain = Delivering.__init__
    monkeypatch.setattr(Delivering, "__init__", begin)


@pytest.mark.usefixtures("endless")
async def test_it_goes_on_without_its_page_and_leaving_asks(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    recording.take("alice")
    async with dashboard(FakeClient()) as pilot:
        app = cast(RoomApp, pilot.app)
        app.push_screen(SessionScreen(recording.sidecar))
        await shown(pilot, "1 good")
        await pilot.press("d", "escape")
        await gone(pilot, "Make none")
        assert app.delivering is None
        await pilot.press("d", "enter")
        await shown(pilot, "reading what was recorded")
        await pilot.press("escape")
        await shown(pilot, "files to edit with (edit)")
        await pilot.press("d")
        await shown(pilot, "Delivering")
        for slip in ("escape", "n", "enter", "ctrl+c"):
            await pilot.press("q")
            await shown(pilot, "Interrupt them and leave")
            await pilot.press(slip)
            await gone(pilot, "Interrupt them and leave")
        assert app.delivers
        await pilot.press("x")
        await shown(pilot, "interrupted; d goes on from there")
        await pilot.press("escape", "d")
        await shown(pilot, "Make none")
        await pilot.press("enter")
        await shown(pilot, "reading what was recorded")
        await pilot.press("q")
        await shown(pilot, "Interrupt them and leave")
        await pilot.press("y")
        await until(pilot, lambda: app.return_value is not None, "left")
        assert not app.delivers


async def test_every_preset_is_in_sight_on_any_terminal(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    for size in SIZES:
        async with dashboard(FakeClient(), size) as pilot:
            pilot.app.push_screen(SessionScreen(recording.sidecar))
            await shown(pilot, "Nothing was recorded")
            await pilot.press("d")
            screen = await shown(pilot, "Make none")
            for name in ("edit", "web", "audio", "prores", "prores-proxy", "masters"):
                assert name in screen
