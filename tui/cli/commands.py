"""The commands of the program, each imported when it is asked for: one run needs one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from ...core.memory import importing
from .bare import BareCommand
from .plain import PlainValues

_MODULES = {
    "record": "recording",
    "rooms": "rooms",
    "attach": "running",
    "status": "running",
    "stop": "running",
    "start": "running",
    "exclude": "running",
    "include": "running",
    "split": "running",
    "mark": "running",
    "publish": "publishing",
    "serve": "serving",
    "demo": "demo",
    "check": "files",
    "repair": "files",
    "collect": "collecting",
    "deliver": "delivering",
    "doctor": "examining",
    "upload": "uploading",
    "service": "service",
    "cluster": "nodes",
}
"""Where each is, in the order of the help; a function of its name, or a group."""


class Commands(Mapping[str, Any]):
    """By name, as typer makes them."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a command, imported by now."""
        if name not in self._made:
            with importing():
                self._made[name] = _made(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names, in the order of the help."""
        return iter(_MODULES)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(_MODULES)


class Program(PlainValues, TyperGroup):
    """All of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Commands()  # pyright: ignore[reportAttributeAccessIssue]


def _made(name: str) -> Any:
    what = getattr(import_module(f".{_MODULES[name]}", __package__), name)
    if isinstance(what, typer.Typer):
        return typer.main.get_command(what)
    alone = typer.Typer(add_completion=False)
    alone.command(name, cls=BareCommand)(what)
    return typer.main.get_command(alone)
