"""Work that is done while somebody works with what it gave before."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Generator[Item]:
    """Yield items, each taken in a thread of its own while the one before it is worked with.

    It pays where both sides are mostly within FFmpeg, which lets other threads go on meanwhile.

    Args:
        items: Is asked by that thread alone, and not again where this is closed.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item
