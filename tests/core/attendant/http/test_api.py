"""What is asked over HTTP, and answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from roomdeck.core.attendant.http import api, guard, stills
from roomdeck.core.attendant.http.guard import COMMANDS_AT_ONCE
from roomdeck.core.attendant.http.stills import AT_ONCE
from roomdeck.core.config import Http
from roomdeck.core.ipc.control_messages import Request
from roomdeck.core.model import EventType, Picture, RoomSnapshot, SignalingState

from .rooms import room, stream
from .stage import GIVE_UP, Stage, stage

TOKEN = "0123456789abcdef"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as made:
        await made.opened()
        yield made


async def test_metrics_are_read_by_prometheus(here: Stage) -> None:
    async with here.session.get(here.url + "/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        families = list(text_string_to_metric_families(await answer.text()))
    samples = {sample.name: sample.value for family in families for sample in family.samples}
    assert samples["roomdeck_up"] == 1
    openmetrics = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    async with here.session.get(here.url + "/metrics", headers=openmetrics) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        assert (await answer.text()).endswith("# EOF\n")


async def test_health_is_a_status(here: Stage) -> None:
    assert await here.get("/healthz") == (200, b'{"status":"ok","reasons":[]}')
    here.show(room(link=SignalingState.RECONNECTING))
    await here.post("/api/mark", {})  # whose answer comes after what was shown before
    status, body = await here.get("/healthz")
    assert status == 503
    assert b"the room is not joined" in body


async def test_the_room_is_told_as_it_is(here: Stage) -> None:
    status, body = await here.get("/api/snapshot")
    assert status == 200
    assert msgspec.json.decode(body, type=RoomSnapshot) == here.snapshot
    assert here.asked == []


async def test_status_is_of_this_moment(here: Stage) -> None:
    await here.get("/api/snapshot")
    here.snapshot = room(stream("alice"), stream("bob"), version=2)
    status, body = await here.get("/api/status")
    assert status == 200
    assert msgspec.json.decode(body, type=RoomSnapshot).version == 2
    assert [request.command for request in here.asked] == ["status"]


@pytest.mark.parametrize("verb", ["start", "stop", "exclude", "include", "split"])
async def test_commands_go_to_the_engine(here: Stage, verb: Any) -> None:
    assert await here.post(f"/api/{verb}", {"streams": ["alice"]}) == (
        200,
        {"text": f"{verb}: alice"},
    )
    assert await here.post(f"/api/{verb}", {}) == (200, {"text": f"{verb}: all"})
    assert [(one.command, one.streams) for one in here.asked] == [(verb, ("alice",)), (verb, ())]


async def test_marks_and_the_end_do_too(here: Stage) -> None:
    body = {"text": "the good part", "streams": ["alice"]}
    assert (await here.post("/api/mark", body))[0] == 200
    assert (await here.post("/api/shutdown", {}))[0] == 200
    mark, shutdown = here.asked
    assert (mark.command, mark.streams, mark.text) == ("mark", ("alice",), "the good part")
    assert (shutdown.command, shutdown.streams) == ("shutdown", ())


async def test_what_the_engine_refuses_is_told(here: Stage) -> None:
    status, problem = await here.post("/api/stop", {"streams": ["nobody"]})
    assert (status, problem["detail"]) == (409, "no stream called nobody; there are: alice")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("stop", {"stream": ["alice"]}),  # which would be all
        ("stop", {"streams": []}),
        ("stop", {"streams": "alice"}),
        ("stop", {"streams": [1]}),
        ("stop", {"streams": [""]}),
        ("stop", []),
        ("mark", {"text": 1}),
        ("mark", {"text": "x" * 5000}),
        ("shutdown", {"streams": ["alice"]}),
    ],
)
async def test_what_is_not_as_described_does_nothing(here: Stage, path: str, body: Any) -> None:
    status, problem = await here.post(f"/api/{path}", body)
    assert status == 400
    assert problem["detail"].startswith("the body is not as described")
    assert here.asked == []


async def test_a_still_picture_is_a_file_or_json(here: Stage) -> None:
    async with here.session.get(here.url + "/api/still?stream=alice") as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Last-Modified"].endswith("GMT")
        assert (await answer.read()).startswith(b"\x89PNG")
    status, body = await here.get("/api/still?stream=alice", Accept="application/json")
    assert status == 200
    assert msgspec.json.decode(body, type=Picture) == Picture(2, 1, b"abcdef", age=60.0)
    assert here.asked == [Request(number=here.asked[0].number, command="still", streams=("alice",))]


async def test_one_that_there_is_not_is_told(here: Stage) -> None:
    assert (await here.get("/api/still?stream=bob"))[0] == 404
    assert (await here.get("/api/still?stream=nobody"))[0] == 409
    assert (await here.get("/api/still"))[0] == 400
    assert (await here.get(f"/api/still?stream={'x' * 201}"))[0] == 400


async def test_a_flood_of_them_is_none_of_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may be no faster than what is allowed.
    monkeypatch.setattr(stills, "RATE", 0.001)
    names = [f"a{number}" for number in range(int(AT_ONCE) + 10)]
    async with stage(tmp_path) as here:
        await here.opened()
        found = [(await here.get(f"/api/still?stream={name}"))[0] for name in names]
    assert found.count(429) == 10
    assert len(here.asked) == AT_ONCE


async def test_nor_is_one_of_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "COMMANDS", 0.001)
    allowed = int(COMMANDS_AT_ONCE)
    async with stage(tmp_path) as here:
        await here.opened()
        found = [(await here.post("/api/mark", {}))[0] for _ in range(allowed + 10)]
    assert found == [200] * allowed + [429] * 10
    assert len(here.asked) == allowed


async def test_an_engine_that_does_not_answer_holds_nothing_else_up(here: Stage) -> None:
    here.answers.clear()
    asking = [asyncio.create_task(here.post("/api/mark", {})) for _ in range(3 * api.AT_ONCE)]
    for _ in range(api.AT_ONCE):
        await asyncio.wait_for(here.one_asked.acquire(), GIVE_UP)
    assert (await here.get("/api/snapshot"))[0] == 200
    assert len(here.asked) == api.AT_ONCE
    here.answers.set()
    assert {status for status, _ in await asyncio.gather(*asking)} == {200}


async def test_it_is_not_waited_for_for_ever(here: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "ANSWER", 0.05)
    here.answers.clear()
    assert (await here.post("/api/mark", {}))[0] == 504


async def test_a_fault_of_ours_is_one_answer(
    here: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(metrics: object, openmetrics: bool) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(api, "exposition", breaks)
    for _ in range(30):
        assert (await here.get("/metrics"))[0] == 500
    assert len(caplog.records) < 20
    assert (await here.get("/healthz"))[0] == 200


@pytest.mark.parametrize("path", ["/", "/metrics/", "/api", "/api/../metrics?x", "//metrics"])
async def test_there_is_nothing_else(here: Stage, path: str) -> None:
    reader, writer = await here.raw(f"GET {path} HTTP/1.1\r\nHost: [::1]\r\n\r\n".encode())
    assert b" 404 " in await asyncio.wait_for(reader.readline(), GIVE_UP)
    writer.close()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_only_who_means_it_changes_anything(here: Stage, method: str) -> None:
    async with here.session.request(method, here.url + "/api/stop", json={}) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert here.asked == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
async def test_pages_of_other_sites_can_send_nothing(here: Stage, kind: str) -> None:
    headers = {"Content-Type": kind, "Origin": "https://evil.example"}
    url = here.url + "/api/stop"
    async with here.session.post(url, data=b"{}", headers=headers) as answer:
        assert answer.status == 415
    assert here.asked == []


async def test_nor_read_anything(here: Stage) -> None:
    async with here.session.get(
        here.url + "/api/snapshot", headers={"Host": "evil.example", "Origin": "https://evil"}
    ) as answer:
        assert answer.status == 421
    async with here.session.get(here.url + "/api/snapshot") as answer:
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_head_is_answered_without_a_body(here: Stage) -> None:
    async with here.session.head(here.url + "/metrics") as answer:
        assert answer.status == 200
        assert await answer.read() == b""
    async with here.session.head(here.url + "/api/events") as answer:
        assert answer.status == 405


async def test_with_a_token_only_who_knows_it_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    http = Http("127.0.0.1", 0, str(file))
    async with stage(tmp_path, http) as here:
        await here.opened()
        for path in ("/metrics", "/healthz", "/api/events", f"/healthz?token={TOKEN}"):
            assert (await here.get(path))[0] == 401
        assert (await here.get("/healthz", Authorization="Bearer 0123456789abcdeg"))[0] == 401
        assert (await here.get("/healthz", Authorization=f"Bearer {TOKEN}"))[0] == 200
        text = (await here.get("/metrics", Authorization=f"Bearer {TOKEN}"))[1].decode()
        assert 'roomdeck_http_requests_total{path="/healthz",room="stage",status="401"} 3' in text
        assert TOKEN not in text


async def test_events_come_as_they_happen(here: Stage) -> None:
    here.tell(EventType.LINK_JOINED, "in the room")
    async with here.session.get(here.url + "/api/events") as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        frames = _frames(answer.content)
        assert await anext(frames) == {"retry": "2000"}
        first = await anext(frames)
        assert (first["id"], msgspec.json.decode(first["data"])["type"]) == ("1", "link.joined")
        here.tell(EventType.MARKER, "now\nor never")
        second = await anext(frames)
        assert second["id"] == "2"
        assert msgspec.json.decode(second["data"])["text"] == "now\nor never"
    here.tell(EventType.MARKER, "meanwhile")
    async with here.session.get(here.url + "/api/events", headers={"Last-Event-ID": "2"}) as answer:
        frames = _frames(answer.content)
        await anext(frames)
        assert (await anext(frames))["id"] == "3"


@pytest.mark.parametrize("last", ["x", "-1", "9" * 400, "²", "1.5", "99"])
async def test_who_says_nonsense_hears_all(here: Stage, last: str) -> None:
    here.tell(EventType.MARKER)
    headers = {"Last-Event-ID": last}
    async with here.session.get(here.url + "/api/events", headers=headers) as answer:
        frames = _frames(answer.content)
        await anext(frames)
        assert (await anext(frames))["id"] == "1"


async def _frames(content: Any) -> AsyncIterator[dict[str, str]]:
    while True:
        lines: list[str] = []
        while line := (await asyncio.wait_for(content.readline(), GIVE_UP)).decode().rstrip("\n"):
            lines.append(line)
        yield dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
