"""``roomdeck doctor``: what of this machine is not as a recording needs it."""

from __future__ import annotations

import os
import shutil

import msgspec

from ...core.doctor.examination import Asked, examine
from ...core.doctor.finding import Finding, Grade
from ..dashboard.appearance import Appearance, can_show
from ..dashboard.model.terminal import Colors, Terminal
from ..exits import Exit
from ..lines.printer import narrate
from ..text.format import json_line, printable
from ..text.words import count

_SMALLEST = (40, 10)
"""Columns and lines of the smallest terminal that the dashboard fits into."""
_UNDER = " " * 22


class Findings:
    """Prints what is found, and what mends it."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._grades: list[Grade] = []

    def tell(self, finding: Finding) -> None:
        """Print one."""
        self._grades.append(finding.grade)
        print(_json(finding) if self._as_json else printable(_text(finding)), flush=True)

    def summary(self) -> Exit:
        """Say how many there were; 1 is where something is wrong."""
        narrate(_summary(self._grades))
        return Exit.USAGE if Grade.WRONG in self._grades else Exit.OK


async def look_at_all(asked: Asked, as_json: bool) -> Exit:
    """Print what is found, and what mends it; 1 is where something is wrong."""
    findings = Findings(as_json)
    appearance = Appearance()
    size = shutil.get_terminal_size()
    findings.tell(
        judge_terminal(appearance.terminal(), can_show(appearance), (size.columns, size.lines))
    )
    async for finding in examine(asked):
        findings.tell(finding)
    return findings.summary()


def judge_terminal(terminal: Terminal, shown: bool, size: tuple[int, int]) -> Finding:
    """Say what the dashboard would look like here."""
    data = msgspec.to_builtins(terminal) | {"size": list(size), "dashboard": shown}
    if not shown:
        text = f"TERM is {terminal.name!r}, or stdin, stdout or stderr is none: lines are printed"
        return Finding(check="terminal", grade=Grade.OK, text=text, data=data)
    if size[0] < _SMALLEST[0] or size[1] < _SMALLEST[1]:
        text = f"{size[0]}x{size[1]} is too small for the dashboard, which wants 40x10"
        mend = "make it larger: resize shows what it is"
        return Finding(check="terminal", grade=Grade.WARNING, text=text, mend=mend, data=data)
    drawn = "ASCII" if terminal.ascii else "Unicode"
    text = f"{terminal.name}, {size[0]}x{size[1]}, {terminal.colors}, {drawn}"
    text += f", in {terminal.multiplexer}" if terminal.multiplexer else ""
    if terminal.ascii and terminal.name != "linux":
        text += ": names of guests are hardly readable"
        mend = "export LANG=C.UTF-8"
        return Finding(check="terminal", grade=Grade.WARNING, text=text, mend=mend, data=data)
    if terminal.colors is Colors.FEW and terminal.name != "linux" and "NO_COLOR" not in os.environ:
        text += "; with 256 colours, TERM=xterm-256color, states are told apart sooner"
    return Finding(check="terminal", grade=Grade.OK, text=text, data=data)


def _json(finding: Finding) -> str:
    return json_line({"type": "doctor"} | msgspec.to_builtins(finding))


def _text(finding: Finding) -> str:
    line = f"{finding.grade:<8} {finding.check:<12} {finding.text}"
    return f"{line}\n{_UNDER}{finding.mend}" if finding.mend else line


def _summary(grades: list[Grade]) -> str:
    wrong, warnings = grades.count(Grade.WRONG), grades.count(Grade.WARNING)
    if not wrong and not warnings:
        return "all is well"
    return f"{count(warnings, 'warning')}, {wrong} wrong; what mends each stands below it"
