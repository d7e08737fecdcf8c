"""Workers on the nodes of a Ray cluster, both on this machine: nothing of Ray costs a frame."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from roomdeck.core.cluster.cards import WorkerCard, cards_in
from roomdeck.core.engine.workers.placement import WINDOW
from roomdeck.core.model import Codec
from roomdeck.core.recording.check import check
from roomdeck.core.recording.sidecar import load
from tests.core.attendant.uploads.stage import SECRET, objects
from tests.core.cluster.test_tls import files
from tests.core.server.authority import Authority

from .lab import PATIENCE, SOON, Command, Lab, Line
from .nodes import HEAD, OTHER, Nodes
from .places import bucket, is_large, is_sending
from .test_supervision import engine_of

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(400),
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
]

RAY = ("/ray/", "ray::")
"""What all processes of Ray have in their commands."""


@pytest.fixture
async def nodes(lab: Lab) -> Nodes:
    nodes = Nodes(lab)
    await nodes.open()
    return nodes


async def _record(lab: Lab, nodes: Nodes, *words: str) -> Command:
    where = ("--cluster", nodes.address, "--cluster-token", str(nodes.token), "--workers", "4")
    return await lab.record(*where, *words)


def _seconds(**least: float) -> Callable[[Line], bool]:
    def enough(line: Line) -> bool:
        known = {row["stream"]: row["seconds"] for row in line["streams"]}
        return all(known.get(stream, 0.0) >= seconds for stream, seconds in least.items())

    return enough


def _now(command: Command) -> dict[str, float]:
    rows = command.all("status")[-1]["streams"]
    return {row["stream"]: row["seconds"] for row in rows}


async def _grow(command: Command, seconds: float = 1.5) -> None:
    """Wait until all takes are so much longer than now."""
    now = _now(command)
    await command.status(_seconds(**{stream: it + seconds for stream, it in now.items()}))


async def test_whatever_ends_of_ray_or_the_engine_costs_no_frame(lab: Lab, nodes: Nodes) -> None:
    recorder = await _record(lab, nodes)
    one = lab.publish("alice", number=1, seconds=None)
    # What workers used when they started is past then.
    await recorder.status(_seconds(alice=WINDOW))
    two = lab.publish("bob", Codec.VP8, number=2, seconds=None)
    takes = [await recorder.line("take.start", name) for name in ("alice", "bob")]
    await recorder.status(_seconds(alice=1, bob=1))
    assert {take["node"] for take in takes} == {HEAD, OTHER}
    for take in takes:
        assert Path(take["file"]).parent == nodes.folder(take["node"])

    await nodes.kill("ray::Supervisor")
    await _grow(recorder)
    os.kill(await nodes.bridge(), signal.SIGKILL)
    await _grow(recorder)
    await nodes.kill("/raylet/raylet")
    await _grow(recorder)
    await nodes.kill("/gcs/gcs_server")
    await nodes.kill(*RAY)
    await _grow(recorder)
    # Who comes while Ray is down finds the workers that are there.
    three = lab.publish("cleo", number=3, seconds=None)
    await recorder.line("take.start", "cleo")

    recorder.process.kill()
    await recorder.wait()
    again = await _record(lab, nodes)
    await again.status(_seconds(alice=1, bob=1, cleo=1))
    await _grow(again)
    for publisher in (one, two, three):
        publisher.stop()
    ends = [await again.line("take.end", name) for name in ("alice", "bob", "cleo")]
    assert await again.stop() == 0

    assert len(recorder.all("take.start") + again.all("take.start")) == 3
    for end in ends:
        report = await lab.check(end)
        assert not report.bad, report.problems
    (path,) = lab.output.glob("lab_*.json")
    known = load(path)
    assert known is not None
    assert {(take.node, take.file) for take in known.takes} == {
        (end["node"], end["file"]) for end in ends
    }


async def test_a_killed_worker_costs_only_its_streams_for_seconds(lab: Lab, nodes: Nodes) -> None:
    recorder = await _record(lab, nodes)
    one = lab.publish("alice", number=1, seconds=None)
    # What workers used when they started is past then.
    await recorder.status(_seconds(alice=WINDOW))
    two = lab.publish("bob", Codec.VP8, number=2, seconds=None)
    await recorder.status(_seconds(alice=1, bob=1))
    row = next(row for row in recorder.all("status")[-1]["streams"] if row["stream"] == "alice")
    killed = time.time()
    await nodes.kill(f"worker-{row['worker']}.sock")
    again = await recorder.line("take.start", "alice", 2)
    assert again["time"] - killed < 5
    await recorder.status(_seconds(alice=1, bob=3))
    one.stop()
    two.stop()
    whole = await recorder.line("take.end", "bob")
    assert await recorder.stop() == 3
    assert not (await lab.check(whole)).bad
    assert len(recorder.all("take.start", "bob")) == 1


async def test_a_node_out_of_reach_has_its_streams_recorded_elsewhere(
    lab: Lab, nodes: Nodes
) -> None:
    recorder = await _record(lab, nodes)
    one = lab.publish("alice", number=1, seconds=None)
    state = await recorder.status(_seconds(alice=WINDOW))
    take = await recorder.line("take.start", "alice")
    (frozen,) = nodes.processes(f"worker-{state['streams'][0]['worker']}.sock")
    os.kill(frozen, signal.SIGSTOP)
    stopped = time.time()
    again = await recorder.line("take.start", "alice", 2)
    assert again["time"] - stopped < SOON
    assert again["node"] != take["node"]
    assert "cannot be reached" in recorder.all("error")[0]["text"]
    status = await lab.run("status")
    assert await status.wait() == 0
    lines = [line["text"] for line in status.all("text")]
    assert any(line.startswith(f"node {again['node']} at ") for line in lines)
    assert any(f" on {again['node']}: " in line for line in lines)
    os.kill(frozen, signal.SIGCONT)
    # It finishes its file, and says how it ended.
    whole = await recorder.line("take.end", "alice", 2)
    assert whole["file"] == take["file"]
    await lab.gone(frozen)
    one.stop()
    last = await recorder.line("take.end", "alice", 3)
    assert await recorder.stop() == 0
    for end in (whole, last):
        assert not (await lab.check(end)).bad


@pytest.mark.parametrize("together", [False, True], ids=["alone", "with its bridge"])
async def test_an_engine_that_dies_is_followed_by_another(
    lab: Lab, nodes: Nodes, together: bool
) -> None:
    recorder = await _record(lab, nodes)
    one = lab.publish("alice", number=1, seconds=None)
    await recorder.status(_seconds(alice=1))
    if together:
        os.kill(await nodes.bridge(), signal.SIGKILL)
    recorder.process.kill()
    await recorder.wait()
    # Nobody but the next engine asks for who comes now.
    two = lab.publish("bob", number=2, seconds=None)
    async with asyncio.timeout(PATIENCE):
        while not (folder := _folder_of(nodes, "bob")):  # noqa: ASYNC110 - files set no event
            await asyncio.sleep(0.1)
    assert folder in (HEAD, OTHER)
    one.stop()
    two.stop()
    await lab.tell("stop")
    (path,) = lab.output.glob("lab_*.json")
    known = load(path)
    assert known is not None
    assert [take.stream for take in known.takes] == ["alice", "bob"]
    for take in known.takes:
        assert not check(Path(take.file), lab.sent(take.stream)).bad


async def test_two_rooms_share_a_cluster_and_one_loses_its_engine(lab: Lab, nodes: Nodes) -> None:
    rooms = lab.folder / "rooms.toml"
    rooms.write_text(
        f'[record]\nno_report = true\ncluster = "{nodes.address}"\n'
        f'cluster_token = "{nodes.token}"\nworkers = 2\n'
        '[[rooms]]\nroom = "lab"\n[[rooms]]\nroom = "lobby"\npassword = "s3cret"\n'
    )
    keeping = await lab.run(
        "rooms", "--json", ROOMDECK_CONFIG=str(rooms), ROOMDECK_RUNTIME_DIR=str(lab.runtime)
    )
    for name in ("lab", "lobby"):
        await keeping.line("link.joined", where=lambda line, name=name: line["room"] == name)
    lab.publish("alice", Codec.VP8, seconds=None)
    lobby = lab.room(room="lobby", password="s3cret")
    lab.publish("bob", Codec.VP8, seconds=None, room=lobby, number=8)
    begun = [await keeping.line("take.start", stream) for stream in ("alice", "bob")]
    assert {take["node"] for take in begun} <= {HEAD, OTHER}

    os.kill(engine_of(lab, "lobby"), signal.SIGKILL)
    adopted = await keeping.line("stream.adopt", "bob")
    assert adopted["room"] == "lobby"
    assert await keeping.stop() == 0
    ends = [await keeping.line("take.end", stream) for stream in ("alice", "bob")]
    assert [end["file"] for end in ends] == [take["file"] for take in begun]
    # What the engine that follows has of the past is told again.
    assert len({take["file"] for take in keeping.all("take.start")}) == 2, "nothing was begun anew"
    for end in ends:
        assert not (await lab.check(end)).bad


async def test_uploads_go_on_when_all_of_ray_is_gone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket(monkeypatch) as place:
        nodes = Nodes(lab)
        await nodes.open()
        recorder = await _record(lab, nodes, "--upload", place, "--upload-rate", "128kbit")
        guest = lab.publish("alice", seconds=None, source={"bitrate": 6_000_000})
        await recorder.status(is_large)
        guest.stop()
        end = await recorder.line("take.end", "alice")
        await recorder.status(is_sending)
        await nodes.kill("roomdeck.core.attendant.nodes")
        await nodes.kill(*RAY)
        told = await recorder.line("upload.done")
        assert (told["file"], told["node"]) == (end["file"], end["node"])
        assert await recorder.stop() == 0
        (described,) = lab.output.glob("lab_*.json")
        there = await _all_there(place, described.name)
        recorded = nodes.folder(end["node"]) / Path(end["file"]).name
        assert there[Path(told["to"]).name] == recorded.read_bytes()
    known = load(described)
    assert known is not None
    assert [(one.on, one.file, one.to) for one in known.whereabouts] == [
        (end["node"], end["file"], told["to"])
    ]
    # Credentials are in the environment of Ray, and nowhere else.
    said = [path for path in lab.runtime.rglob("*") if path.is_file() and "ray" not in path.parts]
    assert not [path for path in said if SECRET.encode() in path.read_bytes()]


async def _all_there(place: str, last: str) -> dict[str, bytes]:
    """Return what is in a bucket as soon as this is, by name."""
    async with asyncio.timeout(PATIENCE):
        while True:
            there = await asyncio.to_thread(objects, place)
            if last in there:
                return there
            await asyncio.sleep(0.2)


async def test_with_certificates_all_that_is_said_is_encrypted(lab: Lab) -> None:
    hosts = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "localhost")
    known = files(lab.folder, Authority(), hosts=hosts)
    nodes = Nodes(lab, known)
    await nodes.open()
    where = ("--cluster", nodes.address, "--cluster-token", str(nodes.token), "--workers", "2")
    recorder = await lab.record(*where, **known)
    one = lab.publish("alice", number=1, seconds=None)
    await recorder.status(_seconds(alice=2))
    cards = [card for one in lab.runtime.glob("nodes/*") for card in cards_in(one)]
    assert cards
    for card in cards:
        assert not await _answers_in_the_clear(card)
    one.stop()
    end = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    # What the node recorded is brought here by the node itself, through such a door as well.
    collecting = await lab.run("collect", str(lab.output), "--json", *where[:4], **known)
    await collecting.wait()
    (came,) = collecting.all("collect")
    assert (came["error"], came["node"], came["path"]) == ("", end["node"], end["file"])
    assert not (await lab.check(end | {"file": str(lab.output / came["file"])})).bad


async def _answers_in_the_clear(card: WorkerCard) -> bool:
    reader, writer = await asyncio.open_connection(card.host, card.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    return b"HTTP" in answer


def _folder_of(nodes: Nodes, stream: str) -> str:
    """Return the node that has a file of a stream; empty while none has."""
    found = (node for node in (HEAD, OTHER) if [*nodes.folder(node).glob(f"lab_{stream}_*")])
    return next(found, "")


async def test_a_signal_is_heard_at_once_while_an_address_does_not_answer(lab: Lab) -> None:
    nodes = Nodes(lab)
    recorder = await lab.run(
        "record",
        "lab",
        "--headless",
        "--json",
        "--cluster",
        nodes.address,
        "--cluster-token",
        str(nodes.token),
    )
    await nodes.bridge()
    asked = time.monotonic()
    await recorder.stop()
    assert time.monotonic() - asked < 3
    assert nodes.processes("roomdeck.core.cluster.bridge") == []
