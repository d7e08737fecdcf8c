"""All jobs of rough cuts in their order: levels of sound, pieces of the picture, the files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from ..finish import Made, Picture
from ..jobs.orders import FileOrder, make_file
from ..jobs.pool import Pool, failure
from ..jobs.work import FILE_WEIGHT, Done, File, Share, Tell
from ..plan import Indexes, PersonPlan, Wish
from ..session import Person
from .jobs import make_piece, measure, name_of, recipe
from .rough import (
    ENCODING,
    FOLLOW,
    SIZE,
    Rough,
    file_plan,
    follow_scenes,
    grid_scenes,
    orders,
    rough_bytes,
)

_PIECES = "pieces"
"""A job in place of those that are not known before levels are."""
_MEASURE_WEIGHT = 0.02
"""What a second costs whose sound is measured, in seconds that are encoded."""


class _File(File):
    """A rough cut, whose pieces are known when its sound was measured."""

    def __init__(self, kind: str, plan: PersonPlan, made_of: str) -> None:
        super().__init__(plan, made_of)
        self.kind = kind
        self.levels: dict[str, Sequence[float]] = {}
        """Of streams, as far as they were measured."""
        self.parts: list[Made] = []


class RoughWork:
    """Makes rough cuts.

    Args:
        pool: Processes for it.
        cut: Who is there.
        wish: Which of them are wanted.
        taken: Names of other files in the folder.
        indexes: What is in the masters.
        folder: Where to.
        pieces: Where pieces are kept, so that nothing is done twice after an interruption.
    """

    def __init__(
        self,
        pool: Pool,
        cut: Rough,
        wish: Wish,
        taken: Collection[str],
        indexes: Indexes,
        folder: Path,
        pieces: Path,
    ) -> None:
        self._pool = pool
        self._cut = cut
        self._indexes = indexes
        self._folder = folder
        self._pieces = pieces
        self._loudness = wish.loudness
        self._files = [self._file(kind, taken) for kind in wish.rough]
        self._running: dict[Future[Any], tuple[_File, Person | Path | None]] = {}
        """Jobs of a file: who is measured, which piece is made, or the whole of it."""

    @property
    def shares(self) -> Mapping[str, Share]:
        """How far each is, by its name."""
        return {file.plan.file: file.share for file in self._files}

    def expected_bytes(self, there: Collection[str]) -> float:
        """Return about how many bytes those take that are not there."""
        return sum(rough_bytes(self._cut) for file in self._files if file.plan.file not in there)

    def run(self, made: Mapping[str, str], tell: Tell, held: Callable[[], bool]) -> Iterator[Done]:
        """Make all of them, and yield what became of each; arguments as for `Work.run`."""
        there = [file for file in self._files if made.get(file.plan.file) == file.recipe]
        for file in there:
            self._files.remove(file)
            yield Done(file.plan, recipe=file.recipe, was_there=True)
        # Pieces of others can be made while sound is measured.
        for file in sorted(self._files, key=lambda one: one.kind != FOLLOW):
            self._begin(file)
        while self._running:
            done, news = self._pool.look(self._running, held)
            for file in self._files:
                file.hear(news)
            tell(self.shares)
            for future in done:
                yield from self._ended(future)

    def _file(self, kind: str, taken: Collection[str]) -> _File:
        plan = file_plan(kind, self._cut, taken)
        file = _File(kind, plan, recipe(plan, self._cut, self._loudness))
        seconds = float(self._cut.window.seconds)
        file.weights = {_PIECES: seconds, plan.file: seconds * FILE_WEIGHT}
        if kind == FOLLOW:
            file.weights |= {_job_of(one): seconds * _MEASURE_WEIGHT for one in self._cut.heard}
        return file

    def _begin(self, file: _File) -> None:
        if file.kind != FOLLOW or not self._cut.heard:
            self._begin_pieces(file)
            return
        for person in self._cut.heard:
            future = self._pool.submit(measure, _job_of(person), person, self._cut.window)
            self._running[future] = file, person

    def _begin_pieces(self, file: _File) -> None:
        """Have all pieces made that are not there yet."""
        follows = file.kind == FOLLOW
        scenes = follow_scenes(self._cut, file.levels) if follows else grid_scenes(self._cut)
        del file.weights[_PIECES]
        for order in orders(self._cut, self._indexes, scenes):
            path = self._pieces / name_of(order)
            file.parts.append(Made(path, order.number))
            file.weights[str(path)] = float(order.number / order.fps)
            if path.exists():
                file.shares[str(path)] = 1.0
            elif path not in file.waiting:
                file.waiting.add(path)
                future = self._pool.submit(make_piece, str(path), order, path)
                self._running[future] = file, path
        if not file.waiting:
            self._put_together(file)

    def _ended(self, future: Future[Any]) -> Iterator[Done]:
        file, of = self._running.pop(future)
        try:
            result = future.result()
        except Exception as error:  # a fault in one file has to leave the others whole
            text = failure(error)
            if not file.error:
                yield Done(file.plan, tuple(file.notes), text)
            file.error = text
            return
        if file.error:
            return
        if isinstance(of, Person):
            file.levels[of.stream] = result
            if len(file.levels) == len(self._cut.heard):
                self._begin_pieces(file)
            return
        file.notes += result.notes
        if of is None:
            notes = tuple(dict.fromkeys(file.notes))
            yield Done(file.plan, notes, recipe=file.recipe, loudness=result.loudness)
            return
        file.waiting.remove(of)
        if not file.waiting:
            self._put_together(file)

    def _put_together(self, file: _File) -> None:
        cut, plan = self._cut, file.plan
        picture = Picture(
            ENCODING.codec,
            SIZE,
            cut.fps,
            file.parts,
            timecode=cut.timecode,
            colours=cut.colours,
        )
        order = FileOrder(
            path=self._folder / plan.file,
            form=plan.form,
            person=plan.person,
            window=cut.window,
            picture=picture,
            sound=plan.sound,
            origin=cut.plan.origin(plan.person),
            loudness=self._loudness,
            mixed=cut.heard,
            threads=self._pool.threads(len(self._files)),
        )
        self._running[self._pool.submit(make_file, plan.file, order)] = file, None


def _job_of(person: Person) -> str:
    return f"levels of {person.stream}"
