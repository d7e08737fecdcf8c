"""A session from names of files alone, where nobody wrote down what they are. Pure.

Names have a time: ``…_20261128-130455`` in local time, as roomdeck's takes, or
``2026-11-28 13-04-55``, as OBS's; or ``…_1764334861`` in seconds since 1970, as raspberry_ninja's.
Whole seconds: so far may people be apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from ..model import Kind
from .session import Clip, Person, Session
from .times import TimeMap

_LOCAL = re.compile(
    r"(?P<rest>.*?)[_ -]?"
    r"(?P<time>(?:19|20)\d\d-?\d\d-?\d\d(?:[-_T ]| at )?\d\d[-.]?\d\d[-.]?\d\d)(?P<more>.*)"
)
_UNIX = re.compile(r"(?P<rest>.+?)[_-](?P<time>1\d{9})(?:\d{3})?(?P<more>\D.*|)")
_NOBODY = "recording"
"""Who is in files whose names say nothing besides."""
_OF_SOUND = re.compile(r"[_-](?:audio|sound)$")


class Media(NamedTuple):
    """A file that may be a take."""

    path: Path
    seconds: float
    """How long it is."""
    changed: float
    """Unix time of its last change: about its end."""


def guessed(folder: Path, files: Iterable[Media]) -> Session:
    """Return the session that these files may be, put side by side by their names' times.

    Args:
        folder: Where they are.
        files: With sound or pictures in them.
    """
    named = sorted((_begin(file), _stream(file.path), file) for file in files)
    started = min((begin for begin, _, _ in named), default=0.0)
    common = _common([stream for _, stream, _ in named])
    clips: dict[str, list[Clip]] = {}
    for begin, stream, file in named:
        times = TimeMap(begin - started)
        clip = Clip(file.path, dict.fromkeys(Kind, times), file.seconds)
        clips.setdefault(stream[len(common) :], []).append(clip)
    people = tuple(Person(stream, "", tuple(found)) for stream, found in clips.items())
    return Session(folder.resolve().name, folder, started, people)


def _begin(file: Media) -> float:
    """The Unix time in a name; where there is none, what the last change says."""
    stem = file.path.stem
    if match := _LOCAL.fullmatch(stem):
        digits = re.sub(r"\D", "", match["time"])
        try:
            return datetime.strptime(digits, "%Y%m%d%H%M%S").timestamp()
        except ValueError:
            pass
    if match := _UNIX.fullmatch(stem):
        return float(match["time"])
    return file.changed - file.seconds


def _stream(path: Path) -> str:
    """What a name says besides its time."""
    match = _LOCAL.fullmatch(path.stem) or _UNIX.fullmatch(path.stem)
    stem = match["rest"] or _NOBODY if match else path.stem
    return _OF_SOUND.sub("", stem)


def _common(streams: Sequence[str]) -> str:
    """What all names of several streams have before an underscore: the room."""
    if len(set(streams)) < 2:
        return ""
    parts = [stream.split("_")[:-1] for stream in streams]
    shared = takewhile(lambda same: len(set(same)) == 1, zip(*parts, strict=False))
    return "".join(f"{part[0]}_" for part in shared)
