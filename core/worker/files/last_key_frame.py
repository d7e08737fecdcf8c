"""Small pictures of a stream's last key frame, decoded only when somebody looks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import msgspec

from ...budget import Meter
from ...errors import MediaError
from ...model import STILL, Codec, EncodedFrame, Kind, Picture, Size
from ...recording.decoding_process import Found, Show
from ..decoding.decoder import Decoder

SHARE = 0.05
"""Of a core that a worker takes for those who look, however many they are: a quarter of
what recording 32 streams takes (docs/cost.md)."""
_SIZES = 8
"""Pictures of one key frame that are kept, each of another size."""

_share = Meter(SHARE)


class LastKeyFrame:
    """Keeps the last video key frame of one stream, and what it showed when it was asked for.

    Args:
        stream: Its id.
        decoder: Makes pictures.
        share: What all of a worker may take together.
    """

    def __init__(self, stream: str, decoder: Decoder, share: Meter = _share) -> None:
        self.headless: Codec | None = None
        """Codec of key frames that came without what a decoder has to know first, and nobody knows
        it; ``None`` once one came with it."""
        self.frame: EncodedFrame | None = None
        """The last one."""
        self._stream = stream
        self._decoder = decoder
        self._share = share
        self._shown: _Shown | None = None

    def see(self, frames: Sequence[EncodedFrame]) -> None:
        """Take note of frames on their way to the file; those with a width are key frames."""
        for frame in frames:
            if frame.width:
                self.frame, self.headless = frame, None
            elif frame.key and self.frame is None and frame.codec.kind is Kind.VIDEO:
                self.headless = frame.codec

    @property
    def arrival(self) -> float | None:
        """When it arrived, monotonic seconds."""
        return self.frame.arrival if self.frame is not None else None

    async def picture(self, size: Size = STILL) -> Picture | None:
        """Return it as a picture that fits into a size, if there is one.

        A size is made once however many ask for it. Where that takes more than its share, the last
        picture stays for longer; its age says so.

        Raises:
            MediaError: It does not decode, or nothing is decoded now.
        """
        if self.frame is None:
            if self.headless is not None:
                raise MediaError(f"no picture: {self.headless.value} without its headers")
            return None
        shown = self._choose(self.frame)
        # Who asked first may not wait any more.
        found = await asyncio.shield(shown.pictures.get(size) or self._make(shown, size))
        if found is None:
            shown.pictures.pop(size, None)
            raise MediaError("no picture can be made of it now")
        if found.picture is None:
            raise MediaError(found.error)
        age = max(0.0, time.monotonic() - shown.frame.arrival)
        return msgspec.structs.replace(found.picture, age=age)

    def _choose(self, frame: EncodedFrame) -> _Shown:
        """Return the last one, unless there is time for a newer one."""
        shown = self._shown
        if shown is None or (
            shown.frame is not frame
            and not shown.is_busy
            and not self._share.is_used_up(time.monotonic())
        ):
            shown = self._shown = _Shown(frame)
        return shown

    def _make(self, shown: _Shown, size: Size) -> asyncio.Task[Found | None]:
        if len(shown.pictures) >= _SIZES:
            shown.pictures.clear()
        making = shown.pictures[size] = asyncio.create_task(self._decode(shown, size))
        return making

    async def _decode(self, shown: _Shown, size: Size) -> Found | None:
        if shown.broken is not None:
            return shown.broken
        (found,) = await self._decoder.decode(Show(self._stream, shown.frame, size))
        if found is not None:
            self._share.add(found.took)
            shown.broken = found if found.picture is None else None
        return found


class _Shown:
    """A key frame that was asked for."""

    def __init__(self, frame: EncodedFrame) -> None:
        self.frame = frame
        self.pictures: dict[Size, asyncio.Task[Found | None]] = {}
        self.broken: Found | None = None
        """Why there are none."""

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for one."""
        return not all(making.done() for making in self.pictures.values())
