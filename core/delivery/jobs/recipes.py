"""What a piece is made of, and a name that says so: the same name is the same piece."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..picture.encoding import Encoding
from ..picture.parameter_sets import free_id
from ..picture.pieces import Copied, Piece, Rendered
from ..picture.render import Order, Part
from ..plan import Indexes, PersonPlan, PicturePlan, Wish
from ..presets import Preset
from ..window import Window

FORM = 3
"""Of what is made by an order; another one makes all names new."""


class NamedOrder(NamedTuple):
    """A piece that is wanted, and where it is to be."""

    order: Order
    path: Path


def file_recipe(
    plan: PersonPlan, orders: Sequence[NamedOrder | None], window: Window, wish: Wish
) -> str:
    """Return what a file is made of, as a digest: the same for the same file.

    Args:
        plan: How it is made.
        orders: Of its pieces.
        window: Of the session.
        wish: What was wanted.
    """
    pieces = plan.picture.cut.pieces if plan.picture else ()
    kept = [piece for piece in pieces if isinstance(piece, Copied)]
    clips = clips_of(plan)
    made = [one and one.path.name for one in orders]
    told = [FORM, made, kept, clips, window, wish.preset, wish.loudness, plan.sound, plan.form]
    return digest(str(told))


def clips_of(plan: PersonPlan) -> list[tuple[Path, object, str]]:
    """Return what clips a file is made of, as they are now."""
    return [(clip.file, clip.times, state_of(clip.file)) for clip in plan.person.clips]


def digest(text: str) -> str:
    """Return what is another one for another text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def piece_orders(
    picture: PicturePlan | None, preset: Preset, indexes: Indexes, folder: Path
) -> list[NamedOrder | None]:
    """Return how the pieces of a picture are made; ``None`` for those that are copied.

    Args:
        picture: How it is cut.
        preset: How it is encoded.
        indexes: What is in the masters.
        folder: Where pieces are.
    """
    if picture is None or preset.picture is None:
        return []
    sps_id = free_id(picture.cut.sets)
    found: list[NamedOrder | None] = []
    for piece in picture.cut.pieces:
        order = _order(piece, picture, preset.picture, indexes, sps_id)
        found.append(order and NamedOrder(order, folder / name_of(order)))
    return found


def _order(
    piece: Piece, picture: PicturePlan, encoding: Encoding, indexes: Indexes, sps_id: int
) -> Order | None:
    if isinstance(piece, Copied):
        return None
    part = Part(piece.number)
    if isinstance(piece, Rendered):
        file = picture.clips[piece.clip].file
        part = Part.of(file, indexes[file], piece.ticks)
    return Order(picture.size, picture.fps, encoding, part, sps_id, picture.colours)


def name_of(order: Order) -> str:
    """Return a name that no other order has, nor one of a file that was changed since."""
    part = msgspec.structs.replace(order.part, ticks=None)
    found = hashlib.sha256(f"{FORM} {msgspec.structs.replace(order, part=part)}".encode())
    found.update(order.part.ticks.tobytes())
    if part.file is not None:
        found.update(state_of(part.file).encode())
    return found.hexdigest()[:32]


def state_of(file: Path) -> str:
    """Return what is another one when a file was changed."""
    try:
        found = file.stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"
