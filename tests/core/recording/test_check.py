"""A check has to find what is wrong: every file here is broken on purpose, except the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.recording.check import (
    CheckReport,
    Comparison,
    Verdict,
    What,
    check,
    describe,
)
from roomdeck.core.recording.container import TakeFile, VideoFormat, extension
from roomdeck.core.recording.sentlog import SentLog

from .media import audio, moved, video

H264, VP8, OPUS = Codec.H264, Codec.VP8, Codec.OPUS
CODECS = [H264, Codec.H265, VP8, Codec.VP9, Codec.AV1]


def write(
    folder: Path, pictures: Sequence[EncodedFrame], sounds: Sequence[EncodedFrame] = ()
) -> Path:
    """Put frames into a file as they come, with the times of their RTP clocks."""
    codec = pictures[0].codec if pictures else None
    sound = sounds[0].codec if sounds else None
    path = folder / f"file.{extension(codec, sound)}"
    size = VideoFormat(codec, 64, 48) if codec else None
    file = TakeFile(path, path.open("wb", buffering=0), size, sound)
    for frame in sorted([*pictures, *sounds], key=lambda f: f.arrival):
        file.write(frame, frame.rtp_time - (5000 if frame.codec is codec else 777000))
    file.close()
    return path


def sent(folder: Path, *tracks: Sequence[EncodedFrame]) -> Path:
    with SentLog(folder / "sent") as log:
        for frame in sorted((f for track in tracks for f in track), key=lambda f: f.arrival):
            log.write(frame)
    return folder / "sent"


def damaged(frame: EncodedFrame) -> EncodedFrame:
    """Other bytes in the second half of a frame."""
    half = len(frame.data) // 2
    return msgspec.structs.replace(frame, data=frame.data[:half] + b"\x55" * (half + 1))


def compared(report: CheckReport, kind: Kind = Kind.VIDEO) -> Comparison:
    return next(c for c in report.comparisons if c.kind is kind)


def test_a_good_file_is_good(tmp_path: Path) -> None:
    path = write(tmp_path, video(H264), audio())
    report = check(path, sent(tmp_path, video(H264), audio()))
    assert report.verdict is Verdict.GOOD
    assert (report.container, report.bytes) == ("mpegts", path.stat().st_size)
    assert report.seconds == pytest.approx(3.0, abs=0.01)
    assert report.start_offset == pytest.approx(0, abs=0.001)
    assert report.end_offset == pytest.approx(0, abs=0.001)
    assert report.video is not None
    assert (report.video.frames, report.video.decoded, report.video.key_frames) == (75, 75, 3)
    assert report.audio is not None
    assert (report.audio.frames, report.audio.gaps) == (150, [])
    assert describe(report)[0] == f"good: {path}"
    assert msgspec.json.decode(msgspec.json.encode(report), type=CheckReport) == report


@pytest.mark.parametrize("codec", CODECS)
def test_frames_that_are_missing_are_counted_and_placed(tmp_path: Path, codec: Codec) -> None:
    frames = video(codec)
    path = write(tmp_path, [f for n, f in enumerate(frames) if n not in (7, 30, 31, 32, 73, 74)])
    report = check(path, sent(tmp_path, frames))
    found = compared(report)
    assert report.bad
    assert (found.matched, found.missing, found.missing_at_end) == (69, 4, 2)
    assert found.missing_ranges == [(7, 7), (30, 32)]
    assert (found.first, found.first_is_key, found.wrong, found.extra) == (0, True, 0, 0)
    assert "missing 4: 7, 30-32" in "\n".join(describe(report))


@pytest.mark.parametrize("codec", CODECS[:-1])  # AV1 is refused by the muxer already
def test_a_frame_with_other_bytes_is_found(tmp_path: Path, codec: Codec) -> None:
    frames = list(video(codec))
    changed = [*frames[:30], damaged(frames[30]), *frames[31:]]
    report = check(write(tmp_path, changed), sent(tmp_path, frames))
    found = compared(report)
    assert report.bad
    assert (found.matched, found.wrong, found.missing) == (74, 1, 0)


def test_a_file_cut_at_the_end_is_not_bad(tmp_path: Path) -> None:
    report = check(write(tmp_path, video(VP8)[25:60]), sent(tmp_path, video(VP8)))
    assert not report.bad
    found = compared(report)
    assert (found.first, found.matched, found.missing_at_end) == (25, 35, 15)


def test_frames_that_were_never_sent_are_found(tmp_path: Path) -> None:
    frames = list(video(VP8))
    strange = msgspec.structs.replace(frames[10], rtp_time=frames[10].rtp_time + 1000, data=b"\1x")
    report = check(write(tmp_path, [*frames[:11], strange, *frames[11:]]), sent(tmp_path, frames))
    assert report.bad
    assert (compared(report).extra, compared(report).matched) == (1, 75)


def test_frames_that_come_twice_are_found(tmp_path: Path) -> None:
    frames = list(video(VP8))
    again = msgspec.structs.replace(frames[10], rtp_time=frames[10].rtp_time + 900)
    report = check(write(tmp_path, [*frames[:11], again, *frames[11:]]), sent(tmp_path, frames))
    assert report.bad
    assert compared(report).extra == 1


@pytest.mark.parametrize(
    ("codec", "ticks", "verdict"),
    [
        (H264, 1, Verdict.GOOD),
        (H264, -90, Verdict.GOOD),
        (VP8, 200, Verdict.GOOD),
        (VP8, -200, Verdict.GOOD),
        (H264, 3599, Verdict.GOOD),
        (H264, 9000, Verdict.FLAWED),
        (VP8, 9000, Verdict.FLAWED),
    ],
)
def test_a_time_that_was_not_sent_is_found(
    tmp_path: Path, codec: Codec, ticks: int, verdict: Verdict
) -> None:
    frames = list(video(codec))
    after = 41 if abs(ticks) < 3600 else len(frames)
    late = [msgspec.structs.replace(f, rtp_time=f.rtp_time + ticks) for f in frames[40:after]]
    path = write(tmp_path, [*frames[:40], *late, *frames[after:]])
    report = check(path, sent(tmp_path, frames))
    assert report.verdict is verdict
    assert compared(report).mistimed == (2 if after == 41 else 1)
    assert compared(report).matched == 75
    [found] = [finding for finding in report.findings if finding.what is What.PLACE]
    assert found.time == pytest.approx(1.6 if ticks != 3599 else 1.64, abs=0.1)
    assert found.seconds == pytest.approx(ticks / 90000, abs=0.002) or after == 41


def test_rounding_to_milliseconds_is_no_error(tmp_path: Path) -> None:
    frames = [
        msgspec.structs.replace(f, rtp_time=f.rtp_time + n * 37) for n, f in enumerate(video(VP8))
    ]
    assert not check(write(tmp_path, frames), sent(tmp_path, frames)).bad


def test_the_list_of_another_stream_is_noticed(tmp_path: Path) -> None:
    report = check(write(tmp_path, video(VP8)), sent(tmp_path, video(VP8, 128, 96)))
    assert report.bad
    assert compared(report).first is None
    assert "another stream" in report.problems[0]


def test_a_file_that_does_not_begin_with_a_key_frame_is_bad(tmp_path: Path) -> None:
    report = check(write(tmp_path, video(VP8)[3:]), sent(tmp_path, video(VP8)))
    assert any("does not begin with a key frame" in problem for problem in report.problems)
    assert not compared(report).first_is_key


def test_sound_is_compared_too(tmp_path: Path) -> None:
    sounds = list(audio())
    kept = [*sounds[:50], *sounds[53:100], damaged(sounds[100]), *sounds[101:]]
    report = check(write(tmp_path, video(H264), kept), sent(tmp_path, video(H264), sounds))
    found = compared(report, Kind.AUDIO)
    assert report.bad
    assert (found.missing_ranges, found.wrong, found.matched) == ([(50, 52)], 1, 146)
    assert report.audio is not None
    assert [(gap.time, gap.seconds) for gap in report.audio.gaps] == [
        (pytest.approx(0.98, abs=0.002), pytest.approx(0.08, abs=0.002))
    ]


def test_silence_that_repeats_itself_is_compared_by_time(tmp_path: Path) -> None:
    same = [msgspec.structs.replace(f, data=b"\xf8\xff\xfe") for f in audio()]
    kept = [*same[20:60], *same[70:]]
    report = check(write(tmp_path, (), kept), sent(tmp_path, same))
    found = compared(report, Kind.AUDIO)
    assert (found.missing, found.extra, found.mistimed) == (10, 0, 0)


def test_pictures_that_do_not_decode_are_found_without_a_list(tmp_path: Path) -> None:
    frames = list(video(H264))
    lost = msgspec.structs.replace(frames[30], data=frames[30].data[:6] + bytes(range(7, 207)))
    report = check(write(tmp_path, [*frames[:30], lost, *frames[31:]]))
    assert any("decod" in problem for problem in report.problems)
    assert report.video is not None
    assert report.video.error_count > 0 or report.video.decoded < 75


def test_times_that_go_back_are_found(tmp_path: Path) -> None:
    path = write(tmp_path, video(H264))
    path.write_bytes(path.read_bytes() * 2)
    report = check(path)
    assert any("not after the one before" in problem for problem in report.problems)


def test_transport_packets_that_are_missing_are_found(tmp_path: Path) -> None:
    path = write(tmp_path, video(H264), audio())
    data = path.read_bytes()
    middle = len(data) // 2 // 188 * 188
    path.write_bytes(data[:middle] + data[middle + 5 * 188 :])
    assert check(path).bad


@pytest.mark.parametrize("data", [b"", b"not a video at all" * 100, bytes(5000)])
def test_a_file_that_is_none_is_bad(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.mkv"
    path.write_bytes(data)
    report = check(path)
    assert report.bad
    assert describe(report)[0] == f"bad: {path}"


def test_a_file_that_is_not_there_is_bad(tmp_path: Path) -> None:
    assert check(tmp_path / "none.ts").bad


def test_gaps_and_offsets_are_measured(tmp_path: Path) -> None:
    pictures = [f for n, f in enumerate(video(VP8)) if not 40 <= n < 60]
    sounds = moved(audio(), by=0.4, rtp=48000 * 4 // 10)[:100]
    report = check(write(tmp_path, pictures, sounds))
    assert not report.bad
    assert report.video is not None
    assert [(gap.time, gap.seconds) for gap in report.video.gaps] == [
        (pytest.approx(1.56), pytest.approx(0.84))
    ]
    assert report.start_offset == pytest.approx(0.4, abs=0.01)
    assert report.end_offset == pytest.approx(-0.6, abs=0.01)


def test_one_picture_a_second_has_no_gaps(tmp_path: Path) -> None:
    report = check(write(tmp_path, video(VP8, seconds=6)[::25]))
    assert report.video is not None
    assert report.video.gaps == []


def test_a_damaged_list_names_the_line(tmp_path: Path) -> None:
    path, log = write(tmp_path, video(VP8)), sent(tmp_path, video(VP8))
    lines = log.read_bytes().split(b"\n")
    log.write_bytes(b"\n".join([*lines[:4], b'{"kind":"video"}', *lines[5:]]))
    with pytest.raises(UsageError, match="line 5"):
        check(path, log)


def test_a_list_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        check(write(tmp_path, video(VP8)), tmp_path / "none")
