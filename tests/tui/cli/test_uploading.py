"""What is said of uploads and of what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.config import Retention, Uploads
from roomdeck.core.errors import UsageError
from roomdeck.tui.cli.uploading import retention, uploads


def test_buckets_and_folders_are_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "somebody")
    (tmp_path / "a b").mkdir()
    found = uploads("s3://takes/stage/", "a b", "20Mbit", tmp_path)
    folder = f"file://{tmp_path}/a%20b"
    assert found == Uploads(to=("s3://takes/stage", folder), rate=2_500_000.0)
    for url in ("gs://takes", "az://takes", "https://takes.s3.us-east-1.amazonaws.com"):
        assert uploads(url, "", "", tmp_path) == Uploads(to=(url,))
    assert uploads("", "", "", tmp_path) is None


@pytest.mark.parametrize(
    ("to", "fallback", "rate", "why"),
    [
        ("s3://key:secret@takes", "", "", "credentials come from the environment"),
        ("https://a.blob.core.windows.net/takes?sig=secret", "", "", "credentials come from"),
        ("s3://", "", "", "cannot upload to"),
        ("ftp://takes", "", "", "cannot upload to"),
        ("https://example.org/takes", "", "", "cannot upload to"),
        ("memory:///", "", "", "cannot upload to"),
        ("nowhere", "", "", "is not there: make it"),
        (".", "", "", "is where files are recorded"),
        ("", "s3://takes", "", "without --upload"),
        ("", "", "20Mbit", "without --upload"),
        ("s3://takes", "", "20", "write it like 20Mbit"),
        ("s3://takes", "", "1kbit", "64kbit is the least"),
        ("s3://takes", "ftp://takes", "", "cannot upload to"),
    ],
)
def test_what_is_no_place_is_refused(
    to: str, fallback: str, rate: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=why) as error:
        uploads(to, fallback, rate, tmp_path)
    assert "secret" not in str(error.value)


def test_what_is_kept_is_a_time_or_a_size() -> None:
    assert retention("", "", spare_session=False) is None
    assert retention("7d", "", spare_session=False) == Retention(keep=604800.0)
    assert retention("0", "50GB", spare_session=True) == Retention(
        keep=0.0, keep_free=50_000_000_000, spare_session=True
    )
    for keep, keep_free in (("soon", ""), ("", "plenty")):
        with pytest.raises(UsageError):
            retention(keep, keep_free, spare_session=False)
