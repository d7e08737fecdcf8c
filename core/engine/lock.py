"""One engine per room."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Generator

from ..errors import ControlError
from ..ipc.room_folder import RoomFolder


def wait_for(folder: RoomFolder) -> None:
    """Wait until nobody holds a room's lock."""
    with folder.lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


@contextlib.contextmanager
def hold_lock(folder: RoomFolder) -> Generator[None]:
    """Hold a room's lock; the system releases it if the process dies.

    Raises:
        ControlError: Another engine holds it.
    """
    with folder.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ControlError(
                "this room is being recorded already; come back to it with: roomdeck attach, "
                "end it with: roomdeck stop"
            ) from None
        yield
