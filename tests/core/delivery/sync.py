"""Sound against picture in what is delivered, by each preset, whatever troubles recordings had::

    python -m tests.core.delivery.sync --seconds 120

Made by the clock, not by waiting: people flash and beep at each full second of true time. What is
delivered is decoded, and each beep is compared with the flash of its second, and both with what
others show and play. Where there is no picture, beeps are compared with true time. The status is 1
where something is further off than it may be, or missing.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.jobs.work import Done
from roomdeck.core.delivery.masters import file_zero
from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.model import Codec, Container, Kind

from .stage import BEFORE, FLASH, Act, Heard, perform, watch

SYNC = 0.020
"""Seconds between sound and picture that 95 of a hundred may have; half as much again the worst."""
MASTERS = (Container.MKV, Container.MP4, Container.TS)
PRESET_NAMES = ("edit", "prores", "web", "audio", *(f"masters {one}" for one in MASTERS))
DELAYS = (0.030, 0.038, 0.046, 0.055)
"""Of the network, one after the other: so pictures lie everywhere between two slots."""


FRAME = 1 / 30
"""Seconds that 95 of a hundred flashes of two people may be apart."""


class Most(NamedTuple):
    """What 95 of a hundred have at most, and all; seconds."""

    usual: float
    worst: float

    @property
    def good(self) -> bool:
        """Whether sound and picture may be so far apart."""
        return self.usual <= SYNC and self.worst <= SYNC * 1.5


def most(values: Iterable[float]) -> Most:
    """Return how large values are, whatever their sign; infinite: there are none."""
    sizes = sorted(map(abs, values)) or [math.inf]
    return Most(sizes[int(0.95 * (len(sizes) - 1))], sizes[-1])


def apart(heard: Heard) -> list[float]:
    """Return by how many seconds each beep begins after the flash of its second."""
    shown = {round(second): second for second in heard.flashes}
    return [beep - shown[round(beep)] for beep in heard.beeps if round(beep) in shown]


class Trouble(NamedTuple):
    """Somebody's acts, and how many flashes and beeps there have to be at least."""

    acts: Sequence[Act]
    flashes: int
    beeps: int

    @property
    def delay(self) -> float:
        """Seconds after which everything of theirs arrives."""
        return self.acts[0].delay


def _turned(at: float) -> Callable[[float], tuple[int, int]]:
    return lambda true: (160, 96) if true < at else (96, 160)


def _uneven(seconds: float, seed: int) -> list[float]:
    """Moments of pictures, 12 to 40 a second, and one at each full second."""
    chooser, found = random.Random(seed), list[float]()
    for second in range(math.floor(seconds)):
        found.append(float(second))
        while (following := found[-1] + chooser.uniform(0.025, 0.08)) < second + 0.98:
            found.append(following)
    return found


def troubled(seconds: int) -> dict[str, Trouble]:
    """Return people with every trouble; six seconds at least."""
    third = seconds // 3
    delays: Iterator[float] = (DELAYS[number % len(DELAYS)] for number in range(1000))

    def one(*acts: Act, missing: int = 0, pictures: int = 0, sounds: int = 0) -> Trouble:
        delay = next(delays)
        for number, act in enumerate(acts):
            act.delay, act.seed = delay, number + round(delay * 1000)
        return Trouble(acts, seconds - missing - pictures, seconds - missing - sounds)

    def all_of(codec: Codec = Codec.H264, fps: float = 30, **more: Any) -> Act:
        return Act(0.0, float(seconds), codec, fps, **more)

    late = {kind: {kind: 1.7} for kind in (Kind.VIDEO, Kind.AUDIO)}
    hole = third + 0.4
    # A take begins with its first picture.
    return {
        "late sound": one(all_of(late=late[Kind.AUDIO]), sounds=2),
        "late picture": one(all_of(Codec.VP8, late=late[Kind.VIDEO]), missing=2),
        "gaps": one(
            all_of(lost=[(hole, hole + 0.5), (hole + 1.7, hole + 1.75)]),
        ),
        "turns": one(all_of(fps=25, size=_turned(third + 0.5))),
        "fast clock": one(all_of(ppm=200.0)),
        "slow clock": one(all_of(Codec.VP8, ppm=-200.0)),
        "B-frames": one(all_of(fps=25, reorders=True)),
        "variable": one(all_of(Codec.VP8, times=_uneven(seconds, 3))),
        "returns": one(
            Act(0.0, third + 0.5), Act(third + 1.6, float(seconds), Codec.VP8, 15), missing=1
        ),
        "film": one(all_of(fps=24)),
        "sport": one(all_of(fps=60, reorders=True)),
        "screen": one(all_of(Codec.VP8, times=[0.0, 3.0, 6.0]), pictures=seconds - 1),
    }


class Measured(NamedTuple):
    """What one preset makes of a session."""

    people: Mapping[str, Most]
    """Sound against picture of each; where there is only one of them, against true time."""
    all: Most
    across: Most
    """Between what any two show at the same second, or play where nothing is shown."""
    sound: Most
    """Of all beeps, against true time."""
    faults: list[str]
    """What is missing, or was not made; in words."""


def measured(session: Path, people: Mapping[str, Trouble], name: str, folder: Path) -> Measured:
    """Deliver a session by a preset, and measure what comes out.

    Args:
        session: The folder.
        people: Who is in it.
        name: One of `PRESET_NAMES`.
        folder: Where to.
    """
    preset, _, container = name.partition(" ")
    end = BEFORE + max(act.end for one in people.values() for act in one.acts)
    wish = Wish(PRESETS[preset], BEFORE - 1, end + 0.5, container=Container(container or "mkv"))
    faults, heard = list[str](), dict[str, Heard]()
    for done in deliver(find_session(session), wish, folder):
        who = done.plan.person.stream
        told = (note for note in done.notes if "cannot hold" not in note)
        faults += [f"{done.plan.file}: {word}" for word in (done.error, *told) if word]
        if done.error:
            continue
        found = _in_the_session(done, folder)
        if not done.plan.remuxed:
            faults += _of_another_length(done, found, end + 0.5 - BEFORE + 1)
        heard[who] = _joined(heard[who], found) if who in heard else found
    # Of masters, what begins with a take is not seen to begin.
    unseen = 3 if preset == "masters" else 0
    for who, one in heard.items():
        faults += _missing(who, one, people[who], preset, unseen)
    off = {who: _off(one, people[who].delay) for who, one in heard.items()}
    everything = [value for values in off.values() for value in values]
    across = _across({who: _places(one, people[who].delay) for who, one in heard.items()})
    each = {who: most(values) for who, values in off.items()}
    beeps = (
        second - people[who].delay - round(second - people[who].delay)
        for who, one in heard.items()
        for second in one.beeps
    )
    return Measured(each, most(everything), most(across), most(beeps), faults)


def _in_the_session(done: Done, folder: Path) -> Heard:
    """What a file shows and plays, in true seconds."""
    path, clip = folder / done.plan.file, done.plan.person.clips[0]
    heard = watch(path)
    begin, scale, zero = -1.0, 1.0, 0.0
    if done.plan.remuxed:
        begin, scale = clip.begin - BEFORE, clip.times[Kind.VIDEO].scale
        zero = float(file_zero(path, clip.take))

    def placed(seconds: Iterable[float]) -> list[float]:
        # What goes on since the take before began there.
        there = (second - zero for second in seconds)
        return [begin + second * scale for second in there if second > FLASH]

    return heard._replace(flashes=placed(heard.flashes), beeps=placed(heard.beeps))


def _joined(one: Heard, other: Heard) -> Heard:
    return one._replace(flashes=one.flashes + other.flashes, beeps=one.beeps + other.beeps)


def _of_another_length(done: Done, heard: Heard, seconds: float) -> Iterator[str]:
    """What is not as long as the window, which is whole pictures: up to a second more."""
    picture = done.plan.picture
    lengths = {
        "pictures": heard.pictures / picture.fps if picture else None,
        "sound": heard.samples / 48000 if done.plan.sound else None,
    }
    for what, length in lengths.items():
        if length is not None and not seconds <= length <= seconds + 1.1:
            yield f"{done.plan.file}: {length} s of {what}"


def _missing(who: str, heard: Heard, of: Trouble, preset: str, unseen: int) -> Iterator[str]:
    wanted = {"beeps": of.beeps} | ({} if preset == "audio" else {"flashes": of.flashes})
    for what, least in wanted.items():
        there = [round(second) for second in getattr(heard, what)]
        if len(set(there)) < least - unseen:
            yield f"{who}: {len(set(there))} {what} of {least}"
        if len(set(there)) < len(there):
            yield f"{who}: {what} twice in a second"


def _off(heard: Heard, delay: float) -> list[float]:
    """How far sound is from picture; of one alone, from where it was."""
    found = apart(heard)
    alone = heard.flashes or heard.beeps
    return found or [second - delay - round(second - delay) for second in alone]


def _places(heard: Heard, delay: float) -> dict[int, float]:
    """How far from its second each flash is, or each beep where there is none."""
    seconds = [second - delay for second in heard.flashes or heard.beeps]
    return {round(second): second - round(second) for second in seconds}


def _across(places: Mapping[str, Mapping[int, float]]) -> Iterator[float]:
    for one, other in combinations(places.values(), 2):
        yield from (one[second] - other[second] for second in one.keys() & other.keys())


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--each", action="store_true", help="a line for each trouble as well")
    parser.add_argument("--preset", action="append", choices=PRESET_NAMES, default=[])
    options = parser.parse_args()
    people = troubled(options.seconds)
    good = True
    with tempfile.TemporaryDirectory() as name:
        session = Path(name)
        recorded(session, people, options.seconds)
        for preset in options.preset or PRESET_NAMES:
            found = measured(session, people, preset, session / preset)
            words = *_words(found.all), "across", *_words(found.across), "sound"
            print(preset, *words, *_words(found.sound), flush=True)
            for who, one in found.people.items() if options.each else ():
                print("   ", who, *_words(one), flush=True)
            print(*(f"    {fault}\n" for fault in found.faults), sep="", end="", flush=True)
            good = good and found.all.good and found.across.usual <= FRAME and not found.faults
    raise SystemExit(not good)


def recorded(session: Path, people: Mapping[str, Trouble], seconds: int) -> Path:
    """Record people, each of their recordings split into three takes; return the sidecar."""
    acts = {who: one.acts for who, one in people.items()}
    return perform(session, acts, split_every=seconds / 3)


def _words(one: Most) -> list[str]:
    return [f"{value * 1000:.1f}" for value in one]


if __name__ == "__main__":
    main()
