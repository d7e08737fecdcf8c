"""What a publisher and one viewer of it say to each other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from secrets import token_hex
from typing import Any

import msgspec

from ..errors import MediaError, ProtocolError
from ..model import Codec, Kind
from ..signaling import channel_messages
from ..signaling.channel_messages import ChannelMessage, parse_channel_message
from ..signaling.messages import (
    Message,
    PeerMessage,
    Role,
    candidates,
    offer,
    open_peer_message,
)
from ..signaling.secrets import Secrets
from ..tasks import Tasks
from .feed import Feed
from .outbound import OutboundConnection
from .program import Program
from .publish_config import PublishEvent
from .track import SenderStats

_ANSWER_TIMEOUT = 15.0
_FAREWELL = 0.5
"""Seconds for the viewer to hear our goodbye before the connection is closed."""

_log = logging.getLogger(__name__)


class Viewer:
    """One viewer: its connection, its session and its data channel (protocol.md §4, §5)."""

    def __init__(
        self,
        uuid: str,
        program: Program,
        *,
        name: str,
        send: Callable[[Message], None],
        on_event: Callable[[PublishEvent], None],
        on_gone: Callable[[Viewer, str], None],
    ) -> None:
        """Prepare a connection to a viewer.

        Args:
            uuid: Its address at the handshake server.
            program: What it can see.
            name: Tells viewers apart in the seeds of impairments.
            send: Sends over the websocket.
            on_event: Hears what happens.
            on_gone: Hears that the viewer left or the connection failed.
        """
        self.uuid = uuid
        self.session = program.instance + token_hex(3)[:5]
        self._program = program
        self._send = send
        self._on_event = on_event
        self._on_gone = on_gone
        self._connection = OutboundConnection(
            self,
            ice=program.config.room.ice,
            rsa_certificate=program.config.rsa,
            impairment=program.config.impairment,
            name=f"{program.config.stream}/{name}",
        )
        self._negotiating = asyncio.Lock()
        self._answer: asyncio.Future[str] | None = None
        self._first_offer = True
        self._has_media = False
        self._screen_allowed = {Kind.AUDIO: False, Kind.VIDEO: False}
        self._tasks = Tasks(f"serving viewer {uuid}")
        self._leaving = False

    @property
    def connected(self) -> bool:
        """Whether ICE and DTLS are through."""
        return self._connection.connected

    def stats(self) -> dict[Kind, SenderStats]:
        """Counters of the tracks of the stream itself, without those of a screen share."""
        senders = self._connection.senders(self._program.feed)
        return {sender.kind: sender.stats for sender in senders}

    def start(self) -> None:
        """Make the first offer: the data channel, and media only where the publisher is so."""
        if self._program.config.media_first:
            self._add_tracks(audio=True, video=True)
        self._spawn(self._negotiate())

    def receive(self, message: PeerMessage) -> None:
        """Take an answer or candidates, from the websocket or the data channel."""
        try:
            message = open_peer_message(message, self._program.secrets)
        except ProtocolError as error:
            _log.debug("ignored a message of %s: %s", self.uuid, error)
            return
        if message.session != self.session:
            return
        description = message.description
        if (
            not isinstance(description, str | None)
            and description.type == "answer"
            and self._answer is not None
            and not self._answer.done()
        ):
            self._answer.set_result(description.sdp)
        if message.type is Role.REMOTE and not isinstance(message.candidates, str):
            self._spawn(self._connection.add_candidates(message.candidates))

    def tell(self, message: Message) -> None:
        """Say something on the data channel, if it is open."""
        self._connection.send(msgspec.json.encode(message).decode())

    def show_screen(self) -> None:
        """Add the screen share, or let it go on."""
        screen = self._program.screen
        if screen is None or not self._has_media:
            return
        senders = self._connection.senders(screen)
        if senders:
            for sender in senders:
                sender.pause(False)
            self.tell(channel_messages.screen_stopped(False))
            return
        # In this order a page adds them (protocol.md §7.5).
        for codec in (screen.audio, screen.video):
            if codec is not None and self._screen_allowed[codec.kind]:
                self._connection.add_track(codec, screen)
        if self._connection.senders(screen):
            self._spawn(self._negotiate(screen))

    def hide_screen(self) -> None:
        """Stop the screen share: no new offer, only no more packets (protocol.md §7.5)."""
        for sender in self._connection.senders(self._program.screen):
            sender.pause(True)
        self.tell(channel_messages.screen_stopped(True))

    def change_ssrc(self) -> None:
        """Go on from new synchronisation sources, as some senders do in the middle."""
        for sender in self._connection.senders():
            sender.change_ssrc()

    async def leave(self) -> None:
        """Say goodbye and close."""
        if not self._leaving:
            self._leaving = True
            # Nobody listens any more once it is said.
            for sender in self._connection.senders():
                await sender.finish()
            self.tell(channel_messages.video_muted(True) | channel_messages.bye())
            if self.connected:
                await self._connection.wait_gone(_FAREWELL)
        await self._shut(self._connection.close())

    async def vanish(self) -> None:
        """Close without a word."""
        self._leaving = True
        await self._shut(self._connection.vanish())

    async def _shut(self, closing: Coroutine[Any, Any, None]) -> None:
        self._tasks.cancel()
        await closing

    # ── called by the connection ─────────────────────────────────────────────────────────

    def on_connected(self) -> None:
        """ICE and DTLS are through."""
        self._event("viewer.connected")

    def on_channel(self) -> None:
        """The data channel opened: introduce ourselves, as a page does."""
        program = self._program
        said = channel_messages.info(program.label, muted=program.muted, video_muted=program.hidden)
        self.tell(said)

    def on_channel_message(self, text: str) -> None:
        """The viewer said something on the data channel."""
        try:
            message = parse_channel_message(text)
        except ProtocolError as error:
            _log.debug("ignored a message of %s: %s", self.uuid, error)
            return
        if message.peer is not None:
            self.receive(message.peer)
        if message.ping is not None:
            self.tell(channel_messages.pong(message.ping))
        if message.requests_media:
            self._wish(message)
        if message.keyframe:
            self._program.feed.request_key_frame()
        if message.bye and not self._leaving:
            self._leaving = True
            self.tell(channel_messages.bye())
            self._on_gone(self, "the viewer said goodbye")

    def on_gone(self, reason: str) -> None:
        """The connection is lost or closed."""
        if not self._leaving:
            self._leaving = True
            self._on_gone(self, reason)

    # ── negotiation ──────────────────────────────────────────────────────────────────────

    def _wish(self, message: ChannelMessage) -> None:
        """Send what the viewer wants: the page's second step (protocol.md §4.2)."""
        wanted = {Kind.AUDIO: message.audio, Kind.VIDEO: message.video}
        self._screen_allowed[Kind.AUDIO] |= bool(message.allow_screen_audio)
        self._screen_allowed[Kind.VIDEO] |= bool(message.allow_screen_video)
        for sender in self._connection.senders(self._program.feed):
            if wanted[sender.kind] is not None:
                sender.pause(not wanted[sender.kind])
        if self._add_tracks(audio=bool(message.audio), video=bool(message.video)):
            self._spawn(self._negotiate())
        elif self._has_media:
            self._after_media()

    def _add_tracks(self, *, audio: bool, video: bool) -> bool:
        """Add what is wanted and not there yet; whether there is something to be offered."""
        feed = self._program.feed
        wanted: list[Codec] = []
        if video and feed.video is not None:
            wanted.append(feed.video)
        if audio and feed.audio is not None:
            wanted.append(feed.audio)
        new = [codec for codec in wanted if not self._connection.senders(feed, codec.kind)]
        for codec in new:
            self._connection.add_track(codec, feed)
        return bool(new)

    async def _negotiate(self, screen: Feed | None = None) -> None:
        async with self._negotiating:
            made = await self._connection.offer()
            self._answer = asyncio.get_running_loop().create_future()
            indexes = self._connection.section_indexes(screen) if screen is not None else None
            self._say(
                lambda uuid, stream, secrets: offer(
                    uuid, stream, self.session, made.sdp, secrets, screen=indexes
                )
            )
            if self._first_offer:
                self._first_offer = False
                self._event("viewer.offer")
                self._say(
                    lambda uuid, _, secrets: candidates(
                        uuid, self.session, made.candidates, Role.LOCAL, secrets
                    )
                )
            async with asyncio.timeout(_ANSWER_TIMEOUT):
                answer = await self._answer
            await self._connection.accept_answer(answer)
        if self._connection.senders() and screen is None:
            self._has_media = True
            self._event("viewer.media")
            self._after_media()

    def _after_media(self) -> None:
        screen = self._program.screen
        if self._program.screen_on and screen and not self._connection.senders(screen):
            self.show_screen()

    def _say(self, build: Callable[[str | None, str, Secrets], Message]) -> None:
        """Negotiate over an open data channel, else over the websocket (protocol.md §4.5).

        The stream id is without its suffix on the data channel (protocol.md §3).
        """
        secrets = self._program.secrets
        plain = build(None, secrets.stream_shown(self._program.wire_stream), secrets)
        if not self._connection.send(msgspec.json.encode(plain).decode()):
            self._send(build(self.uuid, self._program.wire_stream, secrets))

    def _event(self, kind: str, text: str = "") -> None:
        self._on_event(PublishEvent(type=kind, viewer=self.uuid, text=text))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.spawn(self._guard(work))

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (MediaError, TimeoutError) as error:
            self._event("viewer.refused", str(error) or "no answer came")
