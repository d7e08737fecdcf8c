"""Values that are what they should be as they were typed.

Typer has pydantic convert all values, which takes 0.2 s to load: most of what a short command does.
Nearly all of ours are text, paths and flags; whatever else is given goes typer's way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any


class PlainValues:
    """A command or a group of typer's whose parameters take plain values as they are."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return them, that of the help as well."""
        parent: Any = super()
        found = list[Any](parent.get_params(ctx))
        for parameter in found:
            # Before typer had pydantic it had no such thing.
            if hasattr(parameter, "type_descriptor") and "process_value" not in vars(parameter):
                parameter.process_value = partial(_process, parameter, parameter.process_value)
        return found


def _process(parameter: Any, by_typer: Callable[[Any, Any], Any], context: Any, value: Any) -> Any:
    if not _is_plain(parameter, value):
        return by_typer(context, value)
    found = Path(value) if parameter.type_descriptor.annotation is Path and value else value
    return parameter.callback(context, parameter, found) if parameter.callback else found


def _is_plain(parameter: Any, value: Any) -> bool:
    if parameter.multiple or parameter.nargs != 1:
        return False
    if value is None:
        return not parameter.required
    wanted = parameter.type_descriptor.annotation
    if wanted is Path:
        return isinstance(value, str) and bool(value) and _is_any_path(parameter, value)
    return wanted in (str, bool) and type(value) is wanted


def _is_any_path(parameter: Any, path: str) -> bool:
    """Whether typer would say nothing of a path: it is readable, or not there, and that will do."""
    told = parameter.type_descriptor.parameter_info
    if told.exists or told.writable or told.resolve_path or told.allow_dash or told.path_type:
        return False
    if not (told.file_okay and told.dir_okay and told.readable):
        return False
    return os.access(path, os.R_OK) or not os.path.lexists(path)
