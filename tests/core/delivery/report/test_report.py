"""A report beside its sidecar."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from roomdeck.core.delivery.report import make_report, render, report_of, write_report
from roomdeck.core.delivery.report.__main__ import main
from roomdeck.core.delivery.session import session_of
from roomdeck.core.errors import RecordingError
from roomdeck.core.model import Codec
from roomdeck.core.recording.check import check
from roomdeck.core.recording.sidecar import SessionInfo, Whereabouts, load, merge, place
from tests.core.recording import films
from tests.core.recording.media import audio, video

from .sessions import STARTED, marker

SESSION = SessionInfo(room="lab", server="wss://h.example", started=STARTED, version="1")


@pytest.fixture
def sidecar(tmp_path: Path) -> Path:
    """A session with one take, whose file is there."""
    pictures, sounds = films.timed(video(Codec.VP8)), films.timed(audio())
    file = films.save(tmp_path / "lab_alice.mkv", pictures, sounds)
    return films.write_sidecar(tmp_path, films.take(file, pictures, sounds))


def test_it_is_made_beside_the_sidecar(sidecar: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(sidecar) == 0
    html, text = sidecar.with_suffix(".html"), sidecar.with_suffix(".txt")
    assert capsys.readouterr().out.splitlines() == [str(html), str(text)]
    assert 'href="./lab_alice.mkv"' in html.read_text(encoding="utf-8")
    assert html.read_text(encoding="utf-8").count("data:image/jpeg") == 1
    assert "lab_alice.mkv" in text.read_text(encoding="utf-8")
    assert {one.name for one in sidecar.parent.iterdir() if one.name[0] != "."} == {
        *(sidecar.name, html.name, text.name, "lab_alice.mkv")
    }


def test_made_again_it_knows_more(sidecar: Path) -> None:
    known = check(sidecar.parent / "lab_alice.mkv")
    before, _ = make_report(sidecar)
    html, text = make_report(
        sidecar, verdicts={"lab_alice.mkv": known}, levels={"alice": [(0.0, -23.0), (2.0, -9.0)]}
    )
    assert "not read again" in before
    assert "not read again" not in html + text
    assert "loudness, at most -9 LUFS" in html


def test_a_take_that_is_gone_or_cut_off_is_not_called_good(sidecar: Path) -> None:
    known = load(sidecar)
    assert known is not None
    file = sidecar.parent / "lab_alice.mkv"
    whole = replace(known.takes[0], bytes=file.stat().st_size)
    merge(sidecar, known.session, [whole])
    assert "1 good" in make_report(sidecar)[1]
    with file.open("r+b") as opened:
        opened.truncate(whole.bytes // 2)
    html, text = make_report(sidecar)
    assert "1 bad" in text
    assert "are there" in html
    file.unlink()
    assert "bad: cannot be read: No such file or directory" in make_report(sidecar)[1]
    # Nobody misses what was removed as somebody asked for.
    place(sidecar, [Whereabouts(file=whole.file, to="s3://bucket", removed=STARTED)])
    assert "1 good" in make_report(sidecar)[1]


def test_a_session_without_takes_has_none(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    assert main(path) == 0
    merge(path, SESSION, [], [marker(1.0, "nobody came")])
    assert main(path) == 0
    assert [one.name for one in tmp_path.iterdir() if one.suffix in (".html", ".txt")] == []


def test_a_damaged_sidecar_is_an_error_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lab.json"
    path.write_text("{")
    assert main(path) == 1
    assert f"cannot read {path}" in capsys.readouterr().err
    with pytest.raises(RecordingError, match="there is no"):
        make_report(tmp_path / "other.json")


def test_what_was_there_is_replaced_and_never_written_through(
    sidecar: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    sidecar.with_suffix(".html").symlink_to(elsewhere)
    assert main(sidecar) == 0
    assert elsewhere.read_text() == "mine"
    assert not sidecar.with_suffix(".html").is_symlink()


def test_names_that_are_no_text_are_written(tmp_path: Path) -> None:
    html, text = write_report(tmp_path / "lab.json", "a\ud800", "b")
    assert (html.read_bytes(), text.read_text()) == (b"a?", "b")


def test_files_alone_have_a_report(sidecar: Path) -> None:
    known = load(sidecar)
    assert known is not None
    session = session_of(sidecar, known)._replace(sidecar=None)
    people = tuple(
        one._replace(clips=tuple(clip._replace(take=None) for clip in one.clips))
        for one in session.people
    )
    html, text = render(report_of(session._replace(people=people)), sidecar.parent)
    assert "data:image/jpeg" in html
    assert "times are guessed from the names of files" in html
    assert "not judged: there is no JSON file" in text
