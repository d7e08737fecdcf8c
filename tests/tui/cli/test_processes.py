"""The command line around the dashboard, as processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from roomdeck.core.config import RoomConfig
from roomdeck.core.ipc.room_folder import RUNTIME_VARIABLE
from roomdeck.tui.exits import Exit

from ..fake_client import studio
from ..fake_engine import fake_engine
from ..terminal import terminal

_WITHOUT_TEXTUAL = """
import sys
from roomdeck.tui import cli
try:
    cli.main()
except SystemExit:
    pass
slow = {"textual", "av", "aiortc"} & set(sys.modules)
assert not slow, slow
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    return {**os.environ, "ROOMDECK_CONFIG": os.devnull}


@pytest.mark.parametrize("words", [("--help",), ("attach", "--help"), ("attach", "nowhere")])
def test_what_needs_no_screen_does_not_wait_for_one(
    words: tuple[str, ...], environment: dict[str, str]
) -> None:
    command = [sys.executable, "-c", _WITHOUT_TEXTUAL, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@asynccontextmanager
async def lines(
    *words: str, environment: dict[str, str]
) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """Run a command without a terminal; it is killed if it still runs at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "roomdeck.tui", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def run(*words: str, environment: dict[str, str]) -> tuple[int, str]:
    """Return the exit status and what was said to the person."""
    async with lines(*words, environment=environment) as process:
        _, errors = await asyncio.wait_for(process.communicate(), 40)
        return process.returncode or 0, errors.decode()


async def test_without_an_engine_there_is_nothing_to_come_back_to(
    environment: dict[str, str],
) -> None:
    status, said = await run("attach", "studio_7", environment=environment)
    assert status == Exit.USAGE
    assert "no roomdeck engine is running for room studio_7" in said


async def test_without_a_terminal_attach_prints_lines(environment: dict[str, str]) -> None:
    async with fake_engine(RoomConfig(room="studio-7", server="ws://127.0.0.1:8443")) as engine:
        engine.report("warning", "no media", "anna")
        engine.show(studio())
        engine.report(
            "engine.end", "all files are closed", data={"joined": True, "takes": 1, "failed": 1}
        )
        async with lines("attach", environment=environment) as process:
            assert process.stdout is not None
            assert b"no media" in await asyncio.wait_for(process.stdout.readline(), 40)
            assert b"all files are closed" in await process.stdout.readline()
            await engine.server.close(5.0)
            _, said = await asyncio.wait_for(process.communicate(), 40)
            assert process.returncode == Exit.RECORDING_FAILED, "one had, in this room"
            assert b"since the start" in said


async def test_a_marker_by_command(environment: dict[str, str]) -> None:
    async with fake_engine(RoomConfig(room="studio-7", server="ws://127.0.0.1:8443")) as engine:
        engine.show(studio())
        words = ("mark", "applause", "--stream", "anna", "--stream", "ben")
        status, _ = await run(*words, environment=environment)
        assert status == Exit.OK
        request = engine.requests[-1]
        assert (request.command, request.streams) == ("mark", ("anna", "ben"))
        assert request.text == "applause"


async def test_a_wrong_theme_starts_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    words = ("record", "lab", "--server", "ws://127.0.0.1:1", "--theme", "pink")
    async with terminal("-m", "roomdeck.tui", *words, environment=environment) as screen:
        assert await screen.ended() == Exit.USAGE
        assert "no theme called 'pink'" in screen.text()
    assert not (tmp_path / "run").exists()


async def test_coming_back_tells_what_happened_and_leaves_a_summary(
    environment: dict[str, str],
) -> None:
    attach = ("-m", "roomdeck.tui", "attach")
    async with fake_engine(RoomConfig(room="studio-7", server="ws://127.0.0.1:8443")) as engine:
        engine.report("take.start", "", "ben", data={"file": "/out/ben.mkv"})
        engine.show(studio())
        async with terminal(*attach, environment=environment) as screen:
            await screen.shown("Anna", "since the start", "1 file begun")
            screen.press("q")
            await screen.shown("Keep recording")
            screen.press("d")
            assert await screen.ended() == Exit.OK
            left = screen.text()
    assert "room studio-7:" in left
    assert "come back:  roomdeck attach studio-7" in left
