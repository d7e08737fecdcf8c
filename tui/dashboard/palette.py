"""The command palette: every key of the table by its name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from .model.keys import Scope, keys_of

_OWN = frozenset({"app.palette", "view.back", "focus.next"})
"""Of no use in the palette."""


def key_commands(app: App[Any], screen: Screen[Any]) -> Iterable[SystemCommand]:
    """Yield what can be done on a screen."""
    for key in keys_of(*getattr(screen, "SCOPES", ()), Scope.EVERYWHERE):
        if key.id not in _OWN:
            title = f"{key.label}  ({key.shown})"
            yield SystemCommand(title, key.help, partial(app.run_action, key.action))
