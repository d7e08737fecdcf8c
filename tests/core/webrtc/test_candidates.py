"""Candidates as strangers write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.webrtc.candidates import candidate_line, is_reachable, parse_candidate

HOST = "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (HOST, HOST),
        (f"a={HOST} generation 0 ufrag abcd", HOST),
        ({"candidate": HOST, "sdpMLineIndex": 3}, HOST),
        (HOST.replace("udp", "UDP"), HOST),
        (HOST.replace("192.0.2.1", "2001:DB8:0::1"), HOST.replace("192.0.2.1", "2001:db8::1")),
        (HOST.replace("host", "prflx"), HOST.replace("host", "srflx")),
        (HOST + " raddr 10.0.0.1 rport 9", HOST),
    ],
)
def test_usable(value: Any, line: str) -> None:
    candidate = parse_candidate(value)
    assert candidate
    assert candidate_line(candidate) == line


@pytest.mark.parametrize(
    "value",
    [
        "",
        "candidate:",
        HOST.replace("192.0.2.1", "5ad1f3a2.local"),
        HOST.replace("192.0.2.1", "0.0.0.0"),
        HOST.replace("192.0.2.1", "0.1.2.3"),
        HOST.replace("192.0.2.1", "224.0.0.1"),
        HOST.replace("192.0.2.1", "239.255.255.250"),
        HOST.replace("192.0.2.1", "255.255.255.255"),
        HOST.replace("192.0.2.1", "240.0.0.1"),
        HOST.replace("192.0.2.1", "::"),
        HOST.replace("192.0.2.1", "ff02::fb"),
        HOST.replace("192.0.2.1", "fe80::1"),
        HOST.replace("192.0.2.1", "fe80::1%eth0"),
        HOST.replace("192.0.2.1", "::ffff:127.0.0.1"),
        HOST.replace("192.0.2.1", "::ffff:192.0.2.1"),
        HOST.replace("udp", "tcp"),
        HOST.replace(" 1 udp", " 2 udp"),
        HOST.replace("5000", "0"),
        HOST.replace("5000", "70000"),
        HOST.replace("2130706431", "-1"),
        HOST.replace("typ host", "typ other"),
        HOST + "x" * 2000,
        {},
        {"candidate": None},
        {"candidate": 7},
    ],
)
def test_unusable(value: Any) -> None:
    assert parse_candidate(value) is None


@pytest.mark.parametrize(
    ("host", "ours", "reachable"),
    [
        ("192.0.2.1", ["192.0.2.2"], True),
        ("10.0.0.1", ["192.0.2.2"], True),
        ("fd00::1", ["192.0.2.2"], True),
        ("127.0.0.1", ["192.0.2.2", "fd00::2"], False),
        ("127.8.9.1", ["192.0.2.2"], False),
        ("::1", ["192.0.2.2", "fd00::2"], False),
        ("169.254.169.254", ["192.0.2.2"], False),
        ("127.0.0.1", ["127.0.0.1"], True),
        ("169.254.3.4", ["169.254.7.8"], True),
        ("127.0.0.1", [], False),
        ("5ad1f3a2.local", ["192.0.2.2"], True),
    ],
)
def test_local_addresses_are_a_peers_where_we_have_such(
    host: str, ours: list[str], reachable: bool
) -> None:
    assert is_reachable(host, ours) is reachable


@given(st.text(max_size=80) | st.lists(st.text(max_size=9), max_size=12).map(" ".join))
def test_nothing_raises(text: str) -> None:
    parse_candidate(text)
