"""A session as its page tells of it."""

from __future__ import annotations

import msgspec

from roomdeck.core.model import UploadsSnapshot
from roomdeck.tui.dashboard.model import session_page
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE
from roomdeck.tui.dashboard.model.history import LastTake
from roomdeck.tui.dashboard.model.session_page import (
    AlarmFacts,
    Beside,
    Check,
    SessionFacts,
    TakeFacts,
)

GOOD = TakeFacts(
    id="/rec/a.ts",
    stream="anna",
    name="Anna",
    file="/rec/a.ts",
    seconds=61.0,
    bytes=5_000_000,
    verdict="good",
    ended="left",
    facts=("H.264 640x360", "left"),
)
FLAWED = TakeFacts(
    id="/rec/b.mkv",
    stream="ben",
    name="Ben\x1b[2J\n",
    file="/rec/b.mkv",
    begin=5.0,
    verdict="flawed",
    findings=("flaw: 3 of 100 packets were lost",),
    ended="vanished",
)
FACTS = SessionFacts(
    room="studio",
    folder="/rec",
    sidecar="/rec/s.json",
    when="Sunday",
    totals="2 people, 2 files",
    takes=(GOOD, FLAWED),
    alarms=(AlarmFacts(begin=3.0, who="Ben", text="silence for 9 s: nothing is heard"),),
    report="/rec/s.html",
)


def lines(facts: SessionFacts, beside: Beside | None = None) -> list[str]:
    rows = session_page.rows(facts, beside or Beside(), 79, UNICODE)
    return ["".join(text for text, _ in row.line).rstrip() for row in rows]


def test_a_summary_then_each_take_and_each_alarm():
    assert lines(FACTS)[:4] == [
        " Sunday; 2 people, 2 files",
        " 1 good, 1 flawed: by the JSON file",
        " files in /rec",
        " report in /rec/s.html",
    ]
    assert [line.split() for line in lines(FACTS)[5:7]] == [
        ["✓", "good", "Anna", "0:01:01", "5.0", "MB", "left"],
        ["▲", "flawed", "Ben[2J", "0:00:00", "0", "B", "vanished"],
    ]
    assert "1 alarm" in lines(FACTS)[7]
    assert "silence for 9 s" in lines(FACTS)[8]


def test_what_still_goes_on_is_said():
    facts = msgspec.structs.replace(FACTS, mending=("a.ts",))
    uploads = UploadsSnapshot(waiting=1, done=2)
    goes_on = " ".join(lines(facts, Beside(uploads=uploads, uploading=True)))
    assert "being put right: a.ts" in goes_on
    assert "2 of 3 files uploaded; the rest goes on without this screen" in goes_on
    stands = " ".join(lines(facts, Beside(uploads=uploads)))
    assert "nobody sends more: roomdeck upload /rec goes on" in stands
    assert "uploaded" not in " ".join(lines(facts, Beside(uploads=UploadsSnapshot(done=3))))


def test_what_was_read_again_replaces_what_the_file_says():
    checks = {"/rec/a.ts": Check(verdict="bad", findings=("bad: nothing decodes",))}
    facts = session_page.with_checks(FACTS, checks)
    assert " 1 flawed, 1 bad: 1 of 2 files read again" in lines(facts)
    said = "".join(text for line in session_page.more(facts, GOOD.id, 79) for text, _ in line)
    assert said.startswith(" /rec/a.ts bad: nothing decodes")


def test_more_of_a_row():
    def said(row: str) -> str:
        return "".join(text for line in session_page.more(FACTS, row, 79) for text, _ in line)

    assert said(FLAWED.id) == " /rec/b.mkv flaw: 3 of 100 packets were lost from 0:00:05"
    assert said(session_page.alarm_id(0)) == " Ben: silence for 9 s: nothing is heard"
    assert said("nothing") == ""


def test_without_the_json_file_it_is_what_events_told():
    take = LastTake("anna", "/rec/a.ts", 7, 3.0, "disk-full", "", 9.0)
    facts = session_page.of_events("studio", "/rec/s.json", "cannot read /rec/s.json", [take])
    found = lines(facts)
    assert found[0] == " cannot read /rec/s.json"
    assert ["◌", "?", "anna", "0:00:03", "7", "B", "disk-full"] in [one.split() for one in found]


def test_every_width_is_enough():
    for width in (39, 59, 119):
        for glyphs in (UNICODE, ASCII):
            rows = session_page.rows(FACTS, Beside(), width, glyphs)
            assert max(len("".join(text for text, _ in row.line)) for row in rows) <= width
