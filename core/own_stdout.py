"""Stdout of a program that speaks to another one by it, in lines."""

from __future__ import annotations

import os


def own_stdout() -> int:
    """Keep stdout for lines of ours: what a library prints goes to stderr from here on.

    Returns:
        The descriptor of what was stdout, for `write_all`.
    """
    ours = os.dup(1)
    os.dup2(2, 1)
    return ours


def write_all(descriptor: int, data: bytes) -> None:
    """Write data, in as many parts as it takes.

    Raises:
        OSError: Nobody reads any more.
    """
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
