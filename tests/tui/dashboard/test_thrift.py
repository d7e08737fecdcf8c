"""What is sent shows the same, and says a style once."""

from __future__ import annotations

import pyte
import pytest

from roomdeck.tui.dashboard.dress import Dressed
from roomdeck.tui.dashboard.model.terminal import detect
from roomdeck.tui.dashboard.thrift import ThriftyDriver, thrifty

_GREY, _RED = "\x1b[38;2;1;2;3;48;2;4;5;6m", "\x1b[1;31m"


def _at(y: int, x: int, style: str, text: str) -> str:
    return f"\n\x1b[{y};{x}H{style}{text}\x1b[0m"


def _screen(output: str) -> object:
    screen = pyte.Screen(20, 10)
    pyte.Stream(screen).feed(output)
    return [[screen.buffer[y][x] for x in range(20)] for y in range(10)]


@pytest.mark.parametrize(
    ("pieces", "styles"),
    [
        pytest.param([_at(1, 2, _GREY, "a")], 1, id="alone"),
        pytest.param([_at(1, 2, _GREY, "a"), _at(2, 2, _GREY, "▁▃")], 1, id="alike"),
        pytest.param([_at(y, 3, _GREY, f"{y}") for y in range(1, 9)], 1, id="many"),
        pytest.param([_at(1, 2, _GREY, "a"), _at(2, 2, _RED, "b")], 2, id="unlike"),
        pytest.param(
            [_at(1, 2, _RED, "a"), *(_at(y, 3, _GREY, "b") for y in (2, 3)), _at(4, 1, _RED, "c")],
            3,
            id="in turns",
        ),
        pytest.param([_at(1, 2, _GREY, "a"), "plain", _at(2, 2, _GREY, "b")], 2, id="plain"),
        pytest.param([_at(1, 2, _GREY, "a"), "\x1b[K", _at(2, 2, _GREY, "b")], 2, id="erases"),
    ],
)
def test_the_screen_is_the_same_and_a_style_is_said_once(pieces: list[str], styles: int) -> None:
    output = "".join(pieces) + "\x1b[1;1H"
    sent = thrifty(output)
    assert sent.count(_GREY) + sent.count(_RED) == styles == sent.count("\x1b[0m")
    assert _screen(sent) == _screen(output)


def test_every_app_writes_through_it() -> None:
    assert Dressed[None](detect({"TERM": "xterm-256color"})).driver_class is ThriftyDriver
