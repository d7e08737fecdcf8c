"""All jobs of a delivery in their order: pieces of pictures, then the files that have them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from ..finish import Kept, Made, Picture
from ..picture.colours import ranges
from ..picture.pieces import Copied
from ..plan import Indexes, PersonPlan, PicturePlan, Plan, Wish
from ..remux import refused
from ..sound import Loudness
from .orders import FileOrder, Result, make_file, make_master, make_piece
from .pool import News, Pool, failure
from .recipes import NamedOrder, file_recipe, piece_orders

FILE_WEIGHT = 0.03
"""What a second costs that is put together, in seconds that are encoded."""


class Done(NamedTuple):
    """What became of the file of a person."""

    plan: PersonPlan
    notes: tuple[str, ...] = ()
    """What of masters could not be read, or is in another container than was wanted, in words."""
    error: str = ""
    """Why it is not there."""
    recipe: str = ""
    """What it is made of, as a digest."""
    loudness: Loudness | None = None
    """Of its sound, before any gain; ``None`` where nobody measured it now."""
    was_there: bool = False
    """It had been made before, of the same."""


class Share(NamedTuple):
    """How far a file is, in seconds of encoding, more or less."""

    done: float
    all: float


Tell = Callable[[Mapping[str, Share]], None]
"""Called every now and then with how far each file is, by its name."""


class File:
    """A file that is being made, and what it waits for."""

    def __init__(self, plan: PersonPlan, recipe: str) -> None:
        self.plan = plan
        self.recipe = recipe
        self.waiting: set[Path] = set()
        """Pieces that are not there yet."""
        self.weights: dict[str, float] = {}
        """Of its jobs."""
        self.shares: dict[str, float] = {}
        """How much of each is done, 0 to 1."""
        self.notes: list[str] = []
        self.error = ""

    @property
    def share(self) -> Share:
        """How far it is."""
        done = sum(self.shares.get(job, 0.0) * weight for job, weight in self.weights.items())
        return Share(done, sum(self.weights.values()))

    def hear(self, news: Iterable[News]) -> None:
        """Take note of how far its jobs are."""
        for job, share in news:
            if job in self.weights:
                self.shares[job] = share


class _File(File):
    """One of a person's, whose pieces are known from the start."""

    def __init__(self, plan: PersonPlan, orders: list[NamedOrder | None], recipe: str) -> None:
        super().__init__(plan, recipe)
        self.orders = orders
        """Of its pieces; ``None`` where they are copied."""
        self.waiting = {one.path for one in orders if one is not None}


class Work:
    """Makes the files of a plan.

    Args:
        pool: Processes for it.
        plan: What is made.
        wish: What was wanted.
        indexes: What is in the masters.
        folder: Where to.
        pieces: Where pieces are kept, so that nothing is done twice after an interruption.
    """

    def __init__(
        self, pool: Pool, plan: Plan, wish: Wish, indexes: Indexes, folder: Path, pieces: Path
    ) -> None:
        self._pool = pool
        self._plan = plan
        self._wish = wish
        self._indexes = indexes
        self._folder = folder
        self._pieces = pieces
        self._files: list[_File] = []
        self._running: dict[Future[Result], NamedOrder | _File] = {}

    def run(self, made: Mapping[str, str], tell: Tell, held: Callable[[], bool]) -> Iterator[Done]:
        """Make all files, and yield what became of each.

        Args:
            made: The recipes of files that are there, by their names: they are left alone.
            tell: Is told how far they are.
            held: Whether to stand still for now.
        """
        files = [self._file(plan) for plan in self._plan.people]
        for file in files:
            if made.get(file.plan.file) == file.recipe:
                yield Done(file.plan, recipe=file.recipe, was_there=True)
            else:
                self._files.append(file)
        self._begin_pieces()
        for file in self._files:
            if not file.waiting:
                self._put_together(file)
        while self._running:
            done, news = self._pool.look(self._running, held)
            for file in self._files:
                file.hear(news)
            tell({file.plan.file: file.share for file in self._files})
            for future in done:
                yield from self._ended(future, self._running.pop(future))

    def _file(self, plan: PersonPlan) -> _File:
        orders = piece_orders(plan.picture, self._wish.preset, self._indexes, self._pieces)
        recipe = file_recipe(plan, orders, self._plan.window, self._wish)
        file = _File(plan, orders, recipe)
        for clip in plan.person.clips:
            file.notes += [f"{clip.file.name} {why}" for why in self._indexes[clip.file].errors]
        if picture := plan.picture:
            of_clips = (self._indexes[clip.file].colours() for clip in picture.clips)
            file.notes += ranges(picture.colours, of_clips)
        if plan.remuxed and (word := refused(plan.person.clips[0].take, self._wish.container)):
            file.notes.append(word)
        for one in orders:
            if one is not None:
                file.weights[str(one.path)] = float(one.order.number / one.order.fps)
        file.weights[plan.file] = float(self._plan.window.seconds) * FILE_WEIGHT
        return file

    def _begin_pieces(self) -> None:
        """Have all pieces made that are not there yet, those of the first file first."""
        begun: set[Path] = set()
        for file in self._files:
            for one in file.orders:
                if one is None or one.path in begun:
                    continue
                begun.add(one.path)
                if one.path.exists():
                    self._arrived(one.path)
                else:
                    future = self._pool.submit(make_piece, str(one.path), one.order, one.path)
                    self._running[future] = one

    def _ended(self, future: Future[Result], of: NamedOrder | _File) -> Iterator[Done]:
        try:
            result = future.result()
        except Exception as error:  # a fault in one file has to leave the others whole
            yield from self._failed(of, failure(error))
            return
        if isinstance(of, _File):
            notes = dict.fromkeys([*of.notes, *result.notes])
            yield Done(of.plan, tuple(notes), recipe=of.recipe, loudness=result.loudness)
            return
        for file in self._arrived(of.path):
            file.notes += result.notes
            if not file.waiting:
                self._put_together(file)

    def _arrived(self, path: Path) -> list[_File]:
        """Return the files that waited for a piece."""
        found = [file for file in self._files if path in file.waiting]
        for file in found:
            file.waiting.remove(path)
            file.shares[str(path)] = 1.0
        return found

    def _failed(self, of: NamedOrder | _File, error: str) -> Iterator[Done]:
        if isinstance(of, _File):
            yield Done(of.plan, tuple(of.notes), error)
            return
        for file in self._arrived(of.path):
            file.waiting.add(of.path)  # for good
            if not file.error:
                yield Done(file.plan, tuple(file.notes), error)
            file.error = error

    def _put_together(self, file: _File) -> None:
        path = self._folder / file.plan.file
        if file.plan.remuxed:
            clip = file.plan.person.clips[0]
            self._running[self._pool.submit(make_master, clip.file, clip.take, path)] = file
            return
        picture = self._picture(file, file.plan.picture) if file.plan.picture else None
        order = FileOrder(
            path=path,
            form=file.plan.form,
            person=file.plan.person,
            window=self._plan.window,
            picture=picture,
            sound=file.plan.sound,
            origin=self._plan.origin(file.plan.person),
            loudness=self._wish.loudness,
            threads=self._pool.threads(len(self._files)),
        )
        self._running[self._pool.submit(make_file, file.plan.file, order)] = file

    def _picture(self, file: _File, plan: PicturePlan) -> Picture:
        parts: list[Made | Kept] = []
        for piece, order in zip(plan.cut.pieces, file.orders, strict=True):
            if isinstance(piece, Copied):
                clip = plan.clips[piece.clip]
                parts.append(Kept(clip.file, self._indexes[clip.file], piece.begin, piece.number))
            elif order is not None:
                parts.append(Made(order.path, order.order.number))
        encoding = self._wish.preset.picture
        return Picture(
            codec=encoding.codec if encoding else "",
            size=plan.size,
            fps=plan.fps,
            parts=parts,
            depth=encoding.depth if encoding else 0,
            kept_sets=plan.cut.sets,
            timecode=self._plan.timecode(plan.fps),
            colours=plan.colours,
        )
