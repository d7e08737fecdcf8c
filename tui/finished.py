"""How a command ends with an exit status of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn

from .exits import Exit


class Finished(Exception):
    """Carries a command's exit status past typer, which has its own idea of 2."""


def finish(work: Coroutine[Any, Any, Exit]) -> NoReturn:
    """Do a command's work and leave with its exit status."""
    raise Finished(asyncio.run(work))
