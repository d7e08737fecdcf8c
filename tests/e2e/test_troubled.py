"""All troubles at once, delivered by each preset: in sync, of one length, told right."""

from __future__ import annotations

import asyncio

import pytest

from .lab import Lab
from .troubled.delivering import delivered, looked_at
from .troubled.people import perform

PACE = 1.0


@pytest.mark.measured
@pytest.mark.timeout(600)
async def test_all_troubles_are_delivered_in_their_places(lab: Lab) -> None:
    recorded = await perform(lab, PACE, "--deliver", "edit")
    (bob,) = (
        line for line in recorded.lines if line["type"] == "take.end" and line["stream"] == "bob"
    )
    assert bob["holes"]
    (by_itself,) = lab.output.glob("*-edit")
    folders = {"edit": by_itself}
    for name in ("prores", "web", "audio", "masters mkv"):
        folders[name] = await delivered(lab, name)
    for name, folder in folders.items():
        found, wrong = await asyncio.to_thread(looked_at, lab, recorded, folder)
        assert not wrong, (name, wrong)
        assert found.seen >= 30
