"""Options that may be named without a value, which typer does not know. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from typer import BadParameter
from typer.core import TyperCommand

from ...core.model import Monitor
from .plain import PlainValues

BARE = {"monitor": Monitor.CONNECTED.value}
"""By the names of such options, what they mean without a value; another one follows after ``=``."""

VALUES = {"monitor": tuple(one.value for one in Monitor if one is not Monitor.OFF)}
"""What else they may mean: written without ``=``, each would be taken for a room."""


class BareCommand(PlainValues, TyperCommand):
    """A command with such options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give those their value that have none."""
        end = args.index("--") if "--" in args else len(args)
        for word, following in pairwise(args[:end]):
            if word.startswith("--") and following in VALUES.get(word.removeprefix("--"), ()):
                text = f"{word} takes its value after an equals sign: {word}={following}"
                raise BadParameter(f"{text} (a room called so: {word} -- {following})", ctx)
        known = [_with_value(word) for word in args[:end]]
        return super().parse_args(ctx, [*known, *args[end:]])


def _with_value(word: str) -> str:
    bare = BARE.get(word.removeprefix("--")) if word.startswith("--") else None
    return f"{word}={bare}" if bare else word
