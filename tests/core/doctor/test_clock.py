"""Clocks that are kept, that nobody keeps, and that somebody sets meanwhile."""

from __future__ import annotations

import msgspec
import pytest

from roomdeck.core.doctor.clock import Seen, Watch, judge
from roomdeck.core.doctor.finding import Grade

KEPT = Seen(synchronised=True, error=0.004, behind=0.0, stepped=0.0002, watched=2.0)


@pytest.mark.parametrize(
    ("change", "grade", "said"),
    [
        ({}, Grade.OK, "right to 4 ms"),
        ({"synchronised": None}, Grade.OK, "does not say"),
        ({"synchronised": False}, Grade.WARNING, "nobody keeps it"),
        ({"error": 3.0}, Grade.WARNING, "wrong by up to 3.0 s"),
        ({"stepped": -7200.0}, Grade.WARNING, "set by -7200.00 s within 2.0 s"),
        ({"synchronised": False, "behind": 400 * 86400.0}, Grade.WRONG, "400 days earlier"),
    ],
)
def test_what_is_said_of_a_clock(change: dict[str, object], grade: Grade, said: str) -> None:
    finding = judge(msgspec.structs.replace(KEPT, **change))
    assert (finding.check, finding.grade) == ("clock", grade)
    assert said in finding.text
    assert bool(finding.mend) is (grade is not Grade.OK)


def test_a_clock_that_is_set_is_seen_and_one_that_is_brought_nearer_is_not() -> None:
    wall, steady = [1_900_000_000.0], [50.0]
    watch = Watch(lambda: wall[0], lambda: steady[0])
    wall[0] += 2.0009  # 450 ppm
    steady[0] += 2.0
    calm = watch.look()
    wall[0] += 3600
    set_ = watch.look()
    assert calm.watched == set_.watched == 2.0
    assert judge(msgspec.structs.replace(KEPT, stepped=calm.stepped)).grade is Grade.OK
    assert set_.stepped == pytest.approx(3600.0009)


def test_this_machine_has_a_clock() -> None:
    seen = Watch().look()
    assert seen.behind == 0.0
    assert abs(seen.stepped) < 0.05
