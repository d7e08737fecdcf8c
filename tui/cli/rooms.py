"""``roomdeck rooms``, and what ``[[rooms]]`` in the configuration file may say."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ...core.config import RecordConfig
from ...core.errors import UsageError
from ..exits import finish
from ..lines.printer import STATUS_INTERVAL
from . import dashboard_flags, flags
from .configuration import Setting, configure, settings_of, value_of
from .room import Plan, planned_by
from .tables import misspelt, tables_of

if TYPE_CHECKING:
    from ...core.supervision.schedule import Times
    from ...core.supervision.supervisor import Room

_TERMINAL = frozenset({"headless", "json", "status", *dashboard_flags.OPTIONS})
"""Options of ``record`` that are about the terminal, which a room of many has not for itself."""
_OWN = ("room", "from", "until", "days")
_NONE = """\
the configuration file names no rooms. Write one table for each, with the options of record:
  [[rooms]]
  room = "studio"
  server = "wss://handshake.example.org"
  password_file = "/etc/roomdeck/studio"
  output = "/srv/recordings"
  from = "18:00"     # may be left out, as until and days
  until = "23:30"
  days = ["fri", "sat"]"""


def rooms(
    context: typer.Context,
    status: Annotated[
        float, typer.Option(callback=flags.finite, min=0.5, help="Seconds between status lines.")
    ] = STATUS_INTERVAL,
    as_json: flags.Json = False,
) -> None:
    """Record the rooms of the configuration file, each by an engine of its own, at its times.

    Each [[rooms]] there is as a record of its own: room, its options, and from, until and days.
    An engine that fails is started again, one that runs already is taken over. Ctrl-c and
    SIGTERM finish every file; a hang-up (SIGHUP) reads the configuration again.
    """
    # Loads websockets.
    from ..commands.rooms import keep_rooms

    finish(keep_rooms(rooms_of(context), lambda: rooms_again(context), status, as_json))


def rooms_of(context: typer.Context) -> list[Room]:
    """Return the rooms of the configuration file.

    Raises:
        UsageError: There are none, or something is wrong with one; says where.
    """
    # The program's own: a command's is a copy, of before the file was read again.
    root = cast(typer.Context, context.find_root())
    found = [
        _room(context, f"rooms[{number}]", table)
        for number, table in enumerate(tables_of(root).rooms, 1)
    ]
    if not found:
        raise UsageError(_NONE)
    _check_apart(found)
    return found


def _check_apart(found: Sequence[Room]) -> None:
    """Refuse two that would be in each other's way.

    Raises:
        UsageError: Says which, and in what.
    """
    keys: dict[str, int] = {}
    ports: dict[int, int] = {}
    for number, room in enumerate(found, 1):
        other = keys.setdefault(room.key, number)
        if other != number:
            raise UsageError(f"rooms[{number}] is the same room as rooms[{other}]: {room.name}")
        http = room.config.attendant.http
        other = ports.setdefault(http.port, number) if http and http.port else number
        if other != number:
            raise UsageError(
                f"rooms[{number}] has the same http port as rooms[{other}]; give each its own"
            )


def rooms_again(context: typer.Context) -> list[Room]:
    """Read the configuration again, and return its rooms.

    Raises:
        UsageError: As `rooms_of`; then they are as they were.
    """
    root = context.find_root()
    before = root.default_map, root.obj
    try:
        configure(root, root.params.get("config"))
        return rooms_of(context)
    except UsageError:
        root.default_map, root.obj = before
        raise


def _room(context: typer.Context, where: str, table: Mapping[str, Any]) -> Room:
    # Loads websockets.
    from ...core.supervision.supervisor import Room

    try:
        times = _times(where, table)
    except UsageError as error:
        raise UsageError(f"{where}.{error}") from None
    try:
        return Room(_planned(context, where, table), times)
    except typer.BadParameter as error:
        raise UsageError(f"{where}: {error.message}") from None
    except UsageError as error:
        said = str(error)
        raise UsageError(said if said.startswith(where) else f"{where}: {said}") from None


def _times(where: str, table: Mapping[str, Any]) -> Times:
    from ...core.supervision.schedule import times

    days = table.get("days", [])
    days = [days] if isinstance(days, str) else days
    if not isinstance(days, list) or not all(isinstance(one, str) for one in cast(Any, days)):
        raise UsageError('days: a list of days: ["fri", "sat"]')
    return times(_of_day("from", table), _of_day("until", table), tuple(cast(list[str], days)))


def _of_day(key: str, table: Mapping[str, Any]) -> str:
    value = table.get(key, "")
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    if not isinstance(value, str):
        raise UsageError(f'{key}: a time of day in quotes: "18:00"')
    return value


def _planned(context: typer.Context, where: str, table: Mapping[str, Any]) -> RecordConfig:
    """Return what ``record`` would record, were a table's keys typed as options.

    So they win over a link and over the environment, as typed ones do.
    """
    root = context.find_root()
    command = cast(Any, root.command).commands["record"]
    known = {name: one for name, one in settings_of(command).items() if name not in _TERMINAL}
    words, switches = _typed(where, table, known)
    beneath = dict((root.default_map or {}).get("record", {}))
    return planned_by(
        command.make_context(
            "record", words, parent=root, default_map=beneath | switches, obj=Plan()
        )
    )


def _typed(
    where: str, table: Mapping[str, Any], known: Mapping[str, Setting]
) -> tuple[list[str], dict[str, bool]]:
    """Return a table as words of a command line, and what is on or off."""
    room = table.get("room", "")
    if not isinstance(room, str):
        raise UsageError(f"{where}.room: a name or a link in quotes")
    words: list[str] = []
    switches: dict[str, bool] = {}
    for key, value in table.items():
        if key in _OWN:
            continue
        name = key.replace("-", "_")
        if name not in known:
            raise UsageError(f"{where}: {misspelt('option', key, [*_OWN, *known])}")
        fitting = value_of(f"{where}.{key}", value, known[name])
        if isinstance(fitting, bool):
            switches[known[name].name] = fitting
        else:
            several = cast(list[str], fitting) if known[name].repeated else [fitting]
            words += [f"--{name.replace('_', '-')}={one}" for one in several]
    return [*words, "--", room], switches
