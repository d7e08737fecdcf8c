"""Whether what was sent for long is in the files."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from roomdeck.core.model import Kind

from ..receive.complete import frames_in
from ..receive.load.loop import SMALL, media_loop
from ..receive.load.sent import SentLogs

SUFFIX = ".ts"
"""Of the files."""


def frames_written(
    output: Path, folder: Path, sent: Mapping[str, Mapping[Kind, int]]
) -> dict[str, int]:
    """Return how many frames of each stream are in its files as they were sent.

    Args:
        output: Where the files are.
        folder: For lists of what was sent, which are large.
        sent: Frames by stream and kind.
    """
    files = {name: sorted(output.rglob(f"*{name}*{SUFFIX}")) for name in sent}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        counts = {
            name: pool.submit(_compare, files[name], folder / f"{name}.jsonl", kinds)
            for name, kinds in sent.items()
        }
        return {name: count.result() for name, count in counts.items()}


def _compare(files: list[Path], log: Path, sent: Mapping[Kind, int]) -> int:
    SentLogs(media_loop(SMALL)).write(log, sent)
    count = sum(frames_in(file, log) for file in files)
    log.unlink()
    return count
