"""What is recorded with: workers, disks, and the machines of a cluster."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ReceivePath(StrEnum):
    """How a worker takes packets from the network."""

    FAST = "fast"
    """Its own sockets, all drained together ten times a second and more, decrypted in place."""
    PLAIN = "plain"
    """Every packet through asyncio and aiortc, where the fast path is not available."""


class WorkerSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One media worker."""

    number: int
    pid: int
    node: str = ""
    """Name of its machine, in a cluster; empty: that of the engine."""
    streams: int = 0
    """Connections that it holds."""
    cpu: float = 0.0
    """Share of one core that it used over the last seconds, 0 to 1 and above."""
    late: float = 0.0
    """Seconds by which its receiving loop was late at worst within the last seconds."""
    memory: int = 0
    """Bytes resident."""
    waiting: int = 0
    """Bytes of media that wait for the disk."""
    unsafe: float = 0.0
    """Seconds of media that a power cut would cost."""
    descriptors: float = 0.0
    """Sockets and files that it has open, as a share of those that the system allows."""
    path: ReceivePath | None = None
    """``None``: it has not said yet."""
    path_reason: str = ""
    """Why it is not the fast one; empty where it is."""


class DiskSnapshot(msgspec.Struct, frozen=True):
    """The disk that holds the output folder."""

    free: int = 0
    """Bytes."""
    seconds_left: float | None = None
    """At the present rate, down to the floor; ``None`` while nothing is written."""
    total: int = 0
    """Bytes; 0: not known."""
    floor: int = 0
    """Bytes left at which recording stops."""
    goes_on: int = 0
    """Bytes left at which it then goes on."""
    full: bool = False
    """Recording has stopped for that, and not gone on."""


class NodeState(StrEnum):
    """How a machine of a cluster is, as far as the engine knows."""

    UP = "up"
    DRAINED = "drained"
    """Somebody wants it empty: what it has goes on elsewhere, and nothing new comes."""
    FULL = "full"
    """Its disk is, or is before long: the same."""
    UNREACHABLE = "unreachable"
    """A worker on it could not be reached a moment ago; no stream goes there."""
    UNLISTED = "unlisted"
    """Ray does not tell of it (any more), and its workers are reached."""


class NodeClock(msgspec.Struct, frozen=True, kw_only=True):
    """How the clock of a machine stands to that of the engine's, measured by the link itself."""

    offset: float = 0.0
    """Seconds by which its time of day is ahead; below zero: behind."""
    error: float = 0.0
    """Seconds by which times that were put into the session's are wrong at most."""
    drift: float = 0.0
    """By how much the engine's clock runs faster: 5e-5 is 50 ppm."""
    round_trip: float = 0.0
    """Seconds that the quickest exchange took."""


class NodeSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One machine of a cluster."""

    name: str
    host: str = ""
    cores: int = 0
    """For workers."""
    state: NodeState = NodeState.UP
    workers: int = 0
    streams: int = 0
    """Connections that they hold."""
    cpu: float = 0.0
    """What they use, in cores."""
    bitrate: float = 0.0
    """Bits per second that come to be written."""
    memory: int = 0
    """Bytes resident, of the workers."""
    disk: DiskSnapshot | None = None
    """That of its files; ``None``: nobody there tells."""
    clock: NodeClock | None = None
    """``None``: the same."""


class ClusterSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The machines on which workers may be, as far as Ray tells."""

    nodes: tuple[NodeSnapshot, ...] = ()
    trouble: str = ""
    """Why Ray does not do what it should; then the nodes are those that it told of last."""
