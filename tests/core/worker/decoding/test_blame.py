"""When a decoder is started again, and who is left alone."""

from __future__ import annotations

from roomdeck.core.model import Kind
from roomdeck.core.worker.decoding.blame import BACKOFF, MEMORY, STRIKES, Blame


def test_the_more_often_it_breaks_the_longer_it_rests() -> None:
    blame = Blame()
    pauses = [blame.broke(float(now), 0.0) for now in range(8)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert blame.broke(8.0 + MEMORY, 0.0) == BACKOFF.first, "the others are long ago"


def test_who_broke_it_again_and_again_is_left_alone() -> None:
    blame = Blame()
    for strike in range(1, STRIKES):
        assert not blame.broken_by("mallory", Kind.VIDEO, strike)
        assert not blame.broken_by("alice", Kind.VIDEO, strike * MEMORY * 2)
    assert not blame.is_guilty("mallory", Kind.VIDEO)
    assert blame.broken_by("mallory", Kind.VIDEO, 10.0)
    assert blame.is_guilty("mallory", Kind.VIDEO)
    assert not blame.is_guilty("mallory", Kind.AUDIO), "its sound did nothing"
    assert not blame.broken_by("alice", Kind.VIDEO, STRIKES * MEMORY * 2), "once in a while"
