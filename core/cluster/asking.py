"""Asks a cluster about the rooms that it keeps, from any of its machines, without loading Ray."""

from __future__ import annotations

import asyncio
import sys

import msgspec

from ..errors import UNDECODABLE, ControlError
from .engines import Answer, Asked, Told

_MODULE = "roomdeck.core.cluster.stewards"


async def ask(asked: Asked) -> tuple[Told, ...]:
    """Have something done about rooms, and return how they are.

    Raises:
        ControlError: The cluster cannot be used.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _MODULE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await process.communicate(msgspec.json.encode(asked))
    finally:
        if process.returncode is None:
            process.kill()
    try:
        answer = msgspec.json.decode(said, type=Answer)
    except UNDECODABLE:
        answer = Answer(error="Ray does not answer")
    if answer.error:
        raise ControlError(f"the cluster at {asked.address} cannot be used: {answer.error}")
    return answer.rooms
