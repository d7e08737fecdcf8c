"""A file that was recorded, opened to be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import av
from av.container import InputContainer

_TS = ".ts"
_SHORT = 10 * 204
"""Bytes below which libavformat's guess knows no transport stream: ten packets of the longest kind
(mpegts.c, `CHECK_COUNT`)."""


def open_media(path: Path, options: Mapping[str, str] | None = None) -> InputContainer:
    """Open a file to read its packets.

    A take of some pictures is a transport stream by its name: what is in it may look like another
    kind of file.

    Args:
        path: Of the file.
        options: Of the demuxer.

    Raises:
        FFmpegError: It cannot be read (which is an `OSError` as well where the system says so).
    """
    short = path.suffix == _TS and path.stat().st_size < _SHORT
    return av.open(str(path), format="mpegts" if short else None, options=dict(options or {}))
