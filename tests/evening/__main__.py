"""Play the evening, print its table, and say what of it is not as it has to be."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from ..disks import Unmountable, mounted
from . import script
from .box import Box, box
from .person import person
from .tale import files, not_there, settled, table, told
from .troubles import Diary


@contextlib.contextmanager
def _disk(folder: Path) -> Generator[Path | None]:
    """Mount a small disk, where this machine can."""
    try:
        with mounted(folder, script.MEGABYTES) as disk:
            yield disk.folder
    except Unmountable as error:
        print(f"the disk does not get full: {error}", file=sys.stderr)
        yield None


async def evening(opened: Box, disk: Path | None, calm: float) -> list[str]:
    """Record one to its end; return what was wrong."""
    opened.output = (disk or opened.folder) / "out"
    opened.configure(("greta",))
    await opened.begin()
    async with script.guests(opened), person(opened.environment) as looker:
        diary = Diary(opened, looker)
        if calm:
            await script.calm(diary, calm)
        else:
            await script.play(diary, disk is not None)
        heard = await settled(opened)
        print(table(diary, heard))
    wrong = [problem for one in diary.troubles for problem in one.wrong()]
    wrong += [
        *diary.unexpected(),
        *heard.wrong(opened),
        *await asyncio.to_thread(not_there, opened),
    ]
    again = sum(heard.deliveries.values()) - len(heard.deliveries)
    print(
        f"\n{len(heard.ids)} events, each heard once by the program and by the address ({again} "
        f"delivered again, with the same id); {len(files(opened))} files in the store\n"
    )
    if wrong:
        print("\n".join([*wrong, "", told(opened)]))
    return wrong


async def main() -> int:
    """Run what the command line says."""
    words = argparse.ArgumentParser(prog="python -m tests.evening")
    words.add_argument("--calm", type=float, default=0.0, metavar="SECONDS")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="roomdeck-") as folder, _disk(Path(folder)) as disk:
        async with box(Path(folder)) as opened:
            return 1 if await evening(opened, disk, asked.calm) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
