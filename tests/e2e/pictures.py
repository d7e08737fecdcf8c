"""What the pictures and sounds of a recorded file show."""

from __future__ import annotations

from pathlib import Path

import av

from roomdeck.core.publishing.barcode import read_barcode


def counters(path: Path) -> list[tuple[int, int] | None]:
    """Return stream number and counter of every picture; ``None`` where no bar code is seen."""
    with av.open(str(path)) as container:
        return [read_barcode(frame) for frame in container.decode(video=0)]
