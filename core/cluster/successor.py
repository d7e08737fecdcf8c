"""``python -m roomdeck.core.cluster.successor ROOM``: has another engine where a cluster lost its.

Workers of one machine start another engine themselves. On nodes none does, for it may be cut off
from one that lives. So the bridge, which notices at once that its engine is gone, leaves this
behind: beside no engine there are no two. What to record comes on stdin.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys

import msgspec

from ..config import RecordConfig
from ..ipc.control_client import has_engine
from ..ipc.heir import Heir
from ..ipc.room_folder import RoomFolder
from ..ipc.runtime_folder import runtime_directory

GIVE_UP = 600
"""Seconds after which nothing is left that another engine could take over."""
_MODULE = "roomdeck.core.cluster.successor"


def leave_behind(room: str, config: RecordConfig) -> None:
    """Start one that outlives this process; a password shows in no process list."""
    process = subprocess.Popen(
        [sys.executable, "-m", _MODULE, room],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin:
        process.stdin.write(msgspec.json.encode(config))


async def succeed(folder: RoomFolder, heir: Heir, second: float = 1.0) -> None:
    """Start another engine, unless somebody else does; until there is one, or nothing to do.

    Args:
        folder: Of the room.
        heir: Knows what to record.
        second: How long one is.
    """
    for alone in itertools.count(1):
        await asyncio.sleep(second)
        if alone > GIVE_UP or await has_engine(folder):
            return
        if heir.is_due(alone):
            await asyncio.to_thread(heir.start)


if __name__ == "__main__":
    known = RoomFolder(runtime_directory() / sys.argv[1])
    successor = Heir(known.path)
    successor.inherit(msgspec.json.decode(sys.stdin.buffer.read(), type=RecordConfig))
    asyncio.run(succeed(known, successor))
