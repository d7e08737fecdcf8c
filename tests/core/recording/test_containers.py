"""Which container, what of it is on the disk at any moment, and what its headers say."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest

from roomdeck.core.model import Codec, Container, EncodedFrame, EndReason
from roomdeck.core.recording.check import check
from roomdeck.core.recording.container import (
    TakeFile,
    VideoFormat,
    boxes,
    extension,
    refusal,
)
from roomdeck.core.recording.container.mp4 import Mp4Muxer
from roomdeck.core.recording.sentlog import SentLog
from roomdeck.core.recording.sink import Sink
from roomdeck.core.rtp.bitstream.nal import split_annex_b

from .media import START, Demuxed, Studio, audio, moved, video

H264, VP8, OPUS = Codec.H264, Codec.VP8, Codec.OPUS
AUTO, TS, MKV, MP4 = Container.AUTO, Container.TS, Container.MKV, Container.MP4


@pytest.mark.parametrize(
    ("codecs", "wanted", "expected"),
    [
        ((H264, OPUS), AUTO, "ts"),
        ((Codec.H265, None), AUTO, "ts"),
        ((H264, Codec.PCMU), AUTO, "mkv"),
        ((VP8, OPUS), AUTO, "mkv"),
        ((None, OPUS), AUTO, "mkv"),
        ((H264, OPUS), TS, "ts"),
        ((None, OPUS), TS, "ts"),
        ((VP8, OPUS), TS, "mkv"),
        ((H264, OPUS), MKV, "mkv"),
        ((H264, OPUS), MP4, "mp4"),
        ((Codec.H265, OPUS), MP4, "mp4"),
        ((Codec.VP9, None), MP4, "mp4"),
        ((Codec.AV1, OPUS), MP4, "mp4"),
        ((None, OPUS), MP4, "mp4"),
        ((VP8, OPUS), MP4, "mkv"),
        ((H264, Codec.G722), MP4, "mkv"),
        ((None, Codec.PCMA), MP4, "mkv"),
    ],
)
def test_what_is_wanted_is_taken_where_it_can_hold_the_codecs(
    codecs: tuple[Codec | None, Codec | None], wanted: Container, expected: str
) -> None:
    assert extension(*codecs, wanted) == expected
    said = refusal(*codecs, wanted)
    assert bool(said) == (wanted is not AUTO and wanted != expected)
    if said:
        assert said.startswith(f".{wanted} cannot hold ")
        assert said.endswith(": recorded into .mkv")


PAIRS = [
    (H264, OPUS),
    (Codec.H265, OPUS),
    (Codec.VP9, OPUS),
    (Codec.AV1, OPUS),
    (H264, None),
    (Codec.VP9, None),
    (None, OPUS),
]


@pytest.mark.parametrize(("video_codec", "audio_codec"), PAIRS)
def test_an_mp4_has_every_frame_and_is_an_ordinary_file_in_the_end(
    tmp_path: Path, video_codec: Codec | None, audio_codec: Codec | None
) -> None:
    pictures = video(video_codec) if video_codec else ()
    sounds = audio(audio_codec) if audio_codec else ()
    studio = Studio(tmp_path, container=MP4)
    studio.recorder.expect(video_codec, audio_codec)
    studio.play(pictures, sounds)
    [take] = studio.end()
    assert Path(take.file).suffix == ".mp4"
    assert Path(take.file).stat().st_size == take.bytes
    with SentLog(tmp_path / "sent") as log:
        for frame in [*pictures, *sounds]:
            log.write(frame)
    result = check(Path(take.file), tmp_path / "sent")
    assert result.problems == []
    assert [(c.matched, c.missing, c.missing_at_end) for c in result.comparisons] == [
        (len(frames), 0, 0) for frames in (pictures, sounds) if frames
    ]
    assert [name for name, _ in top(take.file)] == [b"ftyp", b"mdat", b"moov"]
    times = Demuxed(take.file).pts
    by_kind: dict[str, Sequence[EncodedFrame]] = {"video": pictures, "audio": sounds}
    for kind, frames in by_kind.items():
        assert times[kind] == [
            Fraction(f.rtp_time - frames[0].rtp_time, f.codec.clock_rate) for f in frames
        ]


def top(path: str | Path) -> list[tuple[bytes, bytes]]:
    """The boxes of a file; `mdat` has its long form."""
    data, found = Path(path).read_bytes(), list[tuple[bytes, bytes]]()
    while data:
        size, name, large = struct.unpack_from(">I4sQ", data)
        size = large if size == 1 else size
        assert 8 <= size <= len(data)
        found.append((name, data[:size]))
        data = data[size:]
    return found


def times(number: int, codec: Codec) -> int:
    return number * codec.clock_rate // (25 if codec is not OPUS else 50)


def begin(folder: Path, container: Container, video_codec: Codec, sound: bool = True) -> TakeFile:
    path = folder / f"take.{extension(video_codec, OPUS, container)}"
    size = VideoFormat(video_codec, 64, 48)
    return TakeFile(path, path.open("wb", buffering=0), size, OPUS if sound else None, container)


def test_an_mp4_has_the_length_of_each_nal_unit_whatever_start_code_it_had(
    tmp_path: Path,
) -> None:
    units = list(split_annex_b(video(H264)[0].data))
    assert len(units) >= 3
    file = begin(tmp_path, MP4, H264, sound=False)
    for n, codes in enumerate((b"\0\0\0\1", b"\0\0\1")):
        data = b"".join(codes + unit for unit in units)
        file.write(msgspec.structs.replace(video(H264)[0], data=data), n * 3600)
    file.close()
    sample = b"".join(len(unit).to_bytes(4) + unit for unit in units)
    assert Demuxed(file.path).data["video"] == [sample, sample]


@pytest.mark.parametrize("codec", [H264, Codec.H265, Codec.VP9, Codec.AV1])
def test_an_mp4_plays_up_to_any_flush(tmp_path: Path, codec: Codec) -> None:
    file = begin(tmp_path, MP4, codec)
    pictures, sounds = video(codec), audio()
    for n in range(75):
        file.write(pictures[n], times(n, codec))
        file.write(sounds[2 * n], times(2 * n, OPUS))
        file.write(sounds[2 * n + 1], times(2 * n + 1, OPUS))
        if n % 5 == 0:
            file.flush()
            result = check(file.path)
            assert result.problems == []
            assert [track.frames for track in result.tracks] == [n + 1, 2 * n + 2]
    # Killed between the index at the end and what makes it count, or before the index.
    size = file.path.stat().st_size
    killed = file.path.read_bytes()[:60]
    file.close()
    whole = file.path.read_bytes()
    assert len(whole) > size
    for rest in (whole[60:], whole[60:-40]):
        (tmp_path / "killed.mp4").write_bytes(killed + rest)
        assert [track.frames for track in check(tmp_path / "killed.mp4").tracks] == [75, 150]


@pytest.mark.parametrize("container", [TS, MP4])
def test_one_picture_is_on_the_disk_though_no_other_and_no_sound_comes(
    tmp_path: Path, container: Container
) -> None:
    file = begin(tmp_path, container, H264, sound=container is MP4)
    file.write(video(H264)[0], 0)
    file.flush()
    result = check(file.path)
    assert result.problems == []
    assert result.video is not None
    assert result.video.decoded == 1
    file.close()
    assert check(file.path).video is not None


@pytest.mark.parametrize(("video_at", "audio_at"), [(0, 0.1), (0.25, 0), (0, 3601.5)])
@pytest.mark.parametrize("killed", [False, True])
def test_tracks_of_an_mp4_that_begin_later_stay_where_they_are(
    tmp_path: Path, video_at: float, audio_at: float, killed: bool
) -> None:
    file = begin(tmp_path, MP4, H264)
    for n in range(25):
        file.write(video(H264)[n], round(video_at * 90000) + times(n, H264))
    file.flush()
    for n in range(50):
        file.write(audio()[n], round(audio_at * 48000) + times(n, OPUS))
    file.flush()
    if killed:
        (tmp_path / "killed.mp4").write_bytes(file.path.read_bytes())
    file.close()
    demuxed = Demuxed(tmp_path / ("killed.mp4" if killed else "take.mp4"))
    offset = demuxed.pts["audio"][0] - demuxed.pts["video"][0]
    assert offset == pytest.approx(audio_at - video_at, abs=1e-9)
    assert len(demuxed.pts["audio"]) == 50


@pytest.mark.parametrize("killed", [False, True])
def test_an_mp4_keeps_the_order_of_decoding_apart_from_that_of_showing(
    tmp_path: Path, killed: bool
) -> None:
    order = [0, 3, 1, 2, 6, 4, 5]
    path = tmp_path / "reordered.mp4"
    sink = Sink(path.open("wb", buffering=0))
    muxer = Mp4Muxer(sink, H264, None)
    for n, shown in enumerate(order):
        muxer.write(video(H264)[n], shown * 3600, (n - 1) * 3600, 3600)
        muxer.flush()
    if not killed:
        muxer.close()
    sink.close()
    container: Any
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux() if packet.size]
    assert [packet.pts for packet in packets] == [shown * 3600 for shown in order]
    assert [packet.dts for packet in packets] == [(n - 1) * 3600 for n in range(7)]


def test_frames_of_an_mp4_take_few_bytes_of_memory() -> None:
    muxer = Mp4Muxer(Sink(io.BytesIO()), H264, None)
    for n in range(1000):
        muxer.write(video(H264)[n % 75], n * 3600, n * 3600, 3600)
    muxer.flush()
    [track] = muxer.tracks
    kept = (track.sizes, track.durations, track.shifts, track.keys, track.offsets, track.counts)
    assert sum(len(values) * values.itemsize for values in kept) < 1000 * 16


def grown(codec: Codec, *sizes: tuple[int, int]) -> list[EncodedFrame]:
    return [
        frame
        for n, (width, height) in enumerate(sizes)
        for frame in moved(video(codec, width, height, 1), by=n, rtp=n * 90000)
    ]


MATROSKA_SIZE = struct.Struct(">cBHcBH")


@pytest.mark.parametrize(
    ("codec", "container"),
    [
        (VP8, MKV),
        (Codec.VP9, MKV),
        (Codec.AV1, MKV),
        (H264, MKV),
        (H264, MP4),
        (Codec.VP9, MP4),
    ],
)
def test_the_header_of_a_finished_file_has_the_largest_size(
    tmp_path: Path, codec: Codec, container: Container
) -> None:
    frames = grown(codec, (64, 48), (320, 180), (160, 96))
    studio = Studio(tmp_path, container=container)
    studio.recorder.expect(codec, OPUS)
    studio.play(frames, audio())
    [take] = studio.end()
    result = check(Path(take.file))
    assert result.problems == []
    assert [track.frames for track in result.tracks] == [75, 150]
    data = Path(take.file).read_bytes()
    if container is MKV:
        assert data[:1000].count(MATROSKA_SIZE.pack(b"\xb0", 0x82, 320, b"\xba", 0x82, 180)) == 1
        if codec is VP8:
            with av.open(take.file) as opened:
                stream = opened.streams.video[0]
                assert (stream.width, stream.height) == (320, 180)
    else:
        moov = top(take.file)[-1][1]
        [(_, header), _] = boxes.find(moov, b"moov", b"trak", b"tkhd")
        assert struct.unpack(">HxxHxx", moov[header - 8 : header]) == (320, 180)
        [(stsd, _), _] = boxes.find(moov, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
        assert struct.unpack_from(">HH", moov, stsd + 40) == (320, 180)


@pytest.mark.parametrize("small", [(32, 16), (80, 48), (160, 90)])
def test_a_transport_stream_begins_anew_where_its_picture_began_small(
    tmp_path: Path, small: tuple[int, int]
) -> None:
    """Who asks a .ts for the size is told that of its first picture."""
    frames = grown(H264, small, (320, 180), (160, 96), (320, 180))
    studio = Studio(tmp_path)
    studio.recorder.expect(H264, OPUS)
    studio.play(frames, audio(seconds=4))
    first, second = studio.end()
    assert [first.reason, second.reason] == [EndReason.SIZE, EndReason.BYE]
    parts = [Demuxed(take.file) for take in (first, second)]
    assert [len(part.data["video"]) for part in parts] == [25, 75]
    assert parts[1].sizes[0] == (320, 180)
    heard = [data for part in parts for data in part.data["audio"]]
    assert heard == [frame.data for frame in audio(seconds=4)]
    assert [check(Path(take.file)).problems for take in (first, second)] == [[], []]


def test_a_picture_that_grows_later_or_less_stays_in_its_transport_stream(tmp_path: Path) -> None:
    frames = [*grown(H264, (64, 48), (112, 96)), *video(H264, 64, 48, 14)]
    frames = [*frames[:50], *moved(frames[50:], 2, 2 * 90000)]
    frames += moved(video(H264, 320, 180, 1), 16, 16 * 90000)
    studio = Studio(tmp_path)
    studio.recorder.expect(H264, None)
    studio.play(frames)
    [take] = studio.end()
    assert check(Path(take.file)).problems == []


@pytest.mark.parametrize(("container", "hours"), [(TS, 26), (MP4, 12), (MKV, 26)])
def test_a_take_goes_on_in_a_new_file_before_its_container_cannot_count_any_further(
    tmp_path: Path, container: Container, hours: int
) -> None:
    """A long take, of which only the first and the last seconds are played."""
    far = hours * 3600 - 1.5
    studio = Studio(tmp_path, container=container)
    studio.recorder.expect(H264, OPUS)
    pictures, sounds = video(H264, seconds=6), audio(seconds=6)
    early = [video(H264)[:70], audio()[:140]]
    late = [moved(pictures, far, int(far * 90000)), moved(sounds, far, int(far * 48000))]
    studio.play(*early)
    before = [[f for f in frames if f.arrival < START + far + 1.8] for frames in late]
    studio.play(*before)
    assert studio.recorder.wants_key_frame == (container is not MKV)
    studio.play(*([f for f in frames if f.arrival >= START + far + 1.8] for frames in late))
    takes = studio.end()
    assert [take.reason for take in takes] == [
        *([EndReason.LENGTH] if container is not MKV else []),
        EndReason.BYE,
    ]
    parts = [Demuxed(take.file) for take in takes]
    assert sum(len(part.data["video"]) for part in parts) == 70 + 150
    heard = [data for part in parts for data in part.data["audio"]]
    assert heard == [frame.data for frame in (*early[1], *sounds)]
    assert [check(Path(take.file)).problems for take in takes] == [[] for _ in takes]
    if container is not MKV:
        assert len(parts[1].data["video"]) == 100
        assert parts[1].pts["audio"][0] == pytest.approx(parts[1].pts["video"][0], abs=0.001)
