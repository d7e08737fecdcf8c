"""A delivery whose files are made on nodes and brought here."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from ..atomic import sync_folder
from ..cluster.token import read_token
from ..collection.copy import bring
from ..collection.shelves import reach
from ..collection.sources import Folder, Source
from ..collection.untold import untold
from ..config import ClusterConfig
from ..delivery.jobs.pool import Stopped, failure
from ..delivery.jobs.recipes import digest, file_recipe, piece_orders
from ..delivery.jobs.work import FILE_WEIGHT, Done, Share, Tell
from ..delivery.jobs.yielding import Recordings
from ..delivery.plan import Indexes, PersonPlan, Plan, Wish, inside
from ..delivery.session import Clip, Person
from ..delivery.window import Window
from ..errors import DiskFullError, RecordingError, UsageError
from ..recording.disk import cannot_write
from ..recording.naming import safe_name
from ..recording.sidecar import load
from .farm import Farm, farm
from .known import Known
from .orders import Lying, Made, Make, Order
from .scattered import Scattered

BROUGHT_AT_A_TIME = 2
"""Files: one waits for the disk while the other one waits for the network."""


class Waiting(NamedTuple):
    """A file that somebody makes."""

    plan: PersonPlan
    recipe: str
    weight: float
    """As of `Share.all`."""


class OnNodes:
    """Nodes that make the files of a session, as `deliver.Elsewhere` says.

    Args:
        farm: The nodes.
        scattered: The session.
        folder: Where to.
        sources: Ways to nodes, for what they made.
        left_out: What is not delivered though nodes have it, and why, in words.

    Raises:
        RecordingError: Of no take anybody knows what is in it.
        ControlError: Ray answers no more.
    """

    def __init__(
        self,
        farm: Farm,
        scattered: Scattered,
        folder: Path,
        sources: Mapping[str, Source],
        left_out: Sequence[str] = (),
    ) -> None:
        self._farm = farm
        self.left_out = left_out
        self.recorded = scattered.recorded
        self._info, self._session = scattered.info, scattered.session
        self._sources = sources
        self._lying = {
            clip.file: Lying(clip.take, scattered.origins[clip.file][0] or farm.home, path)
            for person in self._session.people
            for clip in person.clips
            if clip.take is not None
            for path in (scattered.origins[clip.file][1],)
        }
        # Two that deliver the same into two folders are not in each other's way.
        named = digest(f"{farm.home} {folder.resolve()}")[:8]
        self._name = f"{safe_name(folder.name)}-{named}"
        self._known = Known(farm, self._lying, self._order, folder)
        self._stop = threading.Event()

    @property
    def indexes(self) -> Indexes:
        """What is in all takes; nothing in those that nobody could read."""
        return self._known.indexes

    def run(
        self,
        plan: Plan,
        wish: Wish,
        folder: Path,
        pieces: Path,
        made: Mapping[str, str],
        tell: Tell,
    ) -> Iterator[Done]:
        """Make all files, as `deliver.Elsewhere.run` says.

        Raises:
            ControlError: Ray answers no more.
        """
        self._known.keep()
        waiting: dict[str, Waiting] = {}
        for one in plan.people:
            order, file = self._prepared(one, plan, wish, pieces)
            if made.get(one.file) == file.recipe:
                yield Done(one, recipe=file.recipe, was_there=True)
            elif why := self.wrong(inside(one.person, plan.window)) or self._farm.begin(
                one.file, order
            ):
                yield Done(one, error=why)
            else:
                waiting[one.file] = file
        with ThreadPoolExecutor(BROUGHT_AT_A_TIME) as bringing, self._stopping():
            yield from self._follow(waiting, bringing, folder, pieces, tell)

    def _follow(
        self,
        waiting: dict[str, Waiting],
        bringing: ThreadPoolExecutor,
        folder: Path,
        pieces: Path,
        tell: Tell,
    ) -> Iterator[Done]:
        told = {name: Share(0.0, file.weight) for name, file in waiting.items()}
        coming: dict[Future[None], tuple[str, Made]] = {}
        while waiting:
            for name, state in self._farm.news():
                file = waiting[name]
                told[name] = Share(state.done * file.weight, file.weight)
                if state.made is not None:
                    told[name] = Share(file.weight, file.weight)
                    target = pieces / (file.recipe + file.plan.form.suffix)
                    work = bringing.submit(self._bring, name, state.made, target, folder / name)
                    coming[work] = (name, state.made)
                elif state.over:
                    del waiting[name]
                    yield Done(file.plan, error=state.error)
            for work in [one for one in coming if one.done()]:
                name, it = coming.pop(work)
                if (done := self._arrived(waiting[name], it, work)) is not None:
                    del waiting[name]
                    yield done
            tell(told)

    def _arrived(self, file: Waiting, made: Made, work: Future[None]) -> Done | None:
        """Return what became of a file; ``None`` where it is made again elsewhere."""
        name = file.plan.file
        try:
            work.result()
        except Exception as error:  # a fault in one file has to leave the others whole
            if isinstance(error, DiskFullError) or not isinstance(error, RecordingError):
                return Done(file.plan, error=failure(error))
            why = self._farm.again(name, str(error))
            return Done(file.plan, error=why) if why else None
        self._farm.clear(name)
        return Done(file.plan, tuple(made.notes), recipe=file.recipe, loudness=made.loudness)

    def _bring(self, job: str, made: Made, aside: Path, path: Path) -> None:
        """Bring a file from its node; it has its name when it is whole, on the disk and compared.

        Raises:
            RecordingError: It cannot be had, or not be written.
        """
        node = self._farm.where[job]
        found = self._sources[node].find(made.path) if node in self._sources else None
        if found is None:
            raise RecordingError(f"{made.path} is not to be had from {node}")
        try:
            aside.unlink(missing_ok=True)  # Of a time before, and maybe of another node.
            bring(found, aside, lambda done: self._go_on())
            os.replace(aside, path)
            sync_folder(path.parent)
        except OSError as error:
            raise cannot_write(path, error) from error

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise Stopped

    @contextlib.contextmanager
    def _stopping(self) -> Generator[None]:
        try:
            yield
        finally:
            self._stop.set()

    def _order(self, takes: tuple[Lying, ...], make: Make | None = None) -> Order:
        return Order(
            session=self._info,
            folder=str(self._session.folder),
            name=self._name,
            takes=takes,
            shelves=self._farm.shelves,
            make=make,
        )

    def _prepared(
        self, one: PersonPlan, plan: Plan, wish: Wish, pieces: Path
    ) -> tuple[Order, Waiting]:
        """Return how a file is ordered."""
        clips = self._needed(one.person, plan.window)
        orders = piece_orders(one.picture, wish.preset, self.indexes, pieces)
        recipe = digest(
            f"{file_recipe(one, orders, plan.window, wish)} {self._known.stamps(clips)}"
        )
        make = Make(
            file=one.file,
            recipe=recipe,
            begin=plan.window.begin,
            seconds=str(plan.window.seconds),
            utc_offset=plan.utc_offset,
            preset=wish.preset,
            # As planned by all takes: not all may be had where it is made.
            fps=str(fps) if (fps := one.picture.fps if one.picture else wish.fps) else None,
            size=one.picture.size if one.picture else wish.size,
            loudness=wish.loudness,
            container=wish.container,
        )
        order = self._order(tuple(self._lying[clip.file] for clip in clips), make)
        rendered = one.picture.rendered / one.picture.fps if one.picture else 0
        weight = float(rendered) + float(plan.window.seconds) * FILE_WEIGHT
        return order, Waiting(one, recipe, weight)

    def _needed(self, person: Person, window: Window) -> list[Clip]:
        """Return the takes of a file: without those outside the window that are out of reach."""
        needed = {clip.file for clip in inside(person, window)}
        away = self._known.away - needed
        return [clip for clip in person.clips if clip.file not in away]

    def wrong(self, clips: Iterable[Clip]) -> str:
        """Return why takes cannot be read, in words; empty where all can."""
        return self._known.wrong(clips)


@contextlib.contextmanager
def on_nodes(
    cluster: ClusterConfig,
    scattered: Scattered,
    wish: Wish,
    folder: Path,
    late: Callable[[str], frozenset[str]],
    waits: Callable[[str], None] = lambda text: None,
) -> Generator[OnNodes]:
    """Have the files of a session made by the nodes of a cluster.

    Args:
        cluster: That.
        scattered: The session.
        wish: What is wanted.
        folder: Where to.
        late: As for `farm`.
        waits: The same.

    Raises:
        UsageError: What is wanted cannot be made on nodes, or there is no token.
        ControlError: The cluster cannot be used.
        RecordingError: Of none of its takes anybody knows.
    """
    check_wish(scattered, wish)
    token = read_token(Path(cluster.token_file))
    with farm(cluster, late, waits) as nodes, reach(nodes.shelves, token) as sources:
        left_out = tuple(_untold(scattered, sources))
        # What this machine made has not to go through its door.
        yield OnNodes(nodes, scattered, folder, {**sources, nodes.home: Folder()}, left_out)


def _untold(scattered: Scattered, sources: Mapping[str, Source]) -> Iterator[str]:
    """Yield which takes nodes know that the session's JSON file does not tell of."""
    path = scattered.session.sidecar
    known = load(path) if path is not None else None
    if path is None or known is None:
        return
    for take in untold(path, known, sources):
        yield (
            f"{take.file} is on {take.node}, which could tell nobody: `roomdeck collect` brings it"
        )


def late_nodes(recordings: Recordings) -> Callable[[str], frozenset[str]]:
    """Return who tells, as for `farm`, which nodes stand still: those that record and are late."""
    return lambda home: frozenset(node or home for node in recordings.nodes)


def check_wish(scattered: Scattered, wish: Wish) -> None:
    """Refuse what needs all takes here, where they are not.

    Raises:
        UsageError: Says what.
    """
    wanted = {
        "--grid and --follow": bool(wish.rough),
        "--check": wish.check,
        "--timeline-of masters": wish.timeline_of_masters,
    }
    for option, asked in wanted.items():
        if asked and scattered.elsewhere:
            raise UsageError(
                f"{option} needs all takes on this machine, and some are on nodes: bring them by "
                "`roomdeck collect DIR --cluster ADDRESS`, and deliver without --cluster then"
            )
