"""``python -m tests.fuzz``."""

from __future__ import annotations

import argparse
import sys
import time

from .run import fuzz, keep
from .targets import TARGETS

ROUND = 5.0
"""Seconds for a target until the next one has its turn."""


def main() -> int:
    """Go on until the time is over, or somebody ends it; the status is 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for ever without it")
    parser.add_argument("--seed", type=int, default=time.time_ns() & 0xFFFFFFFF)
    given = parser.parse_args()
    names: list[str] = given.targets or list(TARGETS)
    if unknown := set(names) - TARGETS.keys():
        parser.error(f"no target {unknown.pop()!r}; there are: {', '.join(TARGETS)}")
    share = min(ROUND, given.seconds / len(names))
    end, seed, bad = time.monotonic() + given.seconds, given.seed, 0
    print(f"seed {seed}", flush=True)
    while time.monotonic() < end:
        for name in names:
            count, found = fuzz(name, share, seed)
            print(f"{name}: {count} inputs, {len(found)} wrong", flush=True)
            for data, text in found:
                bad += 1
                print(f"{keep(name, data)}\n{text}", flush=True)
        seed += 1
    return int(bad > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
