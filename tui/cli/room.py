"""The options for the room, as every command that has them takes them."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

import typer

from ...core.config import RecordConfig, RoomConfig, is_hosted
from ...core.signaling.invite_links import RoomLink
from ..lines.printer import narrate
from .options import CONFIGURED, ENVIRONMENT, HOSTED_NOTE, TYPED, RoomFlags, room_config

_RANKS = {"COMMANDLINE": TYPED, "ENVIRONMENT": ENVIRONMENT, "DEFAULT_MAP": CONFIGURED}


def room_and_link(context: typer.Context) -> tuple[RoomConfig, RoomLink]:
    """Return where the room is, and what the link said besides.

    Every command that has options for the room names them alike.

    Raises:
        UsageError: Something is missing or wrong; says what to do.
    """
    names = {field.name for field in fields(RoomFlags)}
    values = {name: value for name, value in context.params.items() if name in names}
    where, link = room_config(RoomFlags(**values, rank=partial(_rank, context)))
    if is_hosted(where.server):
        narrate(f"roomdeck: {HOSTED_NOTE}")
    return where, link


class Plan:
    """Takes what a command would record, in the place of recording it."""

    config: RecordConfig | None = None


def planned(context: typer.Context, config: RecordConfig) -> bool:
    """Whether it is only wanted to know what would be recorded; then it is handed over."""
    plan = context.obj
    if not isinstance(plan, Plan):
        return False
    plan.config = config
    return True


def typed(context: typer.Context, name: str) -> bool:
    """Whether an option was typed on the command line."""
    return _rank(context, name) == TYPED


def _rank(context: typer.Context, name: str) -> int:
    source = context.get_parameter_source(name)
    return _RANKS.get(source.name, 0) if source is not None else 0
