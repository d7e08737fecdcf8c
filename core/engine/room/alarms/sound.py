"""What is wrong with the sound of a stream. That of a screen may be silent, or not there."""

from __future__ import annotations

from ....model import QUIET, AlarmKind, Kind, TrackAges
from .rule import UNKNOWN, Limit, Rule, Verdict, Wrong
from .views import StreamView

FRESH = 3.0
"""Seconds within which sound that comes has come: none at all is a stall, if anything."""
PAUSE = 3.0
"""Seconds between two words."""
RECENT = 3.0
"""Seconds since which sound was cut off that count as now."""


def silence(view: StreamView, limit: float) -> Verdict:
    """No sound reaches a level, and the microphone is on."""
    stream = view.stream
    if stream.screen or stream.muted or Kind.AUDIO not in stream.tracks:
        return None
    sound, came = stream.sound, stream.ages.get(Kind.AUDIO, TrackAges()).media
    if sound is None or came is None or came > FRESH:
        return UNKNOWN
    if sound.level > limit or (limit <= QUIET and sound.silent < PAUSE):
        return None
    text = (
        f"no sound above {limit:g} dBFS, although the microphone is on: is it the right one, and "
        "does it have a switch?"
    )
    # For how long is measured for the usual limit alone.
    return Wrong(text, sound.silent if limit == QUIET else None)


def clipping(view: StreamView, limit: float) -> Verdict:
    """Samples stand at full scale again and again."""
    sound = view.stream.sound
    if sound is None:
        return UNKNOWN
    if sound.clipped is None or sound.clipped > RECENT:
        return None
    return Wrong("the sound is cut off at full scale: turn its input down")


def no_sound(view: StreamView, limit: float) -> Verdict:
    """There is a picture, and no sound was announced."""
    stream = view.stream
    if stream.screen or stream.muted or Kind.AUDIO in stream.tracks or stream.video is None:
        return None
    return Wrong("a picture without sound: no microphone was chosen, or it may not be used")


RULES: tuple[Rule[StreamView], ...] = (
    Rule(
        kind=AlarmKind.NO_SOUND,
        judge=no_sound,
        over="there is sound",
        after=60.0,
        clear=3.0,
        explained=(AlarmKind.STALL,),
    ),
    Rule(
        kind=AlarmKind.SILENCE,
        judge=silence,
        over="there is sound again",
        after=60.0,
        clear=2.0,
        limit=Limit(QUIET, "dBFS", -126.0, 0.0),
        explained=(AlarmKind.STALL,),
    ),
    Rule(
        kind=AlarmKind.CLIPPING,
        judge=clipping,
        over="the sound is not cut off any more",
        after=5.0,
        clear=20.0,
        explained=(AlarmKind.STALL,),
    ),
)
