"""Pictures read back from what a terminal is sent, as kitty, iTerm2 and a VT340 do."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from typing import cast

import av
from av.video.frame import VideoFrame

from roomdeck.core.model import Picture

_KITTY = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
_ITERM = re.compile(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07")
_SIXEL = re.compile(r"\x1bP[\d;]*q([^\x1b]*)\x1b\\")
_SIXEL_PART = re.compile(
    r'"(\d+);(\d+);(\d+);(\d+)|#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|([$-])'
)


@dataclass(frozen=True)
class Sent:
    """A picture that was sent, and what was said with it."""

    keys: dict[str, str]
    picture: Picture


def kitty_commands(text: str) -> list[dict[str, str]]:
    """Return the keys of all commands."""
    return [_keys(keys, ",") for keys, _ in _KITTY.findall(text)]


def kitty_pictures(text: str) -> list[Sent]:
    """Return the pictures that were sent whole."""
    found, said, data = list[Sent](), dict[str, str](), ""
    for keys, chunk in _KITTY.findall(text):
        assert len(chunk) <= 4096
        now = _keys(keys, ",")
        if now.get("a") == "d":
            continue
        said = said or now
        data += chunk
        if now.get("m", "0") == "0":
            found.append(Sent(said, _png(data)))
            said, data = {}, ""
    assert not data
    return found


def iterm_pictures(text: str) -> list[Sent]:
    """Return all pictures."""
    found = [Sent(_keys(keys, ";"), _png(data)) for keys, data in _ITERM.findall(text)]
    for sent, (_, data) in zip(found, _ITERM.findall(text), strict=True):
        assert int(sent.keys["size"]) == len(base64.b64decode(data))
    return found


def sixel_pictures(text: str) -> list[Picture]:
    """Return all pictures; what no sixel covers is an error."""
    return [_sixel(body) for body in _SIXEL.findall(text)]


def without(text: str) -> str:
    """Return the rest: what is none of these."""
    return _SIXEL.sub("", _ITERM.sub("", _KITTY.sub("", text)))


def _keys(text: str, between: str) -> dict[str, str]:
    return dict(cast(tuple[str, str], pair.split("=", 1)) for pair in text.split(between))


def _png(data: str) -> Picture:
    with av.open(io.BytesIO(base64.b64decode(data, validate=True)), "r") as file:
        frame = next(iter(file.decode(video=0)))
    assert isinstance(frame, VideoFrame)
    plane = frame.reformat(format="rgb24").planes[0]
    raw, row, pitch = bytes(plane), 3 * frame.width, plane.line_size
    lines = (raw[y * pitch : y * pitch + row] for y in range(frame.height))
    return Picture(frame.width, frame.height, b"".join(lines))


def _sixel(body: str) -> Picture:
    colours, pixels = dict[int, bytes](), dict[tuple[int, int], bytes]()
    width = height = x = band = number = 0
    end = 0
    for part in _SIXEL_PART.finditer(body):
        assert part.start() == end, f"not a sixel: {body[end : part.start()]!r}"
        end = part.end()
        _, _, wide, high, defined, *rgb, chosen, times, repeated, one, move = part.groups()
        if wide is not None:
            width, height = int(wide), int(high)
        elif defined is not None:
            colours[int(defined)] = bytes(round(int(share) * 2.55) for share in rgb)
        elif chosen is not None:
            number = int(chosen)
        elif move is not None:
            x, band = 0, band + (move == "-")
        else:
            bits = ord(repeated or one) - 63
            run = range(x, x + int(times or 1))
            lines = [6 * band + line for line in range(6) if bits >> line & 1]
            pixels |= {(column, line): colours[number] for column in run for line in lines}
            x = run.stop
    assert end == len(body)
    assert len(colours) <= 256
    assert set(pixels) == {(x, y) for x in range(width) for y in range(height)}
    return Picture(
        width, height, b"".join(pixels[x, y] for y in range(height) for x in range(width))
    )
