"""The form: what was typed, what is used where nothing was, and what is wrong with it. Pure.

What is right and what wins is decided where ``record`` decides it; here is who typed what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import UNSET

from ....core.config import DEFAULT_SALT
from ....core.errors import UsageError
from ....core.signaling.invite_links import (
    RoomLink,
    is_link,
    parse_room,
    with_secrets,
    without_secrets,
)
from ...text.format import printable
from .recents import PASSWORD, RELAY, SALT, Recent


class Field(StrEnum):
    """What can be typed, from top to bottom; the values are names of options of ``record``."""

    ROOM = "room"
    SERVER = "server"
    PASSWORD = "password"
    OUTPUT = "output"
    CODEC = "codec"


LABELS = {
    Field.ROOM: "link or room",
    Field.SERVER: "server",
    Field.PASSWORD: "password",
    Field.OUTPUT: "folder",
    Field.CODEC: "codec",
}
_VALUES_WHEN_EMPTY = frozenset({Field.ROOM, Field.CODEC})
"""Fields of which nothing is something; others are then as if nobody had typed."""
_NO_PASSWORD = "its password is not remembered: type it, or paste its link (false is none)"
_NO_SALT = "its salt is not remembered: paste its link, or give it with --salt"
_NO_RELAY = "its relay is not remembered: paste its link, or give it with --turn"


@dataclass(frozen=True, slots=True)
class Reading:
    """What would be recorded, as far as it can be told."""

    link: RoomLink = field(default_factory=lambda: RoomLink(room=""))
    values: Mapping[Field, str] = field(default_factory=dict[Field, str])
    """What is used where nothing is typed."""
    wrong: Mapping[Field, str] = field(default_factory=dict[Field, str])
    notes: Mapping[Field, str] = field(default_factory=dict[Field, str])
    salt: str = DEFAULT_SALT
    has_password: bool = False
    """One of its own is typed, or known from elsewhere."""
    has_relay: bool = False


Read = Callable[[Mapping[str, str]], Reading]
"""Reads options of ``record``, as if they were typed."""


class Form:
    """The fields, and what was typed into them.

    Args:
        read: Reads what was typed.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._typed: dict[str, str] = {}
        self._secrets = ""
        """Of the link; never shown, but where somebody wants to see its password."""
        self._seen: set[Field] = set()
        self._lacks: tuple[str, ...] = ()
        self._refused: tuple[str, str] = ("", "")
        """A folder that cannot be used, and why."""
        self.reading = Reading()
        self._read_again()

    @property
    def options(self) -> dict[str, str]:
        """What was typed, as options of ``record``."""
        room = self._typed.get(Field.ROOM, "")
        return self._typed | {Field.ROOM: with_secrets(room, self._secrets)}

    def value(self, field: Field) -> str:
        """Return what stands in a field."""
        typed = self._typed.get(field)
        return self.reading.values.get(field, "") if typed is None else typed

    def note(self, field: Field) -> str:
        """Return what is to be known of a field that is right."""
        if field is Field.ROOM and RELAY in self._lacks and not self.reading.has_relay:
            return _NO_RELAY
        return printable(self.reading.notes.get(field, ""))

    def complaint(self, field: Field) -> str:
        """Return what is wrong with a field, where somebody has seen it already."""
        return printable(self._wrong(field)) if field in self._seen else ""

    def type(self, field: Field, text: str) -> None:
        """Somebody changed a field, which has this text now."""
        if text == self.value(field):
            return
        if text or field in _VALUES_WHEN_EMPTY:
            self._typed[field] = text
        else:
            self._typed.pop(field, None)
        if field is Field.ROOM:
            self._secrets = self._secrets if is_link(text) else ""
            self._lacks = ()
        self._seen.add(field)
        self._read_again()

    def paste(self, text: str) -> None:
        """Somebody gave a room or a link, which says what the fields are that it speaks of."""
        self._take_room(text)
        self._lacks = ()
        for decided in _spoken_of(text):
            self._typed.pop(decided, None)
            self._seen.discard(decided)
        self._seen.add(Field.ROOM)
        self._read_again()

    def leave(self, field: Field) -> None:
        """Somebody has left a field, or leaves none."""
        room = self._typed.get(Field.ROOM, "")
        if field is Field.ROOM and without_secrets(room)[1]:
            self._take_room(room)
        if self.value(field):
            self._seen.add(field)
        self._read_again()

    def take(self, recent: Recent) -> None:
        """Fill in a room that was recorded before."""
        self._typed = recent.options()
        self._take_room(recent.room)
        self._lacks, self._seen = recent.lacks, set()
        if PASSWORD in self._lacks:
            self._seen.add(Field.PASSWORD)
        self._read_again()

    def refuse(self, folder: str, why: str) -> None:
        """Know that a folder cannot be used; an empty reason: that it can be."""
        self._refused = (folder, why)

    def submit(self) -> Field | None:
        """Show all that is wrong; return the first field that is."""
        self._seen.update(Field)
        return self.first_wrong()

    def first_wrong(self) -> Field | None:
        """Return the first field with which something is wrong, seen or not."""
        return next((field for field in Field if self._wrong(field)), None)

    def _wrong(self, field: Field) -> str:
        if wrong := self.reading.wrong.get(field, ""):
            return wrong
        if field is Field.OUTPUT and self._refused[0] == self.value(field):
            return self._refused[1]
        if field is Field.PASSWORD and PASSWORD in self._lacks and not self.reading.has_password:
            return _NO_PASSWORD
        if field is Field.ROOM and SALT in self._lacks and self.reading.salt == DEFAULT_SALT:
            return _NO_SALT
        return ""

    def _take_room(self, text: str) -> None:
        self._typed[Field.ROOM], self._secrets = without_secrets(text)

    def _read_again(self) -> None:
        self.reading = self._read(self.options)


def _spoken_of(text: str) -> list[Field]:
    """Return the fields that a link decides."""
    try:
        link = parse_room(text)
    except UsageError:
        return []
    decided = {
        Field.SERVER: link.server is not None,
        Field.PASSWORD: link.password is not UNSET or link.asks_password,
        Field.CODEC: link.codec is not None,
    }
    return [field for field, spoken in decided.items() if spoken]
