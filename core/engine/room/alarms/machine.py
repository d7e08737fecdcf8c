"""What is wrong with the machine, its disk, and where files go from there."""

from __future__ import annotations

from ....model import AlarmKind, DiskSnapshot
from ....units import size
from .rule import UNKNOWN, Limit, Rule, Verdict, Wrong
from .views import RoomView

REARM = 1.5
"""Times the limit that the disk has to last before it is taken to be well again."""


def disk_forecast(view: RoomView, limit: float) -> Verdict:
    """A disk is full before long, or is: that of the engine's machine, or of a node."""
    cluster = view.room.cluster
    found = [_forecast(view.room.disk, "", limit)]
    for node in cluster.nodes if cluster else ():
        if node.disk is not None:
            found.append(_forecast(node.disk, node.name, limit))
    wrong = next((one for one in found if isinstance(one, Wrong)), None)
    return wrong or (UNKNOWN if UNKNOWN in found else None)


def _forecast(disk: DiskSnapshot, node: str, limit: float) -> Verdict:
    whose = f"the disk of node {node}" if node else "the disk"
    data = {"free": disk.free, "floor": disk.floor, **_on(node)}
    if disk.full:
        return Wrong(f"{whose} is full, {size(disk.free)} are left: make room on it", data=data)
    left = disk.seconds_left
    if left is None:
        return UNKNOWN if disk.free < disk.goes_on else None
    if left > limit:
        return UNKNOWN if left <= REARM * limit else None
    text = (
        f"{whose} is full in about {max(1, round(left / 60))} min: {size(disk.free)} are left, "
        f"and recording stops at {size(disk.floor)}"
    )
    return Wrong(text, data={"left": round(left), **data})


def disk_slow(view: RoomView, limit: float) -> Verdict:
    """A power cut would cost more than was promised."""
    worker = max(view.room.workers, key=lambda one: one.unsafe, default=None)
    if worker is None or not view.sync or worker.unsafe <= limit * view.sync:
        return None
    whose = f"the disk of node {worker.node}" if worker.node else "the disk"
    text = (
        f"{whose} is slow: a power cut would cost the last {worker.unsafe:.0f} s, not "
        f"{view.sync:g} s at most; a faster disk or fewer streams help"
    )
    return Wrong(text, data={"unsafe": round(worker.unsafe, 1), **_on(worker.node)})


def worker_late(view: RoomView, limit: float) -> Verdict:
    """The network is read late: receive buffers last about as long as the usual limit."""
    worker = max(view.room.workers, key=lambda one: one.late, default=None)
    if worker is None or worker.late <= limit:
        return None
    machine = f"node {worker.node}" if worker.node else "this machine"
    text = (
        f"media worker {worker.number} read the network {worker.late:.1f} s late: {machine} is "
        "too busy, packets may get lost; record fewer streams, or free its cores"
    )
    data = {"worker": worker.number, "late": round(worker.late, 3), **_on(worker.node)}
    return Wrong(text, data=data)


def _on(node: str) -> dict[str, str]:
    """Return what events name beside, in a cluster."""
    return {"node": node} if node else {}


def upload(view: RoomView, limit: float) -> Verdict:
    """Attempts failed since a file got where it was to be uploaded to, and nothing is sent."""
    uploads = view.room.uploads
    if uploads is None:
        return UNKNOWN
    if not view.past.uploads_fail:
        return None
    if uploads.rate:
        return UNKNOWN
    error = next((one.error for one in uploads.files if one.error), "")
    text = f"{uploads.waiting} files wait to be uploaded, and the last attempts failed"
    return Wrong(f"{text}: {error}" if error else text, data={"waiting": uploads.waiting})


RULES: tuple[Rule[RoomView], ...] = (
    Rule(
        kind=AlarmKind.DISK_FORECAST,
        judge=disk_forecast,
        over="the disk lasts longer again",
        after=15.0,
        clear=15.0,
        limit=Limit(1800.0, "s", 60.0, 7 * 86400.0),
    ),
    Rule(
        kind=AlarmKind.DISK_SLOW,
        judge=disk_slow,
        over="the disk keeps up again",
        after=3.0,
        clear=30.0,
        limit=Limit(1.5, "times", 1.0, 1000.0),
    ),
    Rule(
        kind=AlarmKind.WORKER_LATE,
        judge=worker_late,
        over="the machine keeps up again",
        after=3.0,
        clear=30.0,
        limit=Limit(0.5, "s", 0.1, 60.0),
    ),
    Rule(
        kind=AlarmKind.UPLOAD,
        judge=upload,
        over="uploads go on",
        after=60.0,
        clear=5.0,
    ),
)
