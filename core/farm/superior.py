"""Who gave a job its order: what is said to it, and what it says, on two descriptors."""

from __future__ import annotations

import contextlib
import os
import select

from ..delivery.jobs.pool import Stopped
from ..own_stdout import write_all
from .orders import State, line

_READ = 1 << 16
"""Bytes that are read at a time."""


class Superior:
    """Who gave the order: what is said to it, and what it says.

    Args:
        ear: Where it is heard.
        mouth: Where it listens.
    """

    def __init__(self, ear: int, mouth: int) -> None:
        self._ear, self._mouth = ear, mouth
        self._rest = b""
        self._held = False
        self._cleared = False

    def order(self) -> bytes:
        """Return the first line."""
        while b"\n" not in self._rest:
            self._read()
        first, _, self._rest = self._rest.partition(b"\n")
        return first

    def say(self, state: State) -> None:
        """Say how far this is."""
        with contextlib.suppress(OSError):
            write_all(self._mouth, line(state))

    @property
    def held(self) -> bool:
        """Whether to stand still for now.

        Raises:
            Stopped: Nobody wants any of it any more.
        """
        while select.select([self._ear], [], [], 0)[0]:
            self._hear()
        return self._held

    def wait(self) -> None:
        """Wait until what is left here is not needed any more.

        Raises:
            Stopped: Nobody said so.
        """
        while not self._cleared:
            self._hear()

    def _hear(self) -> None:
        self._read()
        *words, self._rest = self._rest.split(b"\n")
        for word in words:
            self._cleared |= word == b"clear"
            self._held = word == b"hold" or (self._held and word != b"go")

    def _read(self) -> None:
        heard = os.read(self._ear, _READ)
        if not heard:
            raise Stopped
        self._rest += heard
