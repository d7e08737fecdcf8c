"""A recording that is looked at, and ended, over HTTP."""

from __future__ import annotations

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from .lab import Lab

TOKEN = "0123456789abcdef"


async def test_it_is_seen_marked_and_ended_by_who_has_the_token(lab: Lab) -> None:
    file = lab.folder / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    recorder = await lab.record("--http", "127.0.0.1:0", "--http-token-file", str(file))
    url = (await recorder.line("http.open"))["address"]
    lab.publish("alice", seconds=None)
    await recorder.status(where=lambda line: "REC" in str(line))
    async with (
        aiohttp.ClientSession() as stranger,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as friend,
    ):
        async with stranger.post(f"{url}/api/shutdown", json={}) as answer:
            assert answer.status == 401
        async with friend.get(f"{url}/healthz") as answer:
            assert answer.status == 200, await answer.text()
        async with friend.get(f"{url}/api/still?stream=alice") as answer:
            assert (await answer.read()).startswith(b"\x89PNG")
        async with friend.post(f"{url}/api/mark", json={"text": "applause"}) as answer:
            assert answer.status == 200
        assert (await recorder.line("marker"))["text"] == "applause"
        async with friend.get(f"{url}/metrics") as answer:
            families = {
                one.name: one for one in text_string_to_metric_families(await answer.text())
            }
        (state,) = [one for one in families["roomdeck_stream_state"].samples if one.value]
        assert (state.labels["stream"], state.labels["state"]) == ("alice", "REC")
        assert sum(one.value for one in families["roomdeck_received_bytes"].samples) > 0
        async with friend.get(f"{url}/api/events") as events:
            async with friend.post(f"{url}/api/shutdown", json={}) as answer:
                assert answer.status == 200
            assert await recorder.wait() == 0
            assert b'"type":"engine.end"' in await events.read()
    assert len(recorder.all("take.end", "alice")) == 1
