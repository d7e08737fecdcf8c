"""Open each delivered file in each program that is installed, and print a table::

    python -m tests.core.delivery.players

What is found wrong is said, file by file. `NODE_PATH` tells where npm's mp4box is, if anywhere.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from roomdeck.core.delivery.presets import PRESETS

from .programs import PROGRAMS, Program, faults
from .scene import File, delivered, recorded


def _cell(program: Program, files: list[File], most: int) -> str:
    files = [file for file in files if file.path.suffix in program.suffixes]
    if not files:
        return "-"
    good: list[str] = []
    bad: list[str] = []
    for file in files:
        wrong = faults(program, file, file.slots(most))
        (bad if wrong else good).append(file.path.name)
        if wrong:
            print(
                f"  {program.name}: {file.preset}/{file.path.name}: {'; '.join(wrong)}", flush=True
            )
    return "all" if not bad else f"{len(good)} of {len(files)}"


def main() -> None:
    """Do so."""
    presets = [name for name in PRESETS if name != "masters"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="*", default=presets, choices=presets)
    parser.add_argument("--programs", nargs="*", default=list(PROGRAMS), choices=list(PROGRAMS))
    parser.add_argument("--slots", type=int, default=0, help="to jump to in each file; 0: all")
    parser.add_argument("--folder", type=Path, help="where files are, or are made; they stay there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        session = next(folder.glob("*.json"), None) or recorded(folder)
        files = {name: delivered(session, name, folder / name) for name in options.presets}
        rows: list[str] = []
        for name in options.programs:
            program = PROGRAMS[name]
            version = program.version()
            if version:
                cells = [_cell(program, files[preset], options.slots) for preset in files]
                rows.append(f"| {name} {version} | {' | '.join(cells)} |")
            else:
                rows.append(f"| {name}: not installed |{' |' * len(files)}")
            print(rows[-1], flush=True)
    print(f"\n| | {' | '.join(files)} |\n| --- |{' --- |' * len(files)}")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
