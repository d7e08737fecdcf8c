"""The box under the desk, and what is around it: all of it processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import msgspec

from roomdeck.core.config import RoomConfig
from roomdeck.core.errors import ControlError
from roomdeck.core.ipc.control_client import ControlClient
from roomdeck.core.ipc.room_folder import RoomFolder
from roomdeck.core.model import AlarmKind, Event, EventType, RoomSnapshot
from roomdeck.core.publishing.publish_config import PublishConfig
from roomdeck.core.publishing.publisher import Publisher

from ..core.attendant.hooks.receiver import Receiver
from ..core.attendant.uploads.stage import objects
from ..e2e.gstreamer.publisher import GStreamerPublisher
from ..e2e.lab import Command, Lab
from .guests import SMALL, Mood

BUCKET = "s3://takes/evening"
AFTER: dict[AlarmKind, float] = {
    AlarmKind.STALL: 8.0,
    AlarmKind.NO_SOUND: 5.0,
    AlarmKind.SILENCE: 5.0,
    AlarmKind.CLIPPING: 2.0,
    AlarmKind.NO_PICTURE: 5.0,
    AlarmKind.BLACK: 4.0,
    AlarmKind.FROZEN: 12.0,
    AlarmKind.NO_KEY_FRAME: 20.0,
    AlarmKind.LOW_FPS: 5.0,
    AlarmKind.LOW_RATE: 10.0,
    AlarmKind.LOSS: 5.0,
    AlarmKind.DISK_FORECAST: 2.0,
    AlarmKind.UPLOAD: 4.0,
    AlarmKind.SERVER_GONE: 3.0,
    AlarmKind.ROOM_EMPTY: 3.0,
    AlarmKind.MISSING: 4.0,
}
"""Seconds after which what is wrong is an alarm: an evening in two minutes."""
SECRET = "of-the-lamp"
PATIENCE = 60.0
"""Seconds after which what is waited for will not come."""
_HOOK = "import os, sys; data = sys.stdin.buffer.read(); fd = os.open(sys.argv[1], os.O_WRONLY | \
os.O_APPEND | os.O_CREAT); os.write(fd, data + b'\\n')"
_REQUEST = re.compile(rb"(PUT|POST) /takes/evening/(\S+) HTTP/1\.1\r\n")


class Gate:
    """The way to a server, which can be closed."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self._server: asyncio.Server | None = None
        self._through: set[asyncio.Task[None]] = set()
        self.sent: Counter[str] = Counter()
        """How often each object was begun to be sent."""

    async def open(self) -> None:
        """Let everybody through."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Let nobody through, nor on."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._through):
            task.cancel()
        await asyncio.gather(*self._through, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._through.add(task)
        writers = [writer]
        try:
            back, on = await asyncio.open_connection("127.0.0.1", self._to)
            writers.append(on)
            await asyncio.gather(self._copy(reader, on, True), self._copy(back, writer, False))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._through.discard(task)
            for one in writers:
                one.transport.abort()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: bool
    ) -> None:
        while data := await reader.read(1 << 16):
            for verb, path in _REQUEST.findall(data) if count else ():
                name, _, query = path.decode().partition("?")
                if (verb == b"PUT" and not query) or (verb == b"POST" and query == "uploads"):
                    self.sent[name] += 1
            writer.write(data)
            await writer.drain()
        writer.close()


class Seen(msgspec.Struct, frozen=True):
    """An event, and by when a client had it."""

    at: float
    """Unix time."""
    event: Event


class Box(Lab):
    """An unattended recording with hooks and uploads, its room and its guests."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        super().__init__(folder, runtime)
        self.moods: dict[str, Mood] = {}
        self.guests: dict[str, Publisher] = {}
        self.native: GStreamerPublisher | None = None
        self.url = ""
        self.ears = Receiver()
        self.heard_file = folder / "heard.jsonl"
        self.events: list[Seen] = []
        self.room_now: RoomSnapshot | None = None
        self.gate = Gate(0)
        self.attendant_killed = 0.0
        """Unix time."""
        self._news = asyncio.Condition()
        self._processes: list[asyncio.subprocess.Process] = []
        self._serving: asyncio.subprocess.Process | None = None
        self._following: asyncio.Task[None] | None = None

    # ── what is around it ────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        """Start the server, the store and the address that hears of events."""
        self._port = _free_port()
        await self.serve()
        await self._open_store()
        await self.ears.open()

    async def serve(self) -> None:
        """Start ``roomdeck serve``."""
        self._serving = await self._start(
            *("-m", "roomdeck.tui", "serve", "--port", str(self._port)),
        )
        assert self._serving.stdout is not None
        self.url = (await self._serving.stdout.readline()).decode().strip()

    async def kill_server(self) -> None:
        """Kill it."""
        assert self._serving is not None
        self._serving.kill()
        await self._serving.wait()

    async def _open_store(self) -> None:
        port = _free_port()
        await self._start("-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
        url = f"http://127.0.0.1:{port}/takes"
        request = urllib.request.Request(url, method="PUT")
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await asyncio.to_thread(lambda: urllib.request.urlopen(request).close())
                    break
                except OSError:
                    await asyncio.sleep(0.2)
        self.gate = Gate(port)
        await self.gate.open()
        # This process asks the store, past the gate.
        self._store = f"http://127.0.0.1:{port}"

    async def _start(self, *words: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={k: v for k, v in os.environ.items() if not k.startswith("ROOMDECK")},
        )
        self._processes.append(process)
        return process

    def room(self, **changes: Any) -> RoomConfig:
        """Return the room that guests join."""
        return msgspec.structs.replace(RoomConfig(room="lab", server=self.url), **changes)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of commands."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ROOMDECK", "XDG_"))}
        return kept | {
            "ROOMDECK_RUNTIME_DIR": str(self.runtime),
            "ROOMDECK_CONFIG": str(self.folder / "box.toml"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.gate.port}",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "something",
            "AWS_REGION": "us-east-1",
        }

    # ── the recording ────────────────────────────────────────────────────────────────────

    def configure(self, expect: tuple[str, ...]) -> None:
        """Write the configuration file: the evening is no command line."""
        told = {kind.value: f"{{after = {after}}}" for kind, after in AFTER.items()}
        # A small disk is not to be told of for its size.
        forecast = AlarmKind.DISK_FORECAST
        told[forecast.value] = f"{{after = {AFTER[forecast]}, limit = 60}}"
        hook, heard = self.folder / "hook.py", self.heard_file
        hook.write_text(_HOOK)
        lines = [
            f'server = "{self.url}"',
            "workers = 2",
            "[record]",
            f'output = "{self.output}"',
            f'upload = "{BUCKET}"',
            f"expect = {list(expect)}",
            'floor = "20MB"',
            "[alarms]",
            *(f"{kind} = {said}" for kind, said in told.items()),
            "[[hooks]]",
            'on = ["*"]',
            f'command = ["{sys.executable}", "{hook}", "{heard}"]',
            "[[hooks]]",
            'name = "lamp"',
            'on = ["*"]',
            f'url = "{self.ears.url}"',
            f'secret = "{SECRET}"',
        ]  # fmt: skip
        (self.folder / "box.toml").write_text("\n".join(lines) + "\n")

    async def begin(self, *words: str) -> Command:
        """Record, with nobody there."""
        recorder = await self.run("record", "lab", "--headless", "--json", "--status", "1", *words)
        await recorder.line("link.joined")
        self._following = asyncio.create_task(self._follow())
        return recorder

    @property
    def room_folder(self) -> RoomFolder:
        """Of the one room."""
        return RoomFolder(next(path for path in self.runtime.iterdir() if path.is_dir()))

    async def _follow(self) -> None:
        """Hear every engine of the evening, one after the other."""
        known: set[tuple[int, float]] = set()
        while True:
            with contextlib.suppress(ControlError):
                async with await ControlClient.connect(self.room_folder) as client:
                    async for update in client.updates():
                        async with self._news:
                            if not isinstance(update, Event):
                                self.room_now = update
                            elif (update.seq, update.time) not in known:
                                known.add((update.seq, update.time))
                                self.events.append(Seen(time.time(), update))
                            self._news.notify_all()
            await asyncio.sleep(0.05)

    async def event(
        self, type_: EventType, stream: str = "", since: float = 0.0, **data: Any
    ) -> Event:
        """Wait for an event, not before some moment."""

        def found() -> Event | None:
            for _, one in ((seen.at, seen.event) for seen in self.events):
                fits = one.type == type_ and one.time >= since and stream in ("", one.stream)
                if fits and all(one.data.get(key) == value for key, value in data.items()):
                    return one
            return None

        await self.until(found, f"{type_} {stream} {data}")
        event = found()
        assert event is not None
        return event

    async def until(self, fits: Callable[[], object], what: str) -> None:
        """Wait until what clients see is so."""
        try:
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(fits)
        except TimeoutError:
            last = "\n".join(str(seen.event)[:200] for seen in self.events[-12:])
            raise AssertionError(f"never came: {what}; there was\n{last}") from None

    async def recorded(self, *names: str) -> None:
        """Wait until streams are."""

        def all_are() -> bool:
            rows = {row.stream: row for row in self.room_now.streams} if self.room_now else {}
            return all(name in rows and rows[name].state == "REC" for name in names)

        await self.until(all_are, f"{names} recorded")

    # ── guests ───────────────────────────────────────────────────────────────────────────

    def mood(self, name: str) -> Mood:
        """Return that of a guest, there or not."""
        return self.moods.setdefault(name, Mood())

    def guest(self, name: str, **source: Any) -> None:
        """Have somebody come, or come back."""
        mood = self.mood(name)
        config = msgspec.structs.replace(SMALL, name=name, number=ord(name[0]), **source)
        publishing = PublishConfig(room=self.room(), stream=name, source=config)
        publisher = self.guests[name] = Publisher(publishing, opener=mood.source)
        self.publishing.append(asyncio.create_task(publisher.run()))

    # ── what can be killed ───────────────────────────────────────────────────────────────

    def kill_engine(self) -> None:
        """Kill the engine of the room, whoever started it."""
        card = self.room_folder.read_card()
        assert card is not None
        os.kill(card.pid, signal.SIGKILL)

    def kill_attendant(self) -> None:
        """Kill who tells hooks and uploads."""
        for card in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = card.read_bytes().split(b"\0")
                if (
                    b"roomdeck.core.attendant" in words
                    and str(self.runtime).encode() in (card.parent / "environ").read_bytes()
                ):
                    os.kill(int(card.parent.name), signal.SIGKILL)
                    self.attendant_killed = time.time()
                    return
        raise AssertionError("there is no attendant")

    def store(self) -> dict[str, bytes]:
        """Return what was uploaded, by name."""
        os.environ.update(self.environment | {"AWS_ENDPOINT_URL": self._store})
        return objects(BUCKET)

    async def close(self) -> None:
        """End everything."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        await self.gate.close()
        await super().close()
        await self.ears.close()
        for process in self._processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.asynccontextmanager
async def box(folder: Path) -> AsyncGenerator[Box]:
    """Open a box with what is around it."""
    with tempfile.TemporaryDirectory(prefix="roomdeck-", ignore_cleanup_errors=True) as runtime:
        opened = Box(folder, Path(runtime))
        try:
            await opened.open()
            yield opened
        finally:
            await opened.close()
