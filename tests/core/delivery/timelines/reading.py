"""Timelines, read back: by the libraries of their formats, where these are, or as they are written.

The libraries have no wheels for every Python.
"""

from __future__ import annotations

import re
import warnings
from typing import Any, NamedTuple

import pytest


def read(text: str, adapter: str) -> Any:
    """Return what OpenTimelineIO makes of a timeline: ``otio_json``, ``fcp_xml``, ``fcpx_xml``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of theirs, on Pythons since 3.12
        otio: Any = pytest.importorskip("opentimelineio")
        return otio.adapters.read_from_string(text, adapter)


_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|`([^`]*)`|(\S+)")


class Block(NamedTuple):
    """A chunk of Reaper's: words of its head, of its lines, and the chunks in it."""

    head: list[str]
    lines: list[list[str]]
    blocks: list[Block]

    def said(self, key: str) -> list[str]:
        (line,) = (line for line in self.lines if line[0] == key)
        return line[1:]


def _words(line: str) -> list[str]:
    found = list(_WORD.finditer(line))
    assert _WORD.sub("", line).strip() == ""
    return [next(group for group in match.groups() if group is not None) for match in found]


def read_project(text: str) -> Block:
    """Return a project of Reaper."""
    stack = [Block([], [], [])]
    for line in text.removesuffix("\n").split("\n"):
        line = line.strip()
        if line == ">":
            done = stack.pop()
            stack[-1].blocks.append(done)
        elif line.startswith("<"):
            stack.append(Block(_words(line[1:]), [], []))
        else:
            stack[-1].lines.append(_words(line))
    (top,) = stack
    (found,) = top.blocks
    return found
