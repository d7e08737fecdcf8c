"""One publisher as its worker serves it: a connection, its data channel and its streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any

import msgspec

from ...errors import IceRestartError, MediaError
from ...ipc import worker_messages
from ...model import EncodedFrame, EndReason, EventLevel, Kind, TakeSummary, TrackAges
from ...recording.container import refusal
from ...recording.recorder import (
    RecordingSettings,
    StreamIdentity,
    TakeEnded,
    TakeEvent,
    TakeStarted,
)
from ...rtp.keyframes import KeyFrameInterval
from ...signaling.secrets import Secrets
from ...tasks import Tasks
from ...webrtc.connection import Connection
from ...webrtc.interface import Answer, ConnectionState, TrackInfo
from ..files.recorded_stream import RecordedStream
from ..files.writer import Writer
from .media_sources import MediaSource, assign_sources, stream_of
from .publisher_channel import PublisherChannel

VANISHED_AFTER = 25.0
"""Seconds without media and without an answer to a consent check (RFC 7675), of which there is one
in 5 s, after which a publisher counts as gone. Silence alone means nothing: a shared screen that
stands still sends nothing for minutes."""


class Peer:
    """Keeps one publisher's streams coming and written until it leaves."""

    def __init__(
        self,
        offer: worker_messages.Offer,
        settings: worker_messages.Settings,
        writer: Writer,
        tell: Callable[[worker_messages.FromWorker], None],
    ) -> None:
        self.name = offer.peer
        self.stream, self.raw_id, self.uuid = offer.stream, offer.raw_id, offer.uuid
        self.session, self.claims = offer.session, offer.claims
        self.label = ""
        self.connected = False
        self.done = asyncio.Event()
        """Set when the connection is over and its files are closed."""
        self._settings = settings
        self._writer = writer
        self._tell = tell
        self._screen: tuple[int, ...] = offer.screen
        self._sources: dict[str, MediaSource] = {}
        self._recorded: dict[MediaSource, RecordedStream] = {}
        self._intervals: dict[MediaSource, KeyFrameInterval] = {}
        self._order = asyncio.Lock()
        self._tasks = Tasks(f"serving {offer.stream}")
        self._closing = False
        self._answered = False
        self._other_container: set[str] = set()
        self._connection = Connection(
            self,
            ice=settings.ice,
            codec=settings.codec,
            audio=settings.audio,
            video=settings.video,
            sound=settings.sound,
        )
        secrets = Secrets.from_key(bytes.fromhex(settings.key) or None, settings.suffix)
        self._channel = PublisherChannel(self, self._connection.send, settings, secrets)
        self._add_stream(MediaSource.CAMERA)
        self.spawn(self._recorded[MediaSource.CAMERA].record())

    # ── what the engine asks ─────────────────────────────────────────────────────────────

    async def offer(self, offer: worker_messages.Offer) -> None:
        """Answer an offer that came over the websocket."""
        self._screen = offer.screen or self._screen
        answer = await self.accept(offer.sdp)
        if answer is not None:
            self._tell(worker_messages.Answer(self.name, answer.sdp, tuple(answer.candidates)))

    async def candidates(self, candidates: Sequence[dict[str, Any]]) -> None:
        """Try more ways to the publisher."""
        await self._connection.add_candidates(candidates)

    async def record(self, stream: str, wanted: bool, reason: EndReason) -> None:
        """Begin or end writing one of its streams."""
        recorded = self.recorded(stream)
        if recorded is None or self._closing:
            return
        if wanted:
            await recorded.record()
            self._request_key_frame(recorded)
        else:
            await recorded.end(reason)

    async def split(self, stream: str) -> None:
        """Go on in a new file."""
        recorded = self.recorded(stream)
        if recorded is not None:
            await recorded.split()
            self._request_key_frame(recorded)

    async def probe(self) -> None:
        """Find out whether the publisher is still there; say so, or end."""
        if self.connected and not self._closing and not await self._connection.is_there():
            await self.close(EndReason.VANISHED, "answers no more")
        elif not self._closing:
            self._tell(worker_messages.Alive(self.name))

    async def close(self, reason: EndReason, text: str = "") -> None:
        """Say goodbye, take in what is still on its way, and finish the files."""
        if self._closing:
            await self.done.wait()
            return
        self._closing = True
        self._channel.goodbye()
        await self._connection.close()
        for recorded in list(self._recorded.values()):
            await recorded.close(reason)
        self._tasks.cancel()
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
            label=self.label,
        )

    def recorded(self, stream: str) -> RecordedStream | None:
        """Return one of its streams, by its id."""
        return next(
            (recorded for recorded in self._recorded.values() if recorded.stream == stream), None
        )

    def status(self) -> list[worker_messages.StreamStatus]:
        """Return the counters of its streams."""
        now = time.monotonic()
        return [self._stream_status(recorded, now) for recorded in self._recorded.values()]

    def every_second(self, now: float) -> None:
        """Ask for the key frames that are missing; look whether anything comes at all."""
        for source, recorded in self._recorded.items():
            if recorded.wants_key_frame or self._is_key_frame_due(source, recorded, now):
                self._request_key_frame(recorded)
        heard = self._connection.heard_at
        if self.connected and heard is not None and now - heard > VANISHED_AFTER:
            text = f"not a word from it for {VANISHED_AFTER:.0f} s"
            self.spawn(self.close(EndReason.VANISHED, text))

    # ── what the data channel says ───────────────────────────────────────────────────────

    async def accept(self, sdp: str, screen: tuple[int, ...] = ()) -> Answer | None:
        """Answer an offer, one at a time; ``None`` where it cannot be answered."""
        async with self._order:
            self._screen = screen or self._screen
            try:
                answer = await self._connection.accept_offer(sdp)
            except IceRestartError:
                text = "its network changed; a new connection is asked for"
                self.spawn(self.close(EndReason.VANISHED, text))
                return None
            except MediaError as error:
                if not self._closing:
                    self.notice(f"its offer cannot be answered: {error}")
                if not self._answered:
                    self.spawn(self.close(EndReason.VANISHED, "its offer cannot be answered"))
                return None
            self._answered = True
            return answer

    def publisher_info(self, info: worker_messages.PublisherInfo) -> None:
        """Pass on what the publisher said about itself."""
        if info.label is not None:
            self.label = info.label
            for recorded in self._recorded.values():
                self.spawn(recorded.relabel(info.label))
        self._tell(info)

    def screen_stopped(self, stopped: bool) -> None:
        """The screen share ended, or began again in the same tracks."""
        recorded = self._recorded.get(MediaSource.SCREEN)
        if recorded is None:
            return
        if stopped:
            self.spawn(recorded.end(EndReason.SHARE))
        else:
            self._tell(worker_messages.Found(self.name, recorded.stream))

    def said_goodbye(self) -> None:
        """The publisher leaves for good."""
        self.spawn(self.close(EndReason.BYE, "left"))

    def notice(self, text: str) -> None:
        """Tell the engine's user something about this stream."""
        self._tell(worker_messages.Notice(self.stream, text))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something for this peer, ended with it."""
        self._tasks.spawn(work)

    # ── ConnectionHandler ────────────────────────────────────────────────────────────────

    def on_state(self, state: ConnectionState, reason: str) -> None:
        """Follow the connection."""
        if state is ConnectionState.CONNECTED and not self.connected:
            self.connected = True
            self._tell(worker_messages.Connected(self.name))
        elif state is ConnectionState.FAILED:
            self.spawn(self.close(EndReason.VANISHED, reason))
        elif state is ConnectionState.CLOSED and not self._closing:
            # Without a goodbye it may still be in the room, and is asked again.
            self.spawn(self.close(EndReason.VANISHED, reason or "closed its connection"))

    def on_channel(self) -> None:
        """Ask for media: a page sends none unless it is asked."""
        self._channel.opened()

    def on_channel_message(self, text: str) -> None:
        """Read what the publisher says."""
        self._channel.received(text)

    def on_excess(self, text: str) -> None:
        """Say that it is no well-behaved publisher."""
        self._tell(worker_messages.Notice(self.stream, text))

    def on_tracks(self, tracks: Sequence[TrackInfo]) -> None:
        """Sort the tracks onto streams."""
        self._sources = assign_sources(tracks, self._screen, self._sources)
        for source in MediaSource:
            mine = [track for track in tracks if self._sources.get(track.mid) is source]
            if mine and source not in self._recorded:
                self._add_stream(source)
            if source in self._recorded:
                recorded = self._recorded[source]
                if source is MediaSource.SCREEN and bool(mine) != bool(recorded.tracks):
                    self.screen_stopped(not mine)
                recorded.tracks = {track.kind: track.mid for track in mine}
                self.spawn(recorded.expect({track.kind: track.codec for track in mine}))

    def on_frames(self, mid: str, frames: Sequence[EncodedFrame]) -> None:
        """Hand frames to their stream."""
        source = self._sources.get(mid)
        if source is not None:
            self._recorded[source].add(frames)

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _add_stream(self, source: MediaSource) -> None:
        session = self._settings.session
        settings = RecordingSettings(
            output=session.output,
            place=session.place,
            prefix=session.prefix,
            session_started=session.started,
            session_began=session.began,
            container=self._settings.container,
            split_every=self._settings.split_every,
            split_bytes=self._settings.split_bytes,
        )
        stream = stream_of(self.stream, source)
        identity = StreamIdentity(stream, self.raw_id, self.label)
        self._intervals[source] = KeyFrameInterval(self._settings.key_frames, Random())
        self._recorded[source] = RecordedStream(
            identity,
            settings,
            self._writer,
            self._connection,
            self._on_take,
            lambda text: self._tell(worker_messages.Notice(stream, text, EventLevel.ERROR)),
            self._request_key_frame,
        )

    def _on_take(self, event: TakeEvent) -> None:
        if isinstance(event, TakeStarted):
            self._tell(worker_messages.TakeStart(self.name, event.summary))
            self._tell_container(event.summary)
        elif isinstance(event, TakeEnded):
            self._tell(worker_messages.TakeEnd(self.name, event.summary))

    def _tell_container(self, take: TakeSummary) -> None:
        """Say once of a stream that its files are not what was asked for."""
        video, audio = take.video and take.video.codec, take.audio and take.audio.codec
        text = refusal(video, audio, self._settings.container)
        if text and take.stream not in self._other_container:
            self._other_container.add(take.stream)
            self._tell(worker_messages.Notice(take.stream, text))

    def _stream_status(self, recorded: RecordedStream, now: float) -> worker_messages.StreamStatus:
        recorded.refresh()
        times = [self._connection.last_packet_at(mid) for mid in recorded.tracks.values()]
        known = [time for time in times if time is not None]
        heard = self._connection.heard_at
        return worker_messages.StreamStatus(
            peer=self.name,
            stream=recorded.stream,
            wanted=recorded.wanted,
            take=recorded.take and msgspec.structs.replace(recorded.take, clocks={}),
            tracks=dict(recorded.stats),
            media_age=now - max(known) if known else None,
            ages={kind: self._ages(recorded, kind, now) for kind in recorded.tracks},
            headless=recorded.key_frame.headless if recorded.wanted else None,
            heard_age=None if heard is None else now - heard,
            growth_age=None
            if recorded.take is None or recorded.grew_at is None
            else now - recorded.grew_at,
            round_trip=self._connection.round_trip,
            drops=self._connection.drops,
            malformed=self._connection.malformed,
            unrouted=self._connection.unrouted,
        )

    def _is_key_frame_due(self, source: MediaSource, recorded: RecordedStream, now: float) -> bool:
        mid = recorded.tracks.get(Kind.VIDEO)
        if mid is None or not recorded.wanted:
            return False
        heard = self._connection.last_packet_at(mid)
        return self._intervals[source].due(now, recorded.key_frame.arrival, heard)

    def _ages(self, recorded: RecordedStream, kind: Kind, now: float) -> TrackAges:
        came = self._connection.last_packet_at(recorded.tracks[kind])
        written = recorded.written_at.get(kind) if recorded.take else None
        return TrackAges(
            None if came is None else now - came, None if written is None else now - written
        )

    def _request_key_frame(self, recorded: RecordedStream) -> None:
        mid = recorded.tracks.get(Kind.VIDEO)
        if mid is not None:
            self._connection.request_key_frame(mid)
