"""What an engine and its bridge say to each other: plain JSON, a line each."""

from __future__ import annotations

import msgspec

from ..config import RecordConfig
from ..model import TakeSummary
from ..recording.sidecar import SessionInfo
from .cards import NodeCard, WorkerCard


class Join(msgspec.Struct, tag="join", frozen=True):
    """The first line of an engine: which cluster, for which room."""

    address: str
    """``auto`` or HOST:PORT."""
    room: str
    """Name of the room's runtime folder."""
    token_file: str


class Start(msgspec.Struct, tag="start", frozen=True):
    """Start a worker on a node; answered by `Started` or `Failed`."""

    node: str
    number: int


class Dismiss(msgspec.Struct, tag="dismiss", frozen=True):
    """Have a worker finish its files and leave, as soon as its node can be told."""

    node: str
    number: int


class Leftovers(msgspec.Struct, tag="leftovers", frozen=True):
    """Have what a worker left without its end completed on its node; answered by `Completed`."""

    node: str
    session: SessionInfo
    sidecar: str
    """Name of the session's JSON file; one called so is made beside the files."""
    takes: tuple[TakeSummary, ...]
    """As they were known last."""


class Completion(msgspec.Struct, frozen=True):
    """What became of a file; as `recording.repair.Repaired`, which reads media."""

    file: str
    text: str
    take: TakeSummary | None = None


class Completed(msgspec.Struct, tag="completed", frozen=True):
    """What was left on a node is completed, as far as it can be."""

    node: str
    files: tuple[Completion, ...]


class Started(msgspec.Struct, tag="started", frozen=True):
    """A worker is up."""

    card: WorkerCard


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """A worker is not."""

    node: str
    number: int
    why: str


class Nodes(msgspec.Struct, tag="nodes", frozen=True):
    """All nodes that are there; told whenever that changed."""

    nodes: tuple[NodeCard, ...]


class Trouble(msgspec.Struct, tag="trouble", frozen=True):
    """Ray does not do what it should; what was told before may not hold any more."""

    why: str


class Inherit(msgspec.Struct, tag="inherit", frozen=True):
    """What to start another engine with, should this one be gone; kept in memory only."""

    config: RecordConfig


ToBridge = Join | Start | Dismiss | Leftovers | Inherit
FromBridge = Started | Failed | Completed | Nodes | Trouble

to_bridge = msgspec.json.Decoder(ToBridge)
from_bridge = msgspec.json.Decoder(FromBridge)


def line(message: ToBridge | FromBridge) -> bytes:
    """Return a message as a line."""
    return msgspec.json.encode(message) + b"\n"
