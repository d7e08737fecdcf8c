"""How far the uploads of several machines are, together."""

from __future__ import annotations

from roomdeck.core.attendant.nodes.sums import MOST, Sums
from roomdeck.core.model import Upload, UploadsSnapshot, UploadState


def upload(name: str, state: UploadState = UploadState.WAITING) -> Upload:
    return Upload(file=name, state=state)


def test_all_count_together_and_each_file_says_whose_it_is() -> None:
    sums = Sums()
    told = UploadsSnapshot(
        files=(upload("x", UploadState.SENDING),), waiting=2, waiting_bytes=20, done=1, rate=5.0
    )
    sums.see("a", told)
    sums.see("b", UploadsSnapshot(files=(upload("x"),), waiting=1, waiting_bytes=7, failed=3))
    own = UploadsSnapshot(files=(upload("s.json", UploadState.DONE),), done=1, done_bytes=4)
    total = sums.total(own)
    assert [(one.node, one.file) for one in total.files] == [("a", "x"), ("b", "x"), ("", "s.json")]
    assert (total.waiting, total.waiting_bytes, total.rate) == (3, 27, 5.0)
    assert (total.done, total.done_bytes, total.failed) == (2, 4, 3)


def test_without_nodes_it_is_what_is_uploaded_here() -> None:
    own = UploadsSnapshot(files=(upload("x"),), waiting=1, done=2, failed=1)
    assert Sums().total(own) == own


def test_one_that_begins_to_count_anew_loses_nothing() -> None:
    sums = Sums()
    for done, failed in [(3, 1), (5, 1), (0, 0), (2, 0), (1, 0)]:
        sums.see("a", UploadsSnapshot(done=done, failed=failed))
    total = sums.total(UploadsSnapshot())
    assert (total.done, total.failed) == (5 + 2 + 1, 1)


def test_no_more_are_shown_than_may_be() -> None:
    sums = Sums()
    for node in "abc":
        files = [upload(f"{number}", UploadState.DONE) for number in range(MOST // 2)]
        sums.see(node, UploadsSnapshot(files=(*files, upload("last"))))
    shown = sums.total(UploadsSnapshot()).files
    assert len(shown) == MOST
    assert [(one.node, one.file) for one in shown[:3]] == [(node, "last") for node in "abc"]
