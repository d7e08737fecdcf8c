"""The report of a session is made by a process of its own, when all its files are closed."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from ...model import EventType
from ..room.actions import Note

MODULE = "roomdeck.core.delivery.report"
"""It decodes still pictures: not in this process."""
PATIENCE = 15.0
"""Seconds that it may take; it is made to take two."""
_ERROR = 300
"""Characters of what it says before it fails."""


class SessionReport:
    """Has the report of a session made beside its sidecar.

    Args:
        sidecar: Its path; without one there is nothing to report.
    """

    def __init__(self, sidecar: str) -> None:
        self._sidecar = sidecar
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Do without it, where it is not there yet."""
        self._hurry.set()

    async def make(self) -> list[Note]:
        """Make it; return what is to be said of it."""
        if self._hurry.is_set() or not await asyncio.to_thread(Path(self._sidecar).exists):
            return []
        try:
            made, error = await self._run()
        except OSError as failure:
            made, error = [], str(failure)
        if error:
            return [Note.warning(f"the report of the session was not made: {error}")]
        if len(made) < 2:
            return []
        data = {"html": made[0], "text": made[1]}
        return [Note(EventType.REPORT, f"report in {made[0]}", data=data)]

    async def _run(self) -> tuple[list[str], str]:
        """Return the files that it made, and why it failed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", MODULE, self._sidecar),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        saying = asyncio.create_task(process.communicate())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({saying, hurry}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not saying.done():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await saying
            return [], "nobody waited" if self._hurry.is_set() else "it took too long"
        said, complained = await saying
        if process.returncode:
            return [], complained.decode(errors="replace").strip()[-_ERROR:] or "its process died"
        return said.decode(errors="surrogateescape").splitlines(), ""
