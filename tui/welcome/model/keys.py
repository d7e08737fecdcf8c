"""What keys do on the start screen, for its last line. Pure."""

from __future__ import annotations

from enum import StrEnum

from ...dashboard.model.keys import key_name
from ...dashboard.model.parts import Line, Part
from ...text.format import cells


class Place(StrEnum):
    """Where the cursor is."""

    RUNNING = "running"
    RECENT = "recent"
    FORM = "form"
    PASSWORD = "password"
    BUSY = "busy"


_LEAVE = ("escape", "Leave")
_TAB = ("tab", "Next")
_HISTORY, _HISTORY_IN_FORM = ("h", "History"), ("f2", "History")
"""A letter is typed where something is."""
_HINTS = {
    Place.RUNNING: (("enter", "Come back to it"), _LEAVE, _HISTORY, _TAB),
    Place.RECENT: (("enter", "Fill in"), _LEAVE, ("d", "Forget it"), _HISTORY, _TAB),
    Place.FORM: (("enter", "Start recording"), _LEAVE, _HISTORY_IN_FORM, _TAB),
    Place.PASSWORD: (
        ("enter", "Start recording"),
        _LEAVE,
        ("ctrl+r", "Show password"),
        _HISTORY_IN_FORM,
        _TAB,
    ),
    Place.BUSY: (("escape", "Give up"),),
}


def hints(place: Place, width: int, plain: bool) -> Line:
    """Return the last line: the keys that fit, the most important ones first.

    Args:
        place: Where the cursor is.
        width: Cells.
        plain: ASCII only.
    """
    parts: list[Part] = [(" ", "")]
    for key, label in _HINTS[place]:
        more = [(key_name(key, plain), "warning"), (f" {label}  ", "")]
        if sum(cells(text) for text, _ in (*parts, *more)) > width:
            break
        parts += more
    return tuple(parts)
