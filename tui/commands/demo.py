"""``roomdeck demo``: server, three publishers, recorder and check in one command."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
import time
from pathlib import Path

import msgspec

from ...core.cluster import loopback
from ...core.config import ClusterConfig, PlaceRule, RecordConfig, RoomConfig
from ...core.engine.process import Engine
from ...core.model import Codec, Event, EventType
from ...core.recording.check import check
from ...core.server.app import serve
from ...core.signals import on_stop
from ..exits import Exit, exit_of
from ..lines.printer import Printer, narrate
from .check import print_report

ROOM = "demo"
SECONDS = 20.0
STREAMS = (("alice", Codec.H264), ("bob", Codec.VP8), ("charlie", Codec.VP9))
_PATIENCE = 60.0
"""Seconds that publishers may take longer than their streams are."""


class Demo:
    """Runs the parts beside each other and remembers which files came out.

    Args:
        output: Folder of the files.
        seconds: Length of the streams.
        printer: Told what happens.
        room: Its name; one with the time in it if empty.
        nodes: How many of a cluster record; 0: this machine does without one.
    """

    def __init__(
        self, output: Path, seconds: float, printer: Printer, room: str = "", nodes: int = 0
    ) -> None:
        self.files: dict[str, Path] = {}
        self._room = room or f"{ROOM}_{int(time.time())}"
        self._output = output
        self._seconds = seconds
        self._printer = printer
        self._nodes = nodes
        self._interrupted = False
        self._publishers: list[asyncio.subprocess.Process] = []

    async def run(self) -> Exit:
        """Record until the publishers have said goodbye, or a signal comes.

        Raises:
            UsageError: Nodes of a cluster did not start.
        """
        async with contextlib.AsyncExitStack() as stack:
            cluster: ClusterConfig | None = None
            if self._nodes:
                cluster = await stack.enter_async_context(loopback.nodes(self._nodes, self._output))
            server = await stack.enter_async_context(serve())
            config = RecordConfig(
                room=RoomConfig(room=self._room, server=server.url),
                output=str(self._output),
                prefix=ROOM,
                cluster=cluster,
            )
            engine = Engine(config, self._take, self._printer.snapshot)
            self._catch_signals(engine)
            recording = asyncio.create_task(engine.run())
            self._publishers = [
                await self._publish(config.room, number, stream, codec)
                for number, (stream, codec) in enumerate(STREAMS, start=1)
            ]
            await self._wait_for_publishers(recording)
            engine.stop()
            return exit_of(await recording)

    def _spread(self, cluster: ClusterConfig) -> ClusterConfig:
        """Have each node record something: all of them are as busy as this machine is."""
        boxes = itertools.cycle(loopback.names(self._nodes))
        rules = tuple(PlaceRule(stream, next(boxes)) for stream, _ in STREAMS)
        return msgspec.structs.replace(cluster, place=rules)

    def sent(self, stream: str) -> Path:
        """Return the log of what a publisher sent."""
        return self._output / f"{stream}.sent.jsonl"

    def _take(self, event: Event) -> None:
        self._printer.event(event)
        if event.type == EventType.TAKE_END:
            self.files[event.stream] = Path(event.data["file"])

    def _catch_signals(self, engine: Engine) -> None:
        def interrupt() -> None:
            if self._interrupted:
                engine.interrupt()
            self._interrupted = True
            for process in self._publishers:
                if process.returncode is None:
                    process.terminate()

        on_stop(interrupt)

    async def _publish(
        self, room: RoomConfig, number: int, stream: str, codec: Codec
    ) -> asyncio.subprocess.Process:
        self._output.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "roomdeck.tui", "publish", room.room, stream]
        options = {
            "--server": room.server,
            "--codec": codec.value,
            "--number": str(number),
            "--label": stream.title(),
            "--seconds": str(self._seconds),
            "--sent": str(self.sent(stream)),
        }
        return await asyncio.create_subprocess_exec(
            *command,
            *(word for option in options.items() for word in option),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )

    async def _wait_for_publishers(self, recording: asyncio.Task[object]) -> None:
        waits = [asyncio.create_task(process.wait()) for process in self._publishers]
        leaving = asyncio.gather(*waits)
        await asyncio.wait(
            {leaving, recording},
            timeout=self._seconds + _PATIENCE,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for process in self._publishers:
            if process.returncode is None:
                process.terminate()
        await leaving


async def run_demo(
    output: Path, seconds: float, printer: Printer, as_json: bool, nodes: int = 0
) -> Exit:
    """Run the demo, then compare each file with what was sent."""
    where = f" by {nodes} nodes of Ray on this machine" if nodes else ""
    narrate(
        f"three test streams for {seconds:g} s, recorded to {output}{where}; ctrl-c ends it early"
    )
    demo = Demo(output, seconds, printer, nodes=nodes)
    with printer:
        status = await demo.run()
    reports = [
        await asyncio.to_thread(check, demo.files[stream], demo.sent(stream))
        for stream, _ in STREAMS
        if stream in demo.files
    ]
    for report in reports:
        print_report(report, as_json)
    whole = len(reports) == len(STREAMS) and not any(report.bad for report in reports)
    narrate("every frame that was sent is in the files" if whole else "something is missing")
    return status or (Exit.OK if whole else Exit.RECORDING_FAILED)
