"""The configuration file: values of options, by command, and tables beside them."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import platformdirs

from ...core.errors import UsageError
from .bare import BARE
from .tables import Tables, misspelt, read


@dataclass(frozen=True, slots=True)
class Setting:
    """An option as the configuration file may give it."""

    name: str
    """What it is called inside."""
    kind: type = str
    """``bool``, ``int``, ``float`` or ``str``."""
    least: float | None = None
    most: float | None = None
    bare: str = ""
    """What it means where it is just named, or true; empty: it needs a value, or is true or
    false."""
    repeated: bool = False
    """It may be named several times: its value is a list."""


def configure(context: Any, path: str | None) -> None:
    """Have all commands know what the configuration file says.

    Args:
        context: Of the program, as typer has it.
        path: A file, or `None` for the usual one.

    Raises:
        UsageError: As `configuration`.
    """
    configured = Configuration()
    if configuration_file(path) is not None:
        # Imports all commands.
        commands: Mapping[str, Any] = context.command.commands
        known = {name: settings_of(command) for name, command in commands.items()}
        configured = configuration(path, known)
    context.default_map, context.obj = configured.options, configured.tables


def settings_of(command: Any) -> dict[str, Setting]:
    """Return what a configuration file may say for a command of typer's, by option."""
    return {
        option.removeprefix("--").replace("-", "_"): _setting(parameter)
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    }


def _setting(parameter: Any) -> Setting:
    kind = parameter.type_descriptor.annotation
    scalar = kind if kind in (bool, int, float) else str
    bare = BARE.get(parameter.name, "")
    return Setting(
        parameter.name, scalar, parameter.min, parameter.max, bare, bool(parameter.multiple)
    )


Known = Mapping[str, Mapping[str, Setting]]
"""For each command its options by name: ``no_audio`` for ``--no-audio``."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration file says."""

    options: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Values by command; top-level ones are those of every command that has them."""
    tables: Tables = field(default_factory=Tables)


def configuration(path: str | None, known: Known, tables: type[Tables] = Tables) -> Configuration:
    """Read the configuration file.

    Args:
        path: A file; ``None`` is the one in the user's configuration directory, if any.
        known: What may stand there for commands.
        tables: What may stand there besides.

    Raises:
        UsageError: It cannot be read, has no such form, or names what does not exist.
    """
    file = configuration_file(path)
    if file is None:
        return Configuration()
    try:
        table = tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the configuration {file}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not TOML: {error}") from None
    except RecursionError:
        raise UsageError(f"{file} is nested too deeply for a configuration") from None
    beside = {one.encode_name for one in msgspec.structs.fields(tables)}
    try:
        return Configuration(
            _by_command({key: table[key] for key in table if key not in beside}, known, beside),
            read({key: table[key] for key in table if key in beside}, tables),
        )
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None


def configuration_file(path: str | None) -> Path | None:
    """Return the configuration file that is read; none where none was named, and none is there."""
    chosen = path or os.environ.get("ROOMDECK_CONFIG")
    file = Path(chosen) if chosen else platformdirs.user_config_path("roomdeck") / "config.toml"
    return file.absolute() if chosen or file.is_file() else None


def _by_command(
    table: Mapping[str, Any], known: Known, beside: Collection[str]
) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {command: {} for command in known}
    for key, value in table.items():
        if not _is_table(value):
            users = [command for command in known if _option(key) in known[command]]
            if not users:
                names = {name for options in known.values() for name in options}
                raise UsageError(misspelt("option", key, names))
            for command in users:
                setting = known[command][_option(key)]
                values[command][setting.name] = value_of(key, value, setting)
    for command, section in table.items():
        if not _is_table(section):
            continue
        if command not in known:
            raise UsageError(misspelt("command or table", command, {*known, *beside}))
        if isinstance(section, list):
            raise UsageError(f"[[{command}]] is a list of tables; write [{command}], once")
        for key, value in cast(dict[str, Any], section).items():
            if _option(key) not in known[command]:
                raise UsageError(f"[{command}] {misspelt('option', key, known[command])}")
            setting = known[command][_option(key)]
            values[command][setting.name] = value_of(f"[{command}] {key}", value, setting)
    return values


def _is_table(value: object) -> bool:
    """Whether it is one, or a list of them."""
    items = cast(list[object], value) if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, dict) for item in items)


def _option(key: str) -> str:
    return key.replace("-", "_")


_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes, or a list of them",
}


def value_of(where: str, value: object, setting: Setting) -> object:
    """Return a value of the right kind and range.

    Raises:
        UsageError: It is none; says where.
    """
    fitting = _plain(value, setting)
    if fitting is None:
        found = "" if "password" in setting.name else f", not {value!r:.60}"
        raise UsageError(f"{where} is {_KINDS[setting.kind]}{found}")
    if isinstance(fitting, int | float):
        least, most = setting.least, setting.most
        if least is not None and fitting < least:
            raise UsageError(f"{where} is at least {least:g}, not {fitting:g}")
        if most is not None and fitting > most:
            raise UsageError(f"{where} is at most {most:g}, not {fitting:g}")
    return fitting


def _plain(value: object, setting: Setting) -> object | None:
    if setting.repeated:
        words = cast(list[object], value) if isinstance(value, list) else [value]
        return words if all(isinstance(word, str) for word in words) else None
    if setting.kind is str:
        if isinstance(value, list):
            items = cast(list[object], value)
            return ",".join(map(str, items)) if all(isinstance(i, str) for i in items) else None
        if value is False and setting.name == "password":
            return "false"  # as on the command line: a room without one
        if setting.bare and isinstance(value, bool):
            return setting.bare if value else ""
        return value if isinstance(value, str) else None
    if setting.kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, bool) is not (setting.kind is bool):
        return None
    wrong = not isinstance(value, setting.kind) or value in (math.inf, -math.inf) or value != value
    return None if wrong else value
