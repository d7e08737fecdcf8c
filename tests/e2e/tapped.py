"""The encoded frames of the test page as a sent log, and what a recording of it shows."""

from __future__ import annotations

import base64
from pathlib import Path

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.recording.sentlog import SentFrame, SentLog, read_sent_log
from roomdeck.core.rtp.clock import Unwrapper
from roomdeck.core.rtp.redundancy import split_red

from .browser import Page


async def save_sent(page: Page, codec: Codec, path: Path) -> list[SentFrame]:
    """Write what the page's encoders made, as far as nothing sends any more."""
    clocks = {Kind.VIDEO: Unwrapper(32), Kind.AUDIO: Unwrapper(32)}
    with SentLog(path) as log:
        for frame in await page.run("publisher.taken()"):
            data = base64.b64decode(frame["data"])
            kind = Kind(frame["kind"])
            if kind is Kind.AUDIO:
                # Chromium taps sound behind its redundancy encoder.
                data = split_red(data)[-1].payload
            used = codec if kind is Kind.VIDEO else Codec.OPUS
            rtp = clocks[kind](frame["rtp"])
            log.write(EncodedFrame(used, data, rtp, arrival=0.0, key=frame["key"]))
    return read_sent_log(path)
