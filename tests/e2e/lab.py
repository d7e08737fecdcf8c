"""A room on loopback: handshake server and publishers here, the recorder as a user runs it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from roomdeck.core.config import Family, RecordConfig, RoomConfig
from roomdeck.core.model import Codec
from roomdeck.core.publishing.publish_config import PublishConfig
from roomdeck.core.publishing.publisher import Publisher
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.publishing.sources import Opener, open_source
from roomdeck.core.recording.check import CheckReport, check
from roomdeck.core.server.app import RunningServer, serve

PATIENCE = 60.0
"""Seconds after which what a test waits for will not come."""
SOON = 10.0
"""Seconds within which a stream is recorded again, on a machine that has other things to do."""
Line = dict[str, Any]


def _is(line: Line, type_: str, stream: str) -> bool:
    return line["type"] == type_ and stream in ("", line.get("stream"))


class Command:
    """A running roomdeck command whose JSON lines are kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[Line] = []
        self.errors = b""
        self._heard = 0
        """Of `lines`, the last one that was waited for."""
        self._news = asyncio.Condition()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._complain())]

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            async with self._news:
                text = raw.decode().strip()
                known = text.startswith("{")
                self.lines.append(json.loads(text) if known else {"type": "text", "text": text})
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def _complain(self) -> None:
        assert self.process.stderr is not None
        self.errors = await self.process.stderr.read()

    def all(self, type_: str, stream: str = "") -> list[Line]:
        """Return the lines of a type so far."""
        return [line for line in self.lines if _is(line, type_, stream)]

    async def line(
        self,
        type_: str,
        stream: str = "",
        count: int = 1,
        where: Callable[[Line], bool] | None = None,
    ) -> Line:
        """Wait for the nth line of a type, and return it."""

        def fits(line: Line) -> bool:
            return _is(line, type_, stream) and (where is None or where(line))

        return await self._nth(fits, count, f"{type_} {count} of {stream or 'anybody'}")

    async def status(self, where: Callable[[Line], bool]) -> Line:
        """Wait for a status line like this, not older than what was waited for before."""

        def fits(line: Line) -> bool:
            return _is(line, "status", "") and where(line)

        return await self._nth(fits, 1, "such status", since=self._heard)

    async def _nth(
        self, fits: Callable[[Line], bool], count: int, what: str, since: int = 0
    ) -> Line:
        def found() -> list[int]:
            return [number for number in range(since, len(self.lines)) if fits(self.lines[number])]

        async with self._news:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self._news.wait_for(lambda: len(found()) >= count or self._tasks[0].done()),
                    PATIENCE,
                )
        numbers = found()
        if len(numbers) < count:
            raise AssertionError(
                f"no {what}; there were:\n"
                + "\n".join(str(line)[:300] for line in self.lines[-25:])
                + f"\n{self.errors.decode()[-2000:]}"
            )
        self._heard = max(self._heard, numbers[count - 1])
        return self.lines[numbers[count - 1]]

    async def wait(self, patience: float = PATIENCE) -> int:
        """Wait for its end and return its exit status."""
        status = await asyncio.wait_for(self.process.wait(), patience)
        await asyncio.gather(*self._tasks)
        return status

    async def stop(
        self, number: signal.Signals = signal.SIGTERM, patience: float = PATIENCE
    ) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return await self.wait(patience)


class Lab:
    """What one test needs; everything it started ends with it."""

    def __init__(
        self, folder: Path, runtime: Path, host: str = "127.0.0.1", prefix: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        self.runtime = runtime
        self.host = host
        """Address of the handshake server."""
        self.prefix = prefix
        """What commands are run by, as ``ip netns exec NAME``."""
        self.server: RunningServer
        self._stack = contextlib.AsyncExitStack()
        self.output = folder / "out"
        self._configuration = folder / "config.toml"
        # On a busy machine the engine starts another, and what a test does to one is in the other.
        # A report takes a second of each recording's end, and alarms may tell of the machine.
        self._configuration.write_text(
            "workers = 1\n[record]\nno_report = true\n"
            "[alarms]\nworker-late = false\ndisk-slow = false\n"
        )
        self.commands: list[Command] = []
        self.publishing: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open the handshake server."""
        self.server = await self._stack.enter_async_context(serve(self.host))

    @property
    def environment(self) -> dict[str, str]:
        """The environment of commands."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ROOMDECK")}
        return kept | {
            "ROOMDECK_RUNTIME_DIR": str(self.runtime),
            "ROOMDECK_SERVER": self.server.url,
            "ROOMDECK_OUTPUT": str(self.output),
            "ROOMDECK_CONFIG": str(self._configuration),
        }

    async def run(self, *words: str, **environment: str) -> Command:
        """Start a roomdeck command."""
        process = await asyncio.create_subprocess_exec(
            *self.prefix,
            sys.executable,
            "-m",
            "roomdeck.tui",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment | environment,
            limit=1 << 22,
        )
        command = Command(process)
        self.commands.append(command)
        return command

    async def record(self, *words: str, room: str = "lab", **environment: str) -> Command:
        """Start a recorder and wait until it is in the room."""
        command = await self.run(
            "record", room, "--headless", "--json", "--status", "0.5", *words, **environment
        )
        await command.line("link.joined")
        return command

    def settings(self, text: str) -> str:
        """Return the path of a configuration file that says this."""
        file = self.folder / "settings.toml"
        file.write_text(text)
        return str(file)

    async def record_apart(self, config: RecordConfig) -> None:
        """Have an engine that nobody looks at record until all publishers have left."""
        engine = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "roomdeck.core.engine"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=self.environment,
            start_new_session=True,
        )
        ending = asyncio.create_task(engine.communicate(msgspec.json.encode(config)))
        await self.published()
        await self.tell("stop")
        async with asyncio.timeout(PATIENCE):
            await ending

    async def tell(self, *words: str) -> str:
        """Run a command to its end; return what it said."""
        command = await self.run(*words)
        assert await command.wait() == 0, command.errors.decode()
        return command.errors.decode()

    def room(self, **changes: Any) -> RoomConfig:
        """Return the room that publishers join."""
        return msgspec.structs.replace(RoomConfig(room="lab", server=self.server.url), **changes)

    def publish(
        self,
        stream: str,
        codec: Codec = Codec.H264,
        *,
        seconds: float | None = 3.0,
        number: int = 7,
        room: RoomConfig | None = None,
        source: dict[str, Any] | None = None,
        opener: Opener = open_source,
        log: str = "",
        **options: Any,
    ) -> Publisher:
        """Begin to publish a small test stream.

        Its frames are logged in `sent`, as `log` where it comes again by another publisher.
        """
        settings = SourceConfig(
            name=stream,
            number=number,
            codec=codec,
            width=320,
            height=180,
            fps=25,
            bitrate=400_000,
            seconds=seconds,
        )
        config = PublishConfig(
            room=room or self.room(),
            stream=stream,
            source=msgspec.structs.replace(settings, **(source or {})),
            sent=str(self.sent(log or stream)),
            **options,
        )
        publisher = Publisher(config, opener=opener)
        self.publishing.append(asyncio.create_task(publisher.run()))
        return publisher

    def sent(self, stream: str) -> Path:
        """Return the log of what a publisher sent."""
        return self.folder / f"{abs(hash(stream))}.jsonl"

    async def restart_server(self) -> None:
        """Cut everybody off the handshake server, and open it again at the same port."""
        await self._stack.aclose()
        self.server = await self._stack.enter_async_context(serve(self.host, self.server.port))

    def worker_pid(self, number: int) -> int:
        """Return the process of a worker."""
        for card in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if f"{self.runtime}" in (words := card.read_text()) and (
                    f"worker-{number}.sock" in words
                ):
                    return int(card.parent.name)
        raise AssertionError(f"no worker {number}")

    async def attendant_pid(self) -> int:
        """Return the process that attends the recording, as soon as there is one."""
        async with asyncio.timeout(PATIENCE):
            while (pid := self._attendant()) is None:  # noqa: ASYNC110 - processes set no event
                await asyncio.sleep(0.05)
        return pid

    def _attendant(self) -> int | None:
        mine = f"ROOMDECK_RUNTIME_DIR={self.runtime}"
        for card in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if "roomdeck.core.attendant" in card.read_text():
                    environment = card.with_name("environ").read_text()
                    if mine in environment.split("\0"):
                        return int(card.parent.name)
        return None

    async def gone(self, pid: int) -> None:
        """Wait for the end of a process that is not our child."""
        try:
            watched = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(watched, ended.set)
        try:
            await asyncio.wait_for(ended.wait(), PATIENCE)
        finally:
            loop.remove_reader(watched)
            os.close(watched)

    async def published(self, seconds: float = 20.0) -> None:
        """Wait until every publisher has left, whose source lasts so long."""
        await asyncio.wait_for(asyncio.gather(*self.publishing), PATIENCE + seconds)

    async def check(self, take: Line, stream: str = "") -> CheckReport:
        """Compare a take's file with what its publisher sent."""
        log = self.sent(stream or take["stream"])
        return await asyncio.to_thread(check, Path(take["file"]), log)

    async def close(self) -> None:
        """End everything."""
        for task in self.publishing:
            task.cancel()
        await asyncio.gather(*self.publishing, return_exceptions=True)
        for command in self.commands:
            if command.process.returncode is None:
                command.process.kill()
            await command.wait()
        await self._stack.aclose()
        await _settled()
        self._end_what_is_left()

    def _end_what_is_left(self) -> None:
        """Kill the engines and workers of this lab: they outlive whoever started them.

        Until there are none: one that was just killed may have another one started.
        """
        while left := self._left():
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def _left(self) -> list[int]:
        found: list[int] = []
        for card in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if str(self.runtime).encode() in card.read_bytes():
                    found.append(int(card.parent.name))
        return found


async def _settled() -> None:
    """Wait for what aiortc does in tasks of its own: connections that it closes hold sockets."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=5)


@contextlib.asynccontextmanager
async def laboratory(
    folder: Path, host: str = "127.0.0.1", prefix: Sequence[str] = ()
) -> AsyncGenerator[Lab, None]:
    """Open a lab with a handshake server of its own."""
    runtime = Path(tempfile.mkdtemp(prefix="roomdeck-"))
    lab = Lab(folder, runtime, host, prefix)
    await lab.open()
    try:
        yield lab
    finally:
        await lab.close()
        shutil.rmtree(runtime, ignore_errors=True)


FAMILIES: Sequence[Family] = (Family.ROUTED, Family.FANOUT)
