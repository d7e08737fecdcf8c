"""Workers that were taken to be lost and are not, and what killed ones left on their machines."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from msgspec.structs import replace

from roomdeck.core.engine.workers.handle import Death
from roomdeck.core.ipc.worker_messages import Ended, Hello, StreamStatus, TakeEnd, TakeStart
from roomdeck.core.model import EndReason, TakeSummary
from roomdeck.core.recording import sidecar

from .test_adoption import INFO, Engine, Succession, words


def known_takes(succession: Succession) -> list[TakeSummary]:
    found = sidecar.load(Path(succession.session.sidecar))
    assert found is not None
    return list(found.takes)


async def lose(succession: Succession) -> tuple[Engine, Any, TakeSummary]:
    """Have an engine hear no more of a worker on a node; return it, the worker, and its take."""
    engine = succession.engine()
    peer, take = engine.lab.live(), succession.take(node="a")
    await engine.hear(TakeStart(peer, take))
    info = replace(INFO, peer=peer)
    status = StreamStatus(peer=peer, stream="alice", wanted=True, take=take)
    worker = SimpleNamespace(
        number=1,
        node="a",
        peers={peer},
        leaving=False,
        death=Death.UNREACHABLE,
        hello=Hello(worker=1, pid=1, peers=(info,), streams=(status,)),
    )
    engine.news.lost(cast("Any", worker))
    await engine.write()
    assert [one.reason for one in known_takes(succession)] == [EndReason.WORKER_LOST]
    return engine, worker, take


async def test_what_was_recorded_out_of_reach_is_told_as_it_was(tmp_path: Path) -> None:
    succession = Succession(tmp_path)
    engine, worker, take = await lose(succession)
    engine.lab.offer(session="s2")
    assert not engine.news.back(worker)
    whole = replace(take, seconds=70.0, reason=EndReason.RELOCATED)
    await engine.hear(TakeEnd(INFO.peer, whole))
    (told,) = known_takes(succession)
    assert (told.reason, told.seconds, told.node) == (EndReason.RELOCATED, 70.0, "a")
    assert words(engine.told).count("take.end alice") == 2
    assert (engine.lab.takes.done, engine.lab.takes.failed) == (1, 0)


async def test_what_ended_out_of_reach_is_told_too(tmp_path: Path) -> None:
    succession = Succession(tmp_path)
    engine, worker, take = await lose(succession)
    whole = replace(take, seconds=70.0, reason=EndReason.VANISHED)
    worker.hello = Hello(worker=1, pid=1, ended=(Ended(whole, succession.began + 970.0),))
    assert not engine.news.back(worker)
    await engine.write()
    (told,) = known_takes(succession)
    assert (told.reason, told.seconds) == (EndReason.VANISHED, 70.0)


async def test_what_nobody_else_has_goes_on_where_it_is(tmp_path: Path) -> None:
    succession = Succession(tmp_path)
    engine, worker, _ = await lose(succession)
    assert engine.news.back(worker)
    assert engine.lab.entry().peer in worker.peers


async def test_what_goes_on_for_another_engine_did_not_end(tmp_path: Path) -> None:
    succession = Succession(tmp_path)
    engine = succession.engine()
    peer, take = engine.lab.live(), succession.take(node="a")
    await engine.hear(TakeStart(peer, take))
    worker = SimpleNamespace(number=1, node="a", peers={peer}, death=Death.SUPERSEDED)
    engine.news.lost(cast("Any", worker))
    await engine.write()
    assert [one.reason for one in known_takes(succession)] == [None]
    assert words(engine.told)[-2:] == ["warning ", "stream.leave alice"]
    assert (engine.lab.takes.done, engine.lab.takes.failed) == (0, 0)
    assert engine.lab.takes.of([peer]) == []


async def test_what_was_completed_on_a_machine_is_in_the_sidecar(tmp_path: Path) -> None:
    succession = Succession(tmp_path)
    engine, _, take = await lose(succession)
    done = replace(take, seconds=49.0, reason=EndReason.INTERRUPTED)
    engine.news.completed("it is complete", done)
    await engine.write()
    (told,) = known_takes(succession)
    assert (told.reason, told.seconds) == (EndReason.WORKER_LOST, 49.0)
    assert words(engine.told)[-1] == "take.repaired alice"
