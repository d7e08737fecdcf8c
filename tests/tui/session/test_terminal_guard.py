"""Signals while the dashboard is open."""

from __future__ import annotations

import asyncio
import signal

import pytest

from roomdeck.tui.dashboard.leave import Leave
from roomdeck.tui.session import terminal_guard as lifeline
from roomdeck.tui.session.terminal_guard import TerminalGuard


class Screen:
    """Stands in for the app: remembers how it was told to leave."""

    def __init__(self) -> None:
        self.left: list[Leave] = []
        self.terminated = 0
        self.told = asyncio.Event()

    def leave(self, result: Leave) -> None:
        self.left.append(result)
        self.told.set()

    def on_terminate(self) -> Leave:
        self.terminated += 1
        return Leave.STOPPED


@pytest.fixture
def silenced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The terminal of the tests stays."""
    calls: list[str] = []
    monkeypatch.setattr(lifeline, "silence", lambda: calls.append("silence"))
    return calls


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_from_outside_says_what_to_leave_with(
    number: signal.Signals, silenced: list[str]
) -> None:
    screen = Screen()
    with TerminalGuard(screen.leave, screen.on_terminate):
        signal.raise_signal(number)
        await asyncio.wait_for(screen.told.wait(), 30)
    assert screen.left == [Leave.STOPPED]
    assert screen.terminated == 1
    assert silenced == []


async def test_a_second_signal_is_passed_on_too(silenced: list[str]) -> None:
    screen = Screen()
    with TerminalGuard(screen.leave, screen.on_terminate):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert screen.terminated == 2


async def test_a_hangup_silences_the_terminal_once_and_leaves(silenced: list[str]) -> None:
    screen = Screen()
    with TerminalGuard(screen.leave, screen.on_terminate):
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        await asyncio.wait_for(screen.told.wait(), 30)
    assert screen.left == [Leave.HANGUP]
    assert silenced == ["silence"]
    assert screen.terminated == 0


async def test_afterwards_signals_do_what_they_did_before() -> None:
    before = [signal.getsignal(n) for n in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)]
    screen = Screen()
    with TerminalGuard(screen.leave, screen.on_terminate):
        assert signal.getsignal(signal.SIGHUP) != before[0]
    after = [signal.getsignal(n) for n in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)]
    assert after == before
