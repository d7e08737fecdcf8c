"""The dashboard on a running engine: open it, leave, say what there is to say."""

from __future__ import annotations

import shlex
from functools import partial

from ...core import memory
from ...core.model import RoomSnapshot
from ...core.signals import on_stop
from ..dashboard.app import RoomApp
from ..dashboard.appearance import Appearance
from ..dashboard.leave import Leave
from ..dashboard.remembered import choices_file, read_choices, write_choices
from ..exits import Exit
from ..lines.meanwhile import meanwhile
from ..lines.printer import narrate, say
from ..lines.summary import summary, takes_of
from ..text.words import recordings
from .following import Following
from .terminal_guard import TerminalGuard

_UNFINISHED = (
    "left before every file was closed; what is on the disk plays, and roomdeck check says what "
    "became of it"
)


async def show_dashboard(
    following: Following, appearance: Appearance, *, owner: bool, note: str = ""
) -> Exit:
    """Show the dashboard until it is left; then print the takes to the normal screen.

    Args:
        following: The engine.
        appearance: Of the dashboard.
        owner: SIGTERM and SIGINT stop the recording, as this command began it; else they
            only leave.
        note: What to say where the recording goes on.

    Raises:
        ControlError: The engine went away and did not say that all files are closed.
    """
    first = await following.catch_up()
    if not owner:
        _welcome(following, first)
    left = await _show(following, appearance, first.room, owner)
    following.looked()
    if left is Leave.HANGUP:
        return Exit.OK
    if left is Leave.HURRIED and not following.over:
        # Like a second signal: what is still open is left as it is.
        following.signal_engine()
        _summarise(following)
        narrate(_UNFINISHED)
        return Exit.INTERRUPTED
    if left is Leave.STOPPED and not following.over:
        await _finish(following)
    _summarise(following)
    if following.over:
        return following.exit_status()
    if left is None:
        narrate("the dashboard broke; the recording goes on without it")
    narrate(_come_back(first, note))
    return Exit.OK if left else Exit.USAGE


def _welcome(following: Following, first: RoomSnapshot) -> None:
    lines = meanwhile(following.events, following.last_looked(), first)
    # The newest event is on top.
    following.greeting += reversed(lines)
    narrate("\n".join(lines))


async def _show(
    following: Following, appearance: Appearance, room: str, owner: bool
) -> Leave | None:
    """Return how the dashboard was left; ``None`` is by an error of its own."""
    appearance.tell_textual()
    log, kept = following.folder.engine_log, choices_file()
    app = RoomApp(
        following,
        room=room,
        terminal=appearance.terminal(),
        theme=appearance.theme,
        choices=read_choices(kept),
        keep=partial(write_choices, kept),
        interval=appearance.interval,
        owner=owner,
        log=str(log) if log.exists() else "",
        bell=appearance.bell,
    )

    def terminated() -> Leave:
        if not owner:
            return Leave.DETACHED
        following.signal_engine()
        return Leave.STOPPED

    memory.settle()
    with TerminalGuard(app.exit, terminated):
        return await app.run_async(mouse=appearance.mouse)


async def _finish(following: Following) -> None:
    """Wait for the last files; a signal means that they may not take long."""
    if following.last is not None and recordings(following.last.streams):
        narrate("finishing files; ctrl-c leaves them unfinished")
    on_stop(following.signal_engine)
    await following.finish()


def _summarise(following: Following) -> None:
    if following.last is not None:
        takes = takes_of(following.last, following.events)
        say("\n".join(summary(following.last, takes)))


def _come_back(room: RoomSnapshot, note: str) -> str:
    name = shlex.quote(room.room)
    lines = [
        note or "recording goes on",
        f"come back:  roomdeck attach {name}",
        f"end it:     roomdeck stop --room {name}",
    ]
    return "\n".join(lines)
