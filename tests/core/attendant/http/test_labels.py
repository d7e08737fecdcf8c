"""What strangers call themselves, as values of labels."""

from __future__ import annotations

from roomdeck.core.attendant.http.labels import LONGEST, MOST, NEW, StreamLabels, clean
from roomdeck.core.model import StreamSnapshot, StreamState

from .rooms import stream


def named(labels: StreamLabels, streams: list[StreamSnapshot]) -> list[str]:
    return [value for one in streams if (value := labels.get(one.stream))]


def test_they_are_one_short_line_that_can_be_printed() -> None:
    assert clean('a"b\\c') == 'a"b\\c'  # which the format escapes
    assert clean("a\nb\tc\x1b[31m\u202e\ud800") == "a?b?c?[31m??"
    assert clean("é 日本") == "é 日本"
    assert clean("x" * LONGEST) == "x" * LONGEST
    assert clean("x" * 5000) == "x" * (LONGEST - 1) + "…"


def test_no_two_streams_have_the_same() -> None:
    labels = StreamLabels()
    streams = [stream("a\n"), stream("a\t"), stream("a?"), stream("x" * 99), stream("x" * 98)]
    labels.update(streams, 0.0)
    found = named(labels, streams)
    assert len(set(found)) == 5
    assert all(len(value) <= LONGEST for value in found)
    labels.update([*reversed(streams), stream("new")], 1.0)
    assert named(labels, streams) == found


def test_a_flood_of_names_is_not_one_of_labels() -> None:
    labels = StreamLabels()
    first = [stream(f"a{number}") for number in range(MOST + 50)]
    labels.update(first, 0.0)
    assert len(named(labels, first)) == MOST
    # They go, and others come, all the time.
    values: set[str] = set()
    for second in range(3600):
        others = [stream(f"{second}-{number}") for number in range(10)]
        labels.update(others, float(second))
        values.update(named(labels, others))
    assert len(values) <= NEW + 1


def test_who_left_makes_room_for_who_is_here() -> None:
    labels = StreamLabels()
    gone = [stream(f"a{number}") for number in range(MOST)]
    labels.update(gone, 0.0)
    gone[3:5] = [stream(one.stream, state=StreamState.DONE) for one in gone[3:5]]
    labels.update([*gone, stream("b"), stream("c"), stream("d")], 3600.0)
    assert labels.get("b") == "b"
    assert labels.get("c") == "c"
    assert labels.get("d") is None
    assert labels.get("a2") == "a2"
    assert labels.get("a3") is None
