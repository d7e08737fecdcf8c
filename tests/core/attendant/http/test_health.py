"""Well, or not, and why."""

from __future__ import annotations

import pytest

from roomdeck.core.attendant.http.health import HEARD, health
from roomdeck.core.model import DiskSnapshot, RoomSnapshot, SignalingState, StreamState

from .rooms import room, stream


def test_all_is_well() -> None:
    found = health(room(stream("alice"), stream("bob", state=StreamState.WAIT)), 1.0, False)
    assert (found.status, found.reasons) == ("ok", ())


@pytest.mark.parametrize(
    ("snapshot", "age", "ending", "reason"),
    [
        (None, 0.0, False, "has said nothing yet"),
        (room(), HEARD + 1, False, "has said nothing for 7 s"),
        (room(), 0.0, True, "ends"),
        (
            room(link=SignalingState.RECONNECTING, link_detail="refused"),
            0.0,
            False,
            "not joined (reconnecting): refused",
        ),
        (room(disk=DiskSnapshot(free=700, goes_on=900, full=True)), 0.0, False, "the disk is full"),
        (room(stream("alice", state=StreamState.FAIL)), 0.0, False, "by a fault: alice"),
    ],
)
def test_what_is_wrong_is_said(
    snapshot: RoomSnapshot | None, age: float, ending: bool, reason: str
) -> None:
    found = health(snapshot, age, ending)
    assert found.status == "failing"
    assert reason in " ".join(found.reasons)


def test_a_disk_is_full_where_recording_stops() -> None:
    """Which alone decides it: who also compared said so a byte too early."""
    for disk in (DiskSnapshot(), DiskSnapshot(free=300, total=9000, floor=300)):
        assert health(room(disk=disk), 0.0, False).status == "ok"
