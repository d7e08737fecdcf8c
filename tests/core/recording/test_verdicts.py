"""Files that a person would call good, flawed or bad: a check has to say the same, and why."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest

from roomdeck.core.model import (
    Codec,
    EncodedFrame,
    EndReason,
    Kind,
    Misplaced,
    PacketCounts,
    Placement,
)
from roomdeck.core.recording.check import CheckReport, Verdict, What, check, describe, summarise
from roomdeck.core.recording.sentlog import SentLog

from .films import Stored, looped, save, spread, take, timed, write_sidecar
from .media import START, audio, video

H264, VP8, VP9, OPUS = Codec.H264, Codec.VP8, Codec.VP9, Codec.OPUS
GOOD, FLAWED, BAD = Verdict


def pictures(seconds: float, codec: Codec = VP8) -> list[Stored]:
    return timed(looped(video(codec), seconds))


def sounds(seconds: float) -> list[Stored]:
    return timed(looped(audio(), seconds))


def without(track: Sequence[Stored], begin: float, end: float) -> list[Stored]:
    return [stored for stored in track if not begin < stored.time < end]


def later(track: Sequence[Stored], by: float, since: float = 0.0) -> list[Stored]:
    return [s._replace(time=s.time + (by if s.time >= since else 0.0)) for s in track]


def said(report: CheckReport, what: What) -> str:
    """The one thing that is said about something."""
    [finding] = [finding for finding in report.findings if finding.what is what]
    assert finding.text in " ".join(" ".join(describe(report)).split())
    return finding.text


def only(report: CheckReport, what: What) -> None:
    """Nothing else is wrong."""
    assert {f.what for f in report.findings if f.level != "note"} == {what}


# What is wrong with a file shows in the file.


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".mp4"])
@pytest.mark.parametrize("both", [True, False])
def test_a_hole_of_20_seconds(tmp_path: Path, suffix: str, both: bool) -> None:
    images, tones = pictures(40, H264), sounds(40)
    path = tmp_path / f"a{suffix}"
    save(path, without(images, 10, 30), without(tones, 10, 30) if both else tones)
    report = check(path)
    assert report.verdict is FLAWED
    only(report, What.HOLE)
    assert "no picture for 20.0 s from 0:10 on" in "\n".join(describe(report))
    assert ("no sound for 20.0 s from 0:10 on" in "\n".join(describe(report))) is both


def test_no_sound_for_two_seconds(tmp_path: Path) -> None:
    report = check(save(tmp_path / "a.mkv", pictures(12), without(sounds(12), 3, 5)))
    assert report.verdict is FLAWED
    assert said(report, What.HOLE) == "no sound for 2.00 s from 0:03 on"


@pytest.mark.parametrize("by", [3.0, -3.0, 0.8])
def test_sound_that_is_off_as_a_whole(tmp_path: Path, by: float) -> None:
    images, tones = later(pictures(20, H264), 4), later(sounds(20), 4 + by)
    report = check(save(tmp_path / "a.ts", images, tones))
    assert report.verdict is FLAWED
    word = "after" if by > 0 else "before"
    assert f"{word} the picture and ends" in said(report, What.OFFSET)


@pytest.mark.parametrize("suffix", [".ts", ".mkv"])
def test_a_picture_that_ends_before_the_sound(tmp_path: Path, suffix: str) -> None:
    report = check(save(tmp_path / f"a{suffix}", pictures(10, H264), sounds(20)))
    assert report.verdict is FLAWED
    assert said(report, What.END) == "the picture ends 10.0 s before the sound, at 0:10"


def test_a_sound_that_ends_before_the_picture(tmp_path: Path) -> None:
    report = check(save(tmp_path / "a.mkv", pictures(20), sounds(16)))
    assert report.verdict is FLAWED
    assert said(report, What.END).startswith("the sound ends 4.0")


@pytest.mark.parametrize("kind", list(Kind))
def test_times_that_run_backwards(tmp_path: Path, kind: Kind) -> None:
    tracks = {Kind.VIDEO: pictures(12), Kind.AUDIO: sounds(12)}
    ordered = [s._replace(decode=s.time - 5) for s in tracks[kind]]
    tracks[kind] = later(ordered, -3, since=6)
    report = check(save(tmp_path / "a.mkv", tracks[Kind.VIDEO], tracks[Kind.AUDIO]))
    assert report.verdict is BAD
    assert "times run backwards at 0:05 by up to 2.9" in said(report, What.ORDER)


def test_pictures_of_h264_whose_times_run_backwards(tmp_path: Path) -> None:
    images = [s._replace(decode=s.time - 5) for s in pictures(12, H264)]
    report = check(save(tmp_path / "a.ts", later(images, -3, since=6)))
    assert report.verdict is BAD
    assert "times run backwards at 0:05 by up to 2.9" in said(report, What.ORDER)


def test_one_picture_with_the_time_of_another_minute(tmp_path: Path) -> None:
    images = [s._replace(decode=s.time) for s in later(pictures(90, H264), 70)]
    images[1000] = images[1000]._replace(time=images[1000].time + 60)
    report = check(save(tmp_path / "a.ts", images, later(sounds(90), 70)))
    assert report.verdict is BAD
    assert "times run backwards" in said(report, What.ORDER)


def test_a_stamp_that_pushed_those_after_it(tmp_path: Path) -> None:
    images = pictures(30, H264)
    far = images[250].time + 5
    pushed = [
        s._replace(time=max(s.time, far + 0.001 * (n - 250))) if n >= 250 else s
        for n, s in enumerate(images)
    ]
    path = save(tmp_path / "a.ts", pushed, sounds(30))
    write_sidecar(tmp_path, take(path, pushed, sounds(30)))
    report = check(path)
    assert report.verdict is FLAWED
    assert "picture: 128 frames come within 2 ms" in said(report, What.ORDER)
    assert "no picture for 5.04 s from 0:09 on" in said(report, What.HOLE)


def test_two_frames_at_one_time(tmp_path: Path) -> None:
    images = pictures(6)
    twice = [
        s._replace(time=s.time - 0.04 * (i % 2), decode=s.time - 1) for i, s in enumerate(images)
    ]
    report = check(save(tmp_path / "a.mkv", twice, sounds(6)))
    assert report.verdict is FLAWED
    assert "75 frames have the time of the one before" in said(report, What.ORDER)


def b_frames(codec: Codec) -> list[Stored]:
    """Pictures of which two in three are shown before one that is stored before them."""
    encoder = {Codec.H264: "libx264", Codec.H265: "libx265"}[codec]
    context: Any = av.CodecContext.create(encoder, "w")
    context.width, context.height, context.pix_fmt = 64, 48, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 25), 25
    context.gop_size, context.max_b_frames = 25, 2
    quiet = {"x265-params": "log-level=none:pools=1"} if codec is Codec.H265 else {"b-adapt": "0"}
    context.options = {"preset": "ultrafast", **quiet}
    packets: list[Any] = []
    for number in range(100):
        picture = av.VideoFrame(64, 48, "yuv420p")
        for plane in picture.planes:
            plane.update(bytes((x + number * 7) & 255 for x in range(plane.buffer_size)))
        picture.pts, picture.time_base = number, Fraction(1, 25)
        packets += context.encode(picture)
    packets += context.encode(None)
    return [
        Stored(
            EncodedFrame(codec, bytes(p), p.pts * 3600, START + p.pts / 25, p.is_keyframe),
            p.pts / 25 + 1,
            p.dts / 25 + 1,
        )
        for p in packets
    ]


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".mp4"])
@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_b_frames(tmp_path: Path, codec: Codec, suffix: str) -> None:
    images = b_frames(codec)
    report = check(save(tmp_path / f"right{suffix}", images))
    assert (report.verdict, report.video and report.video.gaps) == (GOOD, [])

    squeezed: list[Stored] = []
    for stored in images:
        least = squeezed[-1].time + 0.001 if squeezed else 0.0
        squeezed.append(Stored(stored.frame, max(stored.time, least)))
    report = check(save(tmp_path / f"squeezed{suffix}", squeezed))
    assert report.verdict is FLAWED
    assert "shown at the time of another" in said(report, What.ORDER)


def superframe(*layers: EncodedFrame) -> EncodedFrame:
    """VP9 frames in one, each of them shown (VP9 bitstream specification, Annex B)."""
    marker = bytes([0b110_11_000 | len(layers) - 1])
    sizes = b"".join(len(layer.data).to_bytes(4, "little") for layer in layers)
    data = b"".join(layer.data for layer in layers) + marker + sizes + marker
    return msgspec.structs.replace(layers[0], data=data)


def test_layers_that_are_all_shown(tmp_path: Path) -> None:
    frames = video(VP9)
    layered = [superframe(*frames[n : n + 2]) for n in range(0, len(frames) - 1, 2)]
    report = check(save(tmp_path / "a.mkv", timed(layered), sounds(3)))
    assert report.verdict is FLAWED
    assert said(report, What.LAYERS).startswith("74 pictures of 37 frames: spatial layers")


@pytest.mark.parametrize(("suffix", "verdict"), [(".mkv", FLAWED), (".mp4", FLAWED), (".ts", GOOD)])
def test_a_header_with_a_smaller_size(tmp_path: Path, suffix: str, verdict: Verdict) -> None:
    large = [msgspec.structs.replace(f, arrival=f.arrival + 3) for f in video(H264, 128, 96)]
    images = timed([*video(H264), *large])
    report = check(save(tmp_path / f"a{suffix}", images, sounds(6)))
    assert report.verdict is verdict
    text = "the file is announced as 64x48, and its picture is 128x96 from 0:03 on"
    assert said(report, What.SIZE) == text

    if suffix == ".mkv":
        assert check(save(tmp_path / "b.mkv", images, sounds(6), header=(128, 96))).verdict is GOOD


def test_no_key_frames_after_the_first(tmp_path: Path) -> None:
    images = timed(video(H264, seconds=70, gop=10_000))
    report = check(save(tmp_path / "a.ts", images, sounds(70)))
    assert report.verdict is FLAWED
    assert said(report, What.KEY_FRAME).startswith("no key frame for 70.0 s from 0:00 on")


def test_a_track_that_is_declared_and_empty(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mkv", pictures(3), codecs=[OPUS])
    report = check(path)
    assert report.verdict is FLAWED
    assert "nothing is in it" in said(report, What.EMPTY)

    silent = {Kind.VIDEO: PacketCounts(75, 75), Kind.AUDIO: PacketCounts()}
    write_sidecar(tmp_path, take(path, pictures(3), packets=silent))
    report = check(path)
    assert report.verdict is GOOD
    assert "none was sent" in said(report, What.EMPTY)


# What is wrong with a file shows in its sidecar.


def test_sound_that_the_sender_had_at_another_time(tmp_path: Path) -> None:
    """All of the sound late, with begin and end where those of the picture are."""
    images, tones = pictures(40, H264), without(sounds(40), 36.99, 50)
    path = save(tmp_path / "a.ts", images, later(tones, 3))
    assert check(path).verdict is GOOD
    write_sidecar(tmp_path, take(path, images, later(tones, 3)))
    report = check(path)
    assert report.verdict is FLAWED
    text = "the sound is 3.00 s late against the picture from 0:03 to 0:40 (sender reports)"
    assert said(report, What.OFFSET) == text
    assert report.recorded is not None
    assert report.recorded.sidecar.endswith(".json")


@pytest.mark.parametrize(("by", "verdict"), [(0.03, GOOD), (-0.1, FLAWED)])
def test_what_nobody_hears(tmp_path: Path, by: float, verdict: Verdict) -> None:
    images, tones = later(pictures(70), 1), later(sounds(70), 1 + by)
    path = save(tmp_path / "a.mkv", images, tones)
    write_sidecar(tmp_path, take(path, images, tones))
    assert check(path).verdict is verdict


def test_a_sound_clock_that_stood_still(tmp_path: Path) -> None:
    """Nobody reports: only arrival says so, and only what does not go away is believed."""
    images, tones = pictures(200), without(sounds(200), 50, 55)
    tones = later(tones, -5, since=55)
    path = save(tmp_path / "a.mkv", images, tones)
    write_sidecar(tmp_path, take(path, images, tones, reports=False, seconds=200.0))
    report = check(path)
    assert report.verdict is FLAWED
    assert "the sound is 5.00 s early against the picture from" in said(report, What.OFFSET)


@pytest.mark.parametrize("late", [Kind.VIDEO, Kind.AUDIO])
def test_a_burst_at_the_start_is_no_offset(tmp_path: Path, late: Kind) -> None:
    """The first five seconds of a track arrive together, as from a publisher that queued them."""
    images, tones = pictures(100), sounds(100)

    def burst(track: list[Stored], kind: Kind) -> list[Stored]:
        return [
            s._replace(
                frame=msgspec.structs.replace(s.frame, arrival=max(s.frame.arrival, START + 5))
            )
            if kind is late
            else s
            for s in track
        ]

    path = save(tmp_path / "a.mkv", images, tones)
    arrived = burst(images, Kind.VIDEO), burst(tones, Kind.AUDIO)
    write_sidecar(tmp_path, take(path, *arrived, reports=False))
    assert check(path).verdict is GOOD


def test_reports_with_nonsense_are_no_truth(tmp_path: Path) -> None:
    images, tones = pictures(100), sounds(100)
    path = save(tmp_path / "a.mkv", images, tones)
    summary = take(path, images, tones)
    points = [msgspec.structs.replace(p, ntp=p.time - 7200) for p in summary.clocks[Kind.AUDIO]]
    clocks = {**summary.clocks, Kind.AUDIO: points}
    write_sidecar(tmp_path, msgspec.structs.replace(summary, clocks=clocks))
    report = check(path)
    assert (report.verdict, report.aligned_by) == (GOOD, "arrival")


def test_what_the_recorder_could_not_put_in_its_place(tmp_path: Path) -> None:
    images, tones = pictures(40), sounds(40)
    path = save(tmp_path / "a.mkv", images, tones)
    off = {Kind.VIDEO: [Misplaced(begin=4.0, end=12.0, late=-1.5)]}
    moved = Placement(time=START, at=2.0, by="sender-reports", moved=1.25)
    summary = take(path, images, tones, misplaced=off, odd_stamps={Kind.AUDIO: 3})
    placed = {Kind.AUDIO: [moved]}
    write_sidecar(tmp_path, msgspec.structs.replace(summary, placed=placed))
    report = check(path)
    assert report.verdict is FLAWED
    [flaw] = [finding for finding in report.findings if finding.level == "flaw"]
    assert flaw.text == "the picture is 1.50 s too early from 0:04 to 0:12"
    assert (flaw.time, flaw.seconds) == (4.0, -1.5)
    words = " ".join(" ".join(describe(report)).split())
    assert "sound: 3 frames were sent with a time that cannot be" in words
    assert "the sound was put 1.25 s later from 0:02 on than before, by sender reports" in words


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    images, tones = pictures(60, H264), sounds(60)
    path = save(tmp_path / "a.ts", images, tones)
    write_sidecar(tmp_path, take(path, images, tones))
    assert check(path).verdict is GOOD
    os.truncate(path, path.stat().st_size // 3 // 188 * 188)
    report = check(path)
    assert report.verdict is BAD
    assert "the file is 20.0 s long, and 60.0 s were recorded" in "\n".join(describe(report))


def test_frames_that_were_recorded_and_are_not_there(tmp_path: Path) -> None:
    images = pictures(12)
    path = save(tmp_path / "a.mkv", [s for n, s in enumerate(images) if n % 25 != 24])
    write_sidecar(tmp_path, take(path, images))
    report = check(path)
    assert report.verdict is FLAWED
    text = "picture: 288 frames are in the file, and the sidecar says 300"
    assert said(report, What.COUNT) == text


@pytest.mark.parametrize(
    ("reason", "error", "text"),
    [
        (EndReason.WORKER_LOST, "", "the process that wrote it died"),
        (EndReason.DISK_FULL, "no space", "the disk was full: no space"),
        (EndReason.BYE, "odd", "ended with an error: odd"),
        (None, "", "was never ended"),
    ],
)
def test_a_recording_that_did_not_end_well(
    tmp_path: Path, reason: EndReason | None, error: str, text: str
) -> None:
    images = pictures(12)
    path = save(tmp_path / "a.mkv", images)
    os.utime(path, (START, START))
    write_sidecar(tmp_path, take(path, images, reason=reason, error=error))
    report = check(path)
    assert report.verdict is FLAWED
    assert text in said(report, What.REASON)


def test_a_file_that_is_being_recorded_is_not_judged_by_its_end(tmp_path: Path) -> None:
    images = pictures(12)
    path = save(tmp_path / "a.mkv", images)
    write_sidecar(tmp_path, take(path, images, reason=None, seconds=30.0))
    report = check(path)
    assert report.verdict is GOOD
    assert said(report, What.REASON) == "it is being recorded"


@pytest.mark.parametrize(("lost", "verdict"), [(1, GOOD), (15, FLAWED)])
def test_packets_that_were_lost(tmp_path: Path, lost: int, verdict: Verdict) -> None:
    images = pictures(12)
    path = save(tmp_path / "a.mkv", images)
    packets = {Kind.VIDEO: PacketCounts(300, 300 - lost, 0, lost)}
    write_sidecar(tmp_path, take(path, images, packets=packets))
    report = check(path)
    assert report.verdict is verdict
    assert f"picture: {lost} of 300 packets were lost for good" in said(report, What.LOSS)


def test_a_file_that_no_sidecar_names(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mkv", pictures(3), sounds(3))
    write_sidecar(tmp_path, take(tmp_path / "other.mkv", pictures(3)))
    (tmp_path / "damaged.json").write_text("{")
    (tmp_path / "else.json").write_text("[1, 2]")
    report = check(path)
    assert report.verdict is GOOD
    assert "no sidecar" in said(report, What.SIDECAR)
    assert "sound against picture" in said(report, What.UNJUDGED)
    assert report.recorded is None


# What only looks wrong.


def test_30_hours(tmp_path: Path) -> None:
    """The times of a transport stream begin anew after 26.5 hours."""
    images = timed(spread(video(H264), range(0, 30 * 3600, 8)))
    tones = timed(spread([audio()[0]], range(0, 30 * 3600, 4)))
    path = save(tmp_path / "a.ts", images, tones)
    report = check(path)
    assert report.verdict is GOOD
    assert report.seconds == pytest.approx(30 * 3600, abs=10)
    assert report.video is not None
    assert (report.video.frames, report.video.gaps) == (len(images), [])


def test_30_hours_with_a_hole_after_the_wrap(tmp_path: Path) -> None:
    times = [t for t in range(0, 28 * 3600, 4) if not 97_200 < t < 97_500]
    report = check(save(tmp_path / "a.ts", timed(spread(video(H264), times))))
    assert report.verdict is GOOD  # it comes slowly all the time
    assert said(report, What.HOLE) == "no picture for 300.0 s from 27:00:00 on"


def test_a_day_between_two_pictures(tmp_path: Path) -> None:
    report = check(save(tmp_path / "a.ts", timed(spread(video(H264), [0, 1, 2, 72_000, 72_001]))))
    assert report.seconds == pytest.approx(72_002, abs=2)
    assert "no picture for 20.0 h from 0:02 on" in said(report, What.HOLE)


def test_silence_that_is_not_sent(tmp_path: Path) -> None:
    quiet = spread(
        [msgspec.structs.replace(audio()[0], data=b"\xf8\xff\xfe")],
        (5 + n * 0.4 for n in range(13)),
    )
    loud = [s.frame for s in sounds(15) if not 5 <= s.time < 10.2]
    tones = timed(sorted([*loud, *quiet], key=lambda frame: frame.arrival))
    report = check(save(tmp_path / "a.ts", pictures(15, H264), tones))
    assert report.verdict is GOOD
    assert report.audio is not None
    assert report.audio.gaps == []


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_a_shared_screen_that_stands_still(tmp_path: Path, sound: bool, known: bool) -> None:
    images = timed(spread(video(VP8), [0, 1, 2.5, 3, 31, 33, 61, 62, 90, 91]))
    tones = sounds(100) if sound else []
    path = save(tmp_path / "a.mkv", images, tones)
    if known:
        write_sidecar(tmp_path, take(path, images, tones))
    report = check(path)
    assert report.verdict is GOOD
    assert "no picture for 28.0 s from 0:03 on" in "\n".join(describe(report))


def test_a_shared_screen_in_which_something_moved_before(tmp_path: Path) -> None:
    frames = looped(video(VP8), 20)
    images = timed([*frames[:50], *spread(video(VP8), [30, 58, 59])])
    path = save(tmp_path / "a.mkv", images)
    write_sidecar(tmp_path, take(path, images))
    report = check(path)
    assert report.verdict is GOOD
    assert ": nothing was sent" in "\n".join(describe(report))

    lost = {Kind.VIDEO: PacketCounts(100, 60, 0, 40)}
    write_sidecar(tmp_path, take(path, images, packets=lost, holes=1))
    report = check(path)
    assert report.verdict is FLAWED
    assert ": packets were lost" in "\n".join(describe(report))


def test_a_camera_that_froze_is_no_shared_screen(tmp_path: Path) -> None:
    images, tones = without(pictures(40), 10, 30), sounds(40)
    path = save(tmp_path / "a.mkv", images, tones)
    write_sidecar(tmp_path, take(path, images, tones))
    report = check(path)
    assert report.verdict is FLAWED
    assert said(report, What.HOLE) == "no picture for 20.0 s from 0:10 on: nothing was sent"

    write_sidecar(tmp_path, take(path, images, tones, stream="alice-screen"))
    assert check(path).verdict is GOOD


def test_pictures_that_come_as_they_like(tmp_path: Path) -> None:
    times: list[float] = [0.0]
    while times[-1] < 60:
        times.append(times[-1] + (0.033, 0.5, 0.066, 0.2, 1.1, 0.033)[len(times) % 6])
    images = timed(spread(video(H264), times))
    assert check(save(tmp_path / "a.ts", images, sounds(60))).verdict is GOOD


def test_a_size_that_changes(tmp_path: Path) -> None:
    small = [msgspec.structs.replace(f, arrival=f.arrival + 3) for f in video(VP8, 32, 24)]
    report = check(save(tmp_path / "a.mkv", timed([*video(VP8), *small]), sounds(6)))
    assert report.verdict is GOOD
    assert report.video is not None
    assert report.video.size_changes == 1


def test_sound_that_begins_late(tmp_path: Path) -> None:
    report = check(save(tmp_path / "a.ts", pictures(20, H264), without(sounds(20), -1, 5)))
    assert report.verdict is GOOD
    assert said(report, What.START) == "the sound begins 5.00 s after the picture"


@pytest.mark.parametrize("suffix", [".ts", ".mkv"])
def test_sound_alone_and_picture_alone(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"a{suffix}", (), sounds(9))
    write_sidecar(tmp_path, take(path, (), sounds(9)))
    assert check(path).verdict is GOOD
    assert check(save(tmp_path / f"b{suffix}", pictures(9, H264))).verdict is GOOD


# What was sent.


def sent(path: Path, *tracks: Sequence[Stored]) -> Path:
    """A publisher's list: the times of both kinds count from one zero."""
    with SentLog(path) as log:
        for stored in (stored for track in tracks for stored in track):
            ticks = round((stored.frame.arrival - START) * stored.frame.codec.clock_rate)
            log.write(msgspec.structs.replace(stored.frame, rtp_time=ticks))
    return path


@pytest.mark.parametrize(
    ("by", "verdict"), [(0.0, GOOD), (0.03, GOOD), (0.08, FLAWED), (-3.0, FLAWED)]
)
def test_sound_against_picture_as_sent(tmp_path: Path, by: float, verdict: Verdict) -> None:
    images, tones = timed(video(H264, seconds=9)), timed(audio(seconds=9))
    log = sent(tmp_path / "sent", images, tones)
    path = save(tmp_path / "a.ts", later(images, 5), later(tones, 5 + by))
    report = check(path, log)
    assert (report.verdict, report.aligned_by) == (verdict, "sent-log")
    if verdict is FLAWED:
        [late] = report.late
        assert late.seconds == pytest.approx(by, abs=0.001)
        assert "against the picture from 0:0" in "\n".join(describe(report))


def test_a_publisher_that_had_no_time_for_its_first_pictures(tmp_path: Path) -> None:
    """Both lists count from one zero, and need not begin there."""
    tones = timed(audio(seconds=9))
    images = [
        one._replace(frame=msgspec.structs.replace(one.frame, arrival=one.frame.arrival + 1.72))
        for one in later(timed(video(H264, seconds=7)), 1.72)
    ]
    log = sent(tmp_path / "sent", images, tones)
    report = check(save(tmp_path / "a.ts", images, tones), log)
    assert (report.late, report.aligned_by) == ([], "sent-log")


def test_sound_that_is_moved_in_the_middle(tmp_path: Path) -> None:
    images, tones = timed(video(H264, seconds=20)), timed(audio(seconds=20))
    log = sent(tmp_path / "sent", images, tones)
    path = save(tmp_path / "a.ts", images, later(tones, 0.5, since=5))
    report = check(path, log)
    assert report.verdict is FLAWED
    assert "sound: 1 jumps in time that were not sent" in said(report, What.PLACE)
    text = "the sound is 500 ms late against the picture from 0:05 to 0:20 (sent log)"
    assert said(report, What.OFFSET) == text


def test_a_list_whose_clocks_have_no_common_zero(tmp_path: Path) -> None:
    images, tones = timed(video(H264)), timed(audio())
    log = sent(tmp_path / "sent", images, tones)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    moved = [line | {"rtp": line["rtp"] + 9_000_000 * (line["kind"] == "audio")} for line in lines]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in moved))
    assert check(save(tmp_path / "a.ts", images, tones), log).verdict is GOOD


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [(EndReason.BYE, FLAWED), (EndReason.VANISHED, FLAWED), (EndReason.STOPPED, GOOD)],
)
def test_what_was_sent_after_the_end(tmp_path: Path, reason: EndReason, verdict: Verdict) -> None:
    images, tones = timed(video(H264, seconds=20)), timed(audio(seconds=20))
    log = sent(tmp_path / "sent", images, tones)
    kept = images[:250], tones[:500]
    path = save(tmp_path / "a.ts", *kept)
    assert check(path, log).verdict is FLAWED
    write_sidecar(tmp_path, take(path, *kept, reason=reason))
    report = check(path, log)
    assert report.verdict is verdict
    assert "picture: 10.0 s were sent after the end" in "\n".join(describe(report))


def test_b_frames_are_compared_in_the_order_of_sending(tmp_path: Path) -> None:
    images = b_frames(H264)
    path = save(tmp_path / "a.ts", images)
    report = check(path, sent(tmp_path / "sent", images))
    assert report.verdict is GOOD
    [comparison] = report.comparisons
    assert (comparison.matched, comparison.mistimed) == (100, 0)


# How it is said.


def test_words_fit_80_columns(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mkv", without(pictures(40), 5, 30), sounds(50))
    report = check(path)
    lines = describe(report)
    assert lines[0] == f"flawed: {path}"
    assert all(len(line) <= 80 for line in lines[1:])
    line = summarise(report)
    assert line.startswith(f"flawed: {path}: no picture for 25.0 s from 0:05 on (and 1 more)")
    assert msgspec.json.decode(msgspec.json.encode(report), type=CheckReport) == report
