"""What clients ask, and what is answered."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable

from ..errors import ControlError
from ..ipc.control_messages import News, Request
from ..ipc.worker_messages import Session
from ..model import EventType, Picture
from .records.session import elapsed
from .records.sidecar_writer import SidecarWriter
from .room.actions import Action, Note
from .room.commands import Commands
from .snapshots import Snapshots
from .workers.stills import Stills

OF_ATTENDANTS = (
    EventType.UPLOAD_DONE,
    EventType.UPLOAD_FAILED,
    EventType.FILE_REMOVED,
    EventType.HOOK_FAILED,
    EventType.HTTP_OPEN,
    EventType.WARNING,
)
"""Events that come from there."""


class Requests:
    """Answers what clients ask.

    Args:
        session: From whose begin markers count their time.
        commands: Knows what follows for streams.
        stills: Gets pictures.
        sidecar: Takes markers.
        snapshots: Show what came of it.
        do: Carries out what follows.
        stop: Has everything finished.
        give_way: Leaves the room to another engine; raises `ControlError` where this one stays.
        attended: Called whenever an attendant says something.
        decided: Called when somebody has decided about streams.
        drain: Has all streams leave a node, and none come, or ends that.
    """

    def __init__(
        self,
        session: Session,
        commands: Commands,
        stills: Stills,
        sidecar: SidecarWriter,
        snapshots: Snapshots,
        do: Callable[[Iterable[Action]], None],
        stop: Callable[[], None],
        give_way: Callable[[], None],
        attended: Callable[[], None],
        decided: Callable[[], Awaitable[None]],
        drain: Callable[[str, bool], str],
    ) -> None:
        self._session = session
        self._commands = commands
        self._stills = stills
        self._sidecar = sidecar
        self._snapshots = snapshots
        self._do = do
        self._stop = stop
        self._give_way = give_way
        self._attended = attended
        self._decided = decided
        self._leave_node = drain

    async def answer(self, request: Request | News) -> str | Picture:
        """Carry out a request, and say what was done or show what was asked for.

        Raises:
            ControlError: It cannot be done; says why.
        """
        if isinstance(request, News):
            return self._hear(request)
        match request.command:
            case "shutdown":
                self._stop()
                return "finishing every file, then leaving"
            case "yield":
                self._give_way()
                return "giving way"
            case "status":
                self._snapshots.publish()
                return "here"
            case "still":
                picture = await self._stills.ask(request.streams, request.size)
                return picture or "there is no key frame yet"
            case "mark":
                return self._mark(request)
            case "drain" | "undrain" as verb:
                return self._drain(request.text, verb == "drain")
            case verb:
                text, actions = self._commands.command(verb, request.streams, time.monotonic())
                self._do(actions)
                await self._decided()
                self._snapshots.publish()
                return text

    def _hear(self, news: News) -> str:
        self._attended()
        if news.uploads is not None:
            self._snapshots.uploads = news.uploads
        if news.event:
            if news.event not in OF_ATTENDANTS:
                raise ControlError(f"an attendant has no news of type {news.event!r}")
            kind = EventType(news.event)
            self._do([Note(kind, news.text, news.stream, news.level, news.data)])
        return "heard"

    def _drain(self, node: str, leave: bool) -> str:
        said = self._leave_node(node, leave)
        self._do([Note(EventType.COMMAND, f"node {said}")])
        self._snapshots.publish()
        return said

    def _mark(self, request: Request) -> str:
        offset = elapsed(self._session)
        marker = self._commands.marker(request.streams, request.text, time.time(), offset)
        self._sidecar.enter(marker)
        stream = marker.streams[0] if len(marker.streams) == 1 else ""
        data: dict[str, object] = {"offset": marker.offset, "streams": list(marker.streams)}
        self._do([Note(EventType.MARKER, marker.text or "marker", stream, data=data)])
        return f"marked {', '.join(marker.streams) or 'the room'} at {marker.offset:.1f} s"
