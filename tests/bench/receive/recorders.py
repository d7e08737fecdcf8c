"""The recorders that are measured: how each is started, found, stopped and checked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ...e2e.lab import Command, Lab
from ...tui.terminal import Terminal, terminal
from .processes import MARK, Process

ROOM = "bench"
LONGEST_END = 600.0
"""Seconds that a recorder has to close its files on a disk that is slow."""
SYSTEM_PYTHON = "/usr/bin/python3"
"""Distributions install GStreamer's bindings for their own Python only."""
_RECORD = ("roomdeck.core.worker", "roomdeck.core.recording.decoding_process")
_HERE = Path(__file__).parent / "ways"


@dataclass
class Session:
    """A recorder that runs."""

    words: Sequence[str]
    """For the sender's command line: where to send."""
    stop: Callable[[], Awaitable[object]]
    """Returns when all files are closed."""
    lines: list[dict[str, Any]]
    """What it said, in JSON."""


Opener = Callable[[Lab, str], AbstractAsyncContextManager[Session]]


@dataclass(frozen=True)
class Way:
    """One way to record."""

    name: str
    title: str
    streams: Sequence[int]
    open: Opener
    """Starts it, with the mark that its processes shall have."""
    role: Callable[[Process], str]
    """What a process of it does: ``recorder`` receives and writes."""
    suffix: str = ".ts"
    """Of its files; empty where they hold no frames."""
    exact: bool = True
    """Whether its files hold the very bytes of the frames: GStreamer's parser takes parameter sets
    out of them, and MediaRecorder encodes anew."""
    available: Callable[[], bool] = field(default=lambda: True)


async def _start(lab: Lab, mark: str, *words: str) -> Command:
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=lab.environment | {MARK: mark},
        limit=1 << 22,
    )
    command = Command(process)
    lab.commands.append(command)
    return command


def headless(**environment: str) -> Opener:
    """Return the way that is ``roomdeck record --headless``."""

    @contextlib.asynccontextmanager
    async def opened(lab: Lab, mark: str) -> AsyncGenerator[Session]:
        command = await lab.record("--status", "1", room=ROOM, **{MARK: mark, **environment})
        stop = partial(command.stop, patience=LONGEST_END)
        yield Session(_room_words(lab), stop, command.lines)

    return opened


@contextlib.asynccontextmanager
async def _dashboard(lab: Lab, mark: str) -> AsyncGenerator[Session]:
    words = ("-m", "roomdeck.tui", "record", ROOM)
    environment = lab.environment | {MARK: mark}
    async with terminal(*words, environment=environment, columns=120, rows=40) as screen:
        await screen.shown(ROOM, "0 streams")
        yield Session(_room_words(lab), lambda: _quit(screen), [])


async def _quit(screen: Terminal) -> None:
    screen.press("q")
    await screen.shown("Stop all")
    screen.press("y")
    await screen.shown("The recording is over")
    screen.press("q")
    await screen.ended()


def _room_words(lab: Lab) -> Sequence[str]:
    return "--room", ROOM, "--server", lab.server.url


def _beside(program: str, *interpreter: str) -> Opener:
    @contextlib.asynccontextmanager
    async def opened(lab: Lab, mark: str) -> AsyncGenerator[Session]:
        command = await _start(lab, mark, *interpreter, program, str(lab.output))
        port = (await command.line("ready"))["port"]
        yield Session(("--port", str(port)), command.stop, command.lines)

    return opened


def of_roomdeck(process: Process) -> str:
    """Return what a process of roomdeck's does."""
    if any(module in process.command for module in _RECORD):
        return "recorder"
    return "engine"


def _with_dashboard(process: Process) -> str:
    return "dashboard" if "roomdeck.tui" in process.command else of_roomdeck(process)


def _alone(_process: Process) -> str:
    return "recorder"


def has_gstreamer() -> bool:
    """Whether GStreamer's webrtcbin can be used from the system's Python."""
    if not os.path.exists(SYSTEM_PYTHON):
        return False
    probe = [SYSTEM_PYTHON, str(_HERE / "gstreamer.py"), "--probe"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


_MODULE = (sys.executable, "-m")
_PACKAGE = f"{__package__}.ways"
WAYS = (
    Way("roomdeck", "roomdeck", (1, 4, 16, 32, 64), headless(), of_roomdeck),
    Way(
        "plain",
        "roomdeck, plain path",
        (1, 4, 16),
        headless(ROOMDECK_RECEIVE="plain"),
        of_roomdeck,
    ),
    Way("dashboard", "roomdeck with its dashboard", (4,), _dashboard, _with_dashboard),
    Way(
        "mediarecorder",
        "aiortc's MediaRecorder",
        (1, 4),
        _beside(f"{_PACKAGE}.media_recorder", *_MODULE),
        _alone,
        suffix=".mkv",
        exact=False,
    ),
    Way(
        "gstreamer",
        "GStreamer webrtcbin",
        (1, 4),
        _beside(str(_HERE / "gstreamer.py"), SYSTEM_PYTHON),
        _alone,
        suffix=".mkv",
        exact=False,
        available=has_gstreamer,
    ),
    Way(
        "floor",
        "floor: receive, decrypt, append",
        (1, 4, 16),
        _beside(f"{_PACKAGE}.floor", *_MODULE),
        _alone,
        suffix="",
    ),
)
