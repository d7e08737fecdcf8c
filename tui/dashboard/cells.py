"""How large the cells of the terminal are."""

from __future__ import annotations

import fcntl
import struct
import sys
import termios

from ...core.model import Size

USUAL = Size(8, 16)
"""Pixels of a cell, where nobody knows: seldom are they fewer."""
_WINDOW = struct.Struct("HHHH")
"""Rows, columns, width, height (tty_ioctl(4))."""


def cell_size() -> Size:
    """Return the pixels of a cell, as the system knows them; ssh passes them on."""
    try:
        told = fcntl.ioctl(sys.__stderr__ or 2, termios.TIOCGWINSZ, bytes(_WINDOW.size))
    except (OSError, ValueError):
        return USUAL
    return sized(*_WINDOW.unpack(told))


def sized(rows: int, columns: int, width: int, height: int) -> Size:
    """Return the pixels of a cell of a window; what cannot be is not believed."""
    if not rows or not columns:
        return USUAL
    cell = Size(width // columns, height // rows)
    return cell if 3 <= cell.width <= 100 and 6 <= cell.height <= 200 else USUAL
