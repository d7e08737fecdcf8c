"""What processes of the pool do for rough cuts."""

from __future__ import annotations

from array import array
from pathlib import Path

from ..jobs.orders import Result
from ..jobs.pool import progress
from ..jobs.recipes import FORM, clips_of, digest, state_of
from ..plan import PersonPlan
from ..session import Person
from ..sound import placed
from ..sound.levels import levels
from ..window import Window
from .compose import RoughOrder, compose
from .rough import ENCODING, SIZE, Rough
from .speakers import TICK


def make_piece(job: str, order: RoughOrder, path: Path) -> Result:
    """Make a piece."""
    return Result(compose(order, path, progress(job)))


def measure(job: str, person: Person, window: Window) -> array[float]:
    """Return how loud somebody is, each tenth of a second."""
    tell, number = progress(job), float(window.seconds) / TICK
    # What is damaged is told by who makes the file.
    frames = placed(person, window.begin, window.samples, [])
    return levels(frames, lambda count: tell(count / number))


def name_of(order: RoughOrder) -> str:
    """Return a name that no other order has, nor one of a file that was changed since."""
    files = {part.file for one in order.people for part in one.parts if part.file is not None}
    states = [state_of(file) for file in sorted(files)]
    return digest(f"rough {FORM} {order} {states}")


def recipe(plan: PersonPlan, cut: Rough, loudness: float | None) -> str:
    """Return what a rough cut is made of, as a digest: the same for the same file."""
    people = [(one.person.stream, one.person.label, one.sound) for one in cut.chairs]
    look = f"{SIZE} {cut.fps} {ENCODING} {plan.form} {cut.colours}"
    return digest(f"{FORM} {plan.file} {people} {clips_of(plan)} {cut.window} {look} {loudness}")
