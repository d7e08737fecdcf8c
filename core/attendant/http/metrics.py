"""What has been seen of a recording, as metrics for Prometheus. Pure.

Names are those of Prometheus and OpenMetrics: base units at their end, ``_total`` after what only
grows; the resource is told as ``target_info``, as OpenTelemetry has it. What begins with
``roomdeck_stream_`` is of one stream; the same name without that is of all that ever were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ...version import VERSION
from .families import counted, info, measured
from .labels import clean
from .room_metrics import happened, room_metrics
from .seen import Seen
from .stream_metrics import stream_metrics

_OPENMETRICS = "application/openmetrics-text; version=1.0.0"


class Metrics(Collector):
    """All metrics at a moment.

    Args:
        room: What the recording is called.
        seen: What they are of.
        requests: Of HTTP, by path and status.
        now: Monotonic seconds.
    """

    def __init__(
        self, room: str, seen: Seen, requests: Counter[tuple[str, str]], now: float
    ) -> None:
        self._room = clean(room)
        self._seen = seen
        self._requests = requests
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield families; of what is too old to be true, only those that were counted."""
        room, seen = self._room, self._seen
        current = seen.current(self._now)
        yield info("target", "Who tells this", (), [((), _resource(room))])
        yield measured(
            "roomdeck_up",
            "Whether the engine that records was heard within the last seconds",
            ("room",),
            [((room,), current is not None)],
        )
        yield measured(
            "roomdeck_healthy",
            "Whether all is well, as /healthz says",
            ("room",),
            [((room,), seen.health(self._now).status == "ok")],
        )
        if current is not None:
            yield from room_metrics(room, current)
        yield from happened(room, seen.tallies)
        if seen.snapshot is not None:
            yield from stream_metrics(seen, room, seen.snapshot.streams, current is not None)
        yield counted(
            "roomdeck_http_requests",
            "Requests that were answered here",
            ("room", "path", "status"),
            [((room, *of), count) for of, count in sorted(self._requests.items())],
        )


def _resource(room: str) -> dict[str, str]:
    """Return the attributes of a service by OpenTelemetry's semantic conventions."""
    return {
        "service_name": "roomdeck",
        "service_version": VERSION,
        "service_instance_id": room,
    }


def exposition(metrics: Metrics, openmetrics: bool) -> tuple[bytes, str]:
    """Return metrics as text, and its media type.

    Args:
        metrics: What to tell.
        openmetrics: In that format, else in Prometheus' own.
    """
    encode, media_type = choose_encoder(_OPENMETRICS if openmetrics else "")
    return encode(metrics), media_type
