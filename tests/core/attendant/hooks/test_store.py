"""What hooks are to hear, over restarts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roomdeck.core.attendant.hooks import store as module
from roomdeck.core.attendant.hooks.deliveries import Delivery
from roomdeck.core.attendant.hooks.store import MOST_AGE, Store


def one(id: str, key: str = "k", made: float | None = None) -> Delivery:
    return Delivery(id=id, key=key, type="x", made=made or time.time(), body=b"{}")


def ids(deliveries: list[Delivery]) -> list[str]:
    return [delivery.id for delivery in deliveries]


Open = Callable[[str], Store]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    stores: list[Store] = []

    def open(session: str) -> Store:
        store = Store(tmp_path / "hooks", session)
        store.open()
        stores.append(store)
        return store

    yield open
    for store in stores:
        store.close()


def test_what_waits_waits_after_a_restart_and_is_new_once(opened: Open) -> None:
    store = opened("a")
    assert ids(store.add([one("1"), one("2"), one("1", "other")])) == ["1", "2", "1"]
    assert store.add([one("1")]) == []
    store.settle(one("1"))
    store.close()
    again = opened("a")
    assert [(two.id, two.key) for two in again.waiting()] == [("2", "k"), ("1", "other")]
    assert ids(again.add([one("1"), one("2"), one("3")])) == ["3"]


def test_what_a_session_left_is_the_next_ones(opened: Open) -> None:
    left = opened("a")
    left.add([one("1"), one("2")])
    left.settle(one("1"))
    assert opened("b").waiting() == []  # its attendant lives
    left.close()
    assert ids(opened("c").waiting()) == ["2"]
    # Its own attendant comes back after all, and hears all of it again.
    back = opened("a")
    assert back.waiting() == []
    assert back.add([one("1"), one("2")]) == []


def test_what_is_over_is_forgotten(opened: Open, tmp_path: Path) -> None:
    first = opened("a")
    first.add([one("1"), one("2")])
    first.settle(one("1"))
    first.over()
    first.close()
    second = opened("b")
    assert ids(second.waiting()) == ["2"]
    assert ids(second.add([one("1")])) == ["1"]
    second.settle(one("2"))
    second.settle(one("1"))
    second.over()
    second.close()
    opened("c")
    assert [file.name for file in (tmp_path / "hooks").glob("*.lock")] == [
        Path(module.Store(tmp_path, "c")._session).name + ".lock"  # pyright: ignore[reportPrivateUsage]
    ]


def test_what_is_too_old_is_dropped(opened: Open) -> None:
    store = opened("a")
    store.add([one("1", made=time.time() - MOST_AGE - 1), one("2")])
    store.close()
    assert ids(opened("a").waiting()) == ["2"]


def test_only_so_many_are_remembered(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOLD", 2)
    store = opened("a")
    for number in range(5):
        store.add([one(str(number))])
        store.settle(one(str(number)))
    assert ids(store.add([one(str(number)) for number in range(5)])) == ["0", "1", "2"]


def test_a_broken_file_is_put_aside(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "hooks.db").write_bytes(b"no database at all" * 100)
    store = opened("a")
    assert ids(store.add([one("1")])) == ["1"]
    store.close()
    assert ids(opened("a").waiting()) == ["1"]
    assert len(list((tmp_path / "hooks").glob("hooks.broken-*"))) == 1


def test_without_a_folder_it_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "hooks", "a")
    store.open()
    assert ids(store.add([one("1")])) == ["1"]
    assert store.add([one("1")]) == []
    store.settle(one("1"))
    store.close()


def test_a_full_disk_keeps_nobody_from_hearing_of_it(opened: Open) -> None:
    store = opened("a")
    store._database.execute("PRAGMA max_page_count = 1")  # pyright: ignore[reportPrivateUsage]
    large = [Delivery(id="1", key="k", type="x", made=1.0, body=bytes(1 << 20))]
    assert ids(store.add(large)) == ["1"]
    store.settle(large[0])


def test_it_is_for_its_user_only(opened: Open, tmp_path: Path) -> None:
    opened("a").add([one("1")])
    assert (tmp_path / "hooks").stat().st_mode & 0o077 == 0
    assert (tmp_path / "hooks" / "hooks.db").stat().st_mode & 0o077 == 0
