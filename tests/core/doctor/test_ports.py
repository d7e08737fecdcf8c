"""Buffers, ports and descriptors, as they are and as they could be."""

from __future__ import annotations

import asyncio

import pytest

from roomdeck.core.doctor import ports
from roomdeck.core.doctor.finding import Grade
from roomdeck.core.doctor.ports import buffers, descriptors, judge_buffers, judge_ports

WANTED = 2 << 20


def test_a_small_buffer_is_a_warning_with_what_mends_it() -> None:
    assert judge_buffers(WANTED, WANTED).grade is Grade.OK
    small = judge_buffers(208 << 10, WANTED)
    assert small.grade is Grade.WARNING
    assert "208 KiB of each socket in place of 2048" in small.text
    assert "2097152" in small.mend


def test_this_machine_is_asked() -> None:
    assert buffers().data["granted"] > 0
    assert descriptors(2).check == "descriptors"


async def test_a_datagram_comes_back_on_loopback() -> None:
    finding = await ports.ports(["127.0.0.1"])
    assert finding.data["deaf"] == {}


async def test_an_address_that_is_not_ours_is_deaf() -> None:
    finding = await ports.ports(["127.0.0.1", "192.0.2.254"])
    assert finding.grade is Grade.WARNING
    assert list(finding.data["deaf"]) == ["192.0.2.254"]


async def test_what_a_firewall_drops_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> bytes:
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(ports, "_PATIENCE", 0.02)
    monkeypatch.setattr(asyncio.get_running_loop(), "sock_recv", never)
    finding = await ports.ports(["127.0.0.1"])
    assert finding.grade is Grade.WRONG
    assert "does not arrive" in finding.text
    assert "nft" in finding.mend


@pytest.mark.parametrize(
    ("addresses", "range_", "grade", "said"),
    [
        (["192.0.2.2"], (32768, 60999), Grade.OK, "32768 to 60999"),
        (["192.0.2.2"], None, Grade.OK, "UDP works"),
        (["192.0.2.2"], (50000, 50099), Grade.WARNING, "100 ports only"),
        (["127.0.0.1"], (32768, 60999), Grade.WARNING, "only itself"),
        ([], (32768, 60999), Grade.WARNING, "only itself"),
    ],
)
def test_ports(
    addresses: list[str], range_: tuple[int, int] | None, grade: Grade, said: str
) -> None:
    finding = judge_ports(addresses, {}, range_)
    assert finding.grade is grade
    assert said in finding.text


@pytest.mark.parametrize(
    ("limit", "grade"),
    [(None, Grade.OK), (524288, Grade.OK), (1024, Grade.WARNING), (120, Grade.WRONG)],
)
def test_descriptors(limit: int | None, grade: Grade) -> None:
    finding = ports.judge_descriptors(limit, 2)
    assert finding.grade is grade
    assert bool(finding.mend) is (grade is not Grade.OK)
