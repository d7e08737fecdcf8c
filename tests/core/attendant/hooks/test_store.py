"""What hooks are to hear, over restarts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roomdeck.core.attendant.hooks import store as module
from roomdeck.core.attendant.hooks.deliveries import Delivery
from roomdeck.core.attendant.hooks.store import MOST_AGE, Heard, Store


def one(id: str, key: str = "k", made: float | None = None) -> Delivery:
    return Delivery(id=id, key=key, type="x", made=made or time.time(), body=b"{}")


def heard(seq: int, *keys: str, made: float | None = None) -> Heard:
    return Heard(seq, [one(str(seq), key, made) for key in keys or ("k",)])


def ids(deliveries: list[Delivery]) -> list[str]:
    return [delivery.id for delivery in deliveries]


Open = Callable[..., Store]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    stores: list[Store] = []

    def open(session: str, journal: str = "j") -> Store:
        store = Store(tmp_path / "hooks", session, journal)
        store.open()
        stores.append(store)
        return store

    yield open
    for store in stores:
        store.close()


def test_what_waits_waits_after_a_restart_and_is_new_once(opened: Open) -> None:
    store = opened("a")
    assert ids(store.add([heard(1, "k", "other"), heard(2)])) == ["1", "1", "2"]
    assert store.add([heard(1)]) == []
    store.settle(one("1"))
    store.close()
    again = opened("a")
    assert [(two.id, two.key) for two in again.waiting()] == [("1", "other"), ("2", "k")]
    assert ids(again.add([heard(1), heard(2), heard(3)])) == ["3"]


def test_numbers_that_began_anew_are_others(opened: Open) -> None:
    store = opened("a")
    store.add([heard(7)])
    store.close()
    assert ids(opened("a", "another").add([heard(1)])) == ["1"]


def test_what_a_session_left_is_the_next_ones(opened: Open) -> None:
    left = opened("a")
    left.add([heard(1), heard(2)])
    left.settle(one("1"))
    assert opened("b").waiting() == []  # its attendant lives
    left.close()
    assert ids(opened("c").waiting()) == ["2"]
    # Its own attendant comes back after all, and hears all of it again.
    back = opened("a")
    assert back.waiting() == []
    assert back.add([heard(1), heard(2)]) == []


def test_what_is_over_is_forgotten(opened: Open, tmp_path: Path) -> None:
    first = opened("a")
    first.add([heard(1), heard(2)])
    first.settle(one("1"))
    first.over()
    first.close()
    second = opened("b")
    assert ids(second.waiting()) == ["2"]
    assert ids(second.add([heard(1)])) == ["1"]
    second.over()
    second.close()
    assert ids(opened("a").add([heard(1)])) == ["1"]
    assert len(list((tmp_path / "hooks").glob("*.lock"))) == 1


def test_a_session_that_never_ended_is_forgotten_at_last(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened("a")
    first.add([heard(1)])
    first.settle(one("1"))
    first.close()
    opened("b").close()
    monkeypatch.setattr(module, "FORGOTTEN", -1.0)
    opened("b")
    assert len(list((tmp_path / "hooks").glob("*.lock"))) == 1
    assert ids(opened("a").add([heard(1)])) == ["1"]


def test_what_is_too_old_is_dropped(opened: Open) -> None:
    store = opened("a")
    store.add([heard(1, made=time.time() - MOST_AGE - 1), heard(2)])
    store.close()
    assert ids(opened("a").waiting()) == ["2"]


def test_a_broken_file_is_put_aside(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "hooks.db").write_bytes(b"no database at all" * 100)
    store = opened("a")
    assert ids(store.add([heard(1)])) == ["1"]
    store.close()
    assert ids(opened("a").waiting()) == ["1"]
    assert len(list((tmp_path / "hooks").glob("hooks.broken-*"))) == 1


def test_without_a_folder_it_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "hooks", "a", "j")
    store.open()
    assert ids(store.add([heard(1)])) == ["1"]
    assert store.add([heard(1)]) == []
    store.settle(one("1"))
    store.close()


def test_a_full_disk_keeps_nobody_from_hearing_of_it(opened: Open) -> None:
    store = opened("a")
    store._database.execute("PRAGMA max_page_count = 1")  # pyright: ignore[reportPrivateUsage]
    large = Delivery(id="1", key="k", type="x", made=1.0, body=bytes(1 << 20))
    assert ids(store.add([Heard(1, [large])])) == ["1"]
    store.settle(large)


def test_it_is_for_its_user_only(opened: Open, tmp_path: Path) -> None:
    opened("a").add([heard(1)])
    assert (tmp_path / "hooks").stat().st_mode & 0o077 == 0
    assert (tmp_path / "hooks" / "hooks.db").stat().st_mode & 0o077 == 0
