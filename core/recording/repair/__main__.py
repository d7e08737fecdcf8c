"""``python -m roomdeck.core.recording.repair FOLDER [NODE]``: a line of JSON (`Repaired`) per file.

It runs while others record: at the lowest priority.
"""

import os
import sys
from pathlib import Path

import msgspec

from . import repair

if __name__ == "__main__":
    os.nice(19)
    for done in repair(Path(sys.argv[1]), *sys.argv[2:]):
        sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
        sys.stdout.buffer.flush()
