"""Two machines whose clocks start anywhere and drift, and what goes between them; all is made up.

Time as nobody knows it counts seconds; a machine shows of it what its clock makes of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from roomdeck.core.engine.workers.worker_clock import Exchange


@dataclass
class Machine:
    """A clock that never goes back."""

    start: float = 0.0
    drift: float = 0.0
    """5e-5: it gains 50 µs in a second."""
    asleep: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """From when to when it is suspended: its clock stands still."""

    def shows(self, time: float) -> float:
        slept = sum(min(max(time - begin, 0.0), end - begin) for begin, end in self.asleep)
        return self.start + (time - slept) * (1 + self.drift)

    def awake(self, time: float) -> float:
        """When it does what comes at a time."""
        return next((end for begin, end in self.asleep if begin <= time < end), time)


@dataclass
class Way:
    """How long a message takes one way: at least so long, now and then much longer."""

    least: float = 0.0005
    usual: float = 0.002
    """Mean of what is on top, of most messages."""
    worst: float = 0.0
    """The most that a tenth of them takes on top, as where a link is full."""

    def takes(self, dice: random.Random) -> float:
        queued = dice.uniform(0, self.worst) if dice.random() < 0.1 else 0.0
        return self.least + dice.expovariate(1 / self.usual) + queued


@dataclass
class Two:
    """An engine and a worker; the session begins when time does."""

    engine: Machine
    worker: Machine
    there: Way = field(default_factory=Way)
    back: Way = field(default_factory=Way)
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    def session(self, time: float) -> float:
        return self.engine.shows(time) - self.engine.shows(0.0)

    def exchange(self, time: float) -> tuple[Exchange, float]:
        """Ask at a time; return the exchange and when the answer is there."""
        sent = self.engine.awake(time)
        heard = self.worker.awake(sent + self.there.takes(self.dice))
        said = self.worker.awake(heard + self.dice.expovariate(1 / 0.0005))
        answered = self.engine.awake(said + self.back.takes(self.dice))
        times = (sent, heard, said, answered)
        clocks = (self.session, self.worker.shows, self.worker.shows, self.session)
        return Exchange(*(shows(at) for shows, at in zip(clocks, times, strict=True))), answered

    def exchanges(self, begin: float, end: float) -> Iterator[Exchange]:
        """Ask eight times at once, as when they meet, and then every second."""
        time, many = begin, 0
        while time < end:
            exchange, answered = self.exchange(time)
            yield exchange
            many += 1
            time = answered if many < 8 else max(answered, time + 1)
