"""The report as a page and as text: what is in it, and that nothing else can get into it."""

from __future__ import annotations

import base64
import hashlib
import re
import time
import unicodedata
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.delivery.report.html import page
from roomdeck.core.delivery.report.model import Still
from roomdeck.core.delivery.report.text import WIDTH, cells, text
from roomdeck.core.delivery.report.words import lasting, names, plain
from roomdeck.core.model import EndReason, EventType
from roomdeck.core.recording.check import CheckReport, Finding, Level, Verdict, What
from roomdeck.core.recording.sidecar import SessionInfo, Sidecar

from .pages import ATTRIBUTES, TAGS, Parsed
from .sessions import STARTED, eventful, happening, long_session, marker, report, sidecar, take

HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</title><script>alert(1)</script>",
            "</style></svg><iframe src=//evil>",
            "<!--",
            "]]>",
            "&lt;b&gt;",
            "javascript:alert(1)",
            "\x1b]0;owned\x07\x1b[2J",
            "\u202egnp.exe\u2066",
            "a\nb\r\n\u2028c",
            "\ud800",
            "x" * 5000,
            "W" + "\u0301" * 400,
            "家" * 200,
        ]
    ),
)


def hostile(one: str, two: str, three: str) -> tuple[Sidecar, dict[str, CheckReport]]:
    """A session in which each text that comes from outside is one of these."""
    takes = (
        take(one, two, 1.0, 9.0, label=three, error=one, reason=EndReason.WRITE_ERROR),
        take(two, f"{two}.ts", 2.0, 9.0, label=one),
        take(three, "", 3.0, 0.0, error=two, reason=EndReason.DISK_FULL),
    )
    finding = Finding(level=Level.FLAW, what=What.DECODE, text=three)
    known = Sidecar(
        session=SessionInfo(room=one, server=two, started=STARTED),
        takes=takes,
        markers=(marker(4.0, three, one), marker(5.0, one)),
        happenings=(
            happening(6.0, EventType.WARNING, one, text=two),
            happening(7.0, EventType.ALARM_BEGIN, one, text=two, what=three, guest=one),
        ),
    )
    return known, {f"{two}.ts": CheckReport(file="", verdict=Verdict.FLAWED, findings=[finding])}


@settings(max_examples=50)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_tag_and_no_attribute_comes_from_outside(one: str, two: str, three: str) -> None:
    parsed = Parsed(page(report(*hostile(one, two, three)), UTC))
    assert set(parsed.tags) <= TAGS
    assert {name for _, name, _ in parsed.attributes} <= ATTRIBUTES
    for link in parsed.values("a", "href"):
        assert link.startswith(("#", "./")), link
        assert ".." not in link.split("/")
    assert set(parsed.values("section", "id")) <= {"timeline", "p1", "p2", "p3"}
    if plain(three) and len(three) <= 200:
        assert any(plain(three) in shown for shown in parsed.texts)


@settings(max_examples=50)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_lines_of_text_are_lines_and_obey_nothing(one: str, two: str, three: str) -> None:
    written = text(report(*hostile(one, two, three)), UTC)
    files = {f"  {plain(file, 1000)}" for file in (two, f"{two}.ts")}
    for line in written.split("\n"):
        assert line in files or cells(line) <= WIDTH, line
        assert all(unicodedata.category(char) not in ("Cc", "Cs") for char in line)


@pytest.mark.parametrize(
    ("file", "link"),
    [
        ("lab_alice.ts", "./lab_alice.ts"),
        ("day two/a b.ts", "./day%20two/a%20b.ts"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("a?b#c.ts", "./a%3Fb%23c.ts"),
        ("../../etc/passwd", None),
        ("/etc/passwd", None),
        ("//evil.example/x.ts", None),
    ],
)
def test_links_are_relative_and_lead_nowhere_else(file: str, link: str | None) -> None:
    parsed = Parsed(page(report(sidecar(take("alice", file, 0.0, 9.0))), UTC))
    assert [one for one in parsed.values("a", "href") if one[0] != "#"] == ([link] if link else [])
    assert file in parsed.text


def test_the_page_may_load_and_run_nothing() -> None:
    written = page(report(eventful()), UTC)
    parsed = Parsed(written)
    style = re.search(r"<style>(.*?)</style>", written, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    (policy,) = [one for one in parsed.values("meta", "content") if "default-src" in one]
    assert policy.split("; ") == [
        "default-src 'none'",
        "img-src data:",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert "url(http" not in written
    assert not {"script", "link", "iframe", "base", "form"} & set(parsed.tags)


def test_it_says_what_there_is() -> None:
    known = report(eventful(), levels={"alice": [(10.0 + n, -20.0) for n in range(90)]})
    row = known.rows[0]._replace(stills=[Still(55.0, 64, 36, b"\xff\xd8jpeg")])
    parsed = Parsed(page(known._replace(rows=[row, *known.rows[1:]]), UTC))
    for words in (
        "Tuesday 14 November 2023, 22:13:30 to 22:15:00 (UTC+00:00)",
        "3 people, 3 files, 3.0 MB, 1 min 30 s",
        "by the JSON file, not read again; roomdeck check reads the files",
        "picture stood still for 10 s",
        "sound was missing for 15 s, to the end of the take",
        "nothing from 0:00:50 to 0:01:00",
        "0:00:50 320x180 → 640x360",
        "no server from 0:00:31 to 0:00:41",
        "loudness, at most -20 LUFS",
        "picture: 100 of 1000 packets were lost for good (10.00%)",
        "the disk was full: no space",
        "welcome",
        "VP8 640x360 + Opus stereo · 1.0 MB · vanished",
    ):
        assert any(words in shown for shown in parsed.texts), words
    assert parsed.values("img", "src") == [
        "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8jpeg").decode()
    ]
    assert {"./lab_alice.ts", "./lab_bob.mkv", "./lab_bob-2.mkv"} <= {*parsed.values("a", "href")}


def test_every_bar_leads_to_its_take() -> None:
    parsed = Parsed(page(report(eventful()), UTC))
    links = [link for link in parsed.values("a", "href") if re.fullmatch("#t[0-9]+", link)]
    assert links == ["#t1", "#t2", "#t3", "#t4"]
    assert parsed.values("li", "id") == ["t1", "t2", "t3", "t4"]


def test_as_text_it_says_the_same() -> None:
    assert text(report(eventful()), UTC) == EXPECTED


EXPECTED = """\
lab
===
Tuesday 14 November 2023, 22:13:30 to 22:15:00 (UTC+00:00)
3 people, 3 files, 3.0 MB, 1 min 30 s
2 good, 1 flawed, 1 bad: by the JSON file, not read again; roomdeck check reads
  the files

               0:00:00            0:00:30             0:01:00            0:01:30
markers                           ▼                                ▼
Alice          ······██████████▒▒▒▒▒▒▒██████████████████████████████████████████
Bob            ·············████████████████████······████████████████▒▒▒▒▒▒▒▒▒▒
eve            ·············································█···················

█ recorded, ▒ something stood still, · not there

Alarms
  0:00:15 to 0:01:26 Alice: silence for 1 min 11 s: there is silence

Alice (alice)
  lab_alice.ts
    good: 0:00:10 to 0:01:40, 1 min 30 s, VP8 640x360 + Opus stereo, 1.0 MB,
      left
    size: 0:00:50 320x180 → 640x360
  0:00:26 picture stood still for 10 s

Bob (bob)
  lab_bob.mkv
    good: 0:00:20 to 0:00:50, 30 s, VP8 640x360 + Opus stereo, 1.0 MB, vanished
  lab_bob-2.mkv
    flawed: 0:01:00 to 0:01:40, 40 s, VP8 640x360 + Opus stereo, 1.0 MB, left
    flaw: picture: 100 of 1000 packets were lost for good (10.00%)
  0:01:25 sound was missing for 15 s, to the end of the take

eve
  no file could be made
    bad: 0:01:10, the disk was full: no space

0:00:30 ▼ welcome
0:01:20 ▼ question (Bob)

0:00:31 gone
0:00:41 in the room again
"""


def test_what_was_found_when_files_were_made_is_in_both() -> None:
    known = report(eventful())
    rows = [row._replace(remarks=["<b>"]) for row in known.rows]
    known = known._replace(rows=rows)
    assert "<b>" in Parsed(page(known, UTC)).text
    assert "\n  <b>\n" in text(known, UTC)


def test_verdicts_of_files_that_were_read_again_say_so() -> None:
    checks = {f"lab_{name}": CheckReport(file="") for name in ("alice.ts", "bob.mkv", "bob-2.mkv")}
    known = sidecar(*eventful().takes[:3])
    assert "read again" in Parsed(page(report(known, checks), UTC)).text
    del checks["lab_bob.mkv"]
    assert "2 of 3 read again, the others by the JSON file" in text(report(known, checks), UTC)


def test_nothing_recorded_is_said() -> None:
    assert "Nothing was recorded." in page(report(sidecar()), UTC)
    assert "Nothing was recorded." in text(report(sidecar()), UTC)


@pytest.mark.parametrize("started", [1e300, -1e300, float(2**62)])
def test_a_clock_that_never_was_right_makes_a_report_too(started: float) -> None:
    session = SessionInfo(room="lab", server="", started=started)
    known = Sidecar(session=session, takes=(take("alice", "a.ts", 0.0, 5.0),))
    assert "1970" in page(report(known), UTC)


def test_five_hundred_takes_of_a_day_are_a_page_that_opens() -> None:
    known = report(long_session(500, 26), levels={"guest1": [(n, -20.0) for n in range(93_600)]})
    began = time.process_time()
    written = page(known, UTC)
    # Some 0.1 s: it is made while somebody waits.
    assert time.process_time() - began < 3
    assert len(written.encode()) < 1_000_000
    assert Parsed(written).tags.count("li") > 500
    assert all(cells(line) <= WIDTH for line in text(known, UTC).split("\n"))


def test_days_with_thousands_of_takes_are_cut_and_it_says_so() -> None:
    written = page(report(long_session(8000, 200)), UTC)
    assert len(written.encode()) < 8_000_000
    assert "and 5000 files more" in written
    assert "and 7000 files more" in text(report(long_session(8000, 200)), UTC)


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("  a \t\n b  ", "a b"),
        ("\x1b[31mred\x00", "\ufffd[31mred\ufffd"),
        ("abc\u202edef\u2066\ufeff", "abcdef"),
        ("क\u200dष 👩\u200d🚀", "क\u200dष 👩\u200d🚀"),
        ("\u200d\u200d", ""),
        ("x" * 201, "x" * 200 + "…"),
    ],
)
def test_texts_from_outside_are_one_plain_line(given_: str, shown: str) -> None:
    assert plain(given_) == shown


def test_who_has_the_same_name_is_told_apart() -> None:
    more: dict[str, Any] = {"label": "Guest"}
    rows = report(
        sidecar(
            take("a1", "1.ts", 0.0, 1.0, **more),
            take("b2", "2.ts", 0.0, 1.0, **more),
            take("b2-screen", "3.ts", 0.0, 1.0, **more),
            take("carol", "4.ts", 0.0, 1.0),
        )
    ).rows
    assert list(names(rows).values()) == [
        "Guest (a1)",
        "Guest (b2)",
        "Screen of Guest",
        "carol",
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (9.4, "9.4 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (400, "6 min 40 s"),
        (3599.7, "1 h 00 min"),
        (93_600.0, "26 h 00 min"),
    ],
)
def test_lengths(seconds: float, shown: str) -> None:
    assert lasting(seconds) == shown


def test_alarms_are_in_both_with_whose_what_and_from_when_to_when() -> None:
    known = report(eventful())
    lines = text(known, UTC)
    assert "Alarms\n  0:00:15 to 0:01:26 Alice: silence for 1 min 11 s: there is silence" in lines
    html = page(known, UTC)
    assert '<h2>Alarms</h2><section class="card">' in html
    assert "1 alarm<" in html
    line = "0:00:15</span><span><b><bdi>Alice</bdi></b> <small>to 0:01:26</small> silence for "
    assert line in html
    quiet = report(sidecar(take("alice", "a.ts", 0.0, 9.0)))
    assert "Alarms" not in text(quiet, UTC) + page(quiet, UTC)
