from __future__ import annotations

import os
from pathlib import Path

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing import encoders
from roomdeck.core.publishing.encoders import AudioEncoder, VideoEncoder, as_sent
from roomdeck.core.publishing.pictures import PictureMaker, is_flash, read_barcode
from roomdeck.core.publishing.tones import is_beep, peak
from roomdeck.core.rtp.bitstream import frame_size, is_key_frame

from .coding import decode_audio, decode_video

VIDEO = [codec for codec in Codec if codec.kind is Kind.VIDEO]
AUDIO = [codec for codec in Codec if codec.kind is Kind.AUDIO]


def encode(
    codec: Codec, size: tuple[int, int], count: int, keys: set[int], bitrate: int = 500_000
) -> list[EncodedFrame]:
    maker = PictureMaker("alice", 42, *size)
    encoder = VideoEncoder(codec, *size, fps=30, bitrate=bitrate)
    frames = [
        encoder.encode(maker.draw(n, n / 30), n * 3000, n / 30, key=n in keys) for n in range(count)
    ]
    encoder.close()
    assert None not in frames
    return [frame for frame in frames if frame is not None]


@pytest.mark.parametrize(("size", "bitrate"), [((160, 90), 100_000), ((640, 360), 400_000)])
@pytest.mark.parametrize("codec", VIDEO)
def test_every_picture_is_recognised_after_coding(
    codec: Codec, size: tuple[int, int], bitrate: int
) -> None:
    frames = encode(codec, size, 65, {0}, bitrate)
    pictures = decode_video(codec, frames)
    assert [read_barcode(picture) for picture in pictures] == [(42, n) for n in range(65)]
    white = [n for n, picture in enumerate(pictures) if is_flash(picture)]
    assert white == [0, 1, 2, 30, 31, 32, 60, 61, 62]
    assert {(picture.width, picture.height) for picture in pictures} == {size}


@pytest.mark.parametrize("codec", VIDEO)
def test_key_frames_come_when_asked_for_and_only_then(codec: Codec) -> None:
    asked = {0, 7, 8, 30, 47}
    frames = encode(codec, (160, 90), 70, asked)
    assert {n for n, frame in enumerate(frames) if frame.key} == asked
    for frame in frames:
        assert is_key_frame(codec, frame.data) == frame.key
        assert (frame.width, frame.height) == ((160, 90) if frame.key else (0, 0))
        if frame.key:
            assert frame_size(codec, frame.data) == (160, 90)


@pytest.mark.parametrize("codec", VIDEO)
def test_decoding_can_begin_at_a_key_frame_asked_for(codec: Codec) -> None:
    frames = encode(codec, (160, 90), 40, {0, 20})
    pictures = decode_video(codec, frames[20:])
    assert [read_barcode(picture) for picture in pictures] == [(42, n) for n in range(20, 40)]


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_annex_b_has_long_start_codes_only(codec: Codec) -> None:
    for frame in encode(codec, (160, 90), 10, {0, 5}):
        assert frame.data.startswith(b"\0\0\0\1")
        assert frame.data.count(b"\0\0\1") == frame.data.count(b"\0\0\0\1")


def test_start_codes_become_long() -> None:
    raw = b"\0\0\1\x67a\0\0\1\x68b\0\0\0\0\1\x65c\0\0\3\1"
    expected = b"\0\0\0\1\x67a\0\0\0\1\x68b\0\0\0\1\x65c\0\0\3\1"
    assert as_sent(Codec.H264, raw) == expected


def test_av1_has_no_temporal_delimiter() -> None:
    for frame in encode(Codec.AV1, (160, 90), 10, {0, 5}):
        position = 0
        while position < len(frame.data):
            header = frame.data[position]
            assert header & 0b010, "an OBU without its size"
            assert header >> 3 & 15 != 2, "a temporal delimiter"
            length, shift, position = 0, 0, position + 1 + (header >> 2 & 1)
            while True:
                byte = frame.data[position]
                length |= (byte & 127) << shift
                shift, position = shift + 7, position + 1
                if byte < 128:
                    break
            position += length
        assert position == len(frame.data)


@pytest.mark.parametrize("codec", AUDIO)
def test_sound_comes_through(codec: Codec) -> None:
    encoder = AudioEncoder(codec, 64000, 2, 5)
    frames = [encoder.encode(index, index / 50) for index in range(60)]
    assert [frame.rtp_time for frame in frames] == [
        index * codec.clock_rate // 50 for index in range(60)
    ]
    assert all(frame.key for frame in frames)
    sound = decode_audio(codec, frames)
    # Coding delay moves sound into the next packet at most; quiet in the middle of the second.
    loud = [index for index, frame in enumerate(sound) if is_beep(frame)]
    assert set(range(1, 5)) | set(range(51, 55)) <= set(loud)
    assert set(loud) <= set(range(6)) | set(range(50, 56))
    assert 0.001 < peak(sound[30]) < 0.03
    if codec is not Codec.OPUS:
        assert {len(frame.data) for frame in frames} == {160}


def test_sound_packets_differ() -> None:
    encoder = AudioEncoder(Codec.OPUS, 64000, 2, 5)
    packets = {encoder.encode(index, index / 50).data for index in range(100)}
    assert len(packets) == 100


def test_a_missing_encoder_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(getattr(encoders, "_ENCODERS"), Codec.H265, "libnothing")  # noqa: B009
    with pytest.raises(UsageError, match="cannot encode h265"):
        VideoEncoder(Codec.H265, 160, 90, 30, 100_000)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are read from /proc")
@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265, Codec.VP8, Codec.VP9, Codec.AV1])
def test_no_encoder_puts_itself_before_everything_else(codec: Codec) -> None:
    encoder = VideoEncoder(codec, 320, 180, 30, 500_000)
    tasks = [int(task.name) for task in Path("/proc/self/task").iterdir()]
    assert {os.sched_getscheduler(task) for task in tasks} == {os.SCHED_OTHER}
    encoder.encode(PictureMaker("a", 1, 320, 180).draw(0, 0.5), 0, 0.0, key=True)
    encoder.close()
