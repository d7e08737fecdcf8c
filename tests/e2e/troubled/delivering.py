"""A recorded session, delivered by one command, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from ..lab import Lab
from .measuring import Measured, measured
from .people import MARKER, PATIENCE, Recorded
from .timelines import wrong


async def delivered(lab: Lab, name: str) -> Path:
    """Deliver what was recorded in a lab, and return where to.

    Args:
        lab: Where.
        name: Of a preset, with a container of masters after it.
    """
    preset, _, container = name.partition(" ")
    folder = lab.folder / name.replace(" ", "-")
    words = ["deliver", str(lab.output), "--preset", preset, "--output", str(folder)]
    command = await lab.run(*words, *(["--container", container] if container else []))
    assert await command.wait(PATIENCE) == 0, command.errors.decode()
    return folder


def looked_at(lab: Lab, recorded: Recorded, folder: Path) -> tuple[Measured, list[str]]:
    """Return what is measured of a delivery, and what of it is wrong, in words."""
    (sidecar,) = lab.output.glob("*.json")
    found = measured(sidecar, recorded.stays, folder)
    return found, [*found.wrong, *wrong(sidecar, folder, MARKER, recorded.marked)]
