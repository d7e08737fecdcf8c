"""Choices are kept from one dashboard to the next, in a file of the user."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import platformdirs

from ...core.atomic import replace_file
from ...core.errors import UNDECODABLE
from .model.choices import Choices

_MODE = 0o600


def choices_file() -> Path:
    """Return where they are kept."""
    return platformdirs.user_state_path("roomdeck") / "dashboard.json"


def read_choices(file: Path) -> Choices:
    """Return what was chosen last; nothing where there is no file, or none that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Choices)
    except (OSError, *UNDECODABLE):
        return Choices()


def write_choices(file: Path, choices: Choices) -> None:
    """Keep what is chosen now. Where that cannot be, the next dashboard begins as the first did."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, msgspec.json.encode(choices), _MODE)
