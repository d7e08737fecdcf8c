"""``roomdeck`` alone, and ``roomdeck record`` without what it needs: what the form is about."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn, cast

import typer

from ...core.config import DEFAULT_PASSWORD, DEFAULT_SALT, RecordConfig, is_hosted
from ...core.errors import MissingError, UsageError
from ..exits import finish
from .dashboard_flags import appearance_of
from .options import HOSTED_NOTE, RoomReading, preferred_codec, read_room
from .room import as_if_typed, planned_by, room_flags, typed

if TYPE_CHECKING:
    from ..welcome.model.form import Reading


def welcome(context: typer.Context) -> None:
    """Open the start screen.

    Args:
        context: Of the program, without a command.
    """
    commands = cast(Any, context.command).commands
    ask_for_room(commands["record"].make_context("record", [], parent=context))


def ask_for_room(context: typer.Context) -> NoReturn:
    """Open the start screen, filled in with what was given to ``record``, of which this is one."""
    # Loads websockets.
    from ..commands.welcome import welcome
    from ..welcome.model.form import Form

    form = Form(lambda options: read_form(as_if_typed(context, options)))
    if room := context.params["room"]:
        form.paste(room)

    def plan() -> RecordConfig:
        return planned_by(as_if_typed(context, form.options))

    finish(welcome(form, plan, appearance_of(context)))


def read_form(context: typer.Context) -> Reading:
    """Return what a context of ``record`` says, as far as it can be read."""
    from ..welcome.model.form import Field, Reading

    room = read_room(room_flags(context))
    config, link = room.config, room.link
    wrong = _complaints(room)
    text, codec = context.params["codec"], None
    try:
        codec = preferred_codec(text, link, typed(context, "codec"))
    except UsageError as error:
        wrong["codec"] = str(error)
    linked = isinstance(link.password, str) and link.password == config.password
    return Reading(
        link=link,
        values={
            Field.SERVER: config.server or context.params["server"],
            Field.PASSWORD: config.password or "" if linked else "",
            Field.OUTPUT: os.path.abspath(context.params["output"]),
            Field.CODEC: codec or text,
        },
        wrong={Field(name): text for name, text in wrong.items()},
        notes={
            Field.ROOM: _read_as(context.params["room"], room),
            Field.SERVER: HOSTED_NOTE if is_hosted(config.server) else "",
            Field.PASSWORD: _password_note(config.password),
            Field.CODEC: "as each sends",
        },
        salt=config.salt,
        has_password=typed(context, "password") or config.password != DEFAULT_PASSWORD,
        has_relay=config.ice.turn is not None,
    )


_BESIDE = {"tls_ca": "server", "ice": "room"}
"""Options that have no field, and beside which they are told."""


def _complaints(room: RoomReading) -> dict[str, str]:
    found: dict[str, str] = {}
    for option, error in room.wrong.items():
        # A link that cannot be read may well name a server.
        lost = isinstance(error, MissingError) and not isinstance(
            room.wrong.get("room", error), MissingError
        )
        if not lost:
            found.setdefault(_BESIDE.get(option, option), str(error))
    return found


def _read_as(text: str, room: RoomReading) -> str:
    """Return in words where a link leads, or what becomes of a name; empty where that is plain."""
    config, link = room.config, room.link
    if "room" in room.wrong or text == config.room:
        return ""
    only = link.view if link.room else ()
    parts = [
        f"room {config.room}" if config.room else f"outside rooms: {', '.join(config.streams)}",
        f"only {', '.join(only)}" if only else "",
        f"salt {config.salt}" if config.salt != DEFAULT_SALT else "",
        f"relay {config.ice.turn.url}" if config.ice.turn else "",
    ]
    return ", ".join(filter(None, parts))


def _password_note(password: str | None) -> str:
    if password is None:
        return "none"
    return (
        "VDO.Ninja's own; false is none" if password == DEFAULT_PASSWORD else "as in the settings"
    )
