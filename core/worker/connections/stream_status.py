"""What a worker says of a stream once a second: what came of it, and what is in its file."""

from __future__ import annotations

import msgspec

from ...ipc.worker_messages import StreamStatus
from ...model import AudioSummary, Kind, TrackAges, VideoSummary
from ...webrtc.connection import Connection
from ..files.recorded_stream import RecordedStream


def stream_status(
    peer: str, recorded: RecordedStream, connection: Connection, now: float
) -> StreamStatus:
    """Read the counters of a stream and of the connection that it comes over.

    Args:
        peer: Name of the connection.
        recorded: The stream.
        connection: What knows of its packets.
        now: Monotonic seconds.
    """
    recorded.refresh()
    monitored = recorded.monitored and not recorded.wanted
    ages = {kind: _ages(recorded, kind, connection, now) for kind in recorded.tracks}
    known = [age.media for age in ages.values() if age.media is not None]
    heard = connection.heard_at
    return StreamStatus(
        peer=peer,
        stream=recorded.stream,
        wanted=recorded.wanted,
        monitored=monitored,
        video=_picture(recorded) if monitored else None,
        audio=_sound(recorded) if monitored else None,
        held=None if recorded.held_since is None else now - recorded.held_since,
        take=recorded.take and msgspec.structs.replace(recorded.take, clocks={}, sizes=[]),
        tracks=dict(recorded.stats),
        media_age=min(known, default=None),
        ages=ages,
        sound=recorded.ear.meter(now) if Kind.AUDIO in recorded.tracks else None,
        picture=recorded.picture.meter(),
        headless=recorded.key_frame.headless if recorded.viewed else None,
        heard_age=None if heard is None else now - heard,
        growth_age=None
        if recorded.take is None or recorded.grew_at is None
        else now - recorded.grew_at,
        round_trip=connection.round_trip,
        drops=connection.drops,
        malformed=connection.malformed,
        unrouted=connection.unrouted,
    )


def _picture(recorded: RecordedStream) -> VideoSummary | None:
    """Describe the pictures that come, by the last key frame."""
    key, stats = recorded.key_frame.frame, recorded.stats.get(Kind.VIDEO)
    if key is None or stats is None:
        return None
    return VideoSummary(key.codec, key.width, key.height, stats.frames)


def _sound(recorded: RecordedStream) -> AudioSummary | None:
    codec, stats = recorded.codecs.get(Kind.AUDIO), recorded.stats.get(Kind.AUDIO)
    return AudioSummary(codec, stats.frames) if codec and stats and stats.frames else None


def _ages(recorded: RecordedStream, kind: Kind, connection: Connection, now: float) -> TrackAges:
    came = connection.media.last_packet_at(recorded.tracks[kind])
    written = recorded.written_at.get(kind) if recorded.take else None
    return TrackAges(
        None if came is None else now - came, None if written is None else now - written
    )
