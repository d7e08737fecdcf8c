"""What the screens of the dashboard have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from ..app import RoomApp


class _Node(Protocol):
    """A screen or a widget."""

    @property
    def app(self) -> object: ...


def room_app(node: _Node) -> RoomApp:
    """Return the app that a screen or a widget belongs to, by its own type."""
    return cast("RoomApp", node.app)


class Follower:
    """Mixed into a screen: the app tells the one on top when there is something new.

    A screen that was covered draws itself anew when it is on top again
    (``on_screen_resume``); the app holds what it needs: ``app.snapshot``, ``app.events``,
    ``app.history``, ``app.gone``.
    """

    def room_changed(self) -> None:
        """A snapshot or events came, or the engine went; at most a few times a second."""

    def targets(self) -> tuple[str, ...] | None:
        """Return the streams that keys act on; ``None`` is what the dashboard says."""
        return None

    def interrupt(self) -> bool:
        """ctrl+c was pressed while this screen is on top.

        Returns:
            Whether it was dealt with; else the app asks whether to leave.
        """
        return False
