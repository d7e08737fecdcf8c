"""Packets larger than those of the usual networks are recorded, or counted and told."""

from __future__ import annotations

import pytest

from roomdeck.core.model import Codec

from .lab import Lab
from .large import send_large_packets

DETAILED = {"bitrate": 3_000_000}


@pytest.mark.parametrize("path", ["fast", "plain"])
async def test_packets_of_a_jumbo_network_are_recorded(
    lab: Lab, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_large_packets(monkeypatch, 9000)
    recorder = await lab.record(ROOMDECK_RECEIVE=path)
    lab.publish("alice", number=1, source=DETAILED)
    lab.publish("bob", Codec.VP8, number=2, source=DETAILED)
    for stream in ("alice", "bob"):
        take = await recorder.line("take.end", stream)
        assert not (await lab.check(take)).bad
        assert take["packets"]["video"]["lost"] == 0
    assert await recorder.stop() == 0


@pytest.mark.parametrize("path", ["fast", "plain"])
async def test_larger_ones_are_counted_and_told(
    lab: Lab, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_large_packets(monkeypatch, 40_000)
    recorder = await lab.record(ROOMDECK_RECEIVE=path)
    lab.publish("alice", seconds=None, source={"width": 1280, "height": 720, "bitrate": 12_000_000})
    told = await recorder.line("warning", "alice", where=lambda line: "too_long" in line)
    assert "of more than 16384 bytes refused" in told["text"]
    await recorder.status(
        lambda line: any(
            stream["tracks"].get("video", {}).get("too_long", 0) for stream in line["streams"]
        )
    )
    await recorder.stop()
