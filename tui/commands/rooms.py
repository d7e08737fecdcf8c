"""``roomdeck rooms``: several rooms, until a signal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from ...core.errors import UsageError
from ...core.model import Event, Outcome, RoomSnapshot
from ...core.signals import on_stop
from ...core.supervision.supervisor import Listener, Room, Supervisor
from ..exits import Exit, exit_of
from ..lines.printer import Printer, narrate


class _Lines(Listener):
    """Prints what the engines of all rooms tell."""

    def __init__(self, as_json: bool, interval: float, printing: ExitStack) -> None:
        self._as_json, self._interval, self._printing = as_json, interval, printing
        self._printers: dict[str, Printer] = {}
        self.exits: list[Exit] = []

    def said(self, room: str, text: str) -> None:
        narrate(f"room {room}: {text}")

    def update(self, room: str, update: Event | RoomSnapshot) -> None:
        self._printer(room).update(update)

    def ended(self, room: str, outcome: Outcome) -> None:
        self.exits.append(exit_of(outcome))

    def _printer(self, room: str) -> Printer:
        if room not in self._printers:
            printer = Printer(self._as_json, self._interval, room)
            self._printers[room] = self._printing.enter_context(printer)
        return self._printers[room]


async def keep_rooms(
    rooms: Sequence[Room],
    again: Callable[[], Sequence[Room]],
    interval: float,
    as_json: bool,
) -> Exit:
    """Keep rooms until SIGINT or SIGTERM.

    Args:
        rooms: Of the configuration file.
        again: Reads them again.
        interval: Seconds between status lines.
        as_json: Print JSON lines.
    """
    printing = ExitStack()
    lines = _Lines(as_json, interval, printing)
    supervisor = Supervisor(rooms, lines)
    for room in rooms:
        narrate(f"room {room.name}: to be recorded {room.times}, into {room.config.output}")

    def read_again() -> None:
        try:
            supervisor.change(again())
        except UsageError as error:
            narrate(f"roomdeck: going on with the rooms as they were: {error}")
        else:
            narrate("the configuration was read again; options hold from a room's next start on")

    on_stop(supervisor.stop)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, read_again)
    with printing:
        await supervisor.run()
    return Exit.INTERRUPTED if Exit.INTERRUPTED in lines.exits else Exit.OK
