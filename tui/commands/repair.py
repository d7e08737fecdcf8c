"""``roomdeck repair``: completes what a hard end left in a folder."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ...core.errors import RecordingError, UsageError
from ...core.recording.repair import repair
from ..exits import Exit
from ..text.words import count


def repair_folder(folder: Path, as_json: bool) -> Exit:
    """Print a line per file that was left.

    Raises:
        UsageError: There is no such folder.
    """
    found = broken = 0
    try:
        for done in repair(folder):
            found += 1
            broken += done.take is None or bool(done.take.error)
            line = {"type": "repair"} | msgspec.to_builtins(done, str_keys=True)
            print(msgspec.json.encode(line).decode() if as_json else done.text, flush=True)
    except RecordingError as error:
        raise UsageError(f"{error}; name the folder that `record --output` wrote to") from None
    if not as_json:
        left = count(found, "file")
        print(f"{left} without an end, of which {found - broken} complete now", flush=True)
    return Exit.USAGE if broken else Exit.OK
