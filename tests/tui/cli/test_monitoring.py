"""``--monitor`` on the command line and in the configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from typer import BadParameter

from roomdeck.core.config import RecordConfig
from roomdeck.core.errors import UsageError
from roomdeck.core.model import Monitor, Outcome
from roomdeck.tui.cli.configuration import configure
from roomdeck.tui.cli.program import app
from roomdeck.tui.cli.room import Plan
from roomdeck.tui.exits import Exit, exit_of


def planned(tmp_path: Path, *words: str, configured: str = "") -> RecordConfig:
    """Return what ``roomdeck record`` would do."""
    file = tmp_path / "config.toml"
    file.write_text('server = "ws://x"\n' + configured)
    command: Any = typer.main.get_command(app)
    root = command.make_context("roomdeck", ["--config", str(file), "record"])
    configure(root, str(file))
    plan, record = Plan(), command.commands["record"]
    with record.make_context(
        "record", list(words), parent=root, default_map=root.default_map["record"], obj=plan
    ) as context:
        record.invoke(context)
    assert plan.config is not None
    return plan.config


@pytest.mark.parametrize(
    ("words", "configured", "monitor"),
    [
        (["lab"], "", Monitor.OFF),
        (["lab", "--monitor"], "", Monitor.CONNECTED),
        (["--monitor", "lab"], "", Monitor.CONNECTED),
        (["--monitor", "--", "lab"], "", Monitor.CONNECTED),
        (["lab", "--monitor=listed"], "", Monitor.LISTED),
        (["lab"], "monitor = true", Monitor.CONNECTED),
        (["lab"], "monitor = false", Monitor.OFF),
        (["lab"], 'monitor = "listed"', Monitor.LISTED),
        (["lab", "--monitor=off"], "monitor = true", Monitor.OFF),
        (["--stream", "alice", "--monitor"], "", Monitor.CONNECTED),
    ],
)
def test_looking_needs_no_word_but_may_have_one(
    tmp_path: Path, words: list[str], configured: str, monitor: Monitor
) -> None:
    config = planned(tmp_path, *words, configured=configured)
    assert config.monitor is monitor
    assert "lab" in (config.room.room, "lab" if config.room.streams else "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lab", "--monitor=all"], "write --monitor or --monitor=listed"),
        (["--stream", "alice", "--monitor=listed"], "needs a room"),
        (["lab", "--pre-roll", "30s"], "it needs --monitor"),
        (["lab", "--pre-roll", "30s", "--monitor=listed"], "it needs --monitor"),
        (["lab", "--pre-roll", "soon", "--monitor"], "write it like 30s"),
        (["lab", "--pre-roll", "1h", "--monitor"], "1s to 10m can be held"),
        (["lab", "--pre-roll", "5s", "--monitor", "--key-frames", "0"], "at least every 10 s"),
        (["lab", "--pre-roll", "30s", "--monitor", "--key-frames", "31"], "at least every 30 s"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        planned(tmp_path, *words)


def test_nothing_recorded_is_no_failure_where_nothing_was_to_be() -> None:
    assert exit_of(Outcome(joined=True)) is Exit.NOTHING_RECORDED
    assert exit_of(Outcome(joined=True, asked=False)) is Exit.OK


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30.0), ("2m", 120.0), ("0", 0.0), ("", 0.0)])
def test_how_much_is_held(tmp_path: Path, text: str, seconds: float) -> None:
    assert planned(tmp_path, "lab", "--monitor", "--pre-roll", text).pre_roll == seconds


@pytest.mark.parametrize("words", [["lab", "--monitor", "listed"], ["--monitor", "connected"]])
def test_a_word_after_it_is_not_taken_for_a_room(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(BadParameter, match=f"{words[-2]}={words[-1]}"):
        planned(tmp_path, *words)


def test_a_room_may_be_called_like_a_way_to_look(tmp_path: Path) -> None:
    assert planned(tmp_path, "--monitor", "--", "listed").room.room == "listed"
