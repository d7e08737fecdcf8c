"""What is wrong with the pictures of a stream.

Those of a screen may be black, still and rare as long as whoever shares it likes.
"""

from __future__ import annotations

from collections.abc import Callable

from ....model import AlarmKind, Kind, StreamSnapshot
from .rule import UNKNOWN, Limit, Rule, Verdict, Wrong
from .views import StreamView

FRESH = 3.0
"""Seconds within which pictures that come have come."""
ASKED = 2
"""Requests for a key frame that may go unanswered."""
BAND = 2
"""Times the limit up to which a rate that collapsed is not taken for well again."""


def no_picture(view: StreamView, limit: float) -> Verdict:
    """There is sound, and no picture was announced where there was one, or others have one."""
    stream = view.stream
    expected = view.past.had_picture or view.pictures
    if stream.camera_off or Kind.VIDEO in stream.tracks or not expected or stream.audio is None:
        return None
    return Wrong("sound without a picture: no camera was chosen, or it may not be used")


def black(view: StreamView, limit: float) -> Verdict:
    """All that was looked at for some time was."""
    if not _is_camera(view.stream):
        return None
    picture = view.stream.picture
    if picture is None:
        return UNKNOWN
    text = "the picture is black: is the lens covered, or another program using the camera?"
    return Wrong(text, picture.black) if picture.black else None


def frozen(view: StreamView, limit: float) -> Verdict:
    """Pictures come, and nothing moves in them."""
    if not _is_camera(view.stream):
        return None
    picture = view.stream.picture
    if picture is None:
        return UNKNOWN
    text = "nothing moves in the picture: its camera hangs, or nobody is there"
    return Wrong(text, picture.frozen) if picture.frozen else None


def low_fps(view: StreamView, limit: float) -> Verdict:
    """Far fewer pictures come than usual."""
    usual, fps = view.past.fps, view.stream.fps

    def wrong() -> Wrong:
        text = (
            f"{fps:.0f} pictures a second, where {usual.value:.0f} were usual: the guest's machine "
            "or camera is too slow"
        )
        return Wrong(text, data={"fps": round(fps, 1)})

    return _collapsed(view.stream, usual.percent(fps), limit, wrong)


def low_rate(view: StreamView, limit: float) -> Verdict:
    """Far fewer bits come than usual."""
    usual, rate = view.past.bitrate, view.stream.bitrate

    def wrong() -> Wrong:
        text = (
            f"{rate / 1000:.0f} kbit/s, where {usual.value / 1000:.0f} were usual: the picture "
            "must be coarse; the guest's network is too slow"
        )
        return Wrong(text, data={"bitrate": round(rate)})

    return _collapsed(view.stream, usual.percent(rate), limit, wrong)


def no_key_frame(view: StreamView, limit: float) -> Verdict:
    """Pictures come, and none of them is a key frame although it was asked for."""
    stream, past = view.stream, view.past
    video, ages = stream.tracks.get(Kind.VIDEO), stream.ages.get(Kind.VIDEO)
    if video is None:
        return None
    if ages is None or ages.media is None or ages.media > FRESH:
        return UNKNOWN
    if video.plis - past.asked < ASKED:
        return None if past.key_seen else UNKNOWN
    text = (
        "no key frame comes, however often one is asked for: until one does, nobody can begin to "
        "watch, and a damaged picture stays damaged"
    )
    return Wrong(text, view.now - past.key_at)


def _collapsed(
    stream: StreamSnapshot, percent: float | None, limit: float, wrong: Callable[[], Wrong]
) -> Verdict:
    """Something is wrong where far less comes of a camera than usual."""
    if not _is_camera(stream):
        return None
    if percent is None or limit <= percent < BAND * limit:
        return UNKNOWN
    return wrong() if percent < limit else None


def _is_camera(stream: StreamSnapshot) -> bool:
    return not (stream.screen or stream.camera_off) and Kind.VIDEO in stream.tracks


_NONE = (AlarmKind.STALL, AlarmKind.NO_PICTURE)
RULES: tuple[Rule[StreamView], ...] = (
    Rule(
        kind=AlarmKind.NO_PICTURE,
        judge=no_picture,
        over="there is a picture",
        after=60.0,
        clear=3.0,
        explained=(AlarmKind.STALL,),
    ),
    Rule(
        kind=AlarmKind.BLACK,
        judge=black,
        over="the picture is not black any more",
        after=20.0,
        clear=0.0,
        explained=_NONE,
    ),
    Rule(
        kind=AlarmKind.FROZEN,
        judge=frozen,
        over="the picture moves again",
        after=300.0,
        clear=0.0,
        explained=(*_NONE, AlarmKind.BLACK),
    ),
    Rule(
        kind=AlarmKind.NO_KEY_FRAME,
        judge=no_key_frame,
        over="a key frame came",
        after=60.0,
        clear=0.0,
        explained=_NONE,
    ),
    Rule(
        kind=AlarmKind.LOW_FPS,
        judge=low_fps,
        over="as many pictures come as before",
        after=20.0,
        clear=30.0,
        limit=Limit(20.0, "%", 1.0, 40.0),
        explained=_NONE,
    ),
    Rule(
        kind=AlarmKind.LOW_RATE,
        judge=low_rate,
        over="as much comes as before",
        after=90.0,
        clear=30.0,
        limit=Limit(10.0, "%", 1.0, 40.0),
        explained=(*_NONE, AlarmKind.BLACK, AlarmKind.FROZEN, AlarmKind.LOW_FPS),
    ),
)
