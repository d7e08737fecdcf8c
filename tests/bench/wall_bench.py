"""What the wall sends to the terminal, and what it costs, at each setting.

A real process in a real pseudo-terminal follows an engine over the real control socket. All
pictures move and are full of noise, as those of cameras in bad light are::

    python -m tests.bench.wall_bench
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from av.filter import Graph
from av.video.frame import VideoFrame

from roomdeck.core.model import Picture, Size
from roomdeck.tui.dashboard.model.allowance import RATES
from roomdeck.tui.dashboard.model.terminal import Pictures

from ..tui.fake_engine import fake_engine
from ..tui.terminal import terminal
from .calm_room import ROOM, calm, show_calm

_SETTLE = 12.0
_KINDS = {
    Pictures.KITTY: {"TERM": "xterm-kitty"},
    Pictures.ITERM: {"LC_TERMINAL": "iTerm2"},
    Pictures.SIXEL: {"TERM": "foot"},
    Pictures.BLOCKS: {},
}
_MOVING = 60


def cameras() -> Callable[[str, Size], Picture]:
    """Return what answers with another picture each time it is asked."""
    graph = Graph()
    source = graph.add("mandelbrot", "size=384x216:rate=2")
    noise = graph.add("noise", "alls=12:allf=t")
    sink = graph.add("buffersink")
    source.link_to(noise)
    noise.link_to(sink)
    graph.configure()
    frames = [cast(VideoFrame, graph.pull()) for _ in range(_MOVING)]
    asked = 0

    def picture(stream: str, size: Size) -> Picture:
        nonlocal asked
        asked += 1
        frame = frames[(asked + 7 * int(stream[-2:])) % _MOVING]
        scale = min(size.width / frame.width, size.height / frame.height, 1.0)
        width, height = max(1, int(frame.width * scale)), max(1, int(frame.height * scale))
        small = frame.reformat(width, height, format="rgb24")
        plane = small.planes[0]
        data, pitch = bytes(plane), plane.line_size
        rows = (data[y * pitch : y * pitch + 3 * width] for y in range(height))
        return Picture(width, height, b"".join(rows))

    return picture


async def measure(options: argparse.Namespace, rate: int, way: Pictures) -> str:
    """Run the wall at a setting; return what it took."""
    columns, rows = (int(cells) for cells in options.size.split("x"))
    state = Path(os.environ["XDG_STATE_HOME"]) / "roomdeck" / "dashboard.json"
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps({"wall_rate": rate}), encoding="utf-8")
    async with fake_engine(ROOM) as engine:
        engine.picture = cameras()
        engine.show(calm(options.streams, 0, time.time() - 120.0))
        words = ("-m", "roomdeck.tui", "attach", ROOM.room)
        kind = _KINDS[way]
        async with terminal(
            *words, environment=os.environ, columns=columns, rows=rows, kind=kind
        ) as opened:
            await opened.shown("Guest 0", "Guest 3")
            showing = asyncio.create_task(show_calm(engine, options.streams))
            opened.press("w")
            await asyncio.sleep(_SETTLE)
            seen, asked = len(opened.output), len(engine.requests)
            began, used = time.monotonic(), opened.cpu_seconds()
            await asyncio.sleep(options.seconds)
            wall = time.monotonic() - began
            cpu = 100 * (opened.cpu_seconds() - used) / wall
            bytes_ = (len(opened.output) - seen) / wall / 1000
            pictures = (len(engine.requests) - asked) / wall
            showing.cancel()
            period = options.streams / pictures if pictures else float("inf")
            return f"| {rate} | {bytes_:.1f} | {period:.1f} | {cpu:.1f} |"


async def run(options: argparse.Namespace) -> None:
    """Print a table."""
    print(f"{options.streams} streams, {options.size}, {options.pictures}")
    print("| kB/s allowed | kB/s sent | seconds between two pictures | % of a core |")
    print("| ---: | ---: | ---: | ---: |")
    for rate in options.rates or RATES:
        print(await measure(options, rate, Pictures(options.pictures)), flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rates", type=int, nargs="*")
    parser.add_argument("--pictures", default=Pictures.BLOCKS.value, choices=list(_KINDS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="roomdeck-") as runtime:
        os.environ["ROOMDECK_RUNTIME_DIR"] = runtime
        os.environ["XDG_STATE_HOME"] = runtime
        asyncio.run(run(options))


if __name__ == "__main__":
    main()
