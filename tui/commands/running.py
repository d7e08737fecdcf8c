"""``roomdeck status``, ``stop``, ``start`` and the others that talk to a running engine."""

from __future__ import annotations

import time

from ...core.errors import ControlError, SilentError
from ...core.ipc.control_client import ControlClient, find_engine, look_round, others, silence
from ...core.ipc.control_messages import Verb
from ...core.ipc.orphans import orphans, stop_orphans
from ...core.ipc.silent_engine import end_silent
from ...core.model import Event, EventType
from ...core.signaling.invite_links import parse_room
from ..exits import Exit
from ..lines.printer import narrate
from ..lines.updates import event_json, event_line, snapshot_json, stream_lines
from ..text.format import printable


async def show_status(room: str | None, as_json: bool) -> Exit:
    """Print every running engine's room, or one room's."""
    room = _named(room)
    engines, silent = await look_round(room)
    for _, snapshot in engines:
        lines = stream_lines(snapshot)
        print(snapshot_json(snapshot) if as_json else printable("\n".join(lines)))
    if silent:
        raise SilentError("\n".join(silence(folder) for folder in silent))
    left = await orphans(room)
    for orphan in left:
        narrate(
            f"room {orphan.room}: worker {orphan.pid} has {', '.join(orphan.streams)} "
            "without an engine; another one takes over within seconds, unless: roomdeck stop"
        )
    if not engines and not left:
        what = f"room {room} is not" if room else "nothing is"
        raise ControlError(
            f"{what} being recorded; {await others()}start with: roomdeck record {room or 'ROOM'}"
        )
    return Exit.OK


async def tell_streams(
    verb: Verb, streams: tuple[str, ...], room: str | None, text: str = ""
) -> Exit:
    """Carry out a command on some streams."""
    async with await ControlClient.connect(await find_engine(_named(room))) as client:
        narrate(await client.command(verb, streams, text))
    return Exit.OK


async def stop_all(room: str | None, as_json: bool) -> Exit:
    """Have an engine finish every file, and wait until it has left."""
    room = _named(room)
    for folder in (await look_round(room)).silent:
        await end_silent(folder)
    stopped = await stop_orphans(room)
    try:
        folder = await find_engine(room)
    except ControlError:
        if stopped:
            narrate(f"told {stopped} workers without an engine to finish their files")
            return Exit.OK
        raise
    async with await ControlClient.connect(folder) as client:
        asked = time.monotonic()
        # What happened before comes before the first snapshot.
        await client.snapshot()
        narrate(await client.command("shutdown"))
        async for update in client.updates():
            if isinstance(update, Event) and update.type == EventType.TAKE_END:
                text = event_json(update) if as_json else printable(event_line(update))
                print(text, flush=True)
    narrate(f"done in {time.monotonic() - asked:.1f} s")
    return Exit.OK


def _named(room: str | None) -> str | None:
    """Return the name that engines have for a room, which may be given as to ``record``."""
    return None if room is None else parse_room(room).name
