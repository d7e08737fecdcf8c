"""Metrics of streams, and of all streams together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.metrics_core import Metric

from ...model import QUIET, Stall, StreamSnapshot, StreamState
from .families import Counter, Gauge, Values, counted, counters, gauges, info, measured
from .labels import clean
from .seen import Seen
from .tallies import CONNECTION_COUNTERS, TRACK_COUNTERS

_TRACKS = (
    Counter("received", "bytes", "RTP payload that came", {"": "bytes"}),
    Counter(
        "packets",
        "",
        "RTP packets that were sent, by what became of them: they came by themselves, came back "
        "by retransmission or redundancy, or were given up",
        {"received": "received", "recovered": "recovered", "lost": "lost"},
        "fate",
    ),
    Counter(
        "packets_refused",
        "",
        "RTP packets that were not taken, by why",
        {
            "duplicate": "duplicates",
            "late": "late",
            "malformed": "malformed",
            "unknown": "unknown",
            "undecryptable": "undecryptable",
            "too-long": "too_long",
        },
        "reason",
    ),
    Counter("packets_asked_again", "", "Packets that were asked for again (NACK)", {"": "nacks"}),
    Counter("key_frames_asked", "", "Key frames that were asked for (PLI)", {"": "plis"}),
    Counter(
        "frames", "", "Frames of pictures, or packets of sound, that were whole", {"": "frames"}
    ),
    Counter("key_frames", "", "Of these, such as can be decoded by themselves", {"": "key_frames"}),
    Counter(
        "frames_dropped",
        "",
        "Whole frames without what they refer to",
        {"": "dropped_frames"},
    ),
    Counter(
        "holes",
        "",
        "Places where a track goes on after something was lost for good",
        {"": "holes"},
    ),
)
_CONNECTIONS = (
    Counter(
        "datagrams_dropped",
        "",
        "Datagrams that the system dropped because a buffer was full",
        {"": "drops"},
    ),
    Counter(
        "datagrams_refused",
        "",
        "Packets of a connection that belong to none of its tracks, by why",
        {"malformed": "malformed", "unrouted": "unrouted"},
        "reason",
    ),
)
_Gauge = Gauge[StreamSnapshot]
_STREAMS = (
    _Gauge("loss", "ratio", "Share of packets given up in the last seconds", lambda s: s.loss),
    _Gauge("frame_rate", "hertz", "Pictures per second over the last seconds", lambda s: s.fps),
    _Gauge("jitter", "seconds", "Interarrival jitter (RFC 3550, 6.4.1)", lambda s: s.jitter),
    _Gauge("round_trip", "seconds", "To the publisher and back", lambda s: s.round_trip),
    _Gauge(
        "sound_level",
        "dbfs",
        "RMS of the last half second, of full scale",
        lambda s: s.sound.level if s.sound else None,
    ),
    _Gauge(
        "sound_peak",
        "dbfs",
        "Highest sample of the last three seconds, of full scale",
        lambda s: s.sound.peak if s.sound else None,
    ),
    _Gauge(
        "sound_silent",
        "seconds",
        f"Since there was last something above {QUIET:g} dBFS",
        lambda s: s.sound.silent if s.sound else None,
    ),
    _Gauge(
        "sound_since_clipped",
        "seconds",
        "Since samples last stood at full scale",
        lambda s: s.sound.clipped if s.sound else None,
    ),
    _Gauge(
        "picture_black",
        "seconds",
        "For which the picture has been black",
        lambda s: s.picture.black if s.picture else None,
    ),
    _Gauge(
        "picture_frozen",
        "seconds",
        "For which nothing has moved in the picture",
        lambda s: s.picture.frozen if s.picture else None,
    ),
    _Gauge(
        "picture_width",
        "pixels",
        "Of the take that is recorded, or of what is looked at",
        lambda s: s.video.width if s.video else None,
    ),
    _Gauge(
        "picture_height",
        "pixels",
        "Of the take that is recorded, or of what is looked at",
        lambda s: s.video.height if s.video else None,
    ),
    _Gauge("held", "seconds", "In the past at which a take would begin", lambda s: s.held),
    _Gauge("muted", "", "Whether its microphone is", lambda s: s.muted),
    _Gauge("camera_off", "", "Whether its camera is", lambda s: s.camera_off),
    _Gauge("take_size", "bytes", "Of the take that is recorded", lambda s: s.bytes),
    _Gauge("take_length", "seconds", "Of the take that is recorded", lambda s: s.seconds),
    _Gauge("since_media", "seconds", "Since the last packet of media", lambda s: s.media_age),
    _Gauge("since_growth", "seconds", "Since its file last grew", lambda s: s.growth_age),
)


def stream_metrics(
    seen: Seen, room: str, streams: Sequence[StreamSnapshot], fresh: bool
) -> Iterator[Metric]:
    """Yield what is known of streams.

    Args:
        seen: Has what was counted.
        room: The value of that label.
        streams: As they were last.
        fresh: Whether they still are; else only what was counted is told.
    """
    own: list[tuple[Values, StreamSnapshot]] = [
        ((room, label), one)
        for one in streams
        if (label := seen.labels.get(one.stream)) is not None
    ]
    yield from _counted(seen, room, own)
    if fresh:
        yield from _measured(room, streams, own)


def _counted(
    seen: Seen, room: str, own: Sequence[tuple[Values, StreamSnapshot]]
) -> Iterator[Metric]:
    tallies = seen.tallies
    known = [
        (labels, tally)
        for labels, one in own
        if (tally := tallies.streams.get(one.stream)) is not None
    ]
    tracks = [
        ((*labels, kind.value), sums) for labels, of in known for kind, sums in of.tracks.items()
    ]
    total = [((room, kind.value), sums) for kind, sums in tallies.tracks.items()]
    yield from counters(
        _TRACKS, "roomdeck_stream_", ("room", "stream", "kind"), TRACK_COUNTERS, tracks
    )
    yield from counters(_TRACKS, "roomdeck_", ("room", "kind"), TRACK_COUNTERS, total)
    yield from counters(
        _CONNECTIONS,
        "roomdeck_stream_",
        ("room", "stream"),
        CONNECTION_COUNTERS,
        [(labels, of.connection) for labels, of in known],
    )
    yield from counters(
        _CONNECTIONS, "roomdeck_", ("room",), CONNECTION_COUNTERS, [((room,), tallies.connections)]
    )
    yield counted(
        "roomdeck_stream_stalls",
        "How often something stood still",
        ("room", "stream", "what"),
        [((*labels, what.value), of.stalls[what]) for labels, of in known for what in Stall],
    )
    yield counted(
        "roomdeck_stream_takes",
        "Takes that were begun",
        ("room", "stream"),
        [(labels, one.takes) for labels, one in own],
    )


def _measured(
    room: str,
    streams: Sequence[StreamSnapshot],
    own: Sequence[tuple[Values, StreamSnapshot]],
) -> Iterator[Metric]:
    labels = ("room", "stream")
    yield from gauges(_STREAMS, "roomdeck_stream_", labels, own)
    yield info(
        "roomdeck_stream",
        "Who it is, and what it sends",
        labels,
        [(values, _about(one)) for values, one in own],
    )
    yield measured(
        "roomdeck_stream_state",
        "1 for the state that it has",
        (*labels, "state"),
        [
            ((*values, state.value), one.state is state)
            for values, one in own
            for state in StreamState
        ],
    )
    yield measured(
        "roomdeck_stream_stalled",
        "1 for what of it stands still",
        (*labels, "what"),
        [((*values, what.value), what in one.stalls) for values, one in own for what in Stall],
    )
    yield measured(
        "roomdeck_stream_alarm",
        "1 for each thing that is wrong with it now; nothing where all is well",
        (*labels, "alarm"),
        [
            ((*values, kind), 1)
            for values, one in own
            for kind in {a.kind.value for a in one.alarms}
        ],
    )
    states = [one.state for one in streams]
    yield measured(
        "roomdeck_streams",
        "By state",
        ("room", "state"),
        [((room, state.value), states.count(state)) for state in StreamState],
    )
    yield measured(
        "roomdeck_streams_unlisted",
        "Streams that are here, and are in no metrics but the sums: too many new ones came",
        ("room",),
        [((room,), _here(streams) - _here([one for _, one in own]))],
    )


def _about(one: StreamSnapshot) -> dict[str, str]:
    return {
        "label": clean(one.label),
        "video_codec": one.video.codec.value if one.video else "",
        "audio_codec": one.audio.codec.value if one.audio else "",
    }


def _here(streams: Sequence[StreamSnapshot]) -> int:
    return sum(one.state is not StreamState.DONE for one in streams)
