"""What is held of a stream that is not recorded, and takes that begin with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.model import Codec, EncodedFrame, Kind, PacketCounts
from roomdeck.core.recording.hand_over import HandOver, memory_of
from roomdeck.core.recording.pre_roll import GROUP, PreRoll
from roomdeck.core.recording.recorder import OVERLAP

from .media import START, WALL, Demuxed, Studio, audio, moved, report, video

TICK = 0.25
SECONDS = 5.0


def handed(frames: Sequence[EncodedFrame], now: float, **more: object) -> HandOver:
    known = HandOver(list(frames), {}, {}, now, now - START + WALL)
    return known._replace(**more) if more else known


def came(takes: Sequence[HandOver], kind: Kind) -> list[EncodedFrame]:
    return [frame for one in takes for frame in one.frames if frame.codec.kind is kind]


# ── any stream, any keys ─────────────────────────────────────────────────────────────────

Moment = tuple[int, bool, int, bool]
"""Pictures, whether the first is a key frame, packets of sound, and whether somebody presses r."""
MOMENTS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 3, 6]),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([0, 0, 2, 12]),
        st.sampled_from([False] * 12 + [True]),
    ),
    min_size=1,
    max_size=160,
)


def frames_of(moment: Moment, now: float) -> list[EncodedFrame]:
    """Frames that arrived within the tick before; pictures and sound each in order."""
    pictures, key, packets, _ = moment
    spread = TICK / (max(pictures, packets) + 1)
    shown = [
        EncodedFrame(
            codec=Codec.VP8,
            data=bytes(1000),
            rtp_time=round(now * 90000) + number,
            arrival=now - TICK + spread * (number + 1),
            key=key and number == 0,
            width=64 if key and number == 0 else 0,
            height=48 if key and number == 0 else 0,
        )
        for number in range(pictures)
    ]
    heard = [
        EncodedFrame(
            codec=Codec.OPUS,
            data=bytes(100),
            rtp_time=round(now * 48000) + number,
            arrival=now - TICK + spread * (number + 1),
            key=True,
        )
        for number in range(packets)
    ]
    return [*heard, *shown]


@given(MOMENTS, st.sampled_from([0, 20_000, 10_000_000]))
def test_nothing_is_doubled_or_lost_and_pictures_begin_at_a_key_frame(
    moments: list[Moment], limit: int
) -> None:
    held, now, since = PreRoll(SECONDS, limit), START, list[EncodedFrame]()
    for moment in [*moments, (0, False, 0, True)]:
        now += TICK
        arrived = frames_of(moment, now)
        since += arrived
        held.hold(handed(arrived, now))
        assert held.bytes <= limit
        if not moment[3]:
            continue
        wanted = held.since
        taken = held.take(now)
        assert (held.bytes, held.since) == (0, None)
        assert [one.now for one in taken] == sorted(one.now for one in taken)
        pictures, sound = came(taken, Kind.VIDEO), came(taken, Kind.AUDIO)
        check_pictures(pictures, since, now if limit > 1_000_000 else None)
        all_sound = [frame for frame in since if frame.codec.kind is Kind.AUDIO]
        assert sound == all_sound[len(all_sound) - len(sound) :], "a gap, or something twice"
        if pictures:
            assert wanted == pictures[0].arrival
        if limit > 1_000_000:
            begin = min(pictures[0].arrival - OVERLAP, now) if pictures else now
            begin = max(begin, now - SECONDS)
            assert [one for one in all_sound if one.arrival >= begin] == [
                one for one in sound if one.arrival >= begin
            ]
        since.clear()


def check_pictures(
    pictures: list[EncodedFrame], since: list[EncodedFrame], now: float | None
) -> None:
    """They are all from a key frame on, the last one that is old enough, if there is room."""
    shown = [frame for frame in since if frame.codec.kind is Kind.VIDEO]
    keys = [frame for frame in shown if frame.key]
    assert pictures == shown[len(shown) - len(pictures) :], "a gap, or something twice"
    assert not pictures or pictures[0].key
    if now is None:
        return
    old = [one for one in keys if now - SECONDS - GROUP <= one.arrival <= now - SECONDS]
    first = old[-1] if old else next((one for one in keys if one.arrival > now - SECONDS), None)
    assert pictures[:1] == ([first] if first else [])


def test_past_its_bytes_it_begins_later_and_not_in_the_middle_of_a_group() -> None:
    frames = video(Codec.VP8)
    size = sum(map(memory_of, frames[:60]))
    held = PreRoll(60.0, limit=size)
    for number, frame in enumerate(frames):
        held.hold(handed([frame], START + number / 25))
        assert held.bytes <= size
    assert came(held.take(START + 3), Kind.VIDEO) == list(frames[25:])


def test_a_group_that_is_too_large_is_let_go_of_and_a_key_frame_is_asked_for() -> None:
    frames = video(Codec.VP8)
    held = PreRoll(60.0, limit=sum(map(memory_of, frames[:10])))
    for number, frame in enumerate(frames[:20]):
        held.hold(handed([frame], START + number / 25))
    assert held.wants_key_frame
    assert held.since is None or not came(held.take(START + 1), Kind.VIDEO)
    held.hold(handed([frames[25]], START + 1.1))
    assert not held.wants_key_frame
    assert came(held.take(START + 2), Kind.VIDEO) == [frames[25]]


# ── takes that begin with it ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.H264])
def test_a_take_that_begins_in_the_past_is_as_one_that_began_then(
    tmp_path: Path, codec: Codec
) -> None:
    """Sound comes 0.4 s before the pictures of its moment, and reports tell so."""
    pictures, sound = moved(video(codec), 0.4), audio()
    arrivals = sorted([*pictures, *sound], key=lambda frame: frame.arrival)
    held, then, live = PreRoll(1.2), Studio(tmp_path / "then"), Studio(tmp_path / "live")
    reports = {
        Kind.VIDEO: report(pictures[3], 5000.0 + 3 / 25),
        Kind.AUDIO: report(sound[4], 5000.0 + 4 / 50),
    }
    counts = {Kind.VIDEO: PacketCounts(1000, 990, 0, 10)}
    now, all_of_it = START, list[HandOver]()
    while arrivals and now < START + 2.6:
        now += 0.3
        count = sum(frame.arrival <= now for frame in arrivals)
        one = HandOver(arrivals[:count], reports, counts, now, now - START + WALL)
        held.hold(one)
        all_of_it.append(one)
        arrivals = arrivals[count:]

    begin = pictures[25]
    taken = held.take(now)
    assert came(taken, Kind.VIDEO)[0] is begin
    for studio, given_ in ((then, _from_key(all_of_it, begin)), (live, taken)):
        studio.recorder.expect(codec, Codec.OPUS)
        for one in given_:
            one.give(studio.recorder)
        studio.now = now
        studio.play(arrivals)
        studio.end()
    (expected,), (take,) = then.ended, live.ended
    assert msgspec.structs.replace(take, file="", recording="") == msgspec.structs.replace(
        expected, file="", recording=""
    )
    assert take.started == pytest.approx(begin.arrival - START + WALL)
    assert take.packets[Kind.VIDEO] == PacketCounts(), "packets from before it are not its own"
    files = Demuxed(take.file), Demuxed(expected.file)
    assert files[0].pts == files[1].pts
    assert files[0].data == files[1].data
    assert len(files[0].data["video"]) == 50
    assert [path.name for path in (tmp_path / "live").iterdir()] == [Path(take.file).name]


def _from_key(all_of_it: list[HandOver], begin: EncodedFrame) -> list[HandOver]:
    """What a recorder gets that is told to record just before a key frame comes."""
    at = next(n for n, one in enumerate(all_of_it) if any(f is begin for f in one.frames))
    recent = [f for one in all_of_it[:at] for f in one.frames if f.codec.kind is Kind.AUDIO]
    recent = [frame for frame in recent if frame.arrival >= begin.arrival - OVERLAP]
    old = [f for f in all_of_it[at].frames if f.codec.kind is Kind.VIDEO]
    late = [f for f in all_of_it[at].frames if f not in old or old.index(f) >= old.index(begin)]
    late.remove(begin)
    first = all_of_it[at]._replace(frames=[begin, *recent, *late])
    return [all_of_it[at - 1]._replace(frames=()), first, *all_of_it[at + 1 :]]


def test_sound_alone_long_before_the_first_picture_is_a_take_as_ever(tmp_path: Path) -> None:
    sound = audio(seconds=9)
    pictures = moved(video(Codec.VP8), 7.0)
    held, studio = PreRoll(30.0), Studio(tmp_path)
    studio.recorder.expect(Codec.VP8, Codec.OPUS)
    arrivals = sorted([*pictures, *sound], key=lambda frame: frame.arrival)
    now = START
    while arrivals:
        now += 0.3
        count = sum(frame.arrival <= now for frame in arrivals)
        held.hold(handed(arrivals[:count], now))
        arrivals = arrivals[count:]
    for one in held.take(now):
        one.give(studio.recorder)
    alone, both = studio.end()
    assert (alone.video, both.video is not None) == (None, True)
    assert Demuxed(alone.file).data["audio"] + Demuxed(both.file).data["audio"] == [
        frame.data for frame in sound
    ]
