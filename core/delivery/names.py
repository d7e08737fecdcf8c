"""What delivered files are called. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ..recording.naming import safe_name
from .session import Session


class Names(NamedTuple):
    """Names without their suffix, no two of them the same."""

    people: Mapping[str, str]
    """By stream."""
    takes: Mapping[Path, str]
    """By file: of copies of takes."""


def names_of(session: Session) -> Names:
    """Return the names of all that can be delivered of a session, whatever part of it is."""
    streams = [person.stream for person in session.people]
    takes = [clip.file for person in session.people for clip in person.clips]
    return Names(
        dict(zip(streams, _apart(map(safe_name, streams)), strict=True)),
        # In one container those may meet that two had.
        dict(zip(takes, _apart(take.stem for take in takes), strict=True)),
    )


def _apart(names: Iterable[str]) -> list[str]:
    """Give a number to those that a disk would take for one before, as macOS and Windows do."""
    found: dict[str, str] = {}
    for name in names:
        one, number = name, 1
        while one.casefold() in found:
            number += 1
            one = f"{name}-{number}"
        found[one.casefold()] = one
    return list(found.values())
