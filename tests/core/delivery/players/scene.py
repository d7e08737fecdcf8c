"""A session with all its troubles, delivered by a preset, and what its files are to show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import av

from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.model import Codec

from ..stage import BEFORE, Act, perform

SECONDS = 9
SMALL = (64, 36)
"""In which pictures are compared."""

_NOISE = 0.3
"""By which a picture differs from itself on another way, on average; the next one does by more."""

Luma = bytes
"""Of a picture in the size `SMALL`."""


def _turned(true: float) -> tuple[int, int]:
    return (320, 180) if true < 7 else (180, 320)


def _upright(_: float) -> tuple[int, int]:
    return (320, 180)


def _act(begin: float, end: float, codec: Codec = Codec.H264, fps: float = 30, **more: Any) -> Act:
    more = {"size": _upright, "counted": True, "key_every": 0.5} | more
    return Act(begin, end, codec, fps, **more)


MIXED = [
    _act(0.6, 2.7, reorders=True, seed=1),
    _act(3.0, 4.5, Codec.VP8, seed=2),
    _act(5.1, 8.4, size=_turned, lost=[(5.9, 6.1)], seed=3),
]
"""Late, back again with another codec and in another size, with a hole, and B-frames."""
PEOPLE = {
    "mixed": MIXED,
    "steady": [_act(0.2, 7.9, key_every=1.0, seed=4)],
    "rendered": [_act(0.0, 8.0, Codec.VP8, 25, seed=5)],
    "fast": [_act(0.3, 8.0, fps=60, reorders=True, seed=6)],
    "picture": [_act(0.0, 8.0, sounds=False, seed=7)],
    "sound": [Act(0.5, 7.5, pictures=False)],
}


class File(NamedTuple):
    """A delivered file."""

    path: Path
    preset: str
    fps: float
    """0: it has no picture."""
    sound: bool
    borders: tuple[int, ...]
    """Slots at which another piece begins."""
    shows: list[Luma]
    """Each slot, by decoding all of it."""

    def slots(self, most: int) -> list[int]:
        """Return slots to which one should be able to jump: borders and beside them, and others."""
        if not self.shows:
            return []
        last = len(self.shows) - 1
        near = [border + step for border in self.borders for step in (-1, 0, 1)]
        wanted = [*near, *range(7, last, max(1, last // 5)), last]
        found = list(dict.fromkeys(slot for slot in wanted if 0 <= slot <= last))
        return found[:: max(1, len(found) // most)] if most else found

    def is_at(self, picture: Luma, slot: int) -> bool:
        """Whether this is the picture of a slot, and none of those beside it."""
        near = range(max(0, slot - 6), min(len(self.shows), slot + 7))
        off = {one: _apart(picture, self.shows[one]) for one in near}
        return off[slot] <= min(off.values()) + len(picture) * _NOISE


def _apart(one: Luma, other: Luma) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def recorded(folder: Path, people: Sequence[str] = tuple(PEOPLE)) -> Path:
    """Record some of these people."""
    return perform(folder, {name: PEOPLE[name] for name in people})


def delivered(session: Path, preset: str, folder: Path) -> list[File]:
    """Deliver them."""
    wish = Wish(PRESETS[preset], BEFORE, BEFORE + SECONDS)
    files: list[File] = []
    for done in deliver(find_session(session), wish, folder):
        assert not done.error
        assert not done.notes
        picture, path = done.plan.picture, folder / done.plan.file
        borders: list[int] = []
        for piece in picture.cut.pieces if picture else ():
            borders.append(sum(borders[-1:]) + piece.number)
        fps = float(picture.fps) if picture else 0.0
        shows = all_of(path) if picture else []
        files.append(File(path, preset, fps, done.plan.sound, tuple(borders[:-1]), shows))
    return sorted(files)


def all_of(path: Path) -> list[Luma]:
    """Return the pictures of a file."""
    container: Any
    with av.open(str(path)) as container:
        return [small(frame) for frame in container.decode(video=0)]


def small(frame: av.VideoFrame) -> Luma:
    """Return its luma in the size in which pictures are compared."""
    plane = frame.reformat(*SMALL, format="gray").planes[0]
    data = bytes(plane)
    rows = range(0, SMALL[1] * plane.line_size, plane.line_size)
    return b"".join(data[row : row + SMALL[0]] for row in rows)
