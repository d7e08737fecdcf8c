"""The page of nodes."""

from __future__ import annotations

import msgspec
import pytest

from roomdeck.core.model import (
    ClusterSnapshot,
    DiskSnapshot,
    NodeClock,
    NodeSnapshot,
    NodeState,
    RoomSnapshot,
)
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE, Glyphs
from roomdeck.tui.dashboard.model.node_page import more, rows, title
from roomdeck.tui.text.nodes import clock_words, drift, offset
from roomdeck.tui.text.workers import cluster_lines

from ...fake_client import room, studio, worker

BOX1 = NodeSnapshot(
    name="box1",
    host="10.0.0.1",
    cores=8,
    workers=2,
    streams=3,
    cpu=0.31,
    bitrate=12_600_000.0,
    memory=160_000_000,
    disk=DiskSnapshot(free=912_000_000_000, seconds_left=33_000.0, total=2_000_000_000_000),
    clock=NodeClock(offset=-1.204, error=0.0007, drift=1.2e-5, round_trip=0.0011),
)
BOX2 = NodeSnapshot(
    name="box2",
    host="10.0.0.2",
    cores=4,
    state=NodeState.UNREACHABLE,
    disk=DiskSnapshot(free=700_000_000, seconds_left=300.0, total=900_000_000_000),
)
OLD = NodeSnapshot(name="stage-left-rack-2", state=NodeState.UNLISTED, workers=1, streams=1)


def festival(trouble: str = "") -> RoomSnapshot:
    """The studio, recorded on three nodes."""
    where = {"anna": 1, "ben": 2, "guest_7f2a": 3, "kai": 1}
    return msgspec.structs.replace(
        studio(),
        streams=tuple(
            msgspec.structs.replace(one, worker=where.get(one.stream)) for one in studio().streams
        ),
        workers=(worker(1, node="box1"), worker(2, node="box1"), worker(3, node=OLD.name)),
        cluster=ClusterSnapshot(nodes=(BOX1, BOX2, OLD), trouble=trouble),
    )


def lines(snapshot: RoomSnapshot | None, width: int = 79) -> list[str]:
    return ["".join(text for text, _ in row.line) for row in rows(snapshot, width, UNICODE)]


def test_it_tells_of_each_node_its_load_disk_clock_and_state() -> None:
    head, box1, box2, old = (line.split() for line in lines(festival()))
    assert head == ["NODE", "STATE", "DISK", "LEFT", "STR", "CORES", "CLOCK", "Mb/s", "DRIFT"]
    assert box1[:7] == ["●", "box1", "up", "912", "GB", "9h10m", "3"]
    assert box1[7:] == ["0.3/8", "-1.2", "s", "12.60", "-12", "ppm"]
    assert box2[:6] == ["✕", "box2", "unreachable", "700", "MB", "0h05m"]
    assert old[2:5] == ["unlisted", "--", "1"]
    assert title(festival()) == "Nodes: 3, 4 streams, 12.60 Mb/s"


def test_a_disk_that_has_little_room_is_in_the_colour_of_that() -> None:
    _, _, box2, _ = rows(festival(), 79, UNICODE)
    (role,) = {role for text, role in box2.line if "0h05m" in text}
    assert role == "error"


@pytest.mark.parametrize("width", range(39, 160, 7))
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_line_fits(width: int, glyphs: Glyphs) -> None:
    drawn = rows(festival("Ray does not answer"), width, glyphs)
    assert all(sum(len(text) for text, _ in row.line) <= width for row in drawn)


def test_trouble_of_ray_is_told_above_the_nodes_that_there_were() -> None:
    first, *_, last = lines(festival("Ray does not answer"))
    assert "Ray does not answer" in first
    assert "stage" in last
    assert lines(room(cluster=ClusterSnapshot())) == [" Ray has not told of any node yet."]
    assert lines(room())[0].startswith(" All is recorded on this machine")


def test_of_the_one_under_the_cursor_it_tells_its_streams_and_its_clock_in_words() -> None:
    told = ["".join(text for text, _ in line).strip() for line in more(festival(), "box1", 79)]
    assert told[0] == "10.0.0.1, 2 workers with 160.0 MB of memory, disk of 2.0 TB"
    assert told[1] == "clock 1.204 s behind, 12 ppm slow; times are put right to 0.7 ms"
    assert told[-1] == "holds Anna · camera 1, Ben, Kai"
    assert more(festival(), "nobody", 79) == []


@pytest.mark.parametrize(
    ("clock", "ahead", "runs"),
    [
        (None, "--", "--"),
        (NodeClock(), "+0 ms", "-0 ppm"),
        (NodeClock(offset=0.0123, drift=-5e-5), "+12 ms", "+50 ppm"),
        (NodeClock(offset=-9.98, drift=0.5), "-10.0 s", "much"),
        (NodeClock(offset=36_000.0), "+10 h", "-0 ppm"),
    ],
)
def test_a_clock_is_told_in_few_cells(clock: NodeClock | None, ahead: str, runs: str) -> None:
    assert (offset(clock), drift(clock)) == (ahead, runs)
    assert clock_words(clock)


def test_status_tells_the_same_in_a_line_for_each() -> None:
    trouble, box1, box2, old = cluster_lines(festival("Ray does not answer"))
    assert trouble == "cluster in trouble, recordings go on: Ray does not answer"
    assert box1 == (
        "node box1 at 10.0.0.1: up, 2 workers, 3 streams, 0.3 of 8 cores, 912.0 GB free for 9h10m, "
        "clock -1.2 s, -12 ppm"
    )
    assert box2.startswith("node box2 at 10.0.0.2: unreachable, 0 workers")
    assert old.startswith("node stage-left-rack-2: unlisted, 1 worker")
