from __future__ import annotations

from typing import Any

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.live import LiveProducer
from roomdeck.core.publishing.pictures import is_flash, read_barcode
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.publishing.tones import is_beep

from .coding import decode_audio, decode_video, of_kind, produce_all

VIDEO = [codec for codec in Codec if codec.kind is Kind.VIDEO]
SMALL = SourceConfig(name="bob", number=9, width=160, height=90, bitrate=200_000)


def changed(config: SourceConfig = SMALL, **values: Any) -> SourceConfig:
    fields: dict[str, Any] = {name: getattr(config, name) for name in config.__struct_fields__}
    return SourceConfig(**{**fields, **values})


def counters(frames: list[EncodedFrame]) -> list[int | None]:
    codec = frames[0].codec
    codes = [read_barcode(picture) for picture in decode_video(codec, frames)]
    assert {code[0] for code in codes if code} == {9}
    return [code and code[1] for code in codes]


def next_picture(producer: LiveProducer, now: float | None = None) -> EncodedFrame:
    while True:
        due = producer.due()
        assert due is not None
        for frame in producer.produce(due if now is None else now):
            if frame.codec.kind is Kind.VIDEO:
                return frame


def test_sound_and_pictures_come_in_order_on_clocks_with_one_zero() -> None:
    frames = produce_all(LiveProducer(changed(seconds=2.0)))
    video, audio = of_kind(frames, Kind.VIDEO), of_kind(frames, Kind.AUDIO)
    assert (len(video), len(audio)) == (60, 100)
    assert [frame.rtp_time for frame in video] == [n * 3000 for n in range(60)]
    assert [frame.rtp_time for frame in audio] == [n * 960 for n in range(100)]
    assert [frame.arrival for frame in frames] == sorted(frame.arrival for frame in frames)
    for frame in frames:
        assert frame.arrival == pytest.approx(frame.rtp_time / frame.codec.clock_rate)


def test_flash_and_beep_coincide_after_coding() -> None:
    frames = produce_all(LiveProducer(changed(audio_codec=Codec.PCMU, seconds=2.5)))
    video, audio = of_kind(frames, Kind.VIDEO), of_kind(frames, Kind.AUDIO)
    pictures = zip(video, decode_video(Codec.H264, video), strict=True)
    sounds = zip(audio, decode_audio(Codec.PCMU, audio), strict=True)
    white = [frame.rtp_time / 90000 for frame, picture in pictures if is_flash(picture)]
    loud = [frame.rtp_time / 8000 for frame, sound in sounds if is_beep(sound)]
    assert [t for t in white if t == int(t)] == [0.0, 1.0, 2.0]
    assert [t for t in loud if t == int(t)] == [0.0, 1.0, 2.0]
    assert (len(white), len(loud)) == (9, 15)
    assert max(t % 1 for t in white) < 0.1
    assert max(t % 1 for t in loud) < 0.1


def test_pictures_keep_uneven_frame_rates() -> None:
    frames = produce_all(LiveProducer(changed(fps=30000 / 1001, seconds=2.0, audio=False)))
    assert [frame.rtp_time for frame in frames] == [n * 3003 for n in range(60)]


def test_key_frames_come_at_their_interval() -> None:
    frames = produce_all(LiveProducer(changed(seconds=3.5, key_interval=1.0, audio=False)))
    assert [n for n, frame in enumerate(frames) if frame.key] == [0, 30, 60, 90]


def test_a_request_makes_one_key_frame_and_starts_the_interval_anew() -> None:
    producer = LiveProducer(changed(key_interval=1.0))
    keys: list[int] = []
    for n in range(60):
        if n == 20:
            producer.request_key_frame()
            producer.request_key_frame()
        if next_picture(producer).key:
            keys.append(n)
    assert keys == [0, 20, 50]


def test_a_slow_machine_skips_pictures_but_no_numbers_and_no_sound() -> None:
    producer = LiveProducer(changed(audio_codec=Codec.PCMA, seconds=2.0))
    frames: list[EncodedFrame] = []
    now = 0.0
    while (due := producer.due()) is not None:
        now = max(due, now)
        made = producer.produce(now)
        frames += made
        now += 0.08 if made[0].codec.kind is Kind.VIDEO else 0.001
    video, audio = of_kind(frames, Kind.VIDEO), of_kind(frames, Kind.AUDIO)
    assert counters(video) == list(range(len(video)))
    assert 20 <= len(video) <= 30
    times = [frame.rtp_time for frame in video]
    assert all(time % 3000 == 0 for time in times)
    assert times == sorted(set(times))
    assert times[-1] > 1.8 * 90000
    assert [frame.rtp_time for frame in audio] == [n * 160 for n in range(100)]


def test_after_a_long_sleep_sound_goes_on_from_now() -> None:
    producer = LiveProducer(SMALL)
    producer.produce(0.0)
    frame = producer.produce(60.0)[0]
    assert frame.arrival == pytest.approx(60.0, abs=0.05)
    assert producer.due() == pytest.approx(60.0, abs=0.05)


@pytest.mark.parametrize("codec", VIDEO)
def test_another_size_begins_with_a_key_frame(codec: Codec) -> None:
    producer = LiveProducer(changed(codec=codec, audio=False))
    frames: list[EncodedFrame] = []
    for n in range(30):
        if n == 10:
            producer.resize(320, 180)
        if n == 20:
            producer.resize(90, 160)
        frames.append(next_picture(producer))
    producer.close()
    keys = [(n, frame.width, frame.height) for n, frame in enumerate(frames) if frame.key]
    assert keys == [(0, 160, 90), (10, 320, 180), (20, 90, 160)]
    assert counters(frames) == list(range(30))
    sizes = [(p.width, p.height) for p in decode_video(codec, frames)]
    assert sizes == [(160, 90)] * 10 + [(320, 180)] * 10 + [(90, 160)] * 10
    assert [frame.rtp_time for frame in frames] == [n * 3000 for n in range(30)]


def test_one_kind_alone() -> None:
    sound = LiveProducer(changed(video=False, seconds=0.1))
    assert (sound.video, sound.audio) == (None, Codec.OPUS)
    sound.request_key_frame()
    sound.resize(320, 180)
    assert {frame.codec for frame in produce_all(sound)} == {Codec.OPUS}
    pictures = LiveProducer(changed(audio=False, codec=Codec.VP8, seconds=0.1))
    assert (pictures.video, pictures.audio) == (Codec.VP8, None)
    assert {frame.codec for frame in produce_all(pictures)} == {Codec.VP8}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"audio": False, "video": False}, "Nothing to send"),
        ({"codec": Codec.OPUS}, "not a video codec"),
        ({"audio_codec": Codec.VP8}, "not an audio codec"),
        ({"number": 256}, "0 to 255"),
        ({"fps": 0.05}, "0.1 to 120"),
        ({"width": 161}, "even"),
        ({"height": 32}, "64 to 4096"),
        ({"channels": 3}, "1 or 2"),
        ({"bitrate": 0}, "Bits per second"),
        ({"key_interval": 0.0}, "key frames"),
    ],
)
def test_what_cannot_be_sent_is_refused(values: dict[str, Any], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        changed(**values)


def test_a_size_that_cannot_be_encoded_is_refused_at_once() -> None:
    producer = LiveProducer(SMALL)
    with pytest.raises(UsageError, match="even"):
        producer.resize(161, 90)
    assert next_picture(producer).width == 160
    producer.close()
