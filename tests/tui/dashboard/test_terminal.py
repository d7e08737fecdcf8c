from __future__ import annotations

import pytest

from roomdeck.tui.dashboard.model.terminal import Colors, detect
from roomdeck.tui.dashboard.themes import THEMES, theme_for

XTERM = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}


@pytest.mark.parametrize(
    ("environment", "colors", "theme"),
    [
        (XTERM | {"COLORTERM": "truecolor"}, Colors.TRUE, "roomdeck-dark"),
        (XTERM | {"COLORTERM": "24bit"}, Colors.TRUE, "roomdeck-dark"),
        (XTERM, Colors.MANY, "roomdeck-dark"),
        ({"TERM": "tmux-256color"}, Colors.MANY, "roomdeck-dark"),
        ({"TERM": "xterm-kitty"}, Colors.MANY, "roomdeck-dark"),
        ({"TERM": "xterm-direct"}, Colors.TRUE, "roomdeck-dark"),
        ({"TERM": "screen"}, Colors.FEW, "ansi-dark"),
        ({"TERM": "linux"}, Colors.FEW, "ansi-dark"),
        ({"TERM": "xterm"}, Colors.FEW, "ansi-dark"),
        (XTERM | {"COLORTERM": "truecolor", "NO_COLOR": "1"}, Colors.NONE, "ansi-dark"),
        (XTERM | {"NO_COLOR": ""}, Colors.MANY, "roomdeck-dark"),
    ],
)
def test_colours(environment: dict[str, str], colors: Colors, theme: str) -> None:
    terminal = detect(environment)
    assert terminal.colors is colors
    assert theme_for(terminal) == theme


@pytest.mark.parametrize(
    ("environment", "ascii"),
    [
        (XTERM, False),
        ({"TERM": "xterm"}, False),
        ({"TERM": "linux", "LANG": "en_GB.UTF-8"}, True),
        ({"TERM": "xterm", "LANG": "C"}, True),
        ({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}, True),
        ({"TERM": "xterm", "LANG": "C", "LC_ALL": "C.utf8"}, False),
        ({"TERM": "xterm", "LANG": "en_GB.UTF-8", "LC_ALL": "POSIX"}, True),
        ({"TERM": "xterm", "LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
    ],
)
def test_ascii(environment: dict[str, str], ascii: bool) -> None:
    assert detect(environment).ascii is ascii


@pytest.mark.parametrize("term", ["", "dumb", "unknown"])
def test_terminals_that_cannot_show_screens(term: str) -> None:
    assert detect({"TERM": term}).dumb


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY"])
def test_nothing_moves_over_ssh(name: str) -> None:
    terminal = detect(XTERM | {name: "10.0.0.1 50000 10.0.0.2 22"})
    assert terminal.ssh
    assert not terminal.animation
    assert detect(XTERM).animation


def test_multiplexers() -> None:
    assert detect(XTERM | {"TMUX": "/tmp/tmux-0/default,1,0"}).multiplexer == "tmux"
    assert detect({"TERM": "screen.xterm-256color"}).multiplexer == "screen"
    assert detect(XTERM).multiplexer == ""


def test_what_is_asked_for_wins() -> None:
    terminal = detect(XTERM, ascii=True, no_color=True, mouse=False)
    assert (terminal.ascii, terminal.colors, terminal.mouse) == (True, Colors.NONE, False)


def test_every_theme_of_ours_names_our_roles() -> None:
    roles = {"record", "muted", "cursor-style"}
    assert [theme.name for theme in THEMES if not roles <= theme.variables.keys()] == []
