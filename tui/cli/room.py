"""The options for the room, as every command that has them takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from typing import Any, cast

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
    where, link = room_config(room_flags(context))
    if is_hosted(where.server):
        narrate(f"roomdeck: {HOSTED_NOTE}")
    return where, link


def room_flags(context: typer.Context) -> RoomFlags:
    """Return what was given to a command for the room."""
    names = {field.name for field in fields(RoomFlags)}
    values = {name: value for name, value in context.params.items() if name in names}
    return RoomFlags(**values, rank=partial(_rank, context))


class Plan:
    """Takes what a command would record, in the place of recording it."""

    config: RecordConfig | None = None


def plans(context: typer.Context) -> bool:
    """Whether it is only wanted to know what a command would record."""
    return isinstance(context.obj, Plan)


def planned(context: typer.Context, config: RecordConfig) -> bool:
    """Whether it is only wanted to know what would be recorded; then it is handed over."""
    plan = context.obj
    if not isinstance(plan, Plan):
        return False
    plan.config = config
    return True


def as_if_typed(context: typer.Context, options: Mapping[str, str]) -> typer.Context:
    """Return the context of the same command with some options besides; it only plans."""
    words = [f"--{_word(name)}={value}" for name, value in options.items() if name != "room"]
    command = cast(Any, context.command)
    own: typer.Context = command.make_context(
        context.info_name, [*words, "--", options.get("room", "")], context.parent, obj=Plan()
    )
    for name in context.params.keys() - options.keys():
        own.params[name] = context.params[name]
        if (source := context.get_parameter_source(name)) is not None:
            own.set_parameter_source(name, source)
    return own


def planned_by(context: typer.Context) -> RecordConfig:
    """Return what a command that only plans would record.

    Raises:
        UsageError: Something is missing or wrong.
    """
    with context:
        context.command.invoke(context)
    plan = context.obj
    assert isinstance(plan, Plan)
    assert plan.config is not None
    return plan.config


def _word(name: str) -> str:
    return name.replace("_", "-")


def typed(context: typer.Context, name: str) -> bool:
    """Whether an option was typed on the command line."""
    return _rank(context, name) == TYPED


def _rank(context: typer.Context, name: str) -> int:
    source = context.get_parameter_source(name)
    return _RANKS.get(source.name, 0) if source is not None else 0
