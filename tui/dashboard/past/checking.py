"""Files read again by ``roomdeck check``, in a process of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from ..model.session_page import Check
from .helper import Helper

_NOTE = "note"


class Checking:
    """Reads files again, one after the other.

    Args:
        files: Their paths.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.files = tuple(files)
        self._helper = Helper("roomdeck.tui", ("check", "--json", "--", *files))

    async def verdicts(self) -> AsyncGenerator[tuple[str, Check]]:
        """Yield the path of each file, and what was found in it.

        Raises:
            HelperError: It failed.
        """
        async with aclosing(self._helper.lines()) as lines:
            async for line in lines:
                if line.get("type") == "check":
                    yield str(line["file"]), _check(line)

    async def interrupt(self) -> None:
        """Read no more."""
        await self._helper.interrupt()


def _check(line: dict[str, Any]) -> Check:
    findings = [one for one in line.get("findings", ()) if one.get("level") != _NOTE]
    texts = tuple(f"{one.get('level')}: {one.get('text')}" for one in findings)
    return Check(verdict=str(line.get("verdict")), findings=texts)
