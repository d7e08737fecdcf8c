"""Getting into rooms: both families of server, passwords, who comes and goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.config import Family
from roomdeck.core.model import Codec

from .lab import FAMILIES, Lab


@pytest.mark.parametrize(
    ("family", "password"),
    [
        (Family.ROUTED, ""),
        (Family.ROUTED, "s3cret"),
        (Family.ROUTED, "false"),
        (Family.FANOUT, "s3cret"),
    ],
)
async def test_a_stream_is_recorded_in_both_families_with_and_without_password(
    lab: Lab, family: Family, password: str
) -> None:
    typed = ["--password", password] if password else []
    recorder = await lab.record("--family", family.value, *typed)
    room = lab.room(family=family)
    if password:
        room = lab.room(family=family, password=None if password == "false" else password)
    lab.publish("alice", Codec.VP8, room=room, seconds=2.0)
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    assert take["reason"] == "bye"
    report = await lab.check(take)
    assert not report.bad, report.problems


@pytest.mark.parametrize("family", FAMILIES)
async def test_who_was_there_first_is_recorded_too(lab: Lab, family: Family) -> None:
    room = lab.room(family=family)
    publisher = lab.publish("alice", room=room, seconds=2.0, media_first=True)
    recorder = await lab.record("--family", family.value)
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    assert publisher.config.media_first
    assert not (await lab.check(take)).bad


async def test_the_family_is_found_out_and_links_are_understood(lab: Lab) -> None:
    host = lab.server.url.removeprefix("ws://")
    link = f"https://vdo.ninja/?room=lab&wss2=ws://{host}&password=s3cret"
    recorder = await lab.record(room=link)
    lab.publish("alice", Codec.VP8, room=lab.room(password="s3cret"), seconds=1.5)
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    assert not (await lab.check(take)).bad


async def test_wrong_password_is_hinted_at_and_fails_nothing(lab: Lab) -> None:
    soon = lab.settings('[alarms]\nroom-empty = {after = "2s"}\n')
    recorder = await lab.record("--password", "wrong", ROOMDECK_CONFIG=soon)
    lab.publish("alice", seconds=None)
    alarm = await recorder.line("alarm.begin", where=lambda line: line["alarm"] == "room-empty")
    assert "wrong password" in alarm["text"]
    assert await recorder.stop() == 5
    assert recorder.all("take.start") == []


async def test_late_joiners_are_picked_up_while_others_are_recorded(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("alice", number=1, seconds=6.0)
    await recorder.line("take.start", "alice")
    lab.publish("bob", Codec.VP9, number=2, seconds=2.0)
    await recorder.line("take.end", "bob")
    await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    for take in recorder.all("take.end"):
        assert not (await lab.check(take)).bad


async def test_a_reloaded_page_gets_a_second_take(lab: Lab) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", Codec.VP8, seconds=None)
    first = await recorder.line("take.start", "alice")
    await recorder.status(lambda line: any(s["seconds"] > 1 for s in line["streams"]))
    publisher.reload()
    second = await recorder.line("take.start", "alice", 2)
    await recorder.status(
        lambda line: any(s["takes"] == 2 and s["seconds"] > 1 for s in line["streams"])
    )
    publisher.stop()
    await recorder.line("take.end", "alice", 2)
    assert await recorder.stop() == 0

    assert first["file"] != second["file"]
    ends = recorder.all("take.end", "alice")
    assert [take["reason"] for take in ends] == ["bye", "bye"]
    assert all(take["video"]["frames"] > 1 for take in ends)


async def test_hostile_and_clashing_ids_get_safe_and_distinct_files(lab: Lab) -> None:
    ids = ["../../etc/x", "a b", "a_b", "ü" * 35]
    recorder = await lab.record("--password", "false")
    room = lab.room(password=None)
    for number, stream in enumerate(ids):
        lab.publish(
            stream, Codec.VP8, room=room, number=number, seconds=2.0, source={"video": False}
        )
    await lab.published()
    await recorder.line("take.end", count=len(ids))
    assert await recorder.stop() == 0

    files = {Path(take["file"]) for take in recorder.all("take.end")}
    assert len(files) == len(ids)
    assert all(file.parent == lab.output for file in files)
    assert all(file.name.isascii() and file.exists() for file in files)


async def test_only_and_exclude_decide_who_is_recorded(lab: Lab) -> None:
    recorder = await lab.record("--only", "a*", "--exclude", "*x")
    for number, stream in enumerate(["alice", "amax", "bob"]):
        lab.publish(stream, Codec.VP8, number=number, seconds=2.0 if stream == "alice" else None)
    await recorder.line("take.end", "alice")
    await recorder.status(lambda line: len(line["streams"]) == 3)
    assert await recorder.stop() == 0
    assert {take["stream"] for take in recorder.all("take.start")} == {"alice"}


async def test_the_websocket_may_come_and_go(lab: Lab) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", seconds=None)
    await recorder.line("take.start", "alice")
    await lab.restart_server()
    await recorder.line("link.lost")
    await recorder.line("link.joined", count=2)
    lab.publish("bob", Codec.VP8, number=2, seconds=1.5)
    await recorder.line("take.end", "bob")
    publisher.stop()
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    assert len(recorder.all("take.start", "alice")) == 1
    assert not (await lab.check(take)).bad
