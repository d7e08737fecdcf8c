"""Hours of people whose clocks run apart, delivered and measured::

    python -m tests.core.delivery.hours --hours 2

Made by the clock, not by waiting. Three people flash and beep at each full second of true time:
one's clock runs fast, one's slow, one's is right. The table says how far what is delivered is from
there, in milliseconds: 95 of a hundred and the worst.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.model import Codec

from .stage import BEFORE, DELAY, Act, perform, watch
from .sync import apart, most

FPS = 10
"""Of the pictures that are sent: enough for flashes of a tenth of a second."""


def main() -> None:
    """Measure, print a table; the status is 1 where something is too far off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--ppm", type=float, default=200.0, help="how far clocks run apart")
    parser.add_argument("--split", type=float, default=900.0, help="seconds of a take")
    options = parser.parse_args()
    seconds = options.hours * 3600
    people = {
        "fast": _act(0.0, seconds, Codec.H264, options.ppm, 1),
        "slow": _act(3.3, seconds, Codec.VP8, -options.ppm, 5),
        "right": _act(1.0, seconds, Codec.H264, 0.0, 9),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        perform(folder, {who: [act] for who, act in people.items()}, split_every=options.split)
        session = find_session(folder)
        wish = Wish(PRESETS["edit"], BEFORE - 1, BEFORE + seconds)
        for done in deliver(session, wish, folder / "out"):
            if done.error or done.notes:
                print(done.plan.file, done.error, *done.notes)
        good = [_measured(folder / "out" / f"{who}.mp4") for who in people]
    raise SystemExit(not all(good))


def _act(begin: float, end: float, codec: Codec, ppm: float, seed: int) -> Act:
    return Act(begin, end, codec, fps=FPS, ppm=ppm, key_every=10.0, seed=seed)


def _measured(path: Path) -> bool:
    heard = watch(path)
    shown = {round(second) for second in heard.flashes}
    line = [f"{path.name:10} {len(shown):6} flashes {len(heard.beeps):6} beeps"]
    off = most(apart(heard))
    for what, one in (
        ("picture", most(second - DELAY - round(second - DELAY) for second in heard.flashes)),
        ("sound", most(second - DELAY - round(second - DELAY) for second in heard.beeps)),
        ("apart", off),
    ):
        line.append(f"{what} {one.usual * 1000:.1f} {one.worst * 1000:.1f}")
    print(*line, sep="   ", flush=True)
    return off.good


if __name__ == "__main__":
    main()
