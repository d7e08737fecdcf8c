"""How the dashboard was left."""

from __future__ import annotations

from enum import StrEnum


class Leave(StrEnum):
    """How the dashboard was left; the result of `RoomApp.run`."""

    DETACHED = "detached"
    """The engine goes on."""
    STOPPED = "stopped"
    """The engine has finished every file, or was told to."""
    HURRIED = "hurried"
    """Nobody waits for the files that are still open; they need not be closed well."""
    HANGUP = "hangup"
    """The terminal went away; the engine goes on."""
