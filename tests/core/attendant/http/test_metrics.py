"""Metrics as Prometheus reads them."""

from __future__ import annotations

import importlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from roomdeck.core.attendant.http.health import HEARD
from roomdeck.core.attendant.http.labels import MOST
from roomdeck.core.attendant.http.metrics import Metrics, exposition
from roomdeck.core.attendant.http.seen import Seen
from roomdeck.core.attendant.http.tallies import TRACK_COUNTERS
from roomdeck.core.model import EventType, Kind, RoomSnapshot, StreamState, TrackStats

from .rooms import event, festival, full, room, sending, stream

OPENMETRICS: Any = importlib.import_module("prometheus_client.openmetrics.parser")  # no types
DOCS = Path(__file__).parents[4] / "docs"
UNITS = ("bytes", "seconds", "ratio", "hertz", "dbfs", "pixels")


def watched(*snapshots: RoomSnapshot) -> Seen:
    seen = Seen()
    for number, snapshot in enumerate(snapshots):
        seen.see(snapshot, float(number))
    seen.hear(event(EventType.TAKE_END, "alice", reason="bye", bytes=100, seconds=1.5))
    seen.hear(event(EventType.STREAM_STALL, "alice", what="sound", seconds=4.0))
    return seen


def families(seen: Seen, now: float = 0.0) -> list[Metric]:
    return list(metrics(seen, now).collect())


def metrics(seen: Seen, now: float = 0.0) -> Metrics:
    return Metrics("stage", seen, Counter({("/metrics", "200"): 3}), now)


def read_back(seen: Seen, now: float = 0.0) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Samples by name and labels, without the room, of which there is one."""
    text, _ = exposition(metrics(seen, now), openmetrics=False)
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = dict(sample.labels)
            if sample.name != "target_info":
                assert labels.pop("room") == "stage"
            key = sample.name, frozenset(labels.items())
            assert key not in found, key
            found[key] = sample.value
    return found


def of(found: dict[Any, float], name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def test_what_is_known_of_a_stream_is_told() -> None:
    found = read_back(watched(room(full("alice"))))
    own = {"stream": "alice"}
    assert of(found, "roomdeck_stream_received_bytes_total", kind="video", **own) == 100_000
    assert of(found, "roomdeck_stream_packets_total", kind="video", fate="received", **own) == 1000
    assert of(found, "roomdeck_stream_packets_total", kind="video", fate="lost", **own) == 0
    assert of(found, "roomdeck_stream_frames_total", kind="video", **own) == 500
    assert of(found, "roomdeck_stream_loss_ratio", **own) == 0.01
    assert of(found, "roomdeck_stream_sound_level_dbfs", **own) == -20.5
    assert of(found, "roomdeck_stream_sound_peak_dbfs", **own) == -3
    assert of(found, "roomdeck_stream_picture_frozen_seconds", **own) == 2
    assert of(found, "roomdeck_stream_picture_width_pixels", **own) == 1280
    assert of(found, "roomdeck_stream_state", state="REC", **own) == 1
    assert of(found, "roomdeck_stream_state", state="WAIT", **own) == 0
    assert of(found, "roomdeck_stream_stalled", what="sound", **own) == 1
    assert of(found, "roomdeck_stream_stalls_total", what="sound", **own) == 1
    assert of(found, "roomdeck_stream_alarm", alarm="loss", **own) == 1
    assert of(found, "roomdeck_stream_takes_total", **own) == 2
    assert of(found, "roomdeck_stream_datagrams_dropped_total", **own) == 3
    about = {"label": "Alice", "video_codec": "h264", "audio_codec": "opus"}
    assert of(found, "roomdeck_stream_info", **about, **own) == 1


def test_what_is_known_of_nodes_is_told() -> None:
    found = read_back(watched(festival()))
    assert of(found, "roomdeck_cluster_trouble") == 0
    assert of(found, "roomdeck_node_up", node="box1") == 1
    assert of(found, "roomdeck_node_up", node="box2") == 0
    assert of(found, "roomdeck_node_streams", node="box1") == 2
    assert of(found, "roomdeck_node_disk_free_bytes", node="box1") == 700
    assert of(found, "roomdeck_node_clock_offset_seconds", node="box1") == -1.5
    assert of(found, "roomdeck_node_disk_free_bytes", node="box2") is None, "nobody there tells"
    assert of(found, "roomdeck_worker_info", worker="1", node="box1") == 1
    local = read_back(watched(room(full("alice"))))
    assert not [name for name, _ in local if "node" in name or "cluster" in name]


def test_what_is_known_of_the_room_is_told() -> None:
    found = read_back(watched(room(full("alice"), sending("bob", 500))))
    assert of(found, "roomdeck_up") == 1
    assert of(found, "roomdeck_healthy") == 1
    assert of(found, "roomdeck_received_bytes_total", kind="video") == 150_000
    assert of(found, "roomdeck_packets_total", kind="video", fate="received") == 1500
    assert of(found, "roomdeck_streams", state="REC") == 2
    assert of(found, "roomdeck_takes_total", reason="bye") == 1
    assert of(found, "roomdeck_takes_total", reason="disk-full") == 0
    assert of(found, "roomdeck_takes_written_bytes_total") == 100
    assert of(found, "roomdeck_takes_recorded_seconds_total") == 1.5
    assert of(found, "roomdeck_disk_free_bytes") == 2000
    assert of(found, "roomdeck_disk_left_seconds") == 60
    assert of(found, "roomdeck_worker_late_seconds", worker="1") == 0.2
    assert of(found, "roomdeck_worker_fast_path", worker="1") == 1
    assert of(found, "roomdeck_alarm", alarm="missing") == 1
    assert of(found, "roomdeck_alarms_total", alarm="silence") == 0
    assert of(found, "roomdeck_uploads_waiting") == 2
    assert of(found, "roomdeck_uploaded_bytes_total") == 70
    assert of(found, "roomdeck_link_state", state="joined") == 1
    assert of(found, "roomdeck_events_total", type="take.end") == 1
    assert of(found, "roomdeck_http_requests_total", path="/metrics", status="200") == 3
    session = {"server": "wss://handshake.example.org", "session": "stage_20261128-164716"}
    assert of(found, "roomdeck_session_info", **session) == 1
    names = [name for name, _ in found]
    assert "target_info" in names


def test_what_is_not_known_is_not_told() -> None:
    found = read_back(watched(room(stream("alice"), uploads=None)))
    assert of(found, "roomdeck_stream_sound_level_dbfs", stream="alice") is None
    assert of(found, "roomdeck_uploads_waiting") is None
    assert not [name for name, _ in found if name == "roomdeck_stream_alarm"]


def test_every_counter_of_a_track_is_told_or_is_the_sum_of_such() -> None:
    stats = TrackStats(**{name: 10**place for place, name in enumerate(TRACK_COUNTERS)})
    found = read_back(watched(room(stream("alice", tracks={Kind.VIDEO: stats}))))
    told = {value for (name, _), value in found.items() if name.startswith("roomdeck_stream_")}
    sums = {10 ** TRACK_COUNTERS.index("expected")}
    assert {float(10**place) for place in range(len(TRACK_COUNTERS))} - told - sums == set()


def test_what_is_too_old_is_not_told_but_what_was_counted_is() -> None:
    seen = watched(room(full("alice")))
    found = read_back(seen, HEARD + 1)
    assert of(found, "roomdeck_up") == 0
    assert of(found, "roomdeck_healthy") == 0
    assert of(found, "roomdeck_stream_received_bytes_total", kind="video", stream="alice")
    assert of(found, "roomdeck_received_bytes_total", kind="video") == 100_000
    for name in ("roomdeck_streams", "roomdeck_disk_free_bytes", "roomdeck_stream_loss_ratio"):
        assert name not in {one for one, _ in found}


def test_before_the_first_word_there_is_little() -> None:
    found = read_back(Seen())
    assert of(found, "roomdeck_up") == 0
    assert of(found, "roomdeck_takes_total", reason="bye") == 0


NASTY = ['a"b', "a\\", "a\nb", "a\rb", "\u202ea", "{}", "é", "a,b=c", "\ud800", "x" * 300, ""]


@pytest.mark.parametrize("name", NASTY)
def test_names_of_strangers_break_nothing(name: str) -> None:
    seen = watched(room(stream(name, label=name), stream(name + "\t"), server=name, sidecar=name))
    assert read_back(seen)
    text, media_type = exposition(metrics(seen), openmetrics=True)
    assert media_type.startswith("application/openmetrics-text; version=1.0.0")
    assert list(OPENMETRICS.text_string_to_metric_families(text.decode()))


def test_a_crowd_is_told_in_bounds() -> None:
    streams = [sending(f"guest{number}", 10, label="x" * 999) for number in range(500)]
    seen = watched(room(*streams))
    found = read_back(seen)
    assert of(found, "roomdeck_streams", state="REC") == 500
    assert of(found, "roomdeck_streams_unlisted") == 500 - MOST
    assert of(found, "roomdeck_packets_total", kind="video", fate="received") == 5000
    assert len({labels for name, labels in found if name == "roomdeck_stream_state"}) == (
        MOST * len(StreamState)
    )
    assert len(found) < 100 * MOST


def test_names_are_as_prometheus_and_openmetrics_want_them() -> None:
    for family in families(watched(room(full("alice")))):
        assert re.fullmatch(r"(roomdeck_)?[a-z]+(_[a-z]+)*", family.name), family.name
        assert family.documentation
        assert not family.documentation.endswith(".")
        if family.unit:
            assert family.unit in UNITS
            assert family.name.endswith(f"_{family.unit}")
        else:
            assert not family.name.endswith(UNITS)
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
            assert all(re.fullmatch("[a-z_]+", label) for label in sample.labels)


def test_counters_never_go_back() -> None:
    seen = Seen()
    before: dict[Any, float] = {}
    for packets in (100, 300, 20, 25):
        seen.see(room(sending("alice", packets), sending("bob", 7)), 0.0)
        now = {key: value for key, value in read_back(seen).items() if key[0].endswith("_total")}
        assert all(now[key] >= value for key, value in before.items())
        before = now


def test_the_dashboard_and_the_page_ask_for_what_there_is() -> None:
    told: dict[str, set[str]] = {}
    for family in families(watched(festival())):
        for sample in family.samples:
            told.setdefault(sample.name, set()).update(sample.labels)
    page = (DOCS / "http.md").read_text(encoding="utf-8")
    (alerts,) = re.findall(r"```promql\n(.*?)```", page, re.DOTALL)
    dashboard = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    queries = [*_queries(dashboard), *alerts.splitlines()]
    assert len(queries) > 30
    wanted: set[str] = set()
    for query in queries:
        assert query.count("(") == query.count(")")
        for name, labels in re.findall(r"(roomdeck_\w+)(?:\{([^}]*)\})?", query):
            assert name in told, query
            assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", labels)) <= told[name], query
            wanted.add(name)
        grouped = re.findall(r"by ?\(([^)]*)\)", query)
        for label in re.findall(r"\w+", " ".join(grouped)):
            assert label in set().union(
                *(told[name] for name in re.findall(r"roomdeck_\w+", query))
            )
    assert {"roomdeck_stream_sound_level_dbfs", "roomdeck_takes_total"} <= wanted


def test_the_page_lists_all_and_nothing_else() -> None:
    page = (DOCS / "http.md").read_text(encoding="utf-8").split("## Metrics", 1)[1]
    cells = re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE)
    listed = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    names = {sample.name for one in families(watched(festival())) for sample in one.samples}
    told = {re.sub("^roomdeck_(stream_)?", "", name) for name in names - {"target_info"}}
    assert listed == told


def _queries(value: Any) -> list[str]:
    if isinstance(value, dict):
        pairs: list[tuple[str, Any]] = list(value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        own = [one for key, one in pairs if key in ("expr", "query") and isinstance(one, str)]
        return [*own, *(query for _, one in pairs for query in _queries(one))]
    if isinstance(value, list):
        items: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return [query for one in items for query in _queries(one)]
    return []
