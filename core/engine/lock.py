"""One engine per room."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from .. import locks
from ..errors import ControlError
from ..ipc.room_folder import RoomFolder


def wait_for(folder: RoomFolder) -> None:
    """Wait until nobody holds a room's lock."""
    with locks.turn(folder.lock):
        pass


@contextlib.contextmanager
def hold_lock(folder: RoomFolder) -> Generator[None]:
    """Hold a room's lock; the system releases it if the process dies.

    Raises:
        ControlError: Another engine holds it.
    """
    with locks.alone(folder.lock) as mine:
        if not mine:
            raise ControlError(
                "this room is being recorded already; come back to it with: roomdeck attach, "
                "end it with: roomdeck stop"
            )
        yield
