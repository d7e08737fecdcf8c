"""How loud the streams of a worker are."""

from __future__ import annotations

import asyncio

from roomdeck.core.model import SILENCE, Codec, EndReason, SoundMeter
from roomdeck.core.recording.decoding_process import Found, Order
from roomdeck.core.worker.listening import Listener

from ..recording.listening.packets import tone
from .fakes import AUDIO, SCREEN, VIDEO, FakeDecoder
from .serving import Served


async def heard(served: Served) -> dict[str, SoundMeter]:
    heard = await Listener(served.decoder).listen([served.peer])
    return {one.stream: one.meter for one in heard}


async def test_packets_that_say_how_loud_they_are_are_believed(served: Served) -> None:
    await served.live(VIDEO, AUDIO)
    served.peer.on_frames("a1", tone(Codec.OPUS, 0.5))
    served.connection.said_levels = [30, 30]
    assert await heard(served) == {"alice": SoundMeter(level=-30, peak=-30)}
    (status,) = served.peer.streams.status()
    assert status.sound == SoundMeter(level=-30, peak=-30)


async def test_others_are_decoded(served: Served) -> None:
    await served.live(VIDEO, AUDIO)
    served.peer.on_frames("a1", tone(Codec.PCMA, 3.0))
    (meter,) = (await heard(served)).values()
    assert (meter.decoded, meter.clipped) == (True, 0)
    assert meter.level > -2


async def test_who_says_how_loud_it_is_does_not_wait_for_what_hangs(served: Served) -> None:
    await served.live(VIDEO, AUDIO)
    neighbour = served.neighbour()
    neighbour.on_tracks([AUDIO])
    neighbour.on_frames("a1", tone(Codec.PCMA, 0.5))
    asked: list[Order] = []

    class Hanging(FakeDecoder):
        async def decode(self, *orders: Order) -> list[Found | None]:
            asked.extend(orders)
            return await asyncio.Future()

    listener = Listener(Hanging())
    for _ in range(3):
        served.connection.said_levels = [30]
        (heard,) = await listener.listen([served.peer, neighbour])
        assert (heard.stream, heard.meter.level) == ("alice", -30)
        neighbour.on_frames("a1", tone(Codec.PCMA, 0.5))
    assert len(asked) == 1, "nobody asks again before there is an answer"
    await neighbour.close(EndReason.BYE)


async def test_who_sends_nothing_any_more_is_silent(served: Served) -> None:
    await served.live(VIDEO, AUDIO)
    assert await heard(served) == {}
    served.connection.said_levels = [30]
    await heard(served)
    (meter,) = (await heard(served)).values()
    assert meter.level == SILENCE


async def test_who_is_muted_is_not_silent(served: Served) -> None:
    await served.live(VIDEO, AUDIO)
    ear = served.peer.streams.listen()[0][1]
    ear.take([127])
    ear.hear(0.0)
    served.say({"info": {"muted": True}})
    assert (await heard(served))["alice"].silent == 0
    served.say({"muteState": False})
    assert (await heard(served))["alice"].silent < 60


async def test_where_there_is_no_sound_nothing_is_said(served: Served) -> None:
    await served.live(VIDEO, SCREEN)
    assert await heard(served) == {}
    assert [status.sound for status in served.peer.streams.status()] == [None, None]


async def test_a_track_that_is_taken_away_is_forgotten(served: Served) -> None:
    await served.live(VIDEO, AUDIO)
    served.connection.said_levels = [30]
    await heard(served)
    served.peer.on_tracks([VIDEO])
    assert await heard(served) == {}
    served.peer.on_tracks([VIDEO, AUDIO])
    assert await heard(served) == {}
