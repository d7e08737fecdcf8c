"""What a hard end left in a folder is completed by a process of its own, beside the engine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from ...model import EventLevel, EventType, TakeSummary
from ...recording.leftovers import has_leftovers
from ..room.actions import Note
from ..room.takes import describe
from .sidecar_writer import SidecarWriter

DELAY = 2.0
"""Seconds after the death of a worker in which its files are left alone."""
MODULE = "roomdeck.core.recording.repair"


class _Repaired(msgspec.Struct, frozen=True):
    """As `recording.repair.Repaired`, which reads media: not in this process."""

    file: str
    text: str
    take: TakeSummary | None = None


async def repair(folder: str, note: Callable[[Note], None], *, sure: bool = False) -> None:
    """Complete what nobody writes any more, and tell of each file.

    Args:
        folder: Of the files.
        note: Takes what there is to say.
        sure: Something is left there; else there is a glance at the folder first.
    """
    if not sure and not await asyncio.to_thread(has_leftovers, Path(folder)):
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULE,
        folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=1 << 24,
    )
    assert process.stdout is not None
    async for line in process.stdout:
        done = msgspec.json.decode(line, type=_Repaired)
        note(repaired(done.text, done.take, done.file))
    await process.wait()


def repaired(text: str, take: TakeSummary | None, file: str = "") -> Note:
    """Return what tells of a file that was completed, or could not be.

    Args:
        text: That, in words.
        take: As it is now; ``None``: it stays as it was.
        file: Its path, where that of the take is not all of it.
    """
    good = take is not None and not take.error
    path = {"file": file} if file else {}
    data = describe(take) | path if take else path
    level = EventLevel.INFO if good else EventLevel.WARNING
    return Note(EventType.TAKE_REPAIRED, text, take.stream if take else "", level, data)


class Repairs:
    """Completes what was left in a folder by those before us, and by workers that die.

    Args:
        folder: Of the files.
        sidecar: Is told what was known of their takes.
        note: Takes what there is to say.
    """

    def __init__(self, folder: str, sidecar: SidecarWriter, note: Callable[[Note], None]) -> None:
        self._folder = folder
        self._sidecar = sidecar
        self._note = note
        self._left = asyncio.Event()
        """Set when a worker left files without their end."""

    def expect(self) -> None:
        """A worker left files without their end."""
        self._left.set()

    async def run(self) -> None:
        """Look once, and whenever something is left; until cancelled."""
        sure = False
        # What was known of their takes is told first.
        await self._sidecar.settle()
        while True:
            try:
                await repair(self._folder, self._note, sure=sure)
            except (OSError, ValueError) as error:
                self._note(Note.warning(f"files were not repaired: {error}"))
            await self._left.wait()
            # One that hangs is ended meanwhile.
            await asyncio.sleep(DELAY)
            self._left.clear()
            await self._sidecar.finish()
            sure = True
