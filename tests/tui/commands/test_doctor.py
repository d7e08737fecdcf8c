"""``roomdeck doctor``, as a process and in parts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from roomdeck.core.doctor.finding import Grade
from roomdeck.core.webrtc.guard import host_addresses
from roomdeck.tui.commands.doctor import judge_terminal
from roomdeck.tui.dashboard.model.terminal import detect

CHECKS = [
    *("terminal", "versions", "receiving", "ffmpeg", "runtime", "space", "disk"),
    *("buffers", "ports", "descriptors"),
]
_WATCHED = """
import sys
def watch(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        print("WENT", event, args[1] if event.startswith("socket.") and len(args) > 1 else args,
              file=sys.stderr)
sys.addaudithook(watch)
from roomdeck.tui import cli
cli.main()
"""


def doctor(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run it with a note of every address that it speaks to."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROOMDECK")}
    here = {"ROOMDECK_RUNTIME_DIR": str(tmp_path / "run"), "ROOMDECK_CONFIG": os.devnull}
    return subprocess.run(
        [sys.executable, "-c", _WATCHED, "doctor", "--json", "--floor", "0", *words],
        env=kept | here,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_server_named_nothing_goes_out(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    done = doctor(tmp_path, "--output", str(tmp_path / "out"))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["check"] for one in found] == [*CHECKS, "clock"]
    assert {one["type"] for one in found} == {"doctor"}
    assert done.returncode == any(one["grade"] == "wrong" for one in found)
    went = [line for line in done.stderr.splitlines() if line.startswith("WENT")]
    own = host_addresses(True, True)
    assert all(any(f"'{address}'" in line for address in own) for line in went), went
    assert list((tmp_path / "out").iterdir()) == []


def test_a_server_that_is_not_there_is_1(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--output", str(tmp_path), "--server", "ws://127.0.0.1:1")
    (found,) = (
        one for one in map(json.loads, done.stdout.splitlines()) if one["check"] == "server"
    )
    assert done.returncode == 1
    assert found["grade"] == "wrong"


@pytest.mark.parametrize(
    ("environment", "shown", "size", "grade", "said"),
    [
        ({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, True, (120, 40), Grade.OK, "120x40"),
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, True, (80, 24), Grade.OK, "16 colours"),
        ({"TERM": "xterm-256color", "LANG": "C"}, True, (80, 24), Grade.WARNING, "ASCII"),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, True, (80, 24), Grade.OK, "ASCII"),
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, True, (39, 24), Grade.WARNING, "too small"),
        ({"TERM": "dumb"}, False, (80, 24), Grade.OK, "lines are printed"),
    ],
)
def test_what_a_terminal_can_show(
    environment: dict[str, str], shown: bool, size: tuple[int, int], grade: Grade, said: str
) -> None:
    finding = judge_terminal(detect(environment), shown, size)
    assert finding.grade is grade
    assert said in finding.text
