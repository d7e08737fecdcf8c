"""Engines that a cluster keeps: what is said of them, and to whom; plain JSON wherever it goes."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from ..config import RecordConfig

PAUSES = (2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before another attempt to start an engine that did not come up."""


class EngineState(StrEnum):
    """How the engine of a room is."""

    STARTING = "starting"
    UP = "up"
    AWAY = "away"
    """It died, did not come up, or its node is gone; another one is started."""
    ENDED = "ended"
    """It ended in order; nobody starts another one."""


class EngineCard(msgspec.Struct, frozen=True, kw_only=True):
    """What one node says of the engine of a room on it."""

    state: EngineState
    pid: int = 0
    said: str = ""
    """Why it did not come up."""


class StewardOrders(msgspec.Struct, frozen=True, kw_only=True):
    """A room that a cluster is to keep; Ray holds it for as long, with what is secret in it."""

    key: str
    """Name of the room's runtime folder."""
    config: RecordConfig
    node: str = ""
    """On which its engine is to begin; empty: where Ray places it."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a room that a cluster keeps."""

    key: str
    room: str
    state: EngineState = EngineState.STARTING
    node: str = ""
    """Which has its engine, or had it last."""
    pid: int = 0
    starts: int = 0
    """How often one was started, since the steward itself was."""
    said: str = ""
    """What is wrong."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a command asks of a cluster about rooms that it keeps."""

    address: str
    token_file: str
    verb: Literal["start", "rooms", "stop"]
    rooms: tuple[StewardOrders, ...] = ()
    """To be started."""
    names: tuple[str, ...] = ()
    """Of those that are meant; empty: all."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    rooms: tuple[Told, ...] = ()
    error: str = ""


def as_placed(config: RecordConfig, address: str) -> RecordConfig:
    """Return what an engine is to record, with the cluster as its own node knows it.

    Args:
        config: As somebody asked for it, on any machine.
        address: Of the cluster's head.
    """
    if config.cluster is None:
        return config
    cluster = msgspec.structs.replace(config.cluster, address=address)
    return msgspec.structs.replace(config, cluster=cluster)


def pause(failures: int) -> float:
    """Return how many seconds to wait after so many attempts that failed."""
    return PAUSES[min(failures, len(PAUSES) - 1)]
