"""Recording streams outside rooms, by their ids, as of ``?view=ID`` and ``?push=ID`` links."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.config import Family, RoomConfig
from roomdeck.core.model import Codec
from roomdeck.core.recording.sidecar import load

from .lab import FAMILIES, Lab


def outside(lab: Lab, family: Family = Family.AUTO, **changes: object) -> RoomConfig:
    return lab.room(room="", family=family, **changes)


@pytest.mark.parametrize(
    ("family", "publishing"),
    [
        (Family.ROUTED, Family.ROUTED),
        (Family.FANOUT, Family.FANOUT),
        (Family.AUTO, Family.ROUTED),
        (Family.AUTO, Family.FANOUT),
    ],
)
async def test_a_stream_is_recorded_whenever_it_comes(
    lab: Lab, family: Family, publishing: Family
) -> None:
    early = lab.publish("early", Codec.VP8, room=outside(lab, publishing), seconds=None)
    recorder = await lab.record("--stream", "early,late", "--family", family.value, room="")
    await recorder.line("take.start", "early")
    lab.publish("late", Codec.VP8, number=2, room=outside(lab, publishing), seconds=1.5)
    late = await recorder.line("take.end", "late")
    early.stop()
    await recorder.line("take.end", "early")
    state = await recorder.status(lambda line: line["takes_done"] == 2)
    assert await recorder.stop() == 0

    assert not (await lab.check(late)).bad
    assert Path(late["file"]).name.startswith("early_late_late_")
    sidecar = load(Path(state["sidecar"]))
    assert sidecar is not None
    assert {take.stream for take in sidecar.takes} == {"early", "late"}
    assert {take.raw_id for take in sidecar.takes} == {"early808d64", "late808d64"}


@pytest.mark.parametrize("family", FAMILIES)
async def test_who_leaves_and_returns_gets_another_take(lab: Lab, family: Family) -> None:
    recorder = await lab.record("--stream", "alice", "--family", family.value, room="")
    for count in (1, 2):
        lab.publish("alice", Codec.VP8, room=outside(lab, family), seconds=1.5)
        await recorder.line("take.end", "alice", count)
    assert await recorder.stop() == 0
    files = {take["file"] for take in recorder.all("take.end")}
    assert len(files) == 2
    assert not (await lab.check(recorder.all("take.end")[1])).bad


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_reloaded_page_is_recorded_again(lab: Lab, family: Family) -> None:
    recorder = await lab.record("--stream", "alice", "--family", family.value, room="")
    publisher = lab.publish("alice", Codec.VP8, room=outside(lab, family), seconds=None)
    await recorder.line("take.start", "alice")
    publisher.reload()
    await recorder.line("take.start", "alice", 2)
    publisher.stop()
    await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 0


@pytest.mark.parametrize("family", FAMILIES)
async def test_who_vanished_without_a_word_is_recorded_again(lab: Lab, family: Family) -> None:
    recorder = await lab.record("--stream", "alice", "--family", family.value, room="")
    gone = lab.publish("alice", Codec.VP8, room=outside(lab, family), seconds=None)
    await recorder.line("take.start", "alice")
    gone.vanish()
    back = lab.publish("alice", Codec.VP8, room=outside(lab, family), seconds=None)
    await recorder.line("take.start", "alice", 2)
    back.stop()
    await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 0
    assert [take["reason"] for take in recorder.all("take.end")] == ["vanished", "bye"]


@pytest.mark.parametrize(("name", "switch"), [("view", "wss2"), ("push", "wss")])
async def test_a_link_without_a_room_leads_to_its_stream(lab: Lab, name: str, switch: str) -> None:
    link = f"https://vdo.ninja/?{name}=alice&{switch}={lab.server.url}&password=s3cret"
    lab.publish("alice", Codec.VP8, room=outside(lab, password="s3cret"), seconds=1.5)
    lab.publish("bob", Codec.VP8, number=2, room=outside(lab, password="s3cret"), seconds=None)
    recorder = await lab.record(room=link)
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    assert not (await lab.check(take)).bad
    assert {line["stream"] for line in recorder.all("take.start")} == {"alice"}


async def test_the_password_decides_which_stream_it_is(lab: Lab) -> None:
    soon = lab.settings('[alarms]\nroom-empty = {after = "2s"}\n')
    words = ("--stream", "alice", "--password", "false")
    recorder = await lab.record(*words, room="", ROOMDECK_CONFIG=soon)
    lab.publish("alice", Codec.VP8, room=outside(lab), seconds=None)
    lab.publish("bob", Codec.VP8, number=2, room=outside(lab, password=None), seconds=None)
    warning = await recorder.line("alarm.begin", where=lambda line: line["alarm"] == "room-empty")
    assert "nobody publishes alice yet" in warning["text"]
    assert "wrong password" in warning["text"]
    state = await recorder.status(lambda line: bool(line["streams"]))
    assert [(row["stream"], row["state"]) for row in state["streams"]] == [("alice", "WAIT")]
    assert await recorder.stop() == 5
    assert recorder.all("take.start") == []


@pytest.mark.parametrize("family", FAMILIES)
async def test_after_a_lost_websocket_everything_is_asked_for_again(
    lab: Lab, family: Family
) -> None:
    recorder = await lab.record("--stream", "alice,bob", "--family", family.value, room="")
    publisher = lab.publish("alice", Codec.VP8, room=outside(lab, family), seconds=None)
    await recorder.line("take.start", "alice")
    await lab.restart_server()
    await recorder.line("link.joined", count=2)
    lab.publish("bob", Codec.VP8, number=2, room=outside(lab, family), seconds=1.5)
    await recorder.line("take.end", "bob")
    publisher.stop()
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    assert len(recorder.all("take.start", "alice")) == 1
    assert not (await lab.check(take)).bad


async def test_commands_are_the_same_as_in_a_room(lab: Lab) -> None:
    recorder = await lab.record("--stream", "alice,bob", room="")
    lab.publish("alice", Codec.VP8, room=outside(lab), seconds=None)
    await recorder.line("take.start", "alice")
    for name in ("alice,bob", "https://vdo.ninja/?view=alice,bob"):
        await lab.tell("status", "--room", name)
    await lab.tell("split", "alice", "--room", "alice,bob")
    await recorder.line("take.start", "alice", 2)
    await lab.tell("stop", "alice")
    await recorder.line("take.end", "alice", 2)
    await lab.tell("start", "alice")
    await recorder.line("take.start", "alice", 3)
    await lab.tell("exclude", "bob")
    await lab.tell("stop", "--room", "alice,bob")
    assert await recorder.wait() == 0


async def test_a_stream_is_published_by_its_link(lab: Lab) -> None:
    recorder = await lab.record("--stream", "alice", room="")
    link = f"https://vdo.ninja/?push=alice&wss2={lab.server.url}"
    publisher = await lab.run("publish", link, "--codec", "vp8", "--seconds", "1.5")
    await recorder.line("take.end", "alice")
    assert await publisher.wait() == 0
    assert await recorder.stop() == 0
