"""How far a delivery is, by what the command says."""

from __future__ import annotations

from typing import Any

from roomdeck.tui.dashboard.model import delivery as page
from roomdeck.tui.dashboard.model.delivery import Delivery
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE


def progress(**files: tuple[float, float]) -> dict[str, Any]:
    told = {f"{name}.mp4": {"done": done, "all": all_} for name, (done, all_) in files.items()}
    return {"type": "deliver.progress", "files": told, "held": False}


def made(name: str, **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "deliver.file", "file": f"/rec/s-edit/{name}.mp4", "error": ""}
    return {**plain, "notes": (), "was_there": False, **changes}


def lines(delivery: Delivery, now: float, width: int = 79) -> list[list[str]]:
    rows = page.rows(delivery, now, width, UNICODE)
    return ["".join(text for text, _ in row.line).split() for row in rows]


def test_speed_and_time_left_are_of_what_was_done_since_it_began() -> None:
    delivery = Delivery("edit", 0.0)
    assert delivery.words(0.0) == "files to edit with (edit): reading what was recorded"
    # Half of Anna's is there from an interrupted delivery.
    delivery.hear(progress(anna=(50.0, 100.0), ben=(0.0, 100.0)), 10.0)
    assert delivery.words(10.0) == "files to edit with (edit): 25%"
    delivery.hear(progress(anna=(60.0, 100.0), ben=(10.0, 100.0)), 20.0)
    assert delivery.words(20.0) == "files to edit with (edit): 35%, 0:01:05 left"
    whole, _, anna, ben = lines(delivery, 20.0)[1:]
    assert whole[-3:] == ["35%", "2.0x", "0:01:05"]
    assert (anna[0], *anna[-3:]) == ("anna.mp4", "60%", "1.0x", "0:00:40")
    assert (ben[0], *ben[-3:]) == ("ben.mp4", "10%", "1.0x", "0:01:30")


def test_what_is_done_failed_or_was_there_says_so() -> None:
    delivery = Delivery("edit", 0.0)
    delivery.hear(made("anna", was_there=True), 1.0)
    delivery.hear(progress(ben=(1.0, 2.0), cleo=(1.0, 2.0)), 2.0)
    delivery.hear(made("ben", error="nothing decodes"), 3.0)
    delivery.hear(made("cleo", notes=["cleo.ts is damaged"]), 4.0)
    delivery.hear({"type": "deliver.other"}, 4.0)
    delivery.end(65.0)
    assert delivery.words(99.0) == (
        "files to edit with (edit): 2 files in /rec/s-edit, in 0:01:05, 1 FAILED"
    )
    rows = lines(delivery, 99.0)
    assert ["ben.mp4", "✕", "failed"] in rows
    assert ["cleo.mp4", "✓", "done,", "1", "note"] in rows
    assert ["anna.mp4", "✓", "there", "already"] in rows
    said = "".join(text for line in page.more(delivery, "cleo.mp4", 79) for text, _ in line)
    assert said == " /rec/s-edit/cleo.mp4 cleo.ts is damaged"
    said = "".join(text for line in page.more(delivery, "ben.mp4", 79) for text, _ in line)
    assert said == " nothing decodes"


def test_an_end_before_the_end_says_why() -> None:
    for error, words in (
        ("no room for that", "no room for that"),
        ("", "interrupted; d goes on from there"),
    ):
        delivery = Delivery("audio", 0.0)
        delivery.hear(progress(anna=(1.0, 2.0)), 1.0)
        delivery.end(2.0, error, interrupted=not error)
        assert delivery.words(3.0) == f"files to edit with (audio): {words}"
        assert not delivery.running


def test_standing_still_for_a_recording_is_said() -> None:
    delivery = Delivery("edit", 0.0)
    delivery.hear(progress(anna=(1.0, 2.0)) | {"held": True}, 1.0)
    assert "a recording on this machine needs the cores" in delivery.words(2.0)


def test_every_width_is_enough() -> None:
    delivery = Delivery("edit", 0.0)
    delivery.hear(progress(a_long_name_of_somebody=(1.0, 2.0), b=(0.0, 0.0)), 1.0)
    for width in (39, 59, 79, 119):
        for glyphs in (UNICODE, ASCII):
            rows = page.rows(delivery, 5.0, width, glyphs)
            assert max(len("".join(text for text, _ in row.line)) for row in rows) <= width
