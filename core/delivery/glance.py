"""``python -m roomdeck.core.delivery.glance SIDECAR``: a small picture of each take, as JSON lines.

In a process of its own: files may be damaged, and decoders are not made for that.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import msgspec
from av.error import FFmpegError

from ..errors import RoomdeckError
from ..model import STILL, Picture, TakeSummary
from ..recording.sidecar import load
from ..recording.still import small_picture
from .report.stills import key_picture

MOST = 200
"""Takes of a session."""


def glance(path: Path, take: TakeSummary) -> Picture | None:
    """Return a small picture from the middle of a take; ``None`` where there is none to be had."""
    try:
        found = key_picture(path, take.seconds / 2, take)
        return small_picture(found[0], STILL) if found is not None else None
    except (FFmpegError, OSError, ValueError, RoomdeckError):
        return None


def main(sidecar: Path) -> int:
    """Print a line for each take that has a picture."""
    try:
        known = load(sidecar)
    except RoomdeckError as error:
        print(error, file=sys.stderr)
        return 1
    takes = [take for take in known.takes if take.file and take.video] if known else []
    for take in takes[:MOST]:
        path = sidecar.parent / take.file
        if (found := glance(path, take)) is not None:
            rgb = base64.b64encode(found.rgb).decode()
            line = {"file": str(path), "width": found.width, "height": found.height, "rgb": rgb}
            print(msgspec.json.encode(line).decode(), flush=True)
    return 0


if __name__ == "__main__":
    os.nice(19)
    sys.exit(main(Path(sys.argv[1])))
