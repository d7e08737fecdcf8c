"""Sessions to be uploaded, and what can be seen of where they went."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from obstore.store import from_url

from roomdeck.core.attendant.uploads.session import Session
from roomdeck.core.attendant.uploads.uploader import Arrival, Failure
from roomdeck.core.model import EndReason, Kind, Misplaced, TakeSummary
from roomdeck.core.recording import sidecar

SECRET = "no-one-may-see-this"
BEGAN = 1_700_000_000.0


def use(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Have buckets be those of a server."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")


def at(url: str) -> Any:
    return from_url(url, client_options={"allow_http": True}) if "s3:" in url else from_url(url)


def objects(url: str) -> dict[str, bytes]:
    """All that is there, by name."""
    store = at(url)
    listed: list[str] = [meta["path"] for batch in store.list() for meta in batch]
    return {path: bytes(store.get(path).bytes()) for path in listed}


def put(url: str, key: str, data: bytes) -> None:
    """As somebody else does."""
    at(url).put(key, data)


class Recording:
    """A folder with a session in it."""

    def __init__(self, folder: Path, name: str = "stage") -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.sidecar = folder / f"{name}_20261128-170000.json"
        self._info = sidecar.SessionInfo(room=name, server="ws://host", started=BEGAN)
        self._name = name
        sidecar.merge(self.sidecar, self._info, [])

    def take(
        self,
        stream: str,
        data: bytes = b"media",
        *,
        reason: EndReason | None = EndReason.BYE,
        misplaced: bool = False,
        size: int | None = None,
    ) -> Path:
        """Add a take, and its file."""
        path = self.folder / f"{self._name}_{stream}_20261128-170000.mkv"
        path.write_bytes(data)
        parts = {Kind.AUDIO: [Misplaced(begin=0.0, end=1.0, late=0.1)]} if misplaced else {}
        take = TakeSummary(
            stream=stream,
            raw_id=stream,
            file=str(path),
            started=BEGAN,
            offset=0.0,
            bytes=len(data) if size is None else size,
            reason=reason,
            misplaced=parts,
        )
        sidecar.merge(self.sidecar, self._info, [take])
        return path

    def told(self) -> sidecar.Sidecar:
        """What its JSON file says."""
        found = sidecar.load(self.sidecar)
        assert found is not None
        return found

    def session(self, *to: str, over: bool = True) -> Session:
        """Return it as it is uploaded."""
        session = Session.begin(self.sidecar, to, over=over)
        assert session is not None
        return session


class Heard:
    """Keeps what became of files."""

    def __init__(self) -> None:
        self.there: list[tuple[str, str]] = []
        self.failures: list[Failure] = []

    async def done(self, arrival: Arrival) -> bool:
        self.there.append((arrival.path.name, arrival.entry.to))
        return True

    async def failed(self, failure: Failure) -> None:
        self.failures.append(failure)


def touch(path: Path, seconds: float) -> None:
    """Have a file be from some time after 2023-11-14."""
    os.utime(path, (BEGAN + seconds, BEGAN + seconds))
