"""The table of keys as Textual binds them."""

from __future__ import annotations

from textual.binding import Binding

from .model.keys import Scope, keys_of


def bindings(*scopes: Scope) -> list[Binding]:
    """Return the keys of some places for a ``BINDINGS``."""
    return [
        Binding(name, key.action, key.label, show=False, priority=name == "ctrl+c", id=key.id)
        for key in keys_of(*scopes)
        for name in key.keys
    ]
