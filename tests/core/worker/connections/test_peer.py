"""A publisher as its worker serves it, on a connection that the test plays."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import Codec, Container, EndReason, Kind
from roomdeck.core.recording import open_takes
from roomdeck.core.signaling import peer as wire
from roomdeck.core.signaling.secrets import Secrets
from roomdeck.core.webrtc.interface import ConnectionState
from roomdeck.core.worker.connections.peer import VANISHED_AFTER, Peer

from ...recording.media import audio
from ..fakes import AUDIO, SCREEN, VIDEO
from ..serving import SECRETS, Served, offer

# ── offers ───────────────────────────────────────────────────────────────────────────────


async def test_an_offer_from_the_websocket_is_answered_through_the_engine(served: Served) -> None:
    await served.peer.offer(offer())
    assert served.told.all(worker_messages.Answer) == [
        worker_messages.Answer("p1", "answer to sdp", ({"candidate": "candidate:9"},))
    ]


@pytest.mark.parametrize("secrets", [None, SECRETS])
async def test_an_offer_on_the_data_channel_is_answered_there_in_kind(
    served: Served, secrets: Secrets | None
) -> None:
    await served.live()
    del served.connection.sent[:]
    served.say(wire.offer(None, "alice", "s1", "more", secrets, screen=[2]))
    await served.connection.said(2)
    answer, bundle = served.connection.sent
    assert served.connection.offers == ["sdp", "more"]
    assert answer["session"] == bundle["session"] == "s1"
    assert bundle["type"] == "remote"
    description, candidates = answer["description"], bundle["candidates"]
    if secrets is not None:
        description = secrets.decrypt(description, answer["vector"])
        candidates = secrets.decrypt(candidates, bundle["vector"])
    assert description == {"type": "answer", "sdp": "answer to more"}
    assert candidates == [{"candidate": "candidate:9"}]


async def test_candidates_on_the_data_channel_are_tried_but_not_those_of_viewers(
    served: Served,
) -> None:
    for role in wire.Role:
        items = [{"candidate": f"candidate:{role}"}]
        served.say(wire.candidates(None, "s1", items, role, SECRETS))
    await asyncio.sleep(0)
    assert served.connection.tried == [{"candidate": "candidate:local"}]


async def test_a_first_offer_that_cannot_be_answered_ends_it(served: Served) -> None:
    served.connection.broken = True
    await served.peer.offer(offer())
    closed = await served.told.wait(worker_messages.Closed)
    assert closed.reason is EndReason.VANISHED
    assert "cannot be answered" in served.told.all(worker_messages.Notice)[0].text


async def test_a_later_offer_that_cannot_be_answered_changes_nothing(served: Served) -> None:
    await served.recording()
    served.connection.broken = True
    await served.peer.offer(offer(sdp="bad"))
    assert served.told.all(worker_messages.Notice)
    assert not served.connection.closed


# ── the data channel ─────────────────────────────────────────────────────────────────────


async def test_media_is_asked_for_when_the_channel_opens(served: Served) -> None:
    served.peer.on_channel()
    (request,) = served.connection.sent
    assert (request["audio"], request["video"], request["allowscreenvideo"]) == (True, True, True)


@pytest.mark.parametrize("value", [1, "x", 1.5, 0])
async def test_a_ping_is_answered(served: Served, value: object) -> None:
    served.say({"ping": value})
    assert served.connection.sent == [{"pong": value}]


async def test_what_it_says_of_itself_is_passed_on(served: Served) -> None:
    served.say({"info": {"label": "Alice", "muted": True}})
    served.say({"videoMuted": True})
    served.say({"altUUID": True, "muteState": False})
    assert served.told.all(worker_messages.PublisherInfo) == [
        worker_messages.PublisherInfo("p1", "Alice", muted=True),
        worker_messages.PublisherInfo("p1", camera_off=True),
    ]
    known = served.peer.info()
    assert (known.label, known.muted, known.camera_off, known.screen) == (
        "Alice",
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    "junk",
    ["", "{", "[]", '{"description":"00"}', '{"description":"00","vector":"zz"}', "x" * 300_000],
)
async def test_junk_is_survived(served: Served, junk: str) -> None:
    served.say(junk)
    served.say({"ping": 1})
    assert served.connection.sent == [{"pong": 1}]


async def test_a_flood_of_offers_is_bounded(served: Served) -> None:
    await served.live()
    for number in range(500):
        served.say(wire.offer(None, "alice", "s1", f"more {number}"))
        if number % 100 == 0:
            await asyncio.sleep(0)
    assert len(served.peer.tasks) < 150


async def test_offers_that_do_not_open_do_not_use_up_the_others_places(served: Served) -> None:
    await served.live()
    for _ in range(200):
        served.say(wire.offer(None, "alice", "s1", "more", Secrets("wrong", "example.org")))
    del served.connection.sent[:]
    served.say(wire.offer(None, "alice", "s1", "more", SECRETS))
    await served.connection.said(2)


async def test_a_goodbye_closes_the_file(served: Served) -> None:
    start = await served.recording()
    served.say({"videoMuted": True, "bye": True})
    closed = await served.told.wait(worker_messages.Closed)
    (end,) = served.told.all(worker_messages.TakeEnd)
    assert (end.take.file, end.take.reason) == (start.take.file, EndReason.BYE)
    assert closed == worker_messages.Closed("p1", EndReason.BYE, "left")
    assert end.take.video is not None
    assert end.take.video.frames == 25


# ── files ────────────────────────────────────────────────────────────────────────────────


async def test_closing_says_goodbye_drains_and_ends_the_take_once(served: Served) -> None:
    await served.recording()
    served.connection.last = {"v0": served.frames(5)}
    await asyncio.gather(
        served.peer.close(EndReason.SHUTDOWN),
        served.peer.close(EndReason.STOPPED),
        served.peer.close(EndReason.BYE),
    )
    assert served.connection.sent[-1] == {"bye": True}
    assert served.connection.closed == 1
    (end,) = served.told.all(worker_messages.TakeEnd)
    assert end.take.reason is EndReason.SHUTDOWN
    assert end.take.video is not None
    assert end.take.video.frames == 30
    assert len(served.told.all(worker_messages.Closed)) == 1
    assert served.told.messages[-1] == served.told.all(worker_messages.Closed)[0]
    assert served.writer.waiting == 0


async def test_stop_and_start_of_a_live_connection_make_two_takes(served: Served) -> None:
    await served.recording()
    await served.peer.streams.record(worker_messages.Record("alice", False))
    (end,) = served.told.all(worker_messages.TakeEnd)
    assert end.take.reason is EndReason.STOPPED
    served.peer.on_frames("v0", served.frames())
    await served.peer.streams.record(worker_messages.Record("alice", True))
    assert served.connection.key_frames[-1] == "v0"
    served.peer.on_frames("v0", served.frames())
    again = await served.told.wait(worker_messages.TakeStart, 2)
    assert again.take.file != end.take.file


async def test_a_file_that_failed_is_followed_by_another_when_asked(
    served: Served, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("in the way")
    session = msgspec.structs.replace(served.settings.session, output=str(blocked))
    settings = worker_messages.Settings(session=session)
    failing = Peer(offer(peer="p2"), settings, served.writer, served.decoder, served.told)
    failing.on_tracks([VIDEO])
    await asyncio.sleep(0)
    failing.on_frames("v0", served.frames())
    end = await served.told.wait(worker_messages.TakeEnd)
    assert end.take.reason is EndReason.WRITE_ERROR
    assert end.take.error
    blocked.unlink()
    await failing.streams.record(worker_messages.Record("alice", True))
    failing.on_frames("v0", served.frames())
    start = await served.told.wait(worker_messages.TakeStart)
    assert Path(start.take.file).is_relative_to(blocked)
    await failing.close(EndReason.SHUTDOWN)


@pytest.mark.parametrize("served", [{"container": Container.MP4}], indirect=True)
async def test_a_container_that_cannot_hold_the_codecs_is_told_once(served: Served) -> None:
    await served.recording()
    await served.peer.streams.record(worker_messages.Record("alice", False))
    await served.peer.streams.record(worker_messages.Record("alice", True))
    served.peer.on_frames("v0", served.frames())
    again = await served.told.wait(worker_messages.TakeStart, 2)
    assert again.take.file.endswith(".mkv")
    assert [notice.text for notice in served.told.all(worker_messages.Notice)] == [
        ".mp4 cannot hold vp8: recorded into .mkv"
    ]


async def test_every_take_counts_its_own_packets(served: Served) -> None:
    await served.recording()
    await served.peer.streams.split("alice")
    served.connection.expected = 200
    served.writer.flush()
    await served.writer.run(lambda: None)
    served.peer.on_frames("v0", served.frames(25))
    await served.told.wait(worker_messages.TakeStart, 2)
    served.connection.expected = 350
    await served.peer.close(EndReason.BYE)
    first, second = (
        end.take.packets[Kind.VIDEO] for end in served.told.all(worker_messages.TakeEnd)
    )
    assert (first.expected, second.expected) == (200, 150)


async def test_the_status_says_what_is_written_without_its_growing_clocks(served: Served) -> None:
    await served.recording()
    served.connection.packets["v0"] = time.monotonic()
    (status,) = served.peer.streams.status()
    assert status.take is not None
    assert status.take.clocks == {}
    assert status.media_age is not None
    assert status.media_age < 1
    assert (status.wanted, status.round_trip) == (True, 0.05)


async def test_the_status_has_the_ages_of_each_track(served: Served) -> None:
    await served.recording()
    served.peer.on_tracks([VIDEO, AUDIO])
    now = time.monotonic()
    served.connection.packets["v0"] = served.connection.heard_at = now - 3
    (status,) = served.peer.streams.status()
    assert status.heard_age is not None
    assert status.heard_age >= 3
    video, audio = status.ages[Kind.VIDEO], status.ages[Kind.AUDIO]
    assert video.media is not None
    assert video.written is not None
    assert (video.media >= 3, video.written < 3) == (True, True)
    assert (audio.media, audio.written) == (None, None)


async def test_what_a_publisher_shares_is_passed_on(served: Served) -> None:
    await served.live()
    served.say({"screenShareState": True})
    served.say({"muteState": True})
    said = served.told.all(worker_messages.PublisherInfo)
    assert [(info.screen, info.muted) for info in said] == [(True, None), (None, True)]


async def test_the_status_follows_the_file(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_takes, "PROGRESS_INTERVAL", 0.0)
    start = await served.recording()
    served.peer.on_frames("v0", served.frames())
    for _ in range(2):
        served.writer.flush()
        await served.writer.run(lambda: None)
    served.writer.flush()
    (status,) = served.peer.streams.status()
    assert status.take is not None
    assert status.take.bytes > start.take.bytes
    assert status.growth_age is not None
    assert (status.drops, status.malformed, status.unrouted) == (7, 3, 5)


# ── screen shares ────────────────────────────────────────────────────────────────────────


async def test_a_screen_share_is_reported_and_recorded_when_wanted(served: Served) -> None:
    await served.recording()
    served.peer.on_tracks([VIDEO, AUDIO, SCREEN])
    assert served.told.all(worker_messages.Found) == [worker_messages.Found("p1", "alice-screen")]
    await served.peer.streams.record(worker_messages.Record("alice-screen", True))
    served.peer.on_frames("v2", served.frames())
    start = await served.told.wait(worker_messages.TakeStart, 2)
    assert start.take.stream == "alice-screen"


async def share(served: Served) -> None:
    await served.live(VIDEO, SCREEN)
    await served.peer.streams.record(worker_messages.Record("alice-screen", True))
    served.peer.on_frames("v2", served.frames())
    await served.told.wait(worker_messages.TakeStart)


async def test_a_stopped_share_ends_its_take_and_may_go_on(served: Served) -> None:
    await share(served)
    served.say({"screenStopped": True})
    end = await served.told.wait(worker_messages.TakeEnd)
    assert (end.take.stream, end.take.reason) == ("alice-screen", EndReason.SHARE)
    served.say({"screenStopped": False})
    assert len(served.told.all(worker_messages.Found)) == 2


async def test_a_share_stopped_and_begun_at_once_is_recorded_again(served: Served) -> None:
    await share(served)
    served.say({"screenStopped": True})
    await asyncio.sleep(0)
    await served.peer.streams.record(worker_messages.Record("alice-screen", True))
    served.peer.on_frames("v2", served.frames())
    await served.told.wait(worker_messages.TakeStart, 2)


async def test_a_share_whose_tracks_go_away_is_over(served: Served) -> None:
    await share(served)
    served.peer.on_tracks([VIDEO])
    end = await served.told.wait(worker_messages.TakeEnd)
    assert end.take.reason is EndReason.SHARE
    served.peer.on_tracks([VIDEO, SCREEN])
    assert len(served.told.all(worker_messages.Found)) == 2


# ── silence ──────────────────────────────────────────────────────────────────────────────


def second(served: Served, now: float) -> None:
    served.peer.every_second(now)


async def test_who_is_not_connected_is_not_blamed_for_sending_nothing(served: Served) -> None:
    second(served, time.monotonic() + 1000)
    assert not served.told.all(worker_messages.Notice)


async def test_no_sign_of_life_for_25_seconds_means_gone(served: Served) -> None:
    await served.recording()
    served.connection.heard_at = heard = time.monotonic()
    second(served, heard + VANISHED_AFTER - 1)
    await asyncio.sleep(0)
    assert not served.connection.closed
    second(served, heard + VANISHED_AFTER + 1)
    closed = await served.told.wait(worker_messages.Closed)
    assert closed.reason is EndReason.VANISHED
    assert served.told.all(worker_messages.TakeEnd)[0].take.reason is EndReason.VANISHED


async def test_silence_is_no_absence(served: Served) -> None:
    await served.recording()
    served.connection.packets["v0"] = sent = time.monotonic()
    for elapsed in range(1, 600):
        served.connection.heard_at = sent + elapsed
        second(served, sent + elapsed)
    await asyncio.sleep(0)
    assert not served.connection.closed


async def test_who_is_probed_says_so_or_is_gone(served: Served) -> None:
    await served.recording()
    await served.peer.probe()
    assert served.told.all(worker_messages.Alive) == [worker_messages.Alive("p1")]
    served.connection.there = False
    await served.peer.probe()
    assert served.told.all(worker_messages.Closed) == [
        worker_messages.Closed("p1", EndReason.VANISHED, "answers no more")
    ]
    assert len(served.told.all(worker_messages.Alive)) == 1


async def test_who_has_yet_to_connect_is_not_gone(served: Served) -> None:
    served.connection.there = False
    await served.peer.probe()
    assert served.told.all(worker_messages.Alive)
    assert not served.connection.closed


@pytest.mark.parametrize("state", [ConnectionState.FAILED, ConnectionState.CLOSED])
async def test_a_connection_that_ends_without_a_goodbye_has_vanished(
    served: Served, state: ConnectionState
) -> None:
    await served.recording()
    served.peer.on_state(state, "why")
    assert await served.told.wait(worker_messages.Closed) == worker_messages.Closed(
        "p1", EndReason.VANISHED, "why"
    )


async def test_a_key_frame_is_asked_for_as_long_as_one_is_missing(served: Served) -> None:
    await served.live()
    await asyncio.sleep(0)
    await served.writer.run(lambda: None)
    second(served, time.monotonic())
    assert served.connection.key_frames == ["v0"]


async def test_a_file_that_has_only_begun_is_still_in_a_hurry(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_takes, "PROGRESS_INTERVAL", 0.0)
    await served.live(VIDEO, AUDIO)
    served.peer.on_frames("v0", served.frames(1))
    await served.told.wait(worker_messages.TakeStart)
    recorded = served.peer.streams.recorded("alice")
    assert recorded is not None
    assert recorded.take is not None
    start = recorded.take.bytes
    # Kept back by the container, which has not seen any sound.
    assert start < 1000
    served.peer.on_frames("v0", served.frames(1))
    assert recorded.eager
    sound = iter(audio())
    while recorded.take.bytes == start:
        heard = msgspec.structs.replace(next(sound), arrival=time.monotonic())
        served.peer.on_frames("a1", [heard])
        await served.writer.run(lambda: None)
        served.writer.flush()
    served.peer.on_frames("v0", served.frames(1))
    assert not recorded.eager


@pytest.mark.parametrize("served", [{"key_frames": 10.0}, {"key_frames": 0.0}], indirect=True)
async def test_a_stream_without_key_frames_is_asked_for_one_while_it_moves(
    served: Served, request: pytest.FixtureRequest
) -> None:
    asks = bool(request.node.callspec.params["served"]["key_frames"])
    await served.recording()
    await served.writer.run(lambda: None)
    before, now = len(served.connection.key_frames), time.monotonic()
    for later, asked in ((3.0, 0), (12.0, 1), (14.0, 1), (20.0, 2)):
        served.connection.packets["v0"] = now + later
        second(served, now + later)
        assert len(served.connection.key_frames) - before == asked * asks
    # It stands still: packets are as old as the last look.
    second(served, now + 30.0)
    assert len(served.connection.key_frames) - before == 2 * asks


@pytest.mark.parametrize("served", [{"split_every": 4.0, "key_frames": 0.0}], indirect=True)
async def test_the_key_frame_at_which_a_file_is_to_end_is_asked_for_at_once(served: Served) -> None:
    await served.live()
    old = [msgspec.structs.replace(f, arrival=f.arrival - 10) for f in served.frames(10)]
    served.peer.on_frames("v0", old)
    await served.told.wait(worker_messages.TakeStart)
    async with asyncio.timeout(30):
        await served.connection.asked.wait()
    assert served.connection.key_frames == ["v0"]


async def test_key_frames_without_their_header_are_told_of_until_one_has_it(served: Served) -> None:
    await served.live()
    whole = served.frames(1)[0]
    bare = msgspec.structs.replace(whole, width=0, height=0)
    for frames, told in (([bare], Codec.VP8), ([whole], None), ([bare], None)):
        served.peer.on_frames("v0", frames)
        served.writer.flush()
        [status] = served.peer.streams.status()
        assert status.headless is told
