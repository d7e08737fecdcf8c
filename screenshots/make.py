"""Makes the pictures of the real screens, from live test streams.

A handshake server, publishers and an engine run as they do for a user; the dashboard follows
the engine and its screens are saved as SVG and, by a headless Chromium, as PNG; some moments
follow each other in a film::

    python screenshots/make.py
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from film import Film
from textual.pilot import Pilot

from roomdeck.core.config import RecordConfig, RoomConfig
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.control_messages import Verb
from roomdeck.core.ipc.launch import launch
from roomdeck.core.model import (
    STILL,
    Event,
    Picture,
    RoomSnapshot,
    Size,
    SoundMeter,
    StreamState,
)
from roomdeck.core.server.app import serve
from roomdeck.tui.dashboard.app import RoomApp
from roomdeck.tui.dashboard.model.terminal import detect
from roomdeck.tui.dashboard.widgets.stream_table import StreamTable

HERE = Path(__file__).parent
PEOPLE = {
    "anna": ("Anna · camera 1", "--codec", "h264", "--size", "1280x720", "--bitrate", "2500"),
    "ben": ("Ben", "--codec", "vp8", "--screen"),
    "guest_7f2a": ("", "--codec", "h264", "--fps", "15"),
    "lena_phone": ("Lena · phone", "--codec", "vp9", "--size", "426x240"),
    "mira": ("Mira", "--codec", "vp8", "--size", "426x240"),
    "omar": ("Omar", "--codec", "h264", "--size", "426x240", "--seconds", "30"),
    "director": ("Director", "--codec", "h264", "--size", "426x240"),
}
WARM_UP = 45.0
"""Seconds of history that the graphs shall have."""
PATIENCE = 60.0
MOMENT = 0.5
"""Seconds from one picture of the film to the next."""
SHOWN_FOLDER = b"/srv/recordings"
FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"
saved: list[Path] = []
TERMINAL = detect({"TERM": "xterm-256color", "COLORTERM": "truecolor"})


async def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory(prefix="rec-") as folder:
        os.environ["ROOMDECK_RUNTIME_DIR"] = os.path.join(folder, "run")
        output = os.path.join(folder, "studio_7")
        async with serve() as server, publishers(server.url) as people:
            room = RoomConfig(room="studio_7", server=server.url)
            config = RecordConfig(
                room=room, output=output, prefix="studio_7", exclude=("director*",)
            )
            async with await launch(config) as client:
                await show(Elsewhere(client, folder), people)
                await client.command("shutdown")
                async for _ in client.updates():
                    pass


class Elsewhere:
    """The engine, its files shown in a folder as people have it and not where they are."""

    def __init__(self, client: ControlClient, folder: str) -> None:
        self._client = client
        self._folder = folder.encode()

    async def command(self, verb: Verb, streams: tuple[str, ...] = (), text: str = "") -> str:
        """Pass a command on."""
        return await self._client.command(verb, streams, text)

    async def still(self, stream: str, size: Size = STILL) -> Picture | None:
        """Pass a wish for a picture on."""
        return await self._client.still(stream, size)

    async def listen(self, heard: Callable[[Mapping[str, SoundMeter]], None]) -> None:
        """Pass a wish for levels on."""
        await self._client.listen(heard)

    async def updates(self) -> AsyncIterator[RoomSnapshot | Event]:
        """Pass updates on."""
        async for update in self._client.updates():
            raw = msgspec.json.encode(update).replace(self._folder, SHOWN_FOLDER)
            yield msgspec.json.decode(raw, type=type(update))


@asynccontextmanager
async def publishers(url: str) -> AsyncGenerator[dict[str, asyncio.subprocess.Process], None]:
    """Run everybody who sends."""
    people = {name: await publish(url, name) for name in PEOPLE}
    try:
        yield people
    finally:
        for process in people.values():
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        await asyncio.gather(*(process.wait() for process in people.values()))


async def publish(url: str, name: str) -> asyncio.subprocess.Process:
    """Start one publisher."""
    label, *options = PEOPLE[name]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "roomdeck.tui", "publish", "studio_7", name, "--server", url),
        *("--label", label, *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


async def show(client: Elsewhere, people: dict[str, asyncio.subprocess.Process]) -> None:
    """Walk through the screens and save each."""
    app = RoomApp(client, room="studio_7", terminal=TERMINAL)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "ben-screen", StreamState.REC)
        await client.command("stop", ("mira",))
        await asyncio.sleep(WARM_UP)
        await roll(pilot, people["guest_7f2a"])
        people["guest_7f2a"].send_signal(signal.SIGSTOP)
        await until(pilot, "guest_7f2a", StreamState.STALL)
        await go_to(pilot, "anna")
        await save(pilot, "main-120x40")
        await pilot.press("w")
        await asyncio.sleep(8)
        await save(pilot, "wall-120x40")
        await pilot.press("escape")
        await pilot.press("enter")
        await asyncio.sleep(5)
        await save(pilot, "detail-120x40")
        await pilot.press("escape")
        await pilot.resize_terminal(80, 24)
        await save(pilot, "main-80x24")
        await pilot.press("enter")
        await asyncio.sleep(5)
        await save(pilot, "detail")
        await pilot.press("escape", "question_mark")
        await save(pilot, "help")
        await pilot.press("escape", "s")
        await save(pilot, "stop")
        await pilot.press("escape", "q")
        await save(pilot, "leave")
        await pilot.press("escape")
        await pilot.resize_terminal(60, 15)
        await save(pilot, "main-60x15")


async def roll(pilot: Pilot[Any], guest: asyncio.subprocess.Process) -> None:
    """Film a minute: all is well, a guest hangs and is back, all of them, one of them, the end."""
    film = Film()
    await pilot.resize_terminal(80, 24)
    await go_to(pilot, "anna")
    await watch(pilot, film, 3)
    guest.send_signal(signal.SIGSTOP)
    await watch(pilot, film, 3, until(pilot, "guest_7f2a", StreamState.STALL))
    guest.send_signal(signal.SIGCONT)
    await watch(pilot, film, 2, until(pilot, "guest_7f2a", StreamState.REC))
    await pilot.press("w")
    await watch(pilot, film, 7)
    await pilot.press("enter")
    await watch(pilot, film, 4)
    await pilot.press("escape", "escape", "q")
    await watch(pilot, film, 3)
    await pilot.press("escape")
    (HERE / "film.svg").write_text(film.svg(), encoding="utf-8")
    await pilot.resize_terminal(120, 40)
    print("film", flush=True)


async def watch(
    pilot: Pilot[Any], film: Film, seconds: float, first: Coroutine[Any, Any, None] | None = None
) -> None:
    """Film for so long, and before that until something has happened."""
    happens = asyncio.ensure_future(first) if first is not None else None
    moments = round(seconds / MOMENT)
    while moments > 0:
        await pilot.pause(MOMENT)
        film.add(picture(pilot), MOMENT)
        if happens is None:
            moments -= 1
        elif happens.done():
            await happens
            happens = None


async def until(pilot: Pilot[Any], stream: str, state: StreamState) -> None:
    """Wait until the app knows a stream in a state."""
    app = pilot.app
    assert isinstance(app, RoomApp)
    async with asyncio.timeout(PATIENCE):
        while (row := app.room.stream(stream)) is None or row.state is not state:
            await pilot.pause(0.1)


async def go_to(pilot: Pilot[Any], stream: str) -> None:
    """Put the cursor on a stream; they stand in the order in which they came."""
    await pilot.press("g")
    table = pilot.app.screen.query_one(StreamTable)
    async with asyncio.timeout(PATIENCE):
        while table.cursor != stream:
            await pilot.press("down")


async def save(pilot: Pilot[Any], name: str) -> None:
    """Save the screen as SVG, in fonts that every machine has, when it has been drawn."""
    await pilot.pause(1.2)
    path = HERE / f"{name}.svg"
    path.write_text(picture(pilot), encoding="utf-8")
    saved.append(path)
    print(name, flush=True)


def picture(pilot: Pilot[Any]) -> str:
    """Return the screen as SVG."""
    svg = pilot.app.export_screenshot(title="roomdeck")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code, monospace", FONT)


def rasterize(path: Path) -> None:
    """Make the PNG of an SVG."""
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
    if browser is None:
        sys.exit("the PNGs need Chromium; the SVGs are made")
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', path.read_text(encoding="utf-8"))
    assert box is not None
    width, height = (round(float(side)) for side in box.groups())
    subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--force-device-scale-factor=1.5", "--default-background-color=00000000"),
            *(f"--window-size={width},{height}", f"--screenshot={path.with_suffix('.png')}"),
            path.as_uri(),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    asyncio.run(main())
    for path in saved:
        rasterize(path)
