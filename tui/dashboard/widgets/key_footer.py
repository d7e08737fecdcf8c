"""The footer: as many keys of the table as fit, the most important ones."""

from __future__ import annotations

from textual import events, getters
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from ..host import Deck
from ..model.glyphs import ASCII
from ..model.keys import Key, Scope, footer, key_name

_MARGIN = 1


class KeyFooter(Footer):
    """Shows the keys of some places; never wider than the screen.

    Textual's own footer shows all bindings and scrolls out of sight what does not fit.

    Args:
        scopes: Where the shown keys work.
    """

    app = getters.app(Deck)

    def __init__(self, *scopes: Scope) -> None:
        super().__init__(show_command_palette=False, compact=True)
        self._scopes = scopes
        self._shown: list[Key] = []

    def compose(self) -> ComposeResult:
        """Yield the keys that fit."""
        plain = self._plain()
        self._shown = self._fitting()
        for key in self._shown:
            name = key.keys[0]
            yield FooterKey(name, key_name(name, plain), key.label, key.action, tooltip=key.help)

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Stay: what is shown depends on the width only."""

    async def on_resize(self, event: events.Resize) -> None:
        """Show more or fewer keys."""
        if self._fitting() != self._shown:
            await self.recompose()

    def _fitting(self) -> list[Key]:
        return footer(self.app.size.width - _MARGIN, *self._scopes, plain=self._plain())

    def _plain(self) -> bool:
        return self.app.glyphs is ASCII
