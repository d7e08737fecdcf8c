"""Programs that hear of an event on their stdin."""

from __future__ import annotations

import logging
import os
import select
import sys
import time
from pathlib import Path

import pytest

from roomdeck.core.attendant.hooks import program as module
from roomdeck.core.attendant.hooks.deliveries import Delivery
from roomdeck.core.attendant.hooks.program import Program
from roomdeck.core.config import Hook

TOLD = Delivery(id="1", key="k", type="take.end", made=1.0, body=b'{"type":"take.end"}')


def script(code: str, *arguments: str, timeout: float | None = None) -> Program:
    command = (sys.executable, "-S", "-c", code, *arguments)
    return Program(Hook(on=("take.end",), name="it", command=command, timeout=timeout))


async def begun() -> None:
    pass


async def test_it_gets_the_event_and_its_arguments_as_they_are(tmp_path: Path) -> None:
    there = tmp_path / "a $HOME; *"
    code = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
    assert await script(code, str(there)).tell(TOLD, begun) is None
    assert there.read_bytes() == TOLD.body


async def test_it_is_said_to_have_begun_while_it_runs(tmp_path: Path) -> None:
    go = tmp_path / "go"

    async def let_it_end() -> None:
        go.write_text("")

    code = """
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
"""
    assert await script(code, str(go), timeout=20).tell(TOLD, let_it_end) is None


async def test_how_it_failed() -> None:
    failed = await script("import sys; sys.exit(3)").tell(TOLD, begun)
    assert failed is not None
    assert (failed.error, failed.again) == ("it ended with status 3", False)
    killed = await script("import os; os.kill(os.getpid(), 9)").tell(TOLD, begun)
    assert killed is not None
    assert killed.error == "it ended with signal 9"
    missing = await Program(Hook(on=("*",), command=("/no/such",))).tell(TOLD, begun)
    assert missing is not None
    assert "cannot be started: No such file" in missing.error


@pytest.mark.skipif(sys.platform != "linux", reason="other processes are waited for by pidfd")
async def test_who_takes_too_long_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.05)
    code = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-S", "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(60)
"""
    there = tmp_path / "pid"
    began = time.monotonic()
    failed = await script(code, str(there), timeout=1).tell(TOLD, begun)
    assert failed is not None
    assert "not done after 1 s" in failed.error
    assert time.monotonic() - began < 30
    assert _is_ending(int(there.read_text()))


def _is_ending(pid: int) -> bool:
    """Whether a process ends that got its signal; nobody may have buried it yet."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 30)[0])
    finally:
        os.close(process)


async def test_what_it_says_is_in_the_log_and_bounded(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(module, "LOGGED", 10)
    code = "import sys; print('x' * 50 + 'out\\x1b[31m'); sys.stdout.flush(); sys.exit('err')"
    assert await script(code).tell(TOLD, begun) is not None
    said = caplog.records[-1].getMessage()
    assert said.startswith("hook it says: … ")
    assert said.endswith("[31m\nerr")
    assert "\x1b" not in said


async def test_what_it_says_is_thrown_away_where_it_is_too_much(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "MOST_OUTPUT", 1000)
    # It ends when its output is less than it wrote.
    code = """
import os, sys, time
sys.stdout.write("x" * 5000)
sys.stdout.flush()
while os.fstat(1).st_size >= 5000:
    time.sleep(0.01)
"""
    assert await script(code, timeout=20).tell(TOLD, begun) is None
