"""What the keys do, on the marked rows or the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.screen import Screen

from ....core.ipc.control_messages import Verb
from ....core.model import StreamSnapshot, StreamState
from ...text.words import name_of, recordings
from ..leave import Leave
from .base import Follower

if TYPE_CHECKING:
    from ..app import RoomApp


def record(app: RoomApp) -> None:
    """Record the targets; never asks."""
    _tell(app, "start", _targets(app, "record"))


def stop(app: RoomApp) -> None:
    """Stop the targets; asks where that ends a recording."""
    targets = _targets(app, "stop")
    if not recordings(streams := _streams(app, targets)):
        _tell(app, "stop", targets)
        return
    from .confirm import ConfirmScreen, stop_question

    _ask(app, ConfirmScreen(stop_question(streams)), lambda: app.tell("stop", targets))


def exclude(app: RoomApp) -> None:
    """Exclude the targets; include them again if all of them are excluded."""
    from .confirm import ConfirmScreen, exclude_question

    targets = _targets(app, "exclude")
    streams = _streams(app, targets)
    if streams and all(stream.state is StreamState.SKIP for stream in streams):
        _tell(app, "include", targets)
    elif question := exclude_question(streams):
        _ask(app, ConfirmScreen(question), lambda: app.tell("exclude", targets))
    else:
        _tell(app, "exclude", targets)


def split(app: RoomApp) -> None:
    """Go on in new files."""
    _tell(app, "split", _targets(app, "new file"))


def marker(app: RoomApp) -> None:
    """Ask for a text and put a marker into the log of the engine."""
    from .marker import MarkerScreen

    targets = app.targets()

    def entered(text: str | None) -> None:
        if text is not None:
            app.tell("mark", targets, text)

    names = [name_of(stream) for stream in _streams(app, targets)]
    app.push_screen(MarkerScreen(names or ["the room"]), entered)


def copy_path(app: RoomApp) -> None:
    """Copy the path of the file that the first target is, or was, written to."""
    targets = _targets(app, "copy path")
    stream = app.stream(targets[0]) if targets else None
    if stream is None:
        return
    if not stream.file:
        app.say("has no file yet", "warning", stream.stream)
        return
    app.copy_to_clipboard(stream.file)
    app.say(f"copied {stream.file}", stream=stream.stream)


def record_all(app: RoomApp) -> None:
    """Record everything that is not excluded."""
    streams = app.snapshot.streams if app.snapshot else ()
    wanted = tuple(s.stream for s in streams if s.state in (StreamState.OFF, StreamState.FAIL))
    if wanted:
        app.tell("start", wanted)
    else:
        app.say("record all: nothing that is not recorded or excluded already")


def stop_all(app: RoomApp) -> None:
    """Stop everything, after a typed yes."""
    from .confirm import TypedScreen, stop_all_question

    open_files = app.recording()
    names = tuple(stream.stream for stream in open_files)
    if names:
        screen = TypedScreen(stop_all_question(open_files))
        _ask(app, screen, lambda: app.tell("stop", names))
    else:
        app.say("stop all: nothing is being recorded")


def leave(app: RoomApp) -> None:
    """Leave at once where nothing can be lost, else ask."""
    from .leave import LeaveScreen

    if isinstance(app.screen, Follower) and app.screen.interrupt():
        return
    if app.gone or app.snapshot is None:
        app.exit(Leave.STOPPED if app.ended else Leave.DETACHED)
    elif not recordings(app.snapshot.streams):
        app.run_worker(_leave_idle(app), group="commands")
    elif not isinstance(app.screen, LeaveScreen):
        app.push_screen(LeaveScreen(app.snapshot), lambda how: _left(app, how))


async def _leave_idle(app: RoomApp) -> None:
    if not app.owner:
        app.exit(Leave.DETACHED)
    elif await app.ask("shutdown") is not None:
        app.exit(Leave.STOPPED)


def _left(app: RoomApp, how: Leave | None) -> None:
    if how is not None:
        app.exit(how)


def _tell(app: RoomApp, verb: Verb, targets: tuple[str, ...]) -> None:
    if targets:
        app.tell(verb, targets)


def _streams(app: RoomApp, targets: tuple[str, ...]) -> list[StreamSnapshot]:
    return [stream for name in targets if (stream := app.stream(name))]


def _targets(app: RoomApp, what: str) -> tuple[str, ...]:
    targets = app.targets()
    if not targets:
        app.say(f"{what}: there is no stream under the cursor")
    return targets


def _ask(app: RoomApp, question: Screen[bool], then: Callable[[], None]) -> None:
    def answered(yes: bool | None) -> None:
        if yes:
            then()
        else:
            app.say("kept recording")

    app.push_screen(question, answered)
