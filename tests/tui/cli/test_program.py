"""The program as a user runs it: what it says, where, and with which exit status."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from roomdeck.core.version import VERSION
from roomdeck.tui.cli.program import main


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROOMDECK")}
    return kept | {"ROOMDECK_RUNTIME_DIR": str(tmp_path / "run"), "ROOMDECK_CONFIG": os.devnull}


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "roomdeck.tui", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_version(environment: dict[str, str]) -> None:
    done = run(environment, "--version")
    assert (done.returncode, done.stdout) == (0, f"roomdeck {VERSION}\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("record", "lab"), "which handshake server"),
        (("record", "https://vdo.ninja/?p=x", "--server", "ws://x"), "names no room"),
        (("record", "lab", "--stream", "x", "--server", "ws://x"), "--only chooses among"),
        (("record", "--stream", "x*", "--server", "ws://x"), "is no stream id"),
        (("publish", "lab", "--server", "ws://x"), "which stream?"),
        (("record", "lab", "--nonsense"), "No such option"),
        (("record",), "the room name is empty; give"),
        (("record", "lab", "--server", "ws://x", "--codec", "mp3"), "no video codec 'mp3'"),
        (("record", "lab", "--server", "ws://x", "--seconds", "0"), "--seconds"),
        (("record", "lab", "--server", "ws://x", "--http", "0.0.0.0:1"), "--http-token-file FILE"),
        (("record", "lab", "--server", "ws://x", "--keep", "7"), "--keep: 7 of what?"),
        (("record", "lab", "--server", "ws://x", "--no-audio", "--no-video"), "leave nothing"),
        (("serve", "--host", "192.0.2.1"), "choose another --host"),
        (("serve", "--tls", "--tls-cert", "c.pem"), "leave it out, or --tls-cert"),
        (("serve", "--tls-key", "k.pem"), "a key needs its certificate: --tls-cert"),
        (("serve", "--tls-cert", "/none.pem"), "cannot read the certificate /none.pem"),
        (("nonsense",), "No such command"),
        (("--config", os.devnull), "Missing command"),
        (("record", "--headless"), "the room name is empty; give"),
        (("record", "--json", "lab"), "which handshake server"),
        (("status",), "nothing is being recorded"),
        (("stop",), "no roomdeck engine is running"),
        (("stop", "alice"), "no roomdeck engine is running"),
        (("start", "alice", "--room", "lab"), "no roomdeck engine is running for room lab"),
        (("--config", "/nowhere/c.toml", "status"), "cannot read the configuration"),
        (("check", "a.ts", "b.ts", "--against", "c"), "--against compares one file"),
        (("deliver", "/nowhere", "--cluster-token", "f"), "of no use without --cluster"),
        (("deliver", "/nowhere", "--cluster", "box1"), "HOST:PORT"),
        (("deliver", ".", "--container", "mp4"), "--container is for --preset masters"),
        (("deliver", ".", "--preset", "masters", "--container", "auto"), "mkv, mp4 or ts"),
        (("deliver", ".", "--preset", "audio", "--fps", "25"), "--fps is for presets"),
        (("deliver", ".", "--preset", "audio", "--grid", "--size", "64x64"), "--size is for"),
        (("deliver", ".", "--preset", "masters", "--loudness", "-16"), "--loudness is for"),
        (("deliver", ".", "--session", os.devnull), "/dev/null is not in ."),
    ],
    ids=str,
)
def test_wrong_use_is_1_and_said_on_stderr(
    environment: dict[str, str],
    words: tuple[str, ...],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["roomdeck", *words])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    assert left.value.code == 1
    assert said.out == ""
    assert complaint in said.err


def test_what_is_configured_for_others_is_no_wrong_use_of_deliver(
    environment: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "c.toml"
    config.write_text('container = "auto"\nsize = "640x360"\n[deliver]\nloudness = -16.0\n')
    done = run(environment | {"ROOMDECK_CONFIG": str(config)}, "deliver", "/nowhere")
    assert (done.returncode, done.stderr) == (1, "roomdeck: /nowhere is not there\n")


def test_without_a_terminal_there_is_help_in_place_of_the_start_screen(
    environment: dict[str, str], tmp_path: Path
) -> None:
    # Nobody asked for what is in it.
    alone = run(environment | {"ROOMDECK_CONFIG": str(tmp_path / "none.toml")})
    assert (alone.returncode, alone.stderr) == (1, "")
    assert alone.stdout.count("Usage: ") == 1


def test_a_misspelt_configuration_is_said(environment: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[publish]\nsise = "640x360"\n')
    done = run(environment | {"ROOMDECK_CONFIG": str(config)}, "status")
    assert done.returncode == 1
    assert "did you mean 'size'" in done.stderr


def test_a_port_that_is_taken_is_said(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(environment, "serve", "--port", str(port))
    assert done.returncode == 1
    assert f"cannot listen at 127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize("content", [b"", b"no film at all" * 100])
def test_a_bad_file_is_1(environment: dict[str, str], tmp_path: Path, content: bytes) -> None:
    film = tmp_path / "bad.mkv"
    film.write_bytes(content)
    done = run(environment, "check", str(film), "--json")
    assert done.returncode == 1
    line = json.loads(done.stdout)
    assert (line["type"], line["verdict"]) == ("check", "bad")
    assert line["findings"][0]["text"].startswith("cannot be read")
    assert "Traceback" not in done.stderr


def test_an_output_folder_that_cannot_be_made_is_said(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    output = str(tmp_path / "file" / "out")
    done = run(environment, "record", "lab", "--server", "ws://127.0.0.1:9", "--output", output)
    assert done.returncode == 1
    assert "cannot make the output folder" in done.stderr


def test_the_core_knows_no_terminal() -> None:
    code = """
import importlib, pkgutil, sys
import roomdeck.core
for module in pkgutil.walk_packages(roomdeck.core.__path__, "roomdeck.core."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(sorted({"textual", "rich", "typer"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_without_a_configuration_a_command_imports_no_other_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    del environment["ROOMDECK_CONFIG"]
    environment["XDG_CONFIG_HOME"] = str(tmp_path)
    code = """if True:
        import sys
        from roomdeck.tui.start import main
        sys.argv[1:] = ["check", "--help"]
        try:
            main()
        except SystemExit:
            pass
        print(*sorted(name for name in sys.modules if name.startswith("roomdeck.tui.cli.")))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded = {name.rpartition(".")[2] for name in done.stdout.splitlines()[-1].split()}
    assert "files" in loaded
    assert not loaded & {"recording", "rooms", "publishing", "delivering", "service", "welcome"}
