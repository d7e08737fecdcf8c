from __future__ import annotations

from roomdeck.core.model import RoomSnapshot, StreamState
from roomdeck.tui.dashboard.model.history import KEPT, History, Sample

from ...fake_client import ELAPSED, event, room, stream


def at(second: float, state: StreamState = StreamState.REC, bitrate: float = 1e6) -> RoomSnapshot:
    return room(stream("anna", state, bitrate=bitrate), elapsed=ELAPSED + second)


def rate(sample: Sample) -> float:
    return sample.bitrate


def test_a_series_has_a_place_for_every_second() -> None:
    history = History()
    for second in (0, 1, 3):
        history.add(at(second, bitrate=second))
    assert history.series("anna", rate, 5, ELAPSED + 4) == [0.0, 1.0, None, 3.0, None]


def test_early_snapshots_are_not_samples() -> None:
    history = History()
    for second in (0, 0.2, 0.4, 1.0):
        history.add(at(second))
    assert len(history.samples("anna")) == 2


def test_no_more_is_kept_than_minutes() -> None:
    history = History()
    for second in range(KEPT + 50):
        history.add(at(second))
    assert len(history.samples("anna")) == KEPT
    assert history.samples("anna")[0].elapsed == ELAPSED + 50


def test_a_stream_that_is_forgotten_takes_its_samples_along() -> None:
    history = History()
    history.add(at(0))
    history.add(room(stream("ben"), elapsed=ELAPSED + 1))
    assert list(history.samples("anna")) == []
    assert history.since("anna") is None


def test_since_is_when_the_state_began() -> None:
    history = History()
    for second, state in enumerate((StreamState.WAIT, StreamState.REC, StreamState.REC)):
        history.add(at(second, state))
    assert history.since("anna") == ELAPSED + 1


def test_ends_of_takes_are_remembered() -> None:
    history = History()
    data = {"file": "/a.ts", "bytes": 10, "seconds": 2.5, "reason": "bye", "error": ""}
    history.note(event(1, "take.start", "", "anna", data={"file": "/a.ts"}))
    assert history.last_take("anna") is None
    history.note(event(2, "take.end", "", "anna", data=data))
    take = history.last_take("anna")
    assert take is not None
    assert (take.file, take.bytes, take.seconds, take.reason) == ("/a.ts", 10, 2.5, "bye")
    assert list(history.takes) == [take]


def test_a_stream_rises_at_once_and_falls_when_it_has_stayed_below() -> None:
    history = History()
    ranks: list[int] = []
    states = {0: StreamState.WAIT, 1: StreamState.REC, 5: StreamState.WAIT, 9: StreamState.REC}
    state = StreamState.WAIT
    for second in range(20):
        state = states.get(second, state)
        history.add(at(second, state))
        ranks.append(history.rank("anna"))
    assert ranks == [1, *[0] * 19]
    for second in range(20, 35):
        history.add(at(second, StreamState.DONE))
    assert history.rank("anna") == 3
