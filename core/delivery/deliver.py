"""A session → a folder of files for people who edit."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Protocol

from .. import locks
from ..atomic import make_folder, replace_file
from ..errors import UsageError
from ..recording.check import CheckReport, check
from ..recording.disk import cannot_write, free_bytes
from ..recording.sidecar import load
from .grid.rough import rough
from .grid.work import RoughWork
from .jobs.pool import Pool, pool
from .jobs.work import Done, Share, Tell, Work
from .manifest import NAME as MANIFEST
from .manifest import Delivered, Manifest, load_manifest, made_before, save_manifest
from .manifest import folder_of as beside
from .picture.index import read_index
from .plan import Indexes, PersonPlan, Plan, Wish, plan, unreadable
from .report import (
    absent,
    bad,
    deliveries,
    learned,
    name_of,
    render,
    report_of,
    write_report,
)
from .session import Clip, Session
from .timeline import of_files, of_masters
from .timelines import WRITERS
from .window import SAMPLE_RATE

RESERVE = 500_000_000
"""Bytes that stay free."""
PIECES = ".pieces"
"""Where, in the folder of a delivery, something may be that is not whole yet."""
_CHANNELS = 2


def folder_of(session: Session, preset: str) -> Path:
    """Return where the files of a session are delivered to: beside its takes."""
    return beside(session.folder, session.name, preset)


class Elsewhere(Protocol):
    """Other machines that make the files of people, in place of processes of this one."""

    @property
    def indexes(self) -> Indexes:
        """What is in all masters; in those that nobody could read there is nothing."""
        ...

    @property
    def recorded(self) -> Session:
        """The session with the masters that are here, for its report."""
        ...

    def wrong(self, clips: Iterable[Clip]) -> str:
        """Return why takes cannot be read, in words; empty where all can."""
        ...

    def run(
        self,
        plan: Plan,
        wish: Wish,
        folder: Path,
        pieces: Path,
        made: Mapping[str, str],
        tell: Tell,
    ) -> Iterator[Done]:
        """Make all files of a plan, and yield what became of each.

        Args:
            plan: What is made.
            wish: What was wanted.
            folder: Where to.
            pieces: Where in it something may be that is not whole yet.
            made: As for `Work.run`.
            tell: The same.
        """
        ...


def deliver(
    session: Session,
    wish: Wish,
    folder: Path,
    tell: Tell = lambda shares: None,
    held: Callable[[], bool] = lambda: False,
    elsewhere: Elsewhere | None = None,
) -> Iterator[Done]:
    """Make the files of a session, and yield what became of each.

    Those that are there, of the same masters and wishes, are left alone; pieces of one that was
    interrupted are used again.

    Args:
        session: Whose takes there are.
        wish: What is wanted.
        folder: Where to; it is made.
        tell: Is told how far the files are, a few times a second.
        held: Is asked whether to stand still, as often.
        elsewhere: Makes the files of people on other machines; ``None``: processes of this one do.

    Raises:
        UsageError: There is nothing to deliver, no room for it, or something else in its place.
        RecordingError: The folder cannot be written to.
    """
    with contextlib.ExitStack() as alone, pool(_cores()) as processes:
        indexes = elsewhere.indexes if elsewhere else _read(processes, session)
        whole = plan(session, indexes, wish, _utc_offset(session.started))
        why = elsewhere.wrong if elsewhere else partial(_wrong, indexes)
        lost = list(unreadable(session, whole, wish, why))
        if not whole.people:
            raise UsageError(_nothing(session, wish, indexes, [error for _, error in lost]))
        pieces = folder / PIECES
        taken = [one.file for one in (*whole.people, *(one for one, _ in lost))]
        cut = rough(session, indexes, wish, whole)
        cuts = RoughWork(processes, cut, wish, taken, indexes, folder, pieces)
        _spare(session, folder, (*taken, *cuts.shares))
        _check_room(folder, made_before(folder), whole, wish, indexes, cuts)
        alone.enter_context(_alone(pieces))
        before = made_before(folder)
        files: dict[str, Delivered] = {}
        recipes = {name: one.recipe for name, one in before.items()}
        # They are as they were, also where they are not wanted again.
        rough_before = {name: one for name, one in before.items() if not one.stream}
        tell_all = _together(cuts.shares, tell)
        if elsewhere is not None:
            made = elsewhere.run(whole, wish, folder, pieces, recipes, tell_all)
        else:
            work = Work(processes, whole, wish, indexes, folder, pieces)
            made = work.run(recipes, tell_all, held)
        failed = (Done(one, error=error) for one, error in lost)
        for done in chain(failed, made, cuts.run(recipes, tell_all, held)):
            was = before[done.plan.file] if done.was_there else None
            files[done.plan.file] = was or _delivered(done, folder)
            save_manifest(folder, _manifest(session, wish, whole, rough_before | files))
            yield done
        _write_timelines(session, wish, whole, indexes, folder, files)
        recorded = elsewhere.recorded if elsewhere else session
        verdicts = absent(recorded) | _broken(session, indexes)
        verdicts |= _verdicts(processes, session) if wish.check else {}
        _write_report(recorded, folder, verdicts)
        if not any(one.error for one in files.values()):
            shutil.rmtree(pieces, ignore_errors=True)


def _spare(session: Session, folder: Path, files: Iterable[str]) -> None:
    """See that nothing is written over but what an earlier delivery of the session made.

    Args:
        session: What is delivered.
        folder: Where to.
        files: What is made there, besides what is always.

    Raises:
        UsageError: Something is in the way.
    """
    before = load_manifest(folder)
    if before is not None and before.session != session.name:
        raise UsageError(
            f"{folder} has what was delivered of {before.session}: deliver elsewhere by --output"
        )
    of_ours = {one.file for one in before.files} | {MANIFEST, *WRITERS} if before else set[str]()
    takes = {clip.file.parent for person in session.people for clip in person.clips}
    among_takes = folder.resolve() in {place.resolve() for place in (session.folder, *takes)}
    # What was interrupted made files that nobody wrote down, or those of another preset.
    begun = (before is not None or (folder / PIECES).exists()) and not among_takes
    for name in () if begun else (*files, MANIFEST, *WRITERS):
        if name not in of_ours and os.path.lexists(folder / name):
            raise UsageError(
                f"{folder / name} is there already, and would be lost: deliver elsewhere by "
                "--output, or take it away"
            )


@contextlib.contextmanager
def _alone(pieces: Path) -> Generator[None]:
    """Make a folder, and keep others from delivering into it.

    Raises:
        UsageError: Somebody does.
        RecordingError: It cannot be made.
    """
    try:
        make_folder(pieces)
    except OSError as error:
        raise cannot_write(pieces.parent, error) from error
    with locks.alone(pieces) as mine:
        if not mine:
            raise UsageError(
                f"another delivery writes to {pieces.parent}: let it end, or deliver elsewhere by "
                "--output"
            )
        yield


def _cores() -> int:
    """How many this process may use, which in a container may be fewer than there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _together(shares: Mapping[str, Share], tell: Tell) -> Tell:
    """Tell of all files, whoever makes them."""
    known = dict(shares)

    def tell_all(some: Mapping[str, Share]) -> None:
        known.update(some)
        tell(dict(known))

    return tell_all


def _read(processes: Pool, session: Session) -> Indexes:
    clips = [clip for person in session.people for clip in person.clips]
    futures = {clip.file: processes.submit(read_index, clip.file, clip.take) for clip in clips}
    return {file: future.result() for file, future in futures.items()}


def _write_timelines(
    session: Session,
    wish: Wish,
    whole: Plan,
    indexes: Indexes,
    folder: Path,
    files: Mapping[str, Delivered],
) -> None:
    """Write the timelines of all formats.

    Raises:
        RecordingError: That cannot be done.
    """
    folder = folder.resolve()
    there = [one for one in whole.people if not files[one.file].error]
    if wish.timeline_of_masters:
        timeline = of_masters(session, whole, indexes, folder)
    elif wish.preset.masters:
        made = {one.person.clips[0].file: folder / one.file for one in there}
        timeline = of_masters(
            session, whole, indexes, folder, lambda clip: made.get(clip.file, clip.file)
        )
    else:
        timeline = of_files(session, whole, folder, there)
    try:
        for name, text in WRITERS.items():
            replace_file(folder / name, text(timeline).encode(), 0o666)
    except OSError as error:
        raise cannot_write(folder, error) from error


def _wrong(indexes: Indexes, clips: Iterable[Clip]) -> str:
    return "; ".join(f"{one.file.name} {why}" for one in clips for why in indexes[one.file].errors)


def _nothing(session: Session, wish: Wish, indexes: Indexes, lost: Sequence[str]) -> str:
    if lost:
        return f"nothing of {session.name} can be read: {'; '.join(lost)}"
    preset = wish.preset
    only_sound = preset.picture is None and not preset.masters
    if only_sound and not any(index.sound for index in indexes.values()):
        return f"nobody in {session.name} has sound, and --preset {preset.name} has nothing else"
    return f"{session.name} has nothing between these times"


def _broken(session: Session, indexes: Indexes) -> dict[str, CheckReport]:
    """Return a verdict for each master that could not be read, or not all of it."""
    named = {name_of(file, session.folder): index for file, index in indexes.items()}
    return {name: bad(name, *index.errors) for name, index in named.items() if index.errors}


def _verdicts(processes: Pool, session: Session) -> dict[str, CheckReport]:
    """Read all masters again, decode every packet, and judge what is found."""
    masters = {clip.file for person in session.people for clip in person.clips}
    futures = {file: processes.submit(check, file) for file in masters}
    return {name_of(file, session.folder): future.result() for file, future in futures.items()}


def _write_report(session: Session, folder: Path, verdicts: Mapping[str, CheckReport]) -> None:
    """Make the report of the session again, with what is known by now.

    Raises:
        RecordingError: That cannot be done.
    """
    here = load_manifest(folder)
    others = (one for one in deliveries(session.folder, session.name) if one != here)
    known = learned([*others, *([here] if here else [])])
    told = load(session.sidecar) if session.sidecar else None
    report = report_of(session, told, verdicts, known.levels, known.remarks)
    pages = render(report, session.folder)
    try:
        try:
            write_report(session.sidecar or folder / "report", *pages)
        except OSError:
            # Takes may lie where nobody writes.
            write_report(folder / "report", *pages)
    except OSError as error:
        raise cannot_write(folder, error) from error


def _utc_offset(at: float) -> float:
    return float(time.localtime(at).tm_gmtoff)


def _check_room(
    folder: Path,
    there: Collection[str],
    whole: Plan,
    wish: Wish,
    indexes: Indexes,
    cuts: RoughWork,
) -> None:
    wanted = (one for one in whole.people if one.file not in there)
    needed = sum(expected_bytes(one, whole, wish, indexes) for one in wanted)
    needed += cuts.expected_bytes(there)
    free = free_bytes(folder)
    if free < needed + RESERVE:
        raise UsageError(
            f"no room for that in {folder}: it takes about {needed / 1e9:.1f} GB, "
            f"{RESERVE / 1e9:.1f} GB have to stay free, and {free / 1e9:.1f} GB are: "
            "free some, deliver elsewhere by --output, or less by --from and --to"
        )


def expected_bytes(person: PersonPlan, whole: Plan, wish: Wish, indexes: Indexes) -> float:
    """Return about how many bytes a file and its pieces take."""
    if person.remuxed:
        return _bytes(person.person.clips[0])
    seconds, preset, picture = float(whole.window.seconds), wish.preset, person.picture
    rate = _CHANNELS * (person.form.kilobits * 125 or SAMPLE_RATE * 3)
    found = seconds * rate if person.sound else 0.0
    if picture is not None:
        pixels = picture.size[0] * picture.size[1]
        # A piece is there until the file is that it belongs to.
        found += 2 * picture.rendered * pixels * preset.bits_per_pixel / 8
        pictures = sum(len(indexes[clip.file].shown) for clip in picture.clips)
        masters = sum(map(_bytes, picture.clips))
        found += masters * picture.copied / max(1, pictures)
    return found


def _bytes(clip: Clip) -> int:
    """Of a file that may be on another machine."""
    try:
        return clip.file.stat().st_size
    except FileNotFoundError:
        return clip.take.bytes if clip.take else 0


def _delivered(done: Done, folder: Path) -> Delivered:
    picture, path = done.plan.picture, folder / done.plan.file
    return Delivered(
        file=done.plan.file,
        stream=done.plan.person.stream,
        label=done.plan.person.label,
        recipe=done.recipe,
        bytes=path.stat().st_size if path.exists() else 0,
        size=picture.size if picture else None,
        fps=str(picture.fps) if picture else None,
        copied=float(picture.copied / picture.fps) if picture else 0.0,
        rendered=float(picture.rendered / picture.fps) if picture else 0.0,
        sound=done.plan.sound,
        loudness=done.loudness and round(done.loudness.integrated, 1),
        levels=tuple(round(level, 1) for _, level in done.loudness.curve) if done.loudness else (),
        notes=done.notes,
        error=done.error,
    )


def _manifest(session: Session, wish: Wish, whole: Plan, files: dict[str, Delivered]) -> Manifest:
    return Manifest(
        session=session.name,
        preset=wish.preset.name,
        begin=whole.window.begin,
        seconds=float(whole.window.seconds),
        wall=whole.wall,
        guessed=session.sidecar is None,
        files=tuple(files.values()),
    )
