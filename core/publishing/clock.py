"""The clock of a sender's reports."""

from __future__ import annotations

import time

_SKEW = time.time() - time.monotonic()


def sender_time() -> float:
    """Unix time, by the clock as it was set when the program began.

    Reports say which RTP time belongs to which time on this clock (RFC 3550, 6.4.1). One that is
    set while it sends would tell receivers that the media jumped.
    """
    return time.monotonic() + _SKEW
