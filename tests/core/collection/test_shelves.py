"""Takes that nodes send themselves, without Ray: it only tells where their doors are."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.cluster import waiting
from roomdeck.core.cluster.cards import NodeCard, WorkerCard
from roomdeck.core.cluster.here import Orders
from roomdeck.core.collection import shelves as module
from roomdeck.core.collection.collect import Outcome, collect
from roomdeck.core.collection.copy import bring
from roomdeck.core.collection.opening import Opened, told
from roomdeck.core.collection.shelf import PIECE, Asked, Shelf, Told, answer
from roomdeck.core.collection.shelves import shelves
from roomdeck.core.config import ClusterConfig
from roomdeck.core.errors import ControlError, RecordingError, UsageError
from roomdeck.core.model import Codec, EndReason
from roomdeck.core.recording import sidecar
from roomdeck.core.recording.repair import repair

from ..recording.test_repair import Left, is_true

LONG = os.urandom(2 * PIECE + 77)


class Node:
    """A node, in a thread of its own."""

    def __init__(self) -> None:
        self.card: WorkerCard
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Node:
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        orders = msgspec.json.encode(Orders("", "box1", "127.0.0.1")).decode()
        shelf = Shelf(orders)
        card = self._loop.run_until_complete(shelf.open())
        self.card = msgspec.json.decode(card, type=WorkerCard)
        self._up.set()
        self._loop.run_forever()
        self._loop.run_until_complete(shelf.close())
        self._loop.close()


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterConfig:
    token = tmp_path / "token"
    token.write_text("t" * 40)
    token.chmod(0o600)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(token))
    return ClusterConfig(address="box1:6379", token_file=str(token))


@pytest.fixture
def node(cluster: ClusterConfig) -> Generator[Node]:
    with Node() as node:
        yield node


def opens(folder: Path, monkeypatch: pytest.MonkeyPatch, opened: Opened | None) -> None:
    """Have the process that loads Ray say this."""
    said = "" if opened is None else msgspec.json.encode(opened).decode()
    (folder / "pretended.py").write_text(
        f"import sys\nsys.stdin.readline()\nprint({said!r}, flush=True)\nsys.stdin.read()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(module, "_OPENING", "pretended")


def test_a_file_of_a_node_is_brought_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: ClusterConfig, node: Node
) -> None:
    take = tmp_path / "take.mkv"
    take.write_bytes(LONG)
    opens(tmp_path, monkeypatch, Opened((node.card,)))
    with shelves(cluster) as known:
        assert list(known) == ["box1"]
        found = known["box1"].find(str(take))
        assert found is not None
        assert found.size == len(LONG)
        target = tmp_path / "here.mkv"
        assert bring(found, target) == hashlib.sha256(LONG).hexdigest()
        assert target.read_bytes() == LONG
        assert found.read(PIECE - 5, PIECE + 9) == LONG[PIECE - 5 : 2 * PIECE + 4]
        assert known["box1"].find(str(tmp_path / "none.mkv")) is None
        take.write_bytes(b"another one")
        with pytest.raises(RecordingError, match="another file by now"):
            found.read(0, 5)


def test_several_files_of_a_node_are_brought_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: ClusterConfig, node: Node
) -> None:
    """Each gets what is its own, over the one link to that node."""
    takes = [tmp_path / f"{number}.mkv" for number in range(4)]
    for number, take in enumerate(takes):
        take.write_bytes(bytes([number]) * 3 * PIECE)
    opens(tmp_path, monkeypatch, Opened((node.card,)))
    together = threading.Barrier(len(takes), timeout=30)

    def brought(take: Path) -> bytes:
        together.wait()
        found = known["box1"].find(str(take))
        assert found is not None
        target = take.with_suffix(".here")
        bring(found, target)
        return target.read_bytes()

    with shelves(cluster) as known, ThreadPoolExecutor(len(takes)) as threads:
        for take, content in zip(takes, threads.map(brought, takes), strict=True):
            assert content == take.read_bytes()


def test_a_node_that_goes_is_told_and_does_not_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: ClusterConfig
) -> None:
    take = tmp_path / "take.mkv"
    take.write_bytes(LONG)
    with contextlib.ExitStack() as up:
        node = up.enter_context(Node())
        opens(tmp_path, monkeypatch, Opened((node.card,)))
        with shelves(cluster) as known:
            found = known["box1"].find(str(take))
            assert found is not None
            up.close()
            with pytest.raises(RecordingError, match="cannot read from box1"):
                found.read(0, 5)


def test_what_nobody_ended_is_brought_when_nobody_writes_it_and_completed_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: ClusterConfig, node: Node
) -> None:
    left = Left(tmp_path, Codec.VP8, "mkv")
    here = tmp_path / "rec"
    path = here / left.sidecar.name
    there = msgspec.structs.replace(left.take, node="box1", file=str(left.file))
    sidecar.merge(path, left.session, [there])
    opens(tmp_path, monkeypatch, Opened((node.card,)))
    told: list[Outcome] = []
    with shelves(cluster) as known:
        with left.file.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            collect(path, here, known, told.append)
        collect(path, here, known, told.append)
    assert ["still being recorded" in one.error for one in told] == [True, False]
    assert told[1].error == ""
    [done] = repair(here)
    assert done.take is not None
    assert (done.take.node, done.take.reason) == ("", EndReason.INTERRUPTED)
    is_true(done.take, here / left.file.name)


def test_a_node_says_where_its_recordings_are_and_tells_of_takes_that_only_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: ClusterConfig
) -> None:
    left = Left(tmp_path, Codec.VP8, "mkv")
    here = tmp_path / "rec"
    path = here / left.sidecar.name
    sidecar.merge(path, left.session, [])
    there = msgspec.structs.replace(left.take, node="box1", file=str(left.file))
    left.sidecar.unlink()
    sidecar.merge(left.sidecar, left.session, [there])
    monkeypatch.setenv("ROOMDECK_NODE_OUTPUT", str(left.sidecar.parent))
    told: list[Outcome] = []
    with Node() as node:
        opens(tmp_path, monkeypatch, Opened((node.card,)))
        with shelves(cluster) as known:
            collect(path, here, known, told.append)
    assert [(one.wanted.name, one.error) for one in told] == [(left.file.name, "")]


def test_a_node_that_opens_nothing_says_so_of_each_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: ClusterConfig, node: Node
) -> None:
    nodes = [NodeCard(name=name, host="127.0.0.1", cores=2, id=name) for name in ("box1", "box2")]
    opened = told(nodes, [node.card, "it does not answer within 60 s"])
    opens(tmp_path, monkeypatch, opened)
    with shelves(cluster) as known:
        assert set(known) == {"box1", "box2"}
        assert known["box1"].find(str(tmp_path / "none.mkv")) is None
        with pytest.raises(RecordingError, match=r"stays on box2.*does not answer within 60 s"):
            known["box2"].find(str(tmp_path / "none.mkv"))


@pytest.mark.parametrize(
    ("opened", "why"), [(Opened(error="no such cluster"), "no such"), (None, "does not answer")]
)
def test_where_there_is_no_cluster_that_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cluster: ClusterConfig,
    opened: Opened | None,
    why: str,
) -> None:
    opens(tmp_path, monkeypatch, opened)
    with pytest.raises(ControlError, match=why), shelves(cluster):
        pass


def test_what_is_waited_for_is_told_before_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: ClusterConfig
) -> None:
    (tmp_path / "pretended.py").write_text("import sys\nsys.stdin.read()\n")  # says nothing, ever
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(module, "_OPENING", "pretended")
    monkeypatch.setattr(waiting, "SAID_AFTER", 0.05)

    def waits(text: str) -> None:
        raise InterruptedError(text)

    with (
        pytest.raises(InterruptedError, match=r"cluster at box1:6379.*RAY_USE_TLS"),
        shelves(cluster, waits),
    ):
        pass


def test_advice_is_about_how_ray_is_asked() -> None:
    assert "wants RAY_USE_TLS=1" in waiting.advice({})
    assert "was Ray started with it there" in waiting.advice({"RAY_USE_TLS": "1"})


def test_without_a_token_nothing_is_opened(cluster: ClusterConfig) -> None:
    os.unlink(cluster.token_file)
    with pytest.raises(UsageError, match="no token"), shelves(cluster):
        pass


def test_only_files_are_sent_and_in_pieces(tmp_path: Path) -> None:
    take, link = tmp_path / "take.mkv", tmp_path / "link"
    take.write_bytes(LONG)
    link.symlink_to(take)
    told = answer(Asked(str(take)))
    assert isinstance(told, str)
    stamp = msgspec.json.decode(told, type=Told).stamp
    assert answer(Asked(str(take), stamp, 0, 1 << 40)) == LONG[:PIECE]
    assert answer(Asked(str(take), stamp, -9, 3)) == LONG[:3]
    for other in (tmp_path, link, tmp_path / "none"):
        assert answer(Asked(str(other))) == "{}"
