"""What somebody chose of the dashboard that the next one is to begin with. Pure."""

from __future__ import annotations

import msgspec

from .columns import BY_ID, KEPT
from .terminal import Pictures, Terminal
from .view import ViewState

WAYS = tuple(way for way in Pictures if way is not Pictures.NONE)


class Choices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing of a room: marks and filters are of the streams of one evening."""

    theme: str = ""
    """Name of a theme; empty: the one that suits the terminal."""
    sort: str = ""
    """As in `ViewState`, and so the others."""
    reverse: bool = False
    hidden: frozenset[str] = frozenset()
    wall_rate: int = 0
    """kB/s that the wall may send; 0: what suits the line."""
    wall_pictures: str = ""
    """How the wall shows pictures, a value of `Pictures`; empty: as the terminal is known to."""

    def pictures(self, terminal: Terminal) -> Pictures:
        """Return how the wall shows pictures; a terminal that can show none cannot be told to."""
        if terminal.blind:
            return Pictures.NONE
        if self.wall_pictures not in WAYS:
            return terminal.pictures
        return Pictures(self.wall_pictures)

    def with_next_pictures(self, terminal: Terminal) -> Choices:
        """Return the choices with another way of showing pictures."""
        if terminal.blind:
            return self
        now = WAYS.index(self.pictures(terminal))
        wanted = WAYS[(now + 1) % len(WAYS)]
        chosen = "" if wanted is terminal.pictures else wanted.value
        return msgspec.structs.replace(self, wall_pictures=chosen)

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
