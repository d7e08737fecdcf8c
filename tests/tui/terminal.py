"""A program in a pseudo-terminal, and the screen that a person would see there."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pyte

PATIENCE = 60.0
"""Seconds after which what a test waits for will not be shown."""

_CONTROLLED = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Makes the pseudo-terminal the one whose loss is a SIGHUP, then becomes the program."""
_ABOUT_TERMINALS = ("COLUMNS", "LINES", "NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "STY", "TMUX")
_TICKS = os.sysconf("SC_CLK_TCK")
_AT_ONCE = 1 << 16


class Terminal:
    """A terminal of xterm's kind with a program in it."""

    def __init__(self, process: asyncio.subprocess.Process, master: int, screen: pyte.Screen):
        self.process = process
        self.output = bytearray()
        """All that the program wrote and that was read."""
        self._master: int | None = master
        self._screen = screen
        self._stream = pyte.ByteStream(screen)
        self._news = asyncio.Event()
        self.read_on()

    def read_on(self) -> None:
        """Take what the program writes, as terminals do."""
        if self._master is not None:
            asyncio.get_running_loop().add_reader(self._master, self._read)

    def stall(self) -> None:
        """Take nothing more: a terminal whose line hangs, or whose user pressed ctrl+s."""
        if self._master is not None:
            asyncio.get_running_loop().remove_reader(self._master)

    def hang_up(self) -> None:
        """Go away: a closed window, a lost ssh connection."""
        self.stall()
        if self._master is not None:
            os.close(self._master)
        self._master = None

    def press(self, *keys: str) -> None:
        """Type; ``enter``, ``esc`` and the others have their names, the rest is itself."""
        assert self._master is not None
        names = {"enter": "\r", "esc": "\x1b", "ctrl+c": "\x03", "down": "\x1b[B", "tab": "\t"}
        os.write(self._master, "".join(names.get(key, key) for key in keys).encode())

    def text(self) -> str:
        """Return the screen: a line per row, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self._screen.display) + "\n"

    def scroll_back(self) -> str:
        """Return what was printed after the program left its full screen, unwrapped."""
        return self.output.rpartition(b"\x1b[?1049l")[2].decode(errors="replace")

    async def shown(self, *texts: str) -> str:
        """Wait until texts are on the screen; return it."""
        return await self.until(lambda screen: all(text in screen for text in texts), texts)

    async def gone(self, text: str) -> str:
        """Wait until a text has left the screen; return it."""
        return await self.until(lambda screen: text not in screen, f"without {text!r}")

    async def until(self, fits: Callable[[str], object], what: object) -> str:
        """Wait until the screen is like this; return it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not fits(self.text()):
                    self._news.clear()
                    await self._news.wait()
        if not fits(screen := self.text()):
            raise AssertionError(f"never shown: {what}\n{screen}\n{bytes(self.output[-800:])!r}")
        return screen

    async def ended(self) -> int:
        """Wait for the program's end; return its exit status."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    def cpu_seconds(self) -> float:
        """Return the processor time that the program has used."""
        status = Path(f"/proc/{self.process.pid}/stat").read_text()
        user, system = status.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / _TICKS

    def _read(self) -> None:
        assert self._master is not None
        try:
            data = os.read(self._master, _AT_ONCE)
        except OSError:  # Linux says so when the last program has left the terminal
            data = b""
        if not data:
            self.stall()
        self.output += data
        self._stream.feed(data)
        self._news.set()


@contextlib.asynccontextmanager
async def terminal(
    *words: str,
    environment: Mapping[str, str],
    columns: int = 80,
    rows: int = 24,
    kind: Mapping[str, str] = MappingProxyType({}),
) -> AsyncGenerator[Terminal, None]:
    """Run Python with these words in a terminal; what still runs at the end is killed.

    Args:
        words: Arguments of the interpreter.
        environment: Of the program, but for what it says about the terminal.
        columns: Width in cells.
        rows: Height in cells.
        kind: What the environment says about the terminal: ``TERM``, ``NO_COLOR``, …
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
    os.set_blocking(master, False)
    plain = {name: value for name, value in environment.items() if name not in _ABOUT_TERMINALS}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-Ic", _CONTROLLED, *words),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=plain | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | dict(kind),
        start_new_session=True,
    )
    os.close(slave)
    opened = Terminal(process, master, pyte.Screen(columns, rows))
    try:
        yield opened
    finally:
        opened.hang_up()
        if process.returncode is None:
            process.kill()
        await process.wait()
