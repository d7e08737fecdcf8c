"""Timelines as they are made of delivered files and of masters, and hostile ones."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from roomdeck.core.delivery.timelines.model import Mark, PersonTrack, Timeline, TimelineClip

NOON = 20_000 * 86400 + 12 * 3600
"""Noon of some day, UTC."""
NTSC = Fraction(30000, 1001)


def whole(name: str, seconds: float, fps: Fraction, timecode: Fraction | None) -> TimelineClip:
    """A delivered file: all of it."""
    return TimelineClip(
        file=f"/rec/room/edit/{name}.mp4",
        at=0,
        seconds=seconds,
        file_seconds=seconds,
        has_video=True,
        has_audio=True,
        width=1280,
        height=720,
        fps=fps,
        channels=2,
        sample_rate=48000,
        timecode=timecode,
    )


def delivered(fps: Fraction = Fraction(25), seconds: float = 600.0) -> Timeline:
    """Two people and a screen share, from zero to the end, with timecode, at 13:00 local time."""
    start = round(13 * 3600 * fps) / fps
    return Timeline(
        name="Talk",
        begin_wall=NOON,
        utc_offset=3600,
        fps=fps,
        seconds=seconds,
        width=1280,
        height=720,
        tracks=tuple(
            PersonTrack(name, (whole(file, seconds, fps, start),))
            for name, file in (("Anna", "anna"), ("Bär & Co", "bär"), ("Anna (screen)", "anna-s"))
        ),
        markers=(Mark(12.48, "a good one", ("Anna",)), Mark(3.0, "begin")),
        folder="/rec/room/edit",
    )


def masters(rate: Fraction = Fraction(2963, 100)) -> Timeline:
    """Takes as they were written: late, in parts, without sound or picture, at several rates."""

    def clip(name: str, at: float, seconds: float, **more: object) -> TimelineClip:
        known: dict[str, object] = {
            "file_seconds": seconds,
            "has_video": True,
            "has_audio": True,
            "width": 640,
            "height": 360,
            "fps": rate,
            "channels": 1,
            "sample_rate": 48000,
        }
        return TimelineClip(
            file=f"/rec/room/{name}",
            at=at,
            seconds=seconds,
            **(known | more),  # type: ignore[arg-type]
        )

    return Timeline(
        name="Masters",
        begin_wall=NOON + 0.3,
        fps=Fraction(25),
        seconds=90,
        width=1280,
        height=720,
        tracks=(
            PersonTrack(
                "Anna",
                (
                    clip("anna-1.mkv", 1.234, 20.017),
                    clip("anna-2.mkv", 21.25, 10.4, channels=2),
                    clip("anna-3.ts", 40.003, 49.9, source_begin=2.5, file_seconds=60.0),
                ),
            ),
            PersonTrack("Ben", (clip("ben.mkv", 5.5, 70.0, has_video=False, fps=None),)),
            PersonTrack("Cleo", (clip("cleo.mp4", 0.0, 90.0, has_audio=False, fps=Fraction(1)),)),
            PersonTrack("Dora"),
        ),
        markers=(Mark(30.0, "in the gap"),),
        folder="/rec/room/timelines",
    )


_TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            " \n\t ",
            "\x00\x08\x0b\x1f\x7f\x9f",
            "\ud800 half \udfff",
            "\ufffe\uffff",
            "]]><!--&amp;<![CDATA[ --",
            "\"'`",
            '> <TRACK\nNAME "x"',
            "=cmd|' /C calc'!A0",
            "שלום \u202e‮ مرحبا",
            "😀" * 6,
            "x" * 10_000,
            "a;b,c\td\r\ne",
        ]
    ),
)
_FILES = st.sampled_from(
    ["a.mkv", "b c.ts", "100%.mp4", "#1?.wav", "Bär\u0308.mp4", "a:b.mkv", "q\"'`.wav", "\udce4.ts"]
)
_RATES = st.sampled_from(
    [*map(Fraction, (1, 15, 24, 25, 30, 50, 60)), NTSC, Fraction(2963, 100), Fraction(24000, 1001)]
)
_SECONDS = st.one_of(st.floats(0, 60), st.floats(0, 26 * 3600), st.sampled_from([0.0, 1e-6, 0.02]))

_CLIPS = st.builds(
    TimelineClip,
    file=_FILES.map(lambda name: f"/rec/ö ä/{name}"),
    at=_SECONDS,
    seconds=_SECONDS,
    source_begin=st.sampled_from([0.0, 0.013, 7.7]),
    file_seconds=_SECONDS,
    name=_TEXTS,
    has_video=st.booleans(),
    has_audio=st.booleans(),
    width=st.sampled_from([0, 640, 1920]),
    height=st.sampled_from([0, 360, 1080]),
    fps=st.one_of(st.none(), _RATES),
    channels=st.integers(0, 2),
    sample_rate=st.sampled_from([0, 8000, 48000]),
    timecode=st.one_of(st.none(), st.fractions(0, 86399, max_denominator=48000)),
)

TIMELINES = st.builds(
    Timeline,
    name=_TEXTS,
    begin_wall=st.floats(0, 4e9),
    utc_offset=st.sampled_from([0, 3600, -12600, 50400]),
    fps=_RATES,
    seconds=_SECONDS,
    width=st.sampled_from([0, 1280]),
    height=st.sampled_from([0, 720]),
    tracks=st.lists(
        st.builds(PersonTrack, _TEXTS, st.lists(_CLIPS, max_size=4).map(tuple)), max_size=3
    ).map(tuple),
    markers=st.lists(
        st.builds(Mark, _SECONDS, _TEXTS, st.lists(_TEXTS, max_size=2).map(tuple)), max_size=4
    ).map(tuple),
    folder=st.sampled_from(["", "/rec", "/rec/x"]),
)
"""Everything that strangers, clocks and rounding may bring together."""
