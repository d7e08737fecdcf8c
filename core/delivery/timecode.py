"""Timecode of SMPTE ST 12-1 and wall clock of the day: frames ↔ ``HH:MM:SS:FF``.

A frame's number counts frames since midnight, in real time: at every rate it is seconds times
rate. So files of several rates, and sound with a time reference in samples, meet where they
belong. Labels count whole frames a second, 30 at 30000/1001: there they would fall behind the
clock by 3.6 s an hour, and drop-frame leaves labels out (never frames) so that they do not. It
exists for multiples of 30000/1001 alone; labels at 24000/1001 do fall behind.

A moment on a whole second of the clock is on a frame at every rate but those over 1001.
"""

from __future__ import annotations

import re
from fractions import Fraction

from ..errors import UsageError

DAY = 86400
"""Seconds after which timecode begins again."""

_TEXT = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;])(\d{2,3})", re.ASCII)
_TEN_MINUTES = 10


def nominal(fps: Fraction) -> int:
    """Return how many frames a second has in labels: 30 at 30000/1001.

    Raises:
        UsageError: Less than one frame a second.
    """
    if fps < 1:
        raise UsageError(f"{fps} frames a second have no timecode: use 1 or more")
    return round(fps)


def drops(fps: Fraction) -> bool:
    """Whether labels at this rate are drop-frame: at 30000/1001 and its multiples."""
    return fps.denominator == 1001 and fps.numerator % 30000 == 0


def day_frames(fps: Fraction) -> int:
    """Return after how many frames labels begin again."""
    return 24 * 6 * _ten_minutes(fps)


def day_seconds(wall: float | Fraction, utc_offset: float) -> Fraction:
    """Return the seconds since midnight, 0 to below `DAY`, of local time.

    Args:
        wall: Seconds since the Unix epoch.
        utc_offset: Seconds that local time is ahead of UTC, at that moment.
    """
    return (Fraction(wall) + Fraction(utc_offset)) % DAY


def day_frame(wall: float | Fraction, utc_offset: float, fps: Fraction) -> int:
    """Return the number of the frame nearest to a moment: 0 to below `day_frames`."""
    return round(day_seconds(wall, utc_offset) * fps) % day_frames(fps)


def day_samples(wall: float | Fraction, utc_offset: float, rate: int) -> int:
    """Return the samples since midnight: the time reference of a BWF (EBU Tech 3285)."""
    return round(day_seconds(wall, utc_offset) * rate) % (DAY * rate)


def format_timecode(frame: int, fps: Fraction) -> str:
    """Return the label of a frame: ``HH:MM:SS:FF``, and ``HH:MM:SS;FF`` where it is drop-frame.

    Any number will do: labels wrap at 24 h, in both directions.
    """
    frame %= day_frames(fps)
    seconds, frames = divmod(frame + _left_out(frame, fps), nominal(fps))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    mark = ";" if drops(fps) else ":"
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{frames:02}"


def parse_timecode(text: str, fps: Fraction) -> int:
    """Return the number of the frame that a label names; the opposite of `format_timecode`.

    ``:`` before the frames counts every label, whatever the rate; ``;`` is drop-frame.

    Raises:
        UsageError: It is no label, or none that this rate has.
    """
    base = nominal(fps)
    if not (match := _TEXT.fullmatch(text.strip())):
        raise UsageError(f"{text!r} is no timecode: write HH:MM:SS:FF")
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
        raise UsageError(
            f"{text!r} is no timecode at {base} frames a second: "
            f"it goes from 00:00:00:00 to 23:59:59:{base - 1:02}"
        )
    number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if match[4] == ":":
        return number
    if not drops(fps):
        raise UsageError(f"{text!r} is drop-frame, which {fps} frames a second have not: use ':'")
    if seconds == 0 and frames < _dropped(fps) and minutes % _TEN_MINUTES:
        raise UsageError(f"drop-frame has no {text!r}: the next one is {frames + _dropped(fps):02}")
    whole = hours * 60 + minutes
    return number - _dropped(fps) * (whole - whole // _TEN_MINUTES)


def _dropped(fps: Fraction) -> int:
    """How many labels are left out at the begin of each minute but every tenth."""
    return 2 * nominal(fps) // 30 if drops(fps) else 0


def _ten_minutes(fps: Fraction) -> int:
    return 60 * _TEN_MINUTES * nominal(fps) - 9 * _dropped(fps)


def _left_out(frame: int, fps: Fraction) -> int:
    """How many labels were left out since midnight until a frame."""
    tens, rest = divmod(frame, _ten_minutes(fps))
    first = 60 * nominal(fps)  # the first of ten minutes has all its labels
    minutes = 0 if rest < first else 1 + (rest - first) // (first - _dropped(fps))
    return _dropped(fps) * (9 * tens + minutes)
