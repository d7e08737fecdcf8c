"""``roomdeck cluster start``, ``rooms`` and ``stop``: rooms whose engines a cluster keeps."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ...core.cluster.asking import ask
from ...core.cluster.engines import Asked, EngineState, StewardOrders, Told
from ...core.config import ClusterConfig, RecordConfig
from ...core.errors import ControlError, UsageError
from ...core.ipc.room_folder import RoomFolder
from ..exits import Exit
from ..lines.printer import narrate
from ..text.format import json_line, printable


async def start(configs: Sequence[RecordConfig], node: str, as_json: bool) -> Exit:
    """Have a cluster keep rooms, and wait until their engines are up.

    Raises:
        UsageError: They are not on one cluster.
        ControlError: It cannot be used.
    """
    cluster = _of_all(configs)
    rooms = [
        StewardOrders(key=RoomFolder.of(one.room).path.name, config=one, node=node)
        for one in configs
    ]
    narrate(f"the engines are placed by Ray, and the cluster at {cluster.address} keeps them")
    asked = _asked(cluster, "start", rooms=tuple(rooms))
    return _printed(await ask(asked), as_json, EngineState.UP)


async def rooms(cluster: ClusterConfig, as_json: bool) -> Exit:
    """Print how the rooms are that a cluster keeps."""
    told = await ask(_asked(cluster, "rooms"))
    if not told and not as_json:
        narrate("the cluster keeps no rooms")
    return _printed(told, as_json)


async def stop(cluster: ClusterConfig, names: Sequence[str], as_json: bool) -> Exit:
    """Have rooms end, with all their files finished, and kept no more.

    Raises:
        ControlError: There is no such room, or the cluster cannot be used.
    """
    told = await ask(_asked(cluster, "stop", names=tuple(names)))
    if missing := sorted({*names} - {one.room for one in told}):
        raise ControlError(f"the cluster keeps no room called {', '.join(missing)}")
    return _printed(told, as_json, EngineState.ENDED)


def _asked(cluster: ClusterConfig, verb: str, **what: object) -> Asked:
    return msgspec.convert(
        {"address": cluster.address, "token_file": cluster.token_file, "verb": verb, **what}, Asked
    )


def _of_all(configs: Sequence[RecordConfig]) -> ClusterConfig:
    clusters = {one.cluster for one in configs}
    found = clusters.pop()
    if found is None or {one and one.address for one in clusters} - {found.address}:
        raise UsageError(
            'all rooms have to be on one cluster: write cluster = "auto" or its address into '
            "[record]"
        )
    return found


def _printed(told: Sequence[Told], as_json: bool, wanted: EngineState | None = None) -> Exit:
    for one in told:
        print(json_line(msgspec.to_builtins(one)) if as_json else printable(line_of(one)))
    well = wanted is None or all(one.state is wanted for one in told)
    return Exit.OK if well else Exit.RECORDING_FAILED


def line_of(one: Told) -> str:
    """Return how a room is, in words."""
    where = f" on {one.node}" if one.node else ""
    process = f", process {one.pid}" if one.state is EngineState.UP else ""
    said = f": {one.said}" if one.said else ""
    return f"{one.room}: engine {one.state.value}{where}{process}{said}"
