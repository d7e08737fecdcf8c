"""What somebody chose of the dashboard that the next one is to begin with. Pure."""

from __future__ import annotations

import msgspec

from .columns import BY_ID, KEPT
from .view import ViewState


class Choices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing of a room: marks and filters are of the streams of one evening."""

    theme: str = ""
    """Name of a theme; empty: the one that suits the terminal."""
    sort: str = ""
    """As in `ViewState`, and so the others."""
    reverse: bool = False
    hidden: frozenset[str] = frozenset()

    def view(self) -> ViewState:
        """Return a view to begin with; columns that are no more are left out."""
        return ViewState(
            sort=self.sort if self.sort in BY_ID else "",
            reverse=self.reverse,
            hidden=frozenset(self.hidden & BY_ID.keys() - KEPT),
        )

    def of(self, state: ViewState) -> Choices:
        """Return the choices with those of a view."""
        return msgspec.structs.replace(
            self, sort=state.sort, reverse=state.reverse, hidden=state.hidden
        )
