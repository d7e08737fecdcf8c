"""Tables of the configuration file that are no options of commands: ``[[hooks]]`` and the like."""

from __future__ import annotations

import difflib
import math
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, TypeVar, cast

import msgspec
import typer
from msgspec import Meta

from ...core.config import Hook
from ...core.errors import UsageError
from .alarms import Alarms

T = TypeVar("T")


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """All there are, by their names in the file; commands take those that they know."""

    hooks: Annotated[tuple[Hook, ...], Meta(max_length=50)] = ()
    alarms: Alarms = {}
    rooms: tuple[dict[str, Any], ...] = ()
    """Each is a ``record`` of its own: its options, and its times of day."""


def tables_of(context: typer.Context) -> Tables:
    """Return what the configuration file says beside options."""
    return context.find_object(Tables) or Tables()


def read(value: object, kind: type[T]) -> T:
    """Return what a file says as a type of msgspec's, strictly, and without keys it does not have.

    Places are told as ``hooks[2].url``, counted from 1, and values never: they may be secrets.

    Args:
        value: As of ``tomllib``.
        kind: A struct; in it are scalars, structs, lists of one type, tables by name, unions. What
            its ``__post_init__`` raises may begin with the key that it is about: ``url: …``.

    Raises:
        UsageError: It says something else; names the place, and what is expected there.
    """
    return _read(value, kind, "")


def misspelt(what: str, key: str, known: Iterable[str]) -> str:
    """Say that there is none called so, and what may be meant."""
    names = {name.replace("_", "-"): name for name in sorted(known)}
    close = difflib.get_close_matches(key.replace("_", "-"), names, 1)
    help = (
        f"did you mean {names[close[0]]!r}?" if close else f"there are: {', '.join(names.values())}"
    )
    return f"no {what} called {key!r}; {help}"


def _read(value: object, kind: Any, where: str) -> Any:
    shape = _shape(value, kind)
    for part, of_kind, place in _parts(value, shape, where):
        _read(part, of_kind, place)
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{where}: expected a number that is finite")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise UsageError(_complaint(where, str(error), value, shape)) from None


def _shape(value: object, kind: Any) -> Any:
    """Return the type without what is said about it, of a union the member that is like a value."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return _shape(value, arguments[0])
    if origin in (typing.Union, types.UnionType):
        members = [_shape(value, member) for member in arguments]
        return next((one for one in members if _is_like(value, one)), kind)
    return kind


def _is_like(value: object, kind: Any) -> bool:
    origin = typing.get_origin(kind) or kind
    if isinstance(value, dict):
        return origin is dict or _is_struct(kind)
    return isinstance(value, list) and origin in (list, tuple)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _parts(value: object, shape: Any, where: str) -> Iterator[tuple[object, Any, str]]:
    """Yield what is in a value, with its type and its place.

    Raises:
        UsageError: A key is none that the type has.
    """
    if not _is_like(value, shape):
        return
    if isinstance(value, list):
        for number, item in enumerate(cast(list[object], value), 1):
            yield item, typing.get_args(shape)[0], f"{where}[{number}]"
        return
    of_struct = {one.encode_name: one.type for one in _fields(shape)}
    for key, item in cast(Mapping[str, object], value).items():
        if not _is_struct(shape):
            of_key, of_item = typing.get_args(shape)
            yield key, of_key, f"{where}, name {key!r}"
            yield item, of_item, _place(where, key)
        elif key in of_struct:
            yield item, of_struct[key], _place(where, key)
        else:
            raise UsageError(f"{where}: {misspelt('key', key, of_struct)}")


def _fields(shape: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(shape) if _is_struct(shape) else ()


def _place(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


_WORDS = {
    "str": "a text in quotes",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a table",
}


def _complaint(where: str, text: str, value: object, shape: Any) -> str:
    """Say what msgspec says as the rest of the program does."""
    text = re.sub(r" - at `.*`$", "", text)
    key, colon, rest = text.partition(": ")
    if colon and key in {one.encode_name for one in _fields(shape)}:
        return f"{_place(where, key)}: {rest}"
    if missing := re.fullmatch(r"Object missing required field `(.*)`", text):
        return f"{where}: {missing[1]} is missing"
    if text.startswith("Invalid enum value"):
        return f"{where}: {misspelt('value', str(value), _choices(shape))}"
    if text.startswith("Expected `array`") and isinstance(value, dict) and "[" not in where:
        return f"{where}: expected a list of tables; write [[{where}]] in place of [{where}]"
    text = re.sub(r"`([^`]*)`", _words, text.replace(", got ", ", not "))
    return f"{where}: {text[:1].lower()}{text[1:]}"


def _words(match: re.Match[str]) -> str:
    names = [name for name in match[1].split(" | ") if name != "null"]
    return " or ".join(_WORDS.get(name, name) for name in names)


def _choices(shape: Any) -> list[str]:
    return [
        str(one) for one in typing.get_args(shape) or getattr(shape, "__members__", {}).values()
    ]
