"""The dashboard as a process in a terminal that stalls, hangs up, or can do little."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from roomdeck.core.config import RoomConfig
from roomdeck.tui.exits import Exit

from ...e2e.lab import Lab, laboratory
from ...e2e.watch import watch
from ..fake_client import studio, studio_events
from ..fake_engine import FakeEngine, fake_engine
from ..terminal import Terminal, terminal

RECORD = ("-m", "roomdeck.tui", "record", "lab")
ATTACH = ("-m", "roomdeck.tui", "attach")
_RECORDED = re.compile("REC +alice")
_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncGenerator[Lab, None]:
    async with laboratory(tmp_path) as lab:
        yield lab


@asynccontextmanager
async def recording(lab: Lab) -> AsyncGenerator[Terminal, None]:
    """Record one endless stream behind a dashboard."""
    lab.publish("alice", seconds=None)
    async with terminal(*RECORD, environment=lab.environment) as screen:
        await screen.until(_RECORDED.search, "alice being recorded")
        yield screen


async def test_a_terminal_that_takes_nothing_holds_no_recording_up(lab: Lab) -> None:
    async with recording(lab) as screen, watch(lab) as engine:
        screen.stall()
        before = len(screen.output)
        for _ in range(50):
            screen.press("?", "esc")  # whole screens: far more than a terminal buffers
        await engine.goes_on("alice", 6)
        assert len(screen.output) == before
        screen.read_on()
        await screen.until(_RECORDED.search, "the table again")
        screen.press("q")
        await screen.shown("Stop all")
        screen.press("y")
        await screen.shown("The recording is over")
        screen.press("q")
        assert await screen.ended() == Exit.OK
        await engine.ended()
    takes = [event for event in engine.events if event.type == "take.end"]
    assert [take.data["reason"] for take in takes] == ["shutdown"]
    report = await lab.check({"stream": "alice", "file": takes[0].data["file"]})
    assert report.video is not None
    assert report.video.error_count == 0


async def test_a_closed_terminal_ends_the_dashboard_and_nothing_else(lab: Lab) -> None:
    async with recording(lab) as screen, watch(lab) as engine:
        used = screen.cpu_seconds()
        hung_up = time.monotonic()
        screen.hang_up()
        spent = await _cpu_until_end(screen)
        assert time.monotonic() - hung_up < 5
        assert spent - used < 1.5
        await engine.goes_on("alice", 2)


async def _cpu_until_end(screen: Terminal) -> float:
    before = os.times()
    await screen.ended()
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


async def test_a_hangup_signal_leaves_the_recording_alone(lab: Lab) -> None:
    async with recording(lab) as screen, watch(lab) as engine:
        screen.process.send_signal(signal.SIGHUP)
        assert await screen.ended() == Exit.OK
        await engine.goes_on("alice", 1.5)


async def test_a_sigterm_stops_what_this_command_began(lab: Lab) -> None:
    async with recording(lab) as screen, watch(lab) as engine:
        screen.process.terminate()
        assert await screen.ended() == Exit.OK
        assert "alice" in screen.scroll_back()
        await engine.ended()
    assert [e.data["reason"] for e in engine.events if e.type == "take.end"] == ["shutdown"]


async def test_a_sigterm_ends_only_the_screen_that_came_back(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("alice", seconds=None)
    await recorder.line("take.start", "alice")
    attach = ("-m", "roomdeck.tui", "attach", "lab")
    async with terminal(*attach, environment=lab.environment) as screen, watch(lab) as engine:
        await screen.until(_RECORDED.search, "alice being recorded")
        screen.process.terminate()
        assert await screen.ended() == Exit.OK
        await engine.goes_on("alice", 1)


async def test_a_dumb_terminal_gets_lines(lab: Lab) -> None:
    lab.publish("alice", seconds=None)
    async with terminal(*RECORD, environment=lab.environment, kind={"TERM": "dumb"}) as screen:
        await screen.shown("take.start")
        assert b"\x1b" not in screen.output
        screen.press("ctrl+c")
        await screen.ended()


@asynccontextmanager
async def shown_in(
    runtime: Path, typed: str = "", **kind: str
) -> AsyncGenerator[tuple[Terminal, FakeEngine], None]:
    """Attach to the studio in a terminal of some kind, where somebody types meanwhile."""
    room = RoomConfig(room="studio-7", server="ws://127.0.0.1:8443")
    environment: Mapping[str, str] = {**os.environ, "ROOMDECK_CONFIG": os.devnull}
    async with fake_engine(room) as engine:
        for event in studio_events():
            engine.report(event.type, event.text, event.stream, level=event.level, data=event.data)
        engine.show(studio())
        async with terminal(*ATTACH, environment=environment, kind=kind) as screen:
            screen.press(*typed)
            await screen.shown("Anna", "Quit")
            yield screen, engine


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROOMDECK_RUNTIME_DIR", str(tmp_path / "run"))
    return tmp_path


async def test_what_was_typed_before_the_first_picture_does_nothing(runtime: Path) -> None:
    async with shown_in(runtime, typed="qd") as (screen, _):
        screen.press("?")
        await screen.shown("moving")
        assert "Leave this screen" not in screen.text()
        assert screen.process.returncode is None


async def test_no_color_is_respected(runtime: Path) -> None:
    async with shown_in(runtime, NO_COLOR="1") as (screen, _):
        assert _colours(screen) == set()


async def test_sixteen_colours_are_enough(runtime: Path) -> None:
    async with shown_in(runtime, TERM="linux", COLORTERM="") as (screen, _):
        used = _colours(screen)
        assert used
        assert not {code for code in used if code.startswith((b"38;", b"48;"))}
        assert screen.text().replace("·", "").isascii()  # the dots are in names


async def test_256_colours_over_plain_ssh(runtime: Path) -> None:
    ssh = "192.0.2.1 50000 192.0.2.2 22"
    async with shown_in(runtime, COLORTERM="", SSH_CONNECTION=ssh) as (screen, _):
        used = _colours(screen)
        assert {code for code in used if code.startswith(b"38;5;")}
        assert not {code for code in used if code.startswith(b"38;2;")}


def _colours(screen: Terminal) -> set[bytes]:
    """Return the colour codes that were sent; bold, reverse and the like are none."""
    found: set[bytes] = set()
    for code in _COLOURS.findall(bytes(screen.output)):
        words = code[2:-1]
        for part in re.findall(rb"[34]8;[25](?:;\d+)+|\d+", words):
            if part.startswith((b"38", b"48")) or 30 <= int(part) <= 47 or 90 <= int(part) <= 107:
                found.add(part)
    return found - {b"39", b"49"}
