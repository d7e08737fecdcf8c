from __future__ import annotations

import pytest

from roomdeck.tui.dashboard.model.choices import WAYS, Choices
from roomdeck.tui.dashboard.model.terminal import Colors, Pictures, detect
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


TRUE = XTERM | {"COLORTERM": "truecolor"}


@pytest.mark.parametrize(
    ("environment", "pictures"),
    [
        (TRUE, Pictures.BLOCKS),
        ({"TERM": "xterm-kitty"}, Pictures.KITTY),
        ({"TERM": "xterm-ghostty"}, Pictures.KITTY),
        (TRUE | {"TERM_PROGRAM": "ghostty"}, Pictures.KITTY),
        (TRUE | {"TERM_PROGRAM": "iTerm.app"}, Pictures.ITERM),
        (TRUE | {"LC_TERMINAL": "iTerm2", "SSH_CONNECTION": "1 2 3 4"}, Pictures.ITERM),
        (TRUE | {"TERM_PROGRAM": "WezTerm"}, Pictures.ITERM),
        (TRUE | {"TERM": "foot"}, Pictures.SIXEL),
        ({"TERM": "tmux-256color", "LC_TERMINAL": "iTerm2"}, Pictures.BLOCKS),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, Pictures.BLOCKS),
        (TRUE | {"KITTY_WINDOW_ID": "1"}, Pictures.BLOCKS),
        ({"TERM": "xterm"}, Pictures.NONE),
        ({"TERM": "linux"}, Pictures.NONE),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, Pictures.NONE),
        ({"TERM": "xterm-kitty", "LANG": "C"}, Pictures.NONE),
    ],
)
def test_pictures(environment: dict[str, str], pictures: Pictures) -> None:
    terminal = detect(environment)
    assert Choices().pictures(terminal) is pictures
    assert bool(terminal.blind) == (pictures is Pictures.NONE)


def test_somebody_may_know_better_what_a_terminal_shows() -> None:
    terminal, choices = detect(TRUE), Choices()
    seen = list[Pictures]()
    for _ in WAYS:
        choices = choices.with_next_pictures(terminal)
        seen.append(choices.pictures(terminal))
    assert set(seen) == set(WAYS)
    assert choices == Choices(), "what suits by itself is no choice"
    assert Choices(wall_pictures="nonsense").pictures(terminal) is Pictures.BLOCKS
    assert Choices(wall_pictures="no pictures").pictures(terminal) is Pictures.BLOCKS


def test_a_terminal_without_colours_cannot_be_told_to_show_pictures() -> None:
    poor = detect({"TERM": "xterm"})
    chosen = Choices(wall_pictures=Pictures.KITTY.value)
    assert chosen.pictures(poor) is Pictures.NONE
    assert chosen.with_next_pictures(poor) == chosen
