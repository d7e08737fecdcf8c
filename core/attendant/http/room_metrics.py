"""Metrics of a room: its recording as a whole, takes, disk, workers and uploads. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from prometheus_client.metrics_core import Metric

from ...model import (
    AlarmKind,
    ClusterSnapshot,
    EndReason,
    NodeSnapshot,
    NodeState,
    ReceivePath,
    RoomSnapshot,
    SignalingState,
    Stall,
    UploadsSnapshot,
    WorkerSnapshot,
)
from .families import Gauge, Values, counted, gauges, info, measured
from .labels import clean
from .tallies import OTHER, Tallies

_OfRoom = Gauge[RoomSnapshot]
_ROOM = (
    _OfRoom("start_time", "seconds", "When it began, since 1970", lambda s: s.started),
    _OfRoom("elapsed", "seconds", "Since it began", lambda s: s.elapsed),
    _OfRoom("disk_free", "bytes", "Room on the disk", lambda s: s.disk.free),
    _OfRoom("disk_size", "bytes", "Of the disk", lambda s: s.disk.total or None),
    _OfRoom("disk_floor", "bytes", "Room at which recording stops", lambda s: s.disk.floor),
    _OfRoom(
        "disk_left", "seconds", "Until it stops so, as room goes", lambda s: s.disk.seconds_left
    ),
)
_OfWorker = Gauge[WorkerSnapshot]
_WORKERS = (
    _OfWorker("streams", "", "Connections that it holds", lambda w: w.streams),
    _OfWorker("cpu", "ratio", "Share of one core over the last seconds", lambda w: w.cpu),
    _OfWorker("late", "seconds", "By which receiving was late, at worst of late", lambda w: w.late),
    _OfWorker("memory", "bytes", "Resident", lambda w: w.memory),
    _OfWorker("waiting", "bytes", "Media that waits for the disk", lambda w: w.waiting),
    _OfWorker("unsafe", "seconds", "Media that a power cut would cost", lambda w: w.unsafe),
    _OfWorker("descriptors", "ratio", "Open ones, of those allowed", lambda w: w.descriptors),
    _OfWorker(
        "fast_path",
        "",
        "Whether packets come by the fast receive path",
        lambda w: None if w.path is None else w.path is ReceivePath.FAST,
    ),
)
_OfNode = Gauge[NodeSnapshot]
_NODES = (
    _OfNode("up", "", "Whether streams can go there", lambda n: n.state is NodeState.UP),
    _OfNode("workers", "", "Media workers on it", lambda n: n.workers),
    _OfNode("streams", "", "Connections that they hold", lambda n: n.streams),
    _OfNode("cpu", "ratio", "Share of one core that they use; 2 of two", lambda n: n.cpu),
    _OfNode("cores", "", "Its cores for workers", lambda n: n.cores or None),
    _OfNode("memory", "bytes", "Resident, of its workers", lambda n: n.memory),
    _OfNode("disk_free", "bytes", "Room on its disk", lambda n: n.disk and n.disk.free),
    _OfNode("disk_size", "bytes", "Of its disk", lambda n: n.disk and (n.disk.total or None)),
    _OfNode(
        "disk_left",
        "seconds",
        "Until its disk is full, at the present rate",
        lambda n: n.disk and n.disk.seconds_left,
    ),
    _OfNode(
        "clock_offset",
        "seconds",
        "By which its time of day is ahead of the engine's",
        lambda n: n.clock and n.clock.offset,
    ),
    _OfNode(
        "clock_drift",
        "ratio",
        "By how much the engine's clock runs faster",
        lambda n: n.clock and n.clock.drift,
    ),
    _OfNode(
        "clock_error",
        "seconds",
        "By which its times are wrong at most",
        lambda n: n.clock and n.clock.error,
    ),
)
_OfUploads = Gauge[UploadsSnapshot]
_UPLOADS = (
    _OfUploads("waiting", "", "Files that are not where they are to be", lambda u: u.waiting),
    _OfUploads("waiting_size", "bytes", "Of these files", lambda u: u.waiting_bytes),
)


def room_metrics(room: str, snapshot: RoomSnapshot) -> Iterator[Metric]:
    """Yield how a room is now."""
    yield from gauges(_ROOM, "roomdeck_", ("room",), [((room,), snapshot)])
    session = PurePath(snapshot.sidecar).stem
    yield info(
        "roomdeck_session",
        "What is recorded from where, and what the JSON file is called",
        ("room",),
        [((room,), {"server": clean(snapshot.server), "session": clean(session)})],
    )
    yield measured(
        "roomdeck_link_state",
        "1 for the state of the websocket",
        ("room", "state"),
        [((room, state.value), state is snapshot.link) for state in SignalingState],
    )
    yield measured(
        "roomdeck_alarm",
        "1 for each thing that is wrong with the room now; nothing where all is well",
        ("room", "alarm"),
        [((room, kind), 1) for kind in {alarm.kind.value for alarm in snapshot.alarms}],
    )
    yield from gauges(
        _WORKERS,
        "roomdeck_worker_",
        ("room", "worker"),
        [((room, str(worker.number)), worker) for worker in snapshot.workers],
    )
    if snapshot.cluster is not None:
        yield from _cluster(room, snapshot, snapshot.cluster)
    yield counted(
        "roomdeck_takes_failed",
        "Takes that ended by a fault of ours, of the disk or of a worker that died",
        ("room",),
        [((room,), snapshot.takes_failed)],
    )
    if snapshot.uploads is not None:
        yield from _uploads(room, snapshot.uploads)


def _cluster(room: str, snapshot: RoomSnapshot, cluster: ClusterSnapshot) -> Iterator[Metric]:
    yield measured(
        "roomdeck_cluster_trouble",
        "1 while Ray does not do what it should; what is recorded goes on",
        ("room",),
        [((room,), bool(cluster.trouble))],
    )
    nodes = [((room, clean(node.name)), node) for node in cluster.nodes]
    yield from gauges(_NODES, "roomdeck_node_", ("room", "node"), nodes)
    yield info(
        "roomdeck_worker",
        "On which node a worker is",
        ("room", "worker"),
        [((room, str(one.number)), {"node": clean(one.node)}) for one in snapshot.workers],
    )


def _uploads(room: str, uploads: UploadsSnapshot) -> Iterator[Metric]:
    labels, values = ("room",), (room,)
    yield from gauges(_UPLOADS, "roomdeck_uploads_", labels, [(values, uploads)])
    yield counted("roomdeck_uploads", "Files that arrived", labels, [(values, uploads.done)])
    yield counted(
        "roomdeck_uploaded", "Of these files", labels, [(values, uploads.done_bytes)], unit="bytes"
    )
    yield counted(
        "roomdeck_uploads_failed", "Attempts that failed", labels, [(values, uploads.failed)]
    )


def happened(room: str, tallies: Tallies) -> Iterator[Metric]:
    """Yield what was counted of events."""
    yield counted(
        "roomdeck_takes",
        "Takes that ended, by why",
        ("room", "reason"),
        _by(room, [*EndReason], tallies.takes),
    )
    yield counted(
        "roomdeck_takes_written",
        "Of files that were closed",
        ("room",),
        [((room,), tallies.take_bytes)],
        unit="bytes",
    )
    yield counted(
        "roomdeck_takes_recorded",
        "Of files that were closed",
        ("room",),
        [((room,), tallies.take_seconds)],
        unit="seconds",
    )
    yield counted(
        "roomdeck_stalls",
        "How often something of a stream stood still",
        ("room", "what"),
        _by(room, [*Stall], tallies.stalls),
    )
    yield counted(
        "roomdeck_stalled",
        "For which something of a stream stood still, when it went on",
        ("room", "what"),
        _by(room, [*Stall], tallies.stalled),
        unit="seconds",
    )
    yield counted(
        "roomdeck_alarms",
        "How often something was wrong",
        ("room", "alarm"),
        _by(room, [*AlarmKind], tallies.alarms),
    )
    yield counted(
        "roomdeck_events",
        "What happened, by the type that docs/events.md has",
        ("room", "type"),
        [((room, kind), count) for kind, count in sorted(tallies.events.items())],
    )


def _by(room: str, known: Sequence[str], counts: Mapping[str, float]) -> list[tuple[Values, float]]:
    """Return counts of all that can be, so that rates begin at zero; the rest is one."""
    rest = sum(count for value, count in counts.items() if value not in known)
    listed = [((room, str(value)), counts.get(value, 0)) for value in known]
    return [*listed, ((room, OTHER), rest)] if rest else listed
