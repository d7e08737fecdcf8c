import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.publishing.impairment import Fates, Impairment

PACKETS = 20_000


def fates(impairment: Impairment, name: str = "alice/0/out", count: int = PACKETS):
    chosen = Fates(impairment, name)
    return [chosen.next() for _ in range(count)]


def runs(lost: list[bool]) -> list[int]:
    lengths: list[int] = []
    for before, now in zip([False, *lost], lost, strict=False):
        if now and not before:
            lengths.append(0)
        if now:
            lengths[-1] += 1
    return lengths


def test_nothing_happens_without_impairment() -> None:
    assert set(fates(Impairment())) == {(0.0,)}


@pytest.mark.parametrize("burst", [1.0, 1.5, 5.0])
def test_loses_the_share_asked_for(burst: float) -> None:
    lost = [not fate for fate in fates(Impairment(loss=0.05, burst=burst))]
    assert sum(lost) / PACKETS == pytest.approx(0.05, abs=0.01)


def test_bursts_have_the_mean_length_asked_for() -> None:
    lengths = runs([not fate for fate in fates(Impairment(loss=0.05, burst=5))])
    assert sum(lengths) / len(lengths) == pytest.approx(5, abs=0.6)


def test_single_losses_are_independent() -> None:
    lengths = runs([not fate for fate in fates(Impairment(loss=0.2))])
    assert sum(lengths) / len(lengths) == pytest.approx(1.25, abs=0.05)


def test_is_the_same_for_the_same_seed() -> None:
    bad = Impairment(loss=0.1, burst=3, rtt=0.05, reorder=0.1, duplicate=0.1, seed=7)
    assert fates(bad) == fates(bad)


@pytest.mark.parametrize("name", ["alice/0/in", "bob/0/out"])
def test_differs_by_connection_and_direction(name: str) -> None:
    assert fates(Impairment(loss=0.1)) != fates(Impairment(loss=0.1), name)


def test_differs_by_seed() -> None:
    assert fates(Impairment(loss=0.1)) != fates(Impairment(loss=0.1, seed=2))


def test_more_loss_takes_the_same_packets_and_others() -> None:
    little, much = fates(Impairment(loss=0.02)), fates(Impairment(loss=0.2))
    assert all(not worse for better, worse in zip(little, much, strict=True) if not better)


def test_delays_half_the_round_trip_each_way() -> None:
    assert set(fates(Impairment(rtt=0.05))) == {(0.025,)}


def test_jitter_is_anything_up_to_what_was_asked_for() -> None:
    delays = [fate[0] for fate in fates(Impairment(rtt=0.05, jitter=0.3))]
    assert 0.025 <= min(delays) < 0.03
    assert 0.32 < max(delays) <= 0.325


def test_reordered_packets_come_5_to_30_ms_late() -> None:
    late = [fate[0] for fate in fates(Impairment(reorder=0.1)) if fate[0]]
    assert len(late) / PACKETS == pytest.approx(0.1, abs=0.01)
    assert min(late) >= 0.005
    assert max(late) <= 0.030


def test_duplicates_come_twice() -> None:
    twice = [fate for fate in fates(Impairment(duplicate=0.1)) if len(fate) == 2]
    assert len(twice) / PACKETS == pytest.approx(0.1, abs=0.01)


def test_parses_what_is_typed() -> None:
    assert Impairment.parse("loss=0.05,rtt=0.05, reorder=0.01,duplicate=0.01,burst=5,seed=3") == (
        Impairment(loss=0.05, rtt=0.05, reorder=0.01, duplicate=0.01, burst=5, seed=3)
    )
    assert Impairment.parse("delay=0.025") == Impairment(rtt=0.05)
    assert Impairment.parse("") == Impairment()


@pytest.mark.parametrize(
    "text",
    [
        "loss",
        "loss=x",
        "loss=1",
        "loss=-0.1",
        "los=0.1",
        "burst=0.5",
        "rtt=11",
        "jitter=-1",
        "loss=nan",
        "burst=nan",
        "burst=inf",
        "rtt=nan",
    ],
)
def test_refuses_what_means_nothing(text: str) -> None:
    with pytest.raises(UsageError):
        Impairment.parse(text)
