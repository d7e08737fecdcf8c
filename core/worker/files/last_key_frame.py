"""Small pictures of a stream's last key frame, decoded only when somebody looks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import msgspec

from ...errors import MediaError
from ...model import Codec, EncodedFrame, Kind, Picture
from ...recording.still import still


class LastKeyFrame:
    """Keeps the last video key frame of one stream, and what it showed when it was asked for."""

    def __init__(self) -> None:
        self.headless: Codec | None = None
        """Codec of key frames that came without what a decoder has to know first, and nobody knows
        it; ``None`` once one came with it."""
        self.frame: EncodedFrame | None = None
        """The last one."""
        self._shown: EncodedFrame | None = None
        self._picture: Picture | None = None

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

    async def picture(self) -> Picture | None:
        """Return it as a small picture, if there is one and it decodes.

        The decoder runs in a thread, and once per key frame however often it is asked for.
        """
        frame = self.frame
        if frame is None:
            return None
        if self._shown is not frame:
            try:
                picture = await asyncio.to_thread(still, frame)
            except MediaError:
                picture = None
            self._shown, self._picture = frame, picture
        age = max(0.0, time.monotonic() - frame.arrival)
        return self._picture and msgspec.structs.replace(self._picture, age=age)
