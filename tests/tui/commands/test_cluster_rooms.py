"""``roomdeck cluster start``, ``rooms`` and ``stop``, without a cluster."""

from __future__ import annotations

import json

import msgspec
import pytest

from roomdeck.core.cluster.engines import Asked, EngineState, Told
from roomdeck.core.config import ClusterConfig, RecordConfig, RoomConfig
from roomdeck.core.errors import ControlError, UsageError
from roomdeck.tui.commands import cluster_rooms
from roomdeck.tui.exits import Exit

CLUSTER = ClusterConfig(address="box1:6379", token_file="/t")
UP = Told(key="k", room="lab", state=EngineState.UP, node="box2", pid=7)
CONFIG = RecordConfig(
    room=RoomConfig(room="lab", server="ws://x"), output="/out", prefix="lab", cluster=CLUSTER
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    heard: list[Asked] = []

    async def ask(asked: Asked) -> tuple[Told, ...]:
        heard.append(asked)
        return () if asked.names and asked.names != ("lab",) else (UP,)

    monkeypatch.setattr(cluster_rooms, "ask", ask)
    return heard


async def test_rooms_are_handed_over_and_it_is_said_where_they_are(
    asked: list[Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await cluster_rooms.start([CONFIG], "box2", False) is Exit.OK
    (one,) = asked
    assert (one.address, one.verb, one.rooms[0].config, one.rooms[0].node) == (
        "box1:6379",
        "start",
        CONFIG,
        "box2",
    )
    assert capsys.readouterr().out == "lab: engine up on box2, process 7\n"
    assert await cluster_rooms.rooms(CLUSTER, True) is Exit.OK
    assert json.loads(capsys.readouterr().out)["node"] == "box2"


async def test_rooms_of_no_cluster_or_of_two_are_refused(asked: list[Asked]) -> None:
    other = msgspec.structs.replace(CLUSTER, address="box9:6379")
    for cluster in (None, other):
        both = [CONFIG, msgspec.structs.replace(CONFIG, cluster=cluster)]
        with pytest.raises(UsageError, match="one cluster"):
            await cluster_rooms.start(both, "", False)
    assert asked == []


async def test_what_did_not_end_is_a_failure_and_what_is_not_there_an_error(
    asked: list[Asked],
) -> None:
    assert await cluster_rooms.stop(CLUSTER, ["lab"], False) is Exit.RECORDING_FAILED
    with pytest.raises(ControlError, match="no room called x"):
        await cluster_rooms.stop(CLUSTER, ["x"], False)


def test_what_is_wrong_stands_behind() -> None:
    away = Told(key="k", room="lab", state=EngineState.AWAY, node="a", said="it is gone")
    assert cluster_rooms.line_of(away) == "lab: engine away on a: it is gone"
