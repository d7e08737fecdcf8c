"""What becomes of a start screen that ends by a fault of its own."""

from __future__ import annotations

from typing import Any

import pytest

from roomdeck.core.config import RecordConfig
from roomdeck.core.errors import ControlError
from roomdeck.tui.commands.welcome import welcome
from roomdeck.tui.dashboard.appearance import Appearance
from roomdeck.tui.welcome.app import WelcomeApp
from roomdeck.tui.welcome.model.form import Form, Reading


async def test_a_start_screen_that_breaks_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(app: WelcomeApp, **options: Any) -> None:
        return None

    def plan() -> RecordConfig:
        raise AssertionError

    monkeypatch.setattr(WelcomeApp, "run_async", breaks)
    monkeypatch.setattr(WelcomeApp, "return_code", 1)
    with pytest.raises(ControlError, match="start screen broke"):
        await welcome(Form(lambda options: Reading()), plan, Appearance())
