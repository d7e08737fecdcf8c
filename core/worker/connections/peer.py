"""One connection to a publisher as its worker holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from ...errors import IceRestartError, MediaError
from ...ipc import worker_messages
from ...model import EndReason
from ...signaling.secrets import Secrets
from ...tasks import Tasks
from ...webrtc.connection import Connection
from ...webrtc.interface import Answer, ConnectionState
from ..decoding.decoder import Decoder
from ..files.writer import Writer
from .publisher_channel import PublisherChannel
from .publisher_streams import PublisherStreams

VANISHED_AFTER = 25.0
"""Seconds without media and without an answer to a consent check (RFC 7675), of which there is one
in 5 s, after which a publisher counts as gone. Silence alone means nothing: a shared screen that
stands still sends nothing for minutes."""


class Peer:
    """Keeps one connection to a publisher, from its first offer until it is over."""

    def __init__(
        self,
        offer: worker_messages.Offer,
        settings: worker_messages.Settings,
        writer: Writer,
        decoder: Decoder,
        tell: Callable[[worker_messages.FromWorker], None],
    ) -> None:
        self.name = offer.peer
        self.stream, self.raw_id, self.uuid = offer.stream, offer.raw_id, offer.uuid
        self.session, self.claims = offer.session, offer.claims
        self.connected = False
        self.done = asyncio.Event()
        """Set when the connection is over and its files are closed."""
        self.tasks = Tasks(f"serving {offer.stream}")
        """What ends with it."""
        self._tell = tell
        self._order = asyncio.Lock()
        self._closing = False
        self._answered = False
        self._said = worker_messages.PublisherInfo(self.name)
        """All that the publisher said about itself."""
        self.connection = Connection(
            self,
            ice=settings.ice,
            codec=settings.codec,
            audio=settings.audio,
            video=settings.video,
            sound=settings.sound,
        )
        secrets = Secrets.from_key(bytes.fromhex(settings.key) or None, settings.suffix)
        self._channel = PublisherChannel(self, settings, secrets)
        self.streams = PublisherStreams(
            offer, settings, writer, decoder, self.connection, tell, self.tasks.spawn
        )
        # The rest of a ConnectionHandler; frames are not to take a step more on their way.
        self.on_channel, self.on_channel_message = self._channel.opened, self._channel.received
        self.on_tracks, self.on_frames = self.streams.on_tracks, self.streams.on_frames

    # ── what the engine asks ─────────────────────────────────────────────────────────────

    async def offer(self, offer: worker_messages.Offer) -> None:
        """Answer an offer that came over the websocket."""
        answer = await self.accept(offer.sdp, offer.screen)
        if answer is not None:
            self._tell(worker_messages.Answer(self.name, answer.sdp, tuple(answer.candidates)))

    async def probe(self) -> None:
        """Find out whether the publisher is still there; say so, or end."""
        if self.connected and not self._closing and not await self.connection.is_there():
            await self.close(EndReason.VANISHED, "answers no more")
        elif not self._closing:
            self._tell(worker_messages.Alive(self.name))

    async def close(self, reason: EndReason, text: str = "") -> None:
        """Say goodbye, take in what is still on its way, and finish the files."""
        if self._closing:
            await self.done.wait()
            return
        self._closing = True
        self.streams.freeze()
        self._channel.goodbye()
        await self.connection.close()
        await self.streams.close(reason)
        self.tasks.cancel()
        # The takes' last reports were queued on the loop before `end` returned; let them pass.
        await asyncio.sleep(0)
        self._tell(worker_messages.Closed(self.name, reason, text))
        self.done.set()

    def info(self) -> worker_messages.PeerInfo:
        """Return what a returning engine needs to know."""
        return worker_messages.PeerInfo(
            peer=self.name,
            stream=self.stream,
            raw_id=self.raw_id,
            uuid=self.uuid,
            session=self.session,
            claims=self.claims,
            connected=self.connected,
            label=self.streams.label,
            muted=bool(self._said.muted),
            camera_off=bool(self._said.camera_off),
            screen=bool(self._said.screen),
        )

    def every_second(self, now: float) -> None:
        """Ask for the key frames that are missing; look whether anything comes."""
        self.streams.request_key_frames(now)
        self.streams.sees_picture(now)
        heard = self.connection.heard_at
        if self.connected and heard is not None and now - heard > VANISHED_AFTER:
            self._end(EndReason.VANISHED, f"not a word from it for {VANISHED_AFTER:.0f} s")

    def look_at_picture(self, now: float) -> None:
        """Look at the camera's picture, if it is time to."""
        self.streams.look_at_picture(now)

    # ── what the data channel says ───────────────────────────────────────────────────────

    async def accept(self, sdp: str, screen: tuple[int, ...] = ()) -> Answer | None:
        """Answer an offer, one at a time; ``None`` where it cannot be answered."""
        async with self._order:
            self.streams.screen = screen or self.streams.screen
            try:
                answer = await self.connection.accept_offer(sdp)
            except IceRestartError:
                self._end(EndReason.VANISHED, "its network changed; a new connection is asked for")
                return None
            except MediaError as error:
                if not self._closing:
                    text = f"its offer cannot be answered: {error}"
                    self._tell(worker_messages.Notice(self.stream, text))
                if not self._answered:
                    self._end(EndReason.VANISHED, "its offer cannot be answered")
                return None
            self._answered = True
            return answer

    def publisher_info(self, info: worker_messages.PublisherInfo) -> None:
        """Pass on what the publisher said about itself."""
        if info.label is not None:
            self.streams.relabel(info.label)
        if info.muted is not None:
            self.streams.mute(info.muted)
        if info.camera_off is not None:
            self.streams.camera_off = info.camera_off
        said = {k: v for k, v in msgspec.structs.asdict(info).items() if v is not None}
        self._said = msgspec.structs.replace(self._said, **said)
        self._tell(info)

    def said_goodbye(self) -> None:
        """The publisher leaves for good."""
        self._end(EndReason.BYE, "left")

    # ── ConnectionHandler ────────────────────────────────────────────────────────────────

    def on_state(self, state: ConnectionState, reason: str) -> None:
        """Follow the connection."""
        if state is ConnectionState.CONNECTED and not self.connected:
            self.connected = True
            self._tell(worker_messages.Connected(self.name))
        elif state is ConnectionState.FAILED:
            self._end(EndReason.VANISHED, reason)
        elif state is ConnectionState.CLOSED and not self._closing:
            # Without a goodbye it may still be in the room, and is asked again.
            self._end(EndReason.VANISHED, reason or "closed its connection")

    def on_excess(self, text: str) -> None:
        """Say that it is no well-behaved publisher."""
        self._tell(worker_messages.Notice(self.stream, text))

    def _end(self, reason: EndReason, text: str) -> None:
        """Close it from where nothing can be waited for."""
        self.tasks.spawn(self.close(reason, text))
