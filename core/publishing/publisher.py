"""Publishes one stream in one room, as a page or a native publisher does (protocol.md §9.2)."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any

from ..config import Family
from ..errors import JoinError
from ..signaling import channel_messages
from ..signaling.backoff import Backoff, Patience
from ..signaling.client import Connected, Disconnected, Happening, SignalingClient
from ..signaling.messages import (
    Alert,
    AlertKind,
    Joined,
    Left,
    Message,
    PeerMessage,
    PlayRequest,
    ServerError,
    Transferred,
)
from ..signaling.secrets import Secrets
from ..tasks import Tasks
from .program import Program, SentLogs
from .publish_config import PublishConfig, PublishEvent
from .source_config import SourceConfig
from .sources import Opener, open_source
from .viewer import Viewer

__all__ = ["PublishConfig", "PublishEvent", "Publisher", "publish"]

LINGER = 1.5
"""Seconds after the last frame in which lost packets can still be asked for."""
_RESTART = 3.0
"""Seconds after which a second ``play`` of a viewer that does not connect starts anew
(protocol.md §4.6)."""

_VIEWERS = 100
"""Anybody in the room can ask; each costs sockets."""

_log = logging.getLogger(__name__)


class _Exit(Enum):
    """Why a stay in the room ends."""

    ENDED = auto()
    """The source has no more; packets may still be asked for."""
    STOPPED = auto()
    VANISHED = auto()
    RELOADED = auto()


class Publisher:
    """One stream in one room, for all who want to see it.

    The methods beside `run` are what a person at a page does; all may be called at any time
    while it runs, on its event loop.
    """

    def __init__(
        self,
        config: PublishConfig,
        on_event: Callable[[PublishEvent], None] | None = None,
        *,
        backoff: Backoff = Backoff(),  # noqa: B008  frozen
        patience: Patience = Patience(),  # noqa: B008  frozen
        opener: Opener = open_source,
    ) -> None:
        """Prepare; nothing is opened before `run`.

        Args:
            config: What to publish and where.
            on_event: Hears what happens, on the event loop.
            backoff: Delays between attempts to reach the handshake server.
            patience: How long to wait for its words.
            opener: Makes the stream's source, and that of its screen.
        """
        self.config = config
        self.viewers: dict[str, Viewer] = {}
        """By address at the handshake server."""
        self._on_event = on_event or _ignore
        self._backoff = backoff
        self._patience = patience
        self._opener = opener
        self._secrets = Secrets(config.room.password, config.room.salt)
        self._exit: asyncio.Future[_Exit] | None = None
        self._program: Program | None = None
        self._client: SignalingClient | None = None
        self._logs = SentLogs(config.sent)
        self._numbers = itertools.count()
        self._farewells = Tasks("leaving a viewer")

    async def run(self) -> None:
        """Publish until the source ends, or one of `stop` and `vanish`.

        Raises:
            UsageError: The source, the room or the server cannot be used.
            JoinError: The server refuses us for good.
        """
        try:
            while await self._stay() is _Exit.RELOADED:
                pass
        finally:
            self._logs.close()
        self._event("ended")

    def stop(self) -> None:
        """Say goodbye and leave."""
        self._leave(_Exit.STOPPED)

    def vanish(self) -> None:
        """Be gone without a word, like a crashed browser."""
        self._leave(_Exit.VANISHED)

    def reload(self) -> None:
        """Say goodbye and come back under the same id, like a reloaded page."""
        self._leave(_Exit.RELOADED)

    def mute(self, muted: bool = True) -> None:
        """Say that the microphone is muted; sound goes on, as a page's silence does."""
        if self._program is not None:
            self._program.muted = muted
        self._tell(channel_messages.mute_state(muted))

    def hide_camera(self, hidden: bool = True) -> None:
        """Say that the camera is off; pictures go on, as a page's black ones do."""
        if self._program is not None:
            self._program.hidden = hidden
        self._tell(channel_messages.video_muted(hidden))

    def change_label(self, label: str) -> None:
        """Take another display name."""
        if self._program is not None:
            self._program.label = label
        self._tell(channel_messages.change_label(label))

    def resize(self, width: int, height: int) -> None:
        """Go on in another picture size.

        Raises:
            UsageError: For a size that cannot be encoded.
        """
        if self._program is not None:
            self._program.feed.resize(width, height)

    def change_ssrc(self) -> None:
        """Go on from new synchronisation sources, without a word."""
        for viewer in self.viewers.values():
            viewer.change_ssrc()

    def start_screen(self, source: SourceConfig | None = None) -> None:
        """Share a screen as a second stream in the same connections, or share it again.

        Args:
            source: What the screen shows; made up from the stream's own source if not given.

        Raises:
            UsageError: A source that cannot be sent.
        """
        program = self._program
        if program is None:
            return
        program.share(source)
        for viewer in self.viewers.values():
            viewer.show_screen()

    def stop_screen(self) -> None:
        """Stop sharing the screen."""
        if self._program is None or not self._program.screen_on:
            return
        self._program.screen_on = False
        for viewer in self.viewers.values():
            viewer.hide_screen()

    async def _stay(self) -> _Exit:
        """One stay in the room, from joining to leaving."""
        exit_ = self._exit = asyncio.get_running_loop().create_future()
        program = self._program = Program(
            self.config,
            self._secrets,
            self._logs,
            lambda: self._leave(_Exit.ENDED),
            self._opener,
        )
        async with SignalingClient(
            self.config.room,
            self._secrets,
            stream=self.config.stream,
            backoff=self._backoff,
            patience=self._patience,
        ) as client:
            self._client = client
            listening = asyncio.ensure_future(self._listen(client))
            reason = _Exit.STOPPED
            try:
                await asyncio.wait({listening, exit_}, return_when=asyncio.FIRST_COMPLETED)
                if listening.done():
                    listening.result()
                reason = await exit_
                if reason is _Exit.ENDED:
                    await asyncio.sleep(LINGER)
            finally:
                listening.cancel()
                closing = self._close(program, listening, vanish=reason is _Exit.VANISHED)
                await _to_the_end(closing)
        return reason

    async def _listen(self, client: SignalingClient) -> None:
        async for happening in client:
            self._on_happening(happening)

    def _on_happening(self, happening: Happening) -> None:
        match happening:
            case Connected(family):
                self._event("joined", text=str(family))
            case Disconnected(reason):
                self._event("disconnected", text=reason)
            case PlayRequest(uuid, stream):
                if self._program is not None and stream in (None, self._program.wire_stream):
                    self._on_play(uuid)
            case Joined(uuid):
                # Pages that come later have no other means to know of us (protocol.md §1.4).
                if self._client is not None and self._client.family is Family.FANOUT:
                    self._on_play(uuid)
            case PeerMessage(uuid=uuid):
                if uuid in self.viewers:
                    self.viewers[uuid].receive(happening)
            case Left(uuid, goodbye=True):
                if uuid in self.viewers:
                    self._on_gone(self.viewers[uuid], "the viewer said goodbye")
            case Transferred():
                self._follow()
            case Alert(text, kind) | ServerError(text, kind):
                if kind is AlertKind.FATAL:
                    raise JoinError(text)
                self._event("alert", text=text)
            case _:
                pass

    def _follow(self) -> None:
        """Take leave of the room that a director moved us out of; the new one asks for us."""
        self._event("moved", text="moved to another room")
        for viewer in tuple(self.viewers.values()):
            self._on_gone(viewer, "we were moved to another room")

    def _on_play(self, uuid: str) -> None:
        viewer = self.viewers.get(uuid)
        if viewer is None:
            self._welcome(uuid)
        elif not viewer.connected:
            asyncio.get_running_loop().call_later(_RESTART, self._restart, viewer)

    def _restart(self, viewer: Viewer) -> None:
        if self.viewers.get(viewer.uuid) is viewer and not viewer.connected:
            self._on_gone(viewer, "the viewer asked again")
            self._welcome(viewer.uuid)

    def _welcome(self, uuid: str) -> None:
        program, client = self._program, self._client
        if program is None or client is None or self._exit is None or self._exit.done():
            return
        if len(self.viewers) >= _VIEWERS:
            _log.warning("Too many viewers: %s gets no offer", uuid)
            return
        viewer = Viewer(
            uuid,
            program,
            name=str(next(self._numbers)),
            send=client.send,
            on_event=self._on_event,
            on_gone=self._on_gone,
        )
        self.viewers[uuid] = viewer
        viewer.start()

    def _on_gone(self, viewer: Viewer, reason: str) -> None:
        if self.viewers.get(viewer.uuid) is viewer:
            del self.viewers[viewer.uuid]
        self._event("viewer.left", viewer.uuid, reason)
        self._farewells.spawn(viewer.leave())

    async def _close(
        self, program: Program, listening: asyncio.Future[None], *, vanish: bool
    ) -> None:
        await asyncio.wait([listening])
        viewers = tuple(self.viewers.values())
        self.viewers.clear()
        await asyncio.gather(
            *(v.vanish() if vanish else v.leave() for v in viewers), self._farewells.join()
        )
        await program.close()

    def _leave(self, reason: _Exit) -> None:
        if self._exit is not None and not self._exit.done():
            self._exit.set_result(reason)

    def _tell(self, message: Message) -> None:
        for viewer in self.viewers.values():
            viewer.tell(message)

    def _event(self, kind: str, viewer: str = "", text: str = "") -> None:
        self._on_event(PublishEvent(type=kind, viewer=viewer, text=text))


async def publish(
    config: PublishConfig, on_event: Callable[[PublishEvent], None] | None = None
) -> None:
    """Publish until the source ends; cancelling the task leaves in order.

    Raises:
        UsageError: The source, the room or the server cannot be used.
        JoinError: The server refuses us for good.
    """
    await Publisher(config, on_event).run()


async def _to_the_end(closing: Coroutine[Any, Any, None]) -> None:
    """Do it also if we are cancelled meanwhile: no connection stays half closed."""
    task = asyncio.ensure_future(closing)
    try:
        await asyncio.shield(task)
    finally:
        await task


def _ignore(_event: PublishEvent) -> None:
    """For publishers that nobody listens to."""
