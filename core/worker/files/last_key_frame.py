"""Small pictures of a stream's last key frame, decoded only when somebody looks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from ...budget import Meter
from ...errors import MediaError
from ...model import STILL, Codec, EncodedFrame, Kind, Picture, Size
from ...recording.still import Still

SHARE = 0.05
"""Of a core that a worker takes for those who look, however many they are: a quarter of
what recording 32 streams takes (docs/cost.md)."""
_SIZES = 8
"""Pictures of one key frame that are kept, each of another size."""

_Made = TypeVar("_Made")
_looking = ThreadPoolExecutor(1, thread_name_prefix="stills")
"""Decodes one key frame at a time, however many are asked for."""
_share = Meter(SHARE)


class _Seen:
    """A key frame that was decoded, or does not decode."""

    def __init__(self, frame: EncodedFrame, still: Still | str) -> None:
        self.frame = frame
        self.still = still
        """Or why there is none."""
        self.pictures: dict[Size, Picture] = {}


class LastKeyFrame:
    """Keeps the last video key frame of one stream, and what it showed when it was asked for.

    Args:
        share: What all of a worker may take together.
    """

    def __init__(self, share: Meter = _share) -> None:
        self.headless: Codec | None = None
        """Codec of key frames that came without what a decoder has to know first, and nobody knows
        it; ``None`` once one came with it."""
        self.frame: EncodedFrame | None = None
        """The last one."""
        self._share = share
        self._tried: EncodedFrame | None = None
        """The last one that was, or is being, decoded."""
        self._seen: asyncio.Future[_Seen] | None = None
        """What came, or comes, of it."""

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

        It is decoded in a thread, and once however many ask for it in however many sizes. Where
        that takes more than its share, the last picture stays for longer; its age says so.

        Raises:
            MediaError: It does not decode.
        """
        if self.frame is None:
            if self.headless is not None:
                raise MediaError(f"no picture: {self.headless.value} without its headers")
            return None
        seen = await self._look(self.frame)
        if isinstance(seen.still, str):
            raise MediaError(seen.still)
        picture = seen.pictures.get(size)
        if picture is None:
            picture = await self._timed(seen.still.picture, size)
            if len(seen.pictures) >= _SIZES:
                seen.pictures.clear()
            seen.pictures[size] = picture
        age = max(0.0, time.monotonic() - seen.frame.arrival)
        return msgspec.structs.replace(picture, age=age)

    async def _look(self, frame: EncodedFrame) -> _Seen:
        seen = self._seen
        if seen is None or (frame is not self._tried and seen.done() and not self._is_used_up()):
            self._tried = frame
            seen = self._seen = asyncio.ensure_future(self._decode(frame))
        return await asyncio.shield(seen)

    def _is_used_up(self) -> bool:
        return self._share.is_used_up(time.monotonic())

    async def _decode(self, frame: EncodedFrame) -> _Seen:
        try:
            return _Seen(frame, await self._timed(Still, frame))
        except MediaError as error:
            return _Seen(frame, str(error))

    async def _timed(self, make: Callable[..., _Made], *given: object) -> _Made:
        """Make something in the thread, at the expense of our share."""

        def timed() -> tuple[_Made | MediaError, float]:
            began = time.thread_time()
            try:
                made: _Made | MediaError = make(*given)
            except MediaError as error:
                made = error
            return made, time.thread_time() - began

        made, took = await asyncio.get_running_loop().run_in_executor(_looking, timed)
        self._share.add(took)
        if isinstance(made, MediaError):
            raise made
        return made
