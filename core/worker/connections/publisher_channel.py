"""The recorder's side of a publisher's data channel (protocol.md §5)."""

from __future__ import annotations

import logging
from typing import Protocol

import msgspec

from ...errors import ProtocolError
from ...ipc import worker_messages
from ...signaling.channel_messages import (
    ChannelMessage,
    bye,
    parse_channel_message,
    pong,
    recorder_request,
)
from ...signaling.peer import (
    Description,
    Message,
    PeerMessage,
    Role,
    answer,
    candidates,
    open_peer_message,
)
from ...signaling.secrets import Secrets
from ...tasks import Tasks
from ...webrtc.connection import Connection
from ...webrtc.interface import Answer
from .publisher_streams import PublisherStreams

LABEL = "roomdeck"
"""What guests see of us."""

_AT_ONCE = 50
"""Negotiations that may wait; a peer that sends more does not mean them."""

logger = logging.getLogger(__name__)


class ChannelOwner(Protocol):
    """What a channel needs of the peer that it belongs to."""

    name: str
    uuid: str
    session: str | None
    connection: Connection
    streams: PublisherStreams
    tasks: Tasks

    async def accept(self, sdp: str, screen: tuple[int, ...] = ()) -> Answer | None:
        """Answer an offer."""
        ...

    def publisher_info(self, info: worker_messages.PublisherInfo) -> None:
        """Pass on what the publisher said about itself."""
        ...

    def said_goodbye(self) -> None:
        """The publisher leaves for good."""
        ...


class PublisherChannel:
    """Asks for media, answers pings and offers, and reads what a publisher says of itself."""

    def __init__(
        self, owner: ChannelOwner, settings: worker_messages.Settings, secrets: Secrets
    ) -> None:
        self._owner = owner
        self._settings = settings
        self._secrets = secrets
        self._refused = 0
        self._negotiating = 0

    def opened(self) -> None:
        """Ask for media, in the words that give full quality (protocol.md §5.3)."""
        settings = self._settings
        self._send(recorder_request(settings.audio, settings.video, settings.codec, LABEL))

    def goodbye(self) -> None:
        """Say that we leave; nothing happens where the channel is closed."""
        self._send(bye())

    def received(self, text: str) -> None:
        """Act on one message; malformed ones are counted and left."""
        try:
            self._act(parse_channel_message(text))
        except ProtocolError as error:
            self._refused += 1
            if self._refused == 1:
                logger.warning(
                    "%s: a data channel message was refused: %s", self._owner.name, error
                )

    def _act(self, message: ChannelMessage) -> None:
        owner = self._owner
        if message.ping is not None:
            self._send(pong(message.ping))
        if message.peer is not None and self._negotiating < _AT_ONCE:
            opened = open_peer_message(message.peer, self._secrets)
            self._negotiating += 1
            owner.tasks.spawn(self._negotiate(opened))
        if message.screen_stopped is not None:
            owner.streams.screen_stopped(message.screen_stopped)
        if message.bye:
            # A page says with it that the camera is off, which it was not.
            owner.said_goodbye()
        else:
            self._tell_info(message)

    def _tell_info(self, message: ChannelMessage) -> None:
        said = (message.label, message.mute_state, message.video_muted, message.screen_share)
        if not message.alternate and any(value is not None for value in said):
            self._owner.publisher_info(worker_messages.PublisherInfo(self._owner.name, *said))

    async def _negotiate(self, message: PeerMessage) -> None:
        try:
            await self._answer(message)
        finally:
            self._negotiating -= 1

    async def _answer(self, message: PeerMessage) -> None:
        found = message.candidates
        if found and not isinstance(found, str) and message.type is not Role.REMOTE:
            await self._owner.connection.add_candidates(found)
        description = message.description
        if isinstance(description, Description) and description.type == "offer":
            answered = await self._owner.accept(description.sdp, message.screen or ())
            if answered is not None:
                self._reply(answered, message.in_kind(self._secrets))

    def _reply(self, answered: Answer, secrets: Secrets | None) -> None:
        uuid, session = self._owner.uuid, self._owner.session
        self._send(answer(uuid, session, answered.sdp, secrets))
        if answered.candidates:
            self._send(candidates(uuid, session, answered.candidates, Role.REMOTE, secrets))

    def _send(self, message: Message) -> None:
        self._owner.connection.send(msgspec.json.encode(message).decode())
