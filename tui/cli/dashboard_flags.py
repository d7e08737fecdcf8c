"""The options of every command that opens the dashboard, as one parameter."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import typer

from ..dashboard.appearance import Appearance
from . import flags


def _appearance(
    theme: flags.Theme = "",
    ascii: flags.Ascii = False,
    no_color: flags.NoColor = False,
    no_mouse: flags.NoMouse = False,
    no_bell: flags.NoBell = False,
    interval: flags.Interval = 1.0,
) -> Appearance:
    return Appearance(
        theme=theme,
        ascii=ascii,
        no_color=no_color,
        mouse=not no_mouse,
        bell=not no_bell,
        interval=interval,
    )


OPTIONS = inspect.signature(_appearance, eval_str=True).parameters
"""By their names inside."""


def appearance_of(context: typer.Context) -> Appearance:
    """Return what these options are for a command that has them."""
    return _appearance(**{name: context.params[name] for name in OPTIONS})


def with_appearance(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options after its own; it takes them as its ``appearance``."""
    own = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def wrapped(**values: Any) -> None:
        chosen = {name: values.pop(name) for name in OPTIONS}
        command(**values, appearance=_appearance(**chosen))

    kept = [one for name, one in own.parameters.items() if name != "appearance"]
    signature = own.replace(parameters=[*kept, *OPTIONS.values()])
    setattr(wrapped, "__signature__", signature)  # noqa: B010  pyright knows no such attribute
    return wrapped
