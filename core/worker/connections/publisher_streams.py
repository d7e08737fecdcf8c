"""What one publisher sends: its camera and its screen share, each in files of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any

from ...ipc import worker_messages
from ...model import EncodedFrame, EndReason, EventLevel, Kind, TakeSummary
from ...recording.container import refusal
from ...recording.take_events import (
    RecordingSettings,
    StreamIdentity,
    TakeEnded,
    TakeEvent,
    TakeStarted,
)
from ...rtp.keyframes import KeyFrameInterval
from ...webrtc.connection import Connection
from ...webrtc.interface import TrackInfo
from ..decoding.decoder import Decoder
from ..files.ear import Ear
from ..files.picture_gauge import PictureGauge
from ..files.recorded_stream import RecordedStream
from ..files.writer import Writer
from .media_sources import MediaSource, assign_sources, stream_of
from .stream_status import stream_status

STANDS = 5.0
"""Seconds without a packet of a picture after which nobody can tell what it would show."""


class PublisherStreams:
    """Sorts a publisher's tracks onto streams, and has each recorded while it is wanted."""

    def __init__(
        self,
        offer: worker_messages.Offer,
        settings: worker_messages.Settings,
        writer: Writer,
        decoder: Decoder,
        connection: Connection,
        tell: Callable[[worker_messages.FromWorker], None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """Begin with the camera as the offer says; of a screen share that is told later."""
        self.label = ""
        """The name that the publisher gives itself."""
        self.camera_off = False
        self.screen: tuple[int, ...] = ()
        """Media sections of its screen share, where it names them (protocol.md §7.5)."""
        self._peer, self._stream, self._raw_id = offer.peer, offer.stream, offer.raw_id
        self._settings = settings
        self._writer, self._decoder = writer, decoder
        self._connection = connection
        self._tell = tell
        self._spawn = spawn
        self._sources: dict[str, MediaSource] = {}
        """Of each mid."""
        self._recorded: dict[MediaSource, RecordedStream] = {}
        self._intervals: dict[MediaSource, KeyFrameInterval] = {}
        self._other_container: set[str] = set()
        self._frozen = False
        self._add(MediaSource.CAMERA)
        camera = self._recorded[MediaSource.CAMERA]
        camera.monitored = not offer.wanted
        if offer.wanted:
            spawn(camera.record())

    # ── what the engine asks ─────────────────────────────────────────────────────────────

    async def record(self, order: worker_messages.Record) -> None:
        """Begin or end writing one of them."""
        recorded = self.recorded(order.stream)
        if recorded is None or self._frozen:
            return
        if order.wanted:
            held = recorded.held_since is not None
            await recorded.record()
            if not held:
                self._request_key_frame(recorded)
        else:
            recorded.monitored = order.monitored
            await recorded.end(order.reason)

    async def split(self, stream: str) -> None:
        """Go on in a new file."""
        recorded = self.recorded(stream)
        if recorded is not None:
            await recorded.split()
            self._request_key_frame(recorded)

    def recorded(self, stream: str) -> RecordedStream | None:
        """Return one of them, by its id."""
        return next(
            (recorded for recorded in self._recorded.values() if recorded.stream == stream), None
        )

    def mute(self, muted: bool) -> None:
        """The publisher silenced its microphone, or did so no longer."""
        self._recorded[MediaSource.CAMERA].ear.muted = muted

    def listen(self) -> list[tuple[str, Ear]]:
        """Have those that have sound take what came of it; return them, with their ids."""
        found: list[tuple[str, Ear]] = []
        for recorded in self._recorded.values():
            mid = recorded.tracks.get(Kind.AUDIO)
            if mid is None:
                recorded.ear.forget()
            else:
                recorded.ear.take(self._connection.media.levels(mid))
                found.append((recorded.stream, recorded.ear))
        return found

    def status(self) -> list[worker_messages.StreamStatus]:
        """Return the counters of all."""
        now = time.monotonic()
        return [
            stream_status(self._peer, recorded, self._connection, now)
            for recorded in self._recorded.values()
        ]

    # ── what their peer asks ─────────────────────────────────────────────────────────────

    def relabel(self, label: str) -> None:
        """Take the name that the publisher gives itself."""
        self.label = label
        for recorded in self._recorded.values():
            self._spawn(recorded.relabel(label))

    def screen_stopped(self, stopped: bool) -> None:
        """The screen share ended, or began again in the same tracks."""
        recorded = self._recorded.get(MediaSource.SCREEN)
        if recorded is None:
            return
        if stopped:
            self._spawn(recorded.end(EndReason.SHARE))
        else:
            self._tell(worker_messages.Found(self._peer, recorded.stream))

    def request_key_frames(self, now: float) -> None:
        """Ask for the key frames that are missing, or were not seen for long."""
        for source, recorded in self._recorded.items():
            if recorded.wants_key_frame or self._is_key_frame_due(source, recorded, now):
                self._request_key_frame(recorded)

    def look_at_picture(self, now: float) -> None:
        """Look at the camera's last key frame, if it is time to; screens show what they like."""
        recorded = self._recorded[MediaSource.CAMERA]
        frame, picture = recorded.key_frame.frame, recorded.picture
        if picture.rests(now) or not self.sees_picture(now):
            return
        if frame is not None and picture.due(frame, now):
            self._spawn(self._look(recorded, frame))
        if self._settings.key_frames and picture.asks(now):
            self._request_key_frame(recorded)

    def sees_picture(self, now: float) -> bool:
        """Whether the camera's pictures can be looked at; if not, what was seen is forgotten."""
        recorded = self._recorded[MediaSource.CAMERA]
        shows = self._shows(recorded, now)
        if not shows:
            recorded.picture.forget(now)
        return shows

    def freeze(self) -> None:
        """Leave what is wanted as it is: nothing but `close` ends or begins a take any more."""
        self._frozen = True

    async def close(self, reason: EndReason) -> None:
        """Finish the files."""
        for recorded in list(self._recorded.values()):
            await recorded.close(reason)

    # ── ConnectionHandler: what their peer leaves to them ────────────────────────────────

    def on_tracks(self, tracks: Sequence[TrackInfo]) -> None:
        """Sort the tracks onto streams."""
        self._sources = assign_sources(tracks, self.screen, self._sources)
        for source in MediaSource:
            mine = [track for track in tracks if self._sources.get(track.mid) is source]
            if mine and source not in self._recorded:
                self._add(source)
            if source in self._recorded:
                recorded = self._recorded[source]
                if source is MediaSource.SCREEN and bool(mine) != bool(recorded.tracks):
                    self.screen_stopped(not mine)
                recorded.tracks = {track.kind: track.mid for track in mine}
                self._spawn(recorded.expect({track.kind: track.codec for track in mine}))

    def on_frames(self, mid: str, frames: Sequence[EncodedFrame]) -> None:
        """Hand frames to their stream."""
        source = self._sources.get(mid)
        if source is not None:
            self._recorded[source].add(frames)

    # ── inside ───────────────────────────────────────────────────────────────────────────

    def _add(self, source: MediaSource) -> None:
        stream = stream_of(self._stream, source)
        self._intervals[source] = KeyFrameInterval(self._settings.key_frames, Random())
        self._recorded[source] = RecordedStream(
            StreamIdentity(stream, self._raw_id, self.label),
            _recording_settings(self._settings),
            self._writer,
            self._decoder,
            PictureGauge(self._settings.black, self._settings.frozen),
            self._connection.media,
            self._on_take,
            lambda text: self._tell(worker_messages.Notice(stream, text, EventLevel.ERROR)),
            self._request_key_frame,
        )

    async def _look(self, recorded: RecordedStream, frame: EncodedFrame) -> None:
        told = await recorded.look(frame)
        if told and (meter := recorded.picture.meter()) is not None:
            self._tell(worker_messages.Seen(self._peer, recorded.stream, meter))

    def _on_take(self, event: TakeEvent) -> None:
        if isinstance(event, TakeStarted):
            self._tell(worker_messages.TakeStart(self._peer, event.summary))
            self._tell_container(event.summary)
        elif isinstance(event, TakeEnded):
            self._tell(worker_messages.TakeEnd(self._peer, event.summary))

    def _tell_container(self, take: TakeSummary) -> None:
        """Say once of a stream that its files are not what was asked for."""
        video, audio = take.video and take.video.codec, take.audio and take.audio.codec
        text = refusal(video, audio, self._settings.container)
        if text and take.stream not in self._other_container:
            self._other_container.add(take.stream)
            self._tell(worker_messages.Notice(take.stream, text))

    def _is_key_frame_due(self, source: MediaSource, recorded: RecordedStream, now: float) -> bool:
        mid = recorded.tracks.get(Kind.VIDEO)
        if mid is None or not recorded.viewed:
            return False
        heard = self._connection.media.last_packet_at(mid)
        if recorded.holds:
            heard = now  # one that stands still is to begin with its picture, too
        return self._intervals[source].due(now, recorded.key_frame.arrival, heard)

    def _shows(self, recorded: RecordedStream, now: float) -> bool:
        """Whether a camera's pictures are to be seen, and come."""
        mid = recorded.tracks.get(Kind.VIDEO)
        if mid is None or not recorded.viewed or self.camera_off:
            return False
        heard = self._connection.media.last_packet_at(mid)
        return heard is not None and now - heard < STANDS

    def _request_key_frame(self, recorded: RecordedStream) -> None:
        mid = recorded.tracks.get(Kind.VIDEO)
        if mid is not None:
            self._connection.media.request_key_frame(mid)


def _recording_settings(settings: worker_messages.Settings) -> RecordingSettings:
    session = settings.session
    return RecordingSettings(
        output=session.output,
        node=session.node,
        place=session.place,
        prefix=session.prefix,
        session_started=session.started,
        session_began=session.began,
        container=settings.container,
        split_every=settings.split_every,
        split_bytes=settings.split_bytes,
        pre_roll=settings.pre_roll,
    )
