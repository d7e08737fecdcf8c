from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.files import FileProducer
from roomdeck.core.publishing.live import LiveProducer
from roomdeck.core.publishing.pictures import PictureMaker
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.rtp.bitstream import canonical

from .coding import new_file, of_kind, produce_all, write_file, write_sound


def live(codec: Codec, seconds: float = 1.5, **values: Any) -> list[EncodedFrame]:
    config = SourceConfig(
        name="carol", width=160, height=90, codec=codec, seconds=seconds, key_interval=0.5, **values
    )
    producer = LiveProducer(config)
    frames = produce_all(producer)
    producer.close()
    return frames


def from_file(path: Path, **values: Any) -> FileProducer:
    return FileProducer(SourceConfig(name="file", file=str(path), **values))


def take_all(producer: FileProducer) -> list[EncodedFrame]:
    frames: list[EncodedFrame] = []
    while producer.due() is not None:
        frames += producer.produce(0.0)
    return frames


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        (Codec.VP8, "mkv"),
        (Codec.VP9, "mkv"),
        (Codec.AV1, "mkv"),
        (Codec.H264, "ts"),
        (Codec.H264, "mkv"),
        (Codec.H264, "mp4"),
        (Codec.H265, "ts"),
        (Codec.AV1, "mp4"),
    ],
)
def test_a_files_packets_come_as_they_were_written(
    tmp_path: Path, codec: Codec, suffix: str
) -> None:
    written = live(codec)
    path = tmp_path / f"take.{suffix}"
    write_file(path, written)
    producer = from_file(path)
    assert (producer.video, producer.audio) == (codec, Codec.OPUS)
    sent = take_all(producer)
    assert producer.due() is None
    assert producer.produce(9.0) == []
    producer.close()
    for kind in Kind:
        before, after = of_kind(written, kind), of_kind(sent, kind)
        assert len(before) == len(after)
        assert [f.key for f in after] == [f.key for f in before]
        assert [(f.width, f.height) for f in after] == [(f.width, f.height) for f in before]
        for one, other in zip(before, after, strict=True):
            assert canonical(one.codec, other.data) == canonical(one.codec, one.data)
            if codec not in (Codec.H264, Codec.H265):
                assert other.data == one.data


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_b_frames_come_in_the_order_of_decoding(tmp_path: Path, suffix: str) -> None:
    """And none before it was taken. Matroska does not say when the first ones are decoded."""
    path = tmp_path / f"film.{suffix}"
    written: list[int] = []
    container: Any
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "bf": "2", "b-adapt": "0"}
        stream = container.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height = 160, 90
        maker = PictureMaker("film", 1, 160, 90)
        for number in [*range(12), None]:
            picture = None if number is None else maker.draw(number, number / 30)
            for packet in stream.encode(picture):
                written.append(packet.pts)
                container.mux(packet)
    sent = take_all(producer := from_file(path))
    producer.close()
    assert written != sorted(written)
    assert [round(frame.rtp_time / 3000) for frame in sent] == written
    assert all(frame.arrival * 90000 > frame.rtp_time - 1 for frame in sent)
    assert sorted(frame.arrival for frame in sent) == [frame.arrival for frame in sent]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_h265_gets_its_parameter_sets_back(tmp_path: Path, suffix: str) -> None:
    written = of_kind(live(Codec.H265), Kind.VIDEO)
    path = tmp_path / f"take.{suffix}"
    write_file(path, written)
    sent = take_all(from_file(path))
    assert len(sent) == len(written)
    for one, other in zip(written, sent, strict=True):
        assert (other.key, other.width, other.height) == (one.key, one.width, one.height)
        # FFmpeg's filter gives them to key frames that have their own as well.
        assert other.data == one.data if not one.key else other.data.endswith(one.data)


@pytest.mark.parametrize("suffix", ["ts", "mp4", "mkv"])
def test_a_files_own_timing_is_kept(tmp_path: Path, suffix: str) -> None:
    written = live(Codec.H264)
    path = tmp_path / f"take.{suffix}"
    write_file(path, written)
    sent = take_all(from_file(path))
    assert [f.arrival for f in sent] == sorted(f.arrival for f in sent)
    assert min(f.rtp_time for f in sent) == 0
    # Matroska counts milliseconds; Opus tells it of 6.5 ms before the first sound.
    slack = 0.002
    for kind in Kind:
        before, after = of_kind(written, kind), of_kind(sent, kind)
        shift = after[0].rtp_time - before[0].rtp_time
        assert 0 <= shift / after[0].codec.clock_rate < 0.01
        for one, other in zip(before, after, strict=True):
            away = (other.rtp_time - shift - one.rtp_time) / one.codec.clock_rate
            assert abs(away) < slack
            assert other.arrival == pytest.approx(other.rtp_time / one.codec.clock_rate, abs=slack)


def test_kinds_can_be_left_out_and_the_end_can_be_early(tmp_path: Path) -> None:
    path = tmp_path / "take.mkv"
    write_file(path, live(Codec.VP8))
    sound = from_file(path, video=False, seconds=0.5)
    assert (sound.video, sound.audio) == (None, Codec.OPUS)
    frames = take_all(sound)
    assert {frame.codec for frame in frames} == {Codec.OPUS}
    assert len(frames) == 25
    pictures = from_file(path, audio=False)
    assert {frame.codec for frame in take_all(pictures)} == {Codec.VP8}


def test_requests_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "take.mkv"
    write_file(path, live(Codec.VP8))
    expected = take_all(from_file(path))
    producer = from_file(path)
    producer.request_key_frame()
    producer.resize(320, 180)
    assert take_all(producer) == expected


@pytest.mark.parametrize("codec", [Codec.PCMU, Codec.PCMA])
def test_large_telephone_packets_are_cut_to_20_ms(tmp_path: Path, codec: Codec) -> None:
    sound = bytes(n * 7 % 256 for n in range(8000))
    path = tmp_path / "sound.wav"
    encoder = {Codec.PCMU: "pcm_mulaw", Codec.PCMA: "pcm_alaw"}[codec]
    write_sound(path, encoder, 8000, sound)
    frames = take_all(from_file(path))
    assert b"".join(frame.data for frame in frames) == sound
    times = [frame.rtp_time for frame in frames]
    assert times == [sum(len(f.data) for f in frames[:n]) for n in range(len(frames))]
    assert max(len(frame.data) for frame in frames) <= 1100


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Cannot open .*nothing\.ts"):
        from_file(tmp_path / "nothing.ts")


def test_something_else_than_media_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no media")
    with pytest.raises(UsageError, match="Cannot open"):
        from_file(path)


def test_a_codec_that_cannot_be_sent_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with new_file(path) as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        frame = av.VideoFrame(64, 64, "yuv420p")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(UsageError, match=r"mpeg4 video cannot be sent.*vp8.*--no-video"):
        from_file(path)
    with pytest.raises(UsageError, match="nothing to send"):
        from_file(path, video=False)


def test_telephone_sound_at_another_rate_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    write_sound(path, "pcm_mulaw", 16000, bytes(320))
    with pytest.raises(UsageError, match="mono at 8000 Hz"):
        from_file(path)
