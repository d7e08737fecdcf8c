"""``roomdeck deliver``: files for people who edit, from the takes of a session."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import msgspec

from ...core.config import ClusterConfig
from ...core.delivery.deliver import Elsewhere, deliver, folder_of
from ...core.delivery.found import find_session
from ...core.delivery.jobs.work import Done, Share, Tell
from ...core.delivery.jobs.yielding import Recordings
from ...core.delivery.plan import Wish
from ...core.delivery.presets import PRESETS, Preset
from ...core.delivery.session import Session
from ...core.errors import UsageError
from ...core.model import Container
from ...core.units import size
from ..exits import Exit
from ..lines.printer import narrate
from ..text.format import clean, clock, json_line, printable
from ..text.moments import moment
from ..text.words import count

_TIMELINES = ("files", "masters")
_PROGRESS = 1.0
"""Seconds between two lines that say how far files are."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed."""

    path: Path
    """A folder, or the JSON file of a session."""
    session: Path | None = None
    """The one that is meant, of a folder with several."""
    preset: str
    begin: str = ""
    end: str = ""
    fps: Fraction | None = None
    size: tuple[int, int] | None = None
    loudness: float | None = None
    encoder: str = ""
    container: Container | None = None
    timeline_of: str = "files"
    rough: tuple[str, ...] = ()
    check: bool = False
    output: Path | None = None
    as_json: bool = False
    typed: frozenset[str] = frozenset()
    """Which options were typed: what a configuration file has for all deliveries is no mistake."""
    cluster: ClusterConfig | None = None
    """On whose nodes files are made; ``None``: on this machine."""


def deliver_session(request: Request) -> Exit:
    """Make the files of a session, with a bar for each, or a line for each that is done.

    Raises:
        UsageError: The session or what is wanted of it is none.
        RecordingError: The folder cannot be written to.
        ControlError: The cluster cannot be used.
    """
    _see_that_all_is_of_use(request)
    session, made_by = _found(request)
    wish = _wish(request, session)
    folder = request.output or folder_of(session, wish.preset.name)
    if not request.as_json:
        _tell_what_is_not_known(session)
    if request.cluster is not None and not request.as_json:
        narrate(f"the cluster at {request.cluster.address} is asked what is in the takes")
    begun, done = time.monotonic(), list[Done]()
    recordings = Recordings()
    telling = _lines(recordings) if request.as_json else _bars()
    try:
        with made_by(wish, folder, recordings) as elsewhere, telling as tell:
            for one in deliver(session, wish, folder, tell, lambda: recordings.late, elsewhere):
                done.append(one)
                print(_json(one, folder) if request.as_json else _line(one, folder), flush=True)
    except KeyboardInterrupt:
        narrate("interrupted: the same command goes on from here")
        return Exit.INTERRUPTED
    finally:
        recordings.close()
    failed = sum(bool(one.error) for one in done)
    if not request.as_json:
        took = clock(time.monotonic() - begun)
        print(f"{count(len(done) - failed, 'file')} in {folder}, in {took}", flush=True)
    return Exit.RECORDING_FAILED if failed else Exit.OK


def _see_that_all_is_of_use(request: Request) -> None:
    """Refuse options that nothing would come of.

    Raises:
        UsageError: Says which, and what they are for.
    """
    preset = PRESETS[request.preset]
    pictures, rough = preset.picture is not None, bool(request.rough)
    uses = {
        "container": (preset.masters, "--preset masters"),
        "size": (pictures, "presets that make pictures"),
        "fps": (pictures or rough, "presets that make pictures, and rough cuts"),
        "loudness": (not preset.masters or rough, "presets that make sound, and rough cuts"),
    }
    for option, (of_use, what_for) in uses.items():
        if option in request.typed and not of_use:
            raise UsageError(f"--{option} is for {what_for}, and not for --preset {preset.name}")
    if "container" in request.typed and request.container is Container.AUTO:
        raise UsageError("--container: masters are mkv, mp4 or ts")


def _path(request: Request) -> Path:
    """Return what is delivered: a JSON file is named from its folder, or from here.

    Raises:
        UsageError: It is of another folder.
    """
    folder, session = request.path, request.session
    if session is None:
        return folder
    if folder.is_file():
        folder = folder.parent
    path = folder / session if (folder / session).exists() else session
    if path.exists() and path.parent.resolve() != folder.resolve():
        raise UsageError(f"--session {session} is not in {folder}")
    return path


class _MadeBy(Protocol):
    """Who makes files: asked for what, where to, and who tells which machines are late."""

    def __call__(
        self, wish: Wish, folder: Path, recordings: Recordings, /
    ) -> AbstractContextManager[Elsewhere | None]: ...


def _found(request: Request) -> tuple[Session, _MadeBy]:
    """Return the session, and who makes its files."""
    cluster, path = request.cluster, _path(request)
    if cluster is None:
        return find_session(path), lambda wish, folder, recordings: nullcontext()
    # Loads what speaks with nodes.
    from ...core.farm.delivery import late_nodes, on_nodes
    from ...core.farm.scattered import find_scattered

    found = find_scattered(path)

    @contextlib.contextmanager
    def made_by(wish: Wish, folder: Path, recordings: Recordings, /) -> Generator[Elsewhere | None]:
        with on_nodes(cluster, found, wish, folder, late_nodes(recordings), narrate) as nodes:
            for text in () if request.as_json else nodes.left_out:
                narrate(f"left out: {printable(text)}")
            yield nodes

    return found.session, made_by


def _wish(request: Request, session: Session) -> Wish:
    begin = moment("--from", request.begin, session.markers)
    end = moment("--to", request.end, session.markers)
    if begin is not None and end is not None and end <= begin:
        raise UsageError("--to is not after --from")
    if request.timeline_of not in _TIMELINES:
        names = ", ".join(_TIMELINES)
        raise UsageError(f"--timeline-of: not {request.timeline_of!r}, but one of {names}")
    return Wish(
        _preset(request),
        begin,
        end,
        request.fps,
        request.size,
        request.loudness,
        Container.MKV if request.container in (None, Container.AUTO) else request.container,
        request.check,
        request.timeline_of == "masters",
        request.rough,
    )


def _preset(request: Request) -> Preset:
    preset = PRESETS[request.preset]
    if not request.encoder:
        return preset
    if preset.picture is None or preset.picture.codec != "h264":
        raise UsageError(f"--encoder is for presets with H.264: {preset.name} is none")
    return msgspec.structs.replace(preset, picture=preset.picture.on(request.encoder))


def _tell_what_is_not_known(session: Session) -> None:
    if session.sidecar is None:
        narrate(
            "no JSON file of a session: people are put side by side by the times in the names "
            "of their files, which is a guess, good to a second or so"
        )
    for text in session.left_out:
        narrate(f"left out: {printable(text)}")


@contextlib.contextmanager
def _lines(recordings: Recordings) -> Generator[Tell]:
    """Say once a second how far each file is, as JSON."""
    due = time.monotonic()

    def tell(shares: Mapping[str, Share]) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + _PROGRESS
            files = {name: {"done": one.done, "all": one.all} for name, one in shares.items()}
            line = {"type": "deliver.progress", "files": files, "held": recordings.late}
            print(json_line(line), flush=True)

    yield tell


@contextlib.contextmanager
def _bars() -> Generator[Tell]:
    """Show a bar for each file, and one for all, where there is a terminal."""
    if not sys.stderr.isatty():
        yield lambda shares: None
        return
    # Loads what draws, where somebody looks.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}% {task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    # Drawn when there are news: a thread that draws would be in the way of a pool that begins.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bars:
        tasks: dict[str, TaskID] = {}
        begun = time.monotonic()

        def tell(shares: Mapping[str, Share]) -> None:
            whole = Share(
                sum(share.done for share in shares.values()),
                sum(share.all for share in shares.values()),
            )
            for name, share in {**shares, "all": whole}.items():
                if name not in tasks:
                    tasks[name] = bars.add_task(clean(name), total=share.all, speed="")
                speed = share.done / max(0.1, time.monotonic() - begun)
                bars.update(
                    tasks[name], completed=share.done, total=share.all, speed=f"{speed:.1f}x"
                )
            bars.refresh()

        yield tell


def _line(done: Done, folder: Path) -> str:
    name = clean(done.plan.file)
    if done.error:
        return f"{name}: FAILED: {printable(done.error)}"
    facts = [size((folder / done.plan.file).stat().st_size)]
    if picture := done.plan.picture:
        facts.append(f"{picture.size[0]}x{picture.size[1]} at {float(picture.fps):.5g} fps")
        total = picture.copied + picture.rendered
        if picture.copied:
            facts.append(f"{picture.copied / total:.0%} of the picture copied")
    if not done.plan.sound:
        facts.append("no sound")
    if done.was_there:
        facts.append("was there already")
    text = f"{name}: {', '.join(facts)}"
    return "\n".join([text, *(f"  {printable(note)}" for note in done.notes)])


def _json(done: Done, folder: Path) -> str:
    picture = done.plan.picture
    line: dict[str, Any] = {
        "type": "deliver.file",
        "file": str(folder / done.plan.file),
        "stream": done.plan.person.stream,
        "size": picture and picture.size,
        "fps": picture and float(picture.fps),
        "copied": picture and float(picture.copied / picture.fps),
        "rendered": picture and float(picture.rendered / picture.fps),
        "sound": done.plan.sound,
        "was_there": done.was_there,
        "notes": done.notes,
        "error": done.error,
    }
    return json_line(line)
