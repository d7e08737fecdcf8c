"""The demo for a terminal: its parts live in a process of their own, the dashboard shows them.

So it is like a real room: the dashboard may leave, or be lost, and come back.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from ...core.errors import ControlError
from ...core.ipc.control_client import ControlClient, find_engine
from ...core.ipc.room_folder import RoomFolder
from ..dashboard.appearance import Appearance
from ..exits import Exit
from ..lines.printer import Printer, narrate
from ..session.following import Following

SECONDS = 600.0
_START_TIMEOUT = 30.0
_NODE_TIMEOUT = 30.0
"""Seconds for each node of a cluster beside that."""
_POLL = 0.1


async def demo_on_screen(
    output: Path, seconds: float, appearance: Appearance, nodes: int = 0
) -> Exit:
    """Start the demo apart from this process and open the dashboard on it.

    Args:
        output: Folder of the files.
        seconds: Length of the streams.
        appearance: Of the dashboard.
        nodes: How many of a cluster record; 0: this machine does without one.

    Raises:
        ControlError: It did not start, or its engine went away later.
        UsageError: There is no such theme.
    """
    ends = datetime.fromtimestamp(time.time() + seconds)
    room = f"demo_{int(time.time())}"
    log = output / "demo.log"
    process = _start(room, output, seconds, nodes, log)
    try:
        # Loads Textual.
        from ..dashboard.themes import check_theme
        from ..session.on_screen import show_dashboard

        check_theme(appearance.theme)
        if nodes:
            narrate(f"starting {nodes} nodes of Ray …")
        folder = await _engine_of(room, process, _START_TIMEOUT + nodes * _NODE_TIMEOUT, log)
        async with await ControlClient.connect(folder) as client:
            note = f"the demo goes on until {ends:%H:%M:%S}, in {output}"
            return await show_dashboard(
                Following(client, folder), appearance, owner=True, note=note
            )
    except BaseException:
        # Nobody has seen a room yet that could be come back to; or it is gone.
        process.terminate()
        raise


def _start(
    room: str, output: Path, seconds: float, nodes: int, log: Path
) -> subprocess.Popen[bytes]:
    output.mkdir(parents=True, exist_ok=True)
    words = (__spec__.name, room, str(output), str(seconds), str(nodes))
    with log.open("ab") as written:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )


async def _engine_of(
    room: str, process: subprocess.Popen[bytes], patience: float, log: Path
) -> RoomFolder:
    narrate("starting a room, three streams and their recorder …")
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return await find_engine(room)
        except ControlError:
            await asyncio.sleep(_POLL)
    raise ControlError(f"the demo did not start; see {log}")


async def _run_apart(room: str, output: Path, seconds: float, nodes: int) -> Exit:
    # Loads FFmpeg; who shows the dashboard needs none of it.
    from .demo import Demo

    with Printer(as_json=False) as printer:
        return await Demo(output, seconds, printer, room, nodes).run()


if __name__ == "__main__":
    told = sys.argv[1:]
    sys.exit(asyncio.run(_run_apart(told[0], Path(told[1]), float(told[2]), int(told[3]))))
