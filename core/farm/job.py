"""``python -m roomdeck.core.farm.job``: makes one file of a delivery, or reads takes, on a node.

It knows no Ray. Its first line is a `Task`; then come words, one a line: ``hold``, ``go``, and
``clear`` when nothing that it left is needed any more. It says a `State` a line, and ends with its
stdin.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from ..atomic import replace_file
from ..cluster.token import read_token
from ..collection.shelves import reach
from ..collection.sources import Folder
from ..delivery.deliver import RESERVE, expected_bytes
from ..delivery.jobs.pool import NICE, Pool, Stopped, pool
from ..delivery.jobs.work import Done, Share, Work
from ..delivery.jobs.yielding import Recordings
from ..delivery.picture.index import Index, read_index
from ..delivery.plan import Indexes, plan
from ..delivery.session import session_of
from ..errors import UNDECODABLE, RecordingError, RoomdeckError
from ..own_stdout import own_stdout
from ..recording.disk import cannot_write, free_bytes
from ..recording.sidecar import Sidecar
from .orders import Lying, Made, Make, Pictures, Seen, State, Task, task
from .spool import Fetched, Spool
from .superior import Superior

_PIECES = "pieces"
_RECIPE = ".made"


class Job:
    """Does what a task says.

    Args:
        task: That.
        superior: Who wants it.
    """

    def __init__(self, task: Task, superior: Superior) -> None:
        self._here, self._order = task.here, task.order
        self._superior = superior
        self._spool = Spool(task)
        self._recordings = Recordings()

    def run(self) -> State:
        """Do it, and return what became of it.

        Raises:
            Stopped: Nobody wants it any more.
        """
        try:
            make = self._order.make
            if make is None:
                return State(seen=self._seen())
            with self._spool.file(make.file, self._idle) as folder:
                return State(made=self._made(folder, make))
        except RoomdeckError as error:
            return State(error=str(error))
        except OSError as error:
            return State(error=str(cannot_write(Path(self._here.output), error)))
        finally:
            self._recordings.close()

    def clear(self) -> None:
        """Remove what it left."""
        self._spool.clear(self._order.make.file if self._order.make else "")

    def _idle(self) -> None:
        """Notice that nobody wants it any more."""
        _ = self._superior.held

    def _held(self) -> bool:
        return self._superior.held or self._recordings.late

    def _fetch(self, takes: Iterable[Lying]) -> dict[str, Fetched | RecordingError]:
        """Have takes here, or why they are not, by their names."""
        found: dict[str, Fetched | RecordingError] = {}
        token = read_token(Path(self._here.token_file))
        others = [card for card in self._order.shelves if card.node != self._here.node]
        with reach(others, token) as shelves:
            sources = {**shelves, self._here.node: Folder()}
            for one in takes:
                try:
                    found[one.take.file] = self._spool.fetch(one, sources, self._idle)
                except RecordingError as error:
                    found[one.take.file] = error
        return found

    def _seen(self) -> dict[str, Seen]:
        """Read what is in all takes."""
        fetched = self._fetch(self._order.takes)
        there = {name: one.path for name, one in fetched.items() if isinstance(one, Fetched)}
        with pool(1) as processes:
            indexes = self._indexes(processes, there)
        found: dict[str, Seen] = {}
        for name, one in fetched.items():
            if isinstance(one, Fetched):
                found[name] = Seen(Pictures.of(indexes[one.path]), one.stamp)
            else:
                found[name] = Seen(error=str(one))
        return found

    def _indexes(self, processes: Pool, there: Mapping[str, Path]) -> dict[Path, Index]:
        takes = {one.take.file: one.take for one in self._order.takes}
        reading = {
            processes.submit(read_index, path, takes[name]): path for name, path in there.items()
        }
        found: dict[Path, Index] = {}
        while reading:
            done, _ = processes.look(reading, self._held)
            for future in done:
                found[reading.pop(future)] = future.result()
        return found

    def _made(self, folder: Path, make: Make) -> Made:
        """Make the file, unless that was done before.

        Raises:
            RecordingError: It cannot be made; says why.
        """
        if (before := _before(folder, make)) is not None:
            return before
        for one in folder.glob(f"*{_RECIPE}"):
            one.unlink()
        links = self._links(folder)
        with pool(1) as processes:
            indexes = self._indexes(processes, links)
            done = self._work(processes, indexes, folder, make)
        made = Made(str(folder / make.file), list(done.notes), done.loudness)
        replace_file(folder / (make.recipe + _RECIPE), msgspec.json.encode(made), 0o666)
        shutil.rmtree(folder / _PIECES, ignore_errors=True)
        return made

    def _links(self, folder: Path) -> dict[str, Path]:
        """Have all takes in a folder, under their names."""
        place = folder / "takes"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        links: dict[str, Path] = {}
        for name, one in self._fetch(self._order.takes).items():
            if isinstance(one, RecordingError):
                raise one
            links[name] = place / name
            links[name].symlink_to(one.path)
        return links

    def _work(self, processes: Pool, indexes: Indexes, folder: Path, make: Make) -> Done:
        there = {path.name: path for path in indexes}
        takes = tuple(
            msgspec.structs.replace(one.take, file=str(there[one.take.file]))
            for one in self._order.takes
        )
        session = session_of(
            folder / "session.json", Sidecar(session=self._order.session, takes=takes)
        )
        wish = make.wish
        whole = plan(session, indexes, wish, make.utc_offset, make.window)
        # Here are the takes of one file: of what it is kept apart by its name is not known.
        whole = whole._replace(people=tuple(one._replace(file=make.file) for one in whole.people))
        for one in whole.people:
            self._check_room(folder, expected_bytes(one, whole, wish, indexes))
        pieces = folder / _PIECES
        pieces.mkdir(exist_ok=True)
        work = Work(processes, whole, wish, indexes, folder, pieces)
        for done in work.run({}, self._tell, self._held):
            if done.error:
                raise RecordingError(f"on {self._here.node}: {done.error}")
            return done
        raise RecordingError(f"{self._here.node} finds nothing of it in its takes")

    def _tell(self, shares: Mapping[str, Share]) -> None:
        for share in shares.values():
            self._superior.say(State(done=share.done / share.all))

    def _check_room(self, folder: Path, needed: float) -> None:
        free = free_bytes(folder)
        if free < needed + RESERVE:
            raise RecordingError(
                f"no room for it on {self._here.node}: it takes about {needed / 1e9:.1f} GB there "
                f"until it is here, {RESERVE / 1e9:.1f} GB have to stay free, and "
                f"{free / 1e9:.1f} GB are: free some"
            )


def _before(folder: Path, make: Make) -> Made | None:
    """Return what was made before, of the same."""
    try:
        found = msgspec.json.decode((folder / (make.recipe + _RECIPE)).read_bytes(), type=Made)
    except (OSError, *UNDECODABLE):
        return None
    return found if Path(found.path).is_file() else None


def main() -> None:
    """Serve until stdin ends."""
    os.nice(NICE)
    superior = Superior(os.dup(0), own_stdout())
    with contextlib.suppress(Stopped):
        job = Job(task.decode(superior.order()), superior)
        superior.say(job.run())
        superior.wait()
        job.clear()


if __name__ == "__main__":
    main()
