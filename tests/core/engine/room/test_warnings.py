"""What is said once, or now and then, of packets, headers and load."""

from __future__ import annotations

from typing import Any

import pytest

from roomdeck.core.engine.room.warnings import PAUSE, Warnings
from roomdeck.core.ipc.worker_messages import StreamStatus
from roomdeck.core.model import Codec, Kind, ReceivePath, TrackStats, WorkerSnapshot


def status(drops: int, stream: str = "alice", peer: str = "p1") -> StreamStatus:
    return StreamStatus(peer=peer, stream=stream, wanted=True, drops=drops)


def worker(number: int = 1, **changes: Any) -> WorkerSnapshot:
    return WorkerSnapshot(number=number, pid=1, **changes)


def counts(warnings: Warnings, now: float, *streams: StreamStatus) -> list[tuple[str, int]]:
    """Return the streams that are warned about, and how many packets it says."""
    return [(note.stream, note.data["drops"]) for note in warnings.packets(streams, now)]


# ── drops ────────────────────────────────────────────────────────────────────────────────


def test_dropped_packets_are_a_warning_that_says_what_to_do() -> None:
    (note,) = Warnings().packets([status(12)], 0.0)
    assert (note.type, note.level, note.stream, note.data) == (
        "warning",
        "warning",
        "alice",
        {"drops": 12},
    )
    assert note.text.startswith("the system dropped 12 packets because its receive buffer was full")
    assert "sysctl net.core.rmem_max=2097152" in note.text
    assert "1 packet because" in Warnings().packets([status(1)], 0.0)[0].text


def test_nothing_dropped_is_nothing_said() -> None:
    assert Warnings().packets([status(0)], 0.0) == []


def test_what_grows_on_is_summed_up_after_a_while() -> None:
    warnings = Warnings()
    assert counts(warnings, 0.0, status(5)) == [("alice", 5)]
    assert counts(warnings, 1.0, status(9)) == []
    assert counts(warnings, PAUSE, status(9)) == [("alice", 4)]
    assert counts(warnings, 3 * PAUSE, status(9)) == []
    assert counts(warnings, 3 * PAUSE, status(10)) == [("alice", 1)]


def test_every_connection_has_its_own_count_and_a_screen_share_shares_it() -> None:
    streams = (status(5), status(5, "alice-screen"), status(3, "bob", "p2"))
    assert counts(Warnings(), 0.0, *streams) == [("alice", 5), ("bob", 3)]


def test_a_new_connection_counts_anew() -> None:
    warnings = Warnings()
    assert counts(warnings, 0.0, status(5)) == [("alice", 5)]
    warnings.forget("p1")
    warnings.forget("never there")
    assert counts(warnings, 1.0, status(2)) == [("alice", 2)]


def test_packets_that_are_too_long_are_a_warning_that_names_the_limit() -> None:
    warnings = Warnings()
    refused = StreamStatus(
        peer="p1", stream="alice", wanted=True, tracks={Kind.VIDEO: TrackStats(too_long=3)}
    )
    (note,) = warnings.packets([refused], 0.0)
    assert (note.type, note.level, note.stream, note.data) == (
        "warning",
        "warning",
        "alice",
        {"too_long": 3},
    )
    assert note.text.startswith("3 packets of more than 16384 bytes refused")
    assert warnings.packets([refused], 2 * PAUSE) == []
    warnings.forget("p1")
    warnings.adopt([refused])
    assert warnings.packets([refused], 4 * PAUSE) == []


def test_what_the_engine_before_saw_is_not_told_again() -> None:
    warnings = Warnings()
    warnings.adopt([status(5)])
    assert counts(warnings, 0.0, status(5)) == []
    assert counts(warnings, 1.0, status(6)) == [("alice", 1)]


# ── workers ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [ReceivePath.FAST, None])
def test_before_it_reported_nothing_is_said_of_its_path(path: ReceivePath | None) -> None:
    assert Warnings().workers([worker(path=path)], 0.0) == []


def test_the_plain_path_is_said_once_with_its_reason() -> None:
    warnings = Warnings()
    plain = [worker(number, path=ReceivePath.PLAIN, path_reason="not Linux") for number in (1, 2)]
    (note,) = warnings.workers(plain, 0.0)
    assert (note.type, note.level) == ("worker.plain", "info")
    assert note.text.startswith("plain receive path: not Linux")
    assert warnings.workers(plain, 9 * PAUSE) == []
    assert (
        len(
            warnings.workers(
                [worker(path=ReceivePath.PLAIN, path_reason="another aiortc")], 9 * PAUSE
            )
        )
        == 1
    )


def test_descriptors_that_run_out_are_a_warning_before_they_are_gone() -> None:
    warnings = Warnings()
    assert warnings.workers([worker(descriptors=0.5)], 0.0) == []
    (note,) = warnings.workers([worker(descriptors=0.85)], 0.0)
    assert (note.level, note.data) == ("warning", {"worker": 1, "descriptors": 0.85})
    assert "ulimit -n" in note.text
    assert warnings.workers([worker(descriptors=0.9)], PAUSE - 1) == []
    assert warnings.workers([worker(descriptors=0.9)], PAUSE)


# ── pictures without their headers ───────────────────────────────────────────────────────


def test_pictures_whose_header_was_never_seen_are_told_of_once() -> None:
    warnings = Warnings()
    headless = StreamStatus(peer="p1", stream="alice", wanted=True, headless=Codec.AV1)
    (note,) = warnings.packets([headless], 0.0)
    assert (note.type, note.level, note.stream) == ("warning", "warning", "alice")
    assert "only its sound can be recorded: the sequence header of its av1 pictures" in note.text
    assert warnings.packets([headless], 500.0) == []
    assert warnings.packets([status(0)], 501.0) == []
    assert len(warnings.packets([headless], 502.0)) == 1
    warnings.forget("p1")
    assert len(warnings.packets([headless], 503.0)) == 1
