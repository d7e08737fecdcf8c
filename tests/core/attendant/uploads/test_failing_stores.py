"""Stores that fail in every way cost nothing but time, and say so."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from roomdeck.core.attendant.uploads import uploader as uploading
from roomdeck.core.attendant.uploads.digest import PART
from roomdeck.core.attendant.uploads.rests import Rests
from roomdeck.core.attendant.uploads.store import Store
from roomdeck.core.attendant.uploads.uploader import Uploader
from roomdeck.core.model import UploadState
from roomdeck.core.recording.place import Place
from tests.core.attendant.uploads.stage import SECRET, Heard, Recording, objects, put, use

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)


async def _busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


async def _babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\x1b[2Jnonsense\r\n\r\n" * 1000)


@pytest.fixture(params=[_hang, _slam, _busy, _refuse, _babble])
async def broken(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """A bucket of a server that does no good."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await request.param(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    use(monkeypatch, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    yield "s3://takes/stage"
    server.close()


def hasty(url: str, place: Place | None) -> Store:
    # What fails here is the bucket; the folder only waits for a busy machine.
    return Store(url, place, patience=0.5) if url.startswith("s3:") else Store(url, place)


async def test_a_second_place_is_taken_where_the_first_fails(broken: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    recording.take("alice")
    recording.take("bob")
    (tmp_path / "second").mkdir()
    second, heard = (tmp_path / "second").as_uri(), Heard()
    uploader = Uploader(heard, store=hasty)
    uploader.sessions = [recording.session(broken, second)]
    while await uploader.step() == 0.0:
        pass
    assert set(objects(second)) == {path.name for path in recording.folder.glob("stage*")}
    # It rests meanwhile, and what is wrong is told once.
    assert len(heard.failures) == 1
    assert heard.failures[0].to == broken
    assert SECRET not in heard.failures[0].error
    assert re.fullmatch(r"[^\x00-\x1f]{5,400}", heard.failures[0].error)


async def test_what_no_place_takes_is_tried_for_ever(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "REMIND", 1e9)
    recording = Recording(tmp_path / "rec")
    recording.take("alice")
    heard, clock = Heard(), [time.monotonic()]
    monkeypatch.setattr(uploading.time, "monotonic", lambda: clock[0])
    uploader = Uploader(heard, store=lambda url, place: Store(url, place, patience=0.1))
    uploader.sessions = [recording.session(broken)]
    waits: list[float] = []
    for _ in range(4):
        assert await uploader.step() == 0.0
        wait = await uploader.step()
        assert wait
        waits.append(wait)
        clock[0] += wait
    assert waits == sorted(waits)
    shown = uploader.snapshot()
    assert (shown.waiting, shown.failed) == (2, 4)
    assert shown.files[0].state is UploadState.FAILED
    assert shown.files[0].error


async def test_nobody_listening_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await asyncio.start_server(_slam, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    use(monkeypatch, f"http://127.0.0.1:{port}")
    recording, heard = Recording(tmp_path / "rec"), Heard()
    recording.take("alice")
    uploader = Uploader(heard, store=hasty)
    uploader.sessions = [recording.session("s3://takes")]
    await uploader.step()
    assert "error sending request" in heard.failures[0].error


async def test_a_bucket_that_is_not_there_is_told(bucket: str, tmp_path: Path) -> None:
    recording, heard = Recording(tmp_path / "rec"), Heard()
    recording.take("alice")
    uploader = Uploader(heard)
    uploader.sessions = [recording.session("s3://nowhere")]
    await uploader.step()
    assert "NoSuchBucket" in heard.failures[0].error


async def test_a_disk_that_is_gone_is_waited_for_and_not_written_beside(tmp_path: Path) -> None:
    recording, heard = Recording(tmp_path / "rec"), Heard()
    recording.take("alice")
    disk = tmp_path / "disk"
    disk.mkdir()
    uploader = Uploader(heard)
    session = recording.session(disk.as_uri())
    disk.rename(tmp_path / "unplugged")
    uploader.sessions = [session]
    await uploader.step()
    assert heard.failures[0].error == f"{disk} is not there: make it, or mount its disk"
    assert not disk.exists()


class Tampering(Store):
    """What it gives back is not what it took, as often as it is told."""

    times = 1
    sizes = False

    async def read(self, key: str) -> AsyncIterator[bytes]:
        lie = not key.endswith(".uploading") and self.times > 0
        self.times -= lie
        async for chunk in super().read(key):
            yield chunk[:-1] + b"?" if lie else chunk


async def test_what_does_not_come_back_as_it_was_sent_is_sent_again(tmp_path: Path) -> None:
    recording, heard = Recording(tmp_path / "rec"), Heard()
    take = recording.take("alice")
    place = tmp_path / "place"
    place.mkdir()
    uploader = Uploader(heard, store=Tampering)
    session = recording.session(place.as_uri(), over=False)
    uploader.sessions = [session]
    assert await uploader.step() == 0.0
    assert heard.failures[0].error == f"{take.name} is there with other content than was sent"
    assert not session.ledger.files[take.name].sha256
    uploader._rests = Rests()  # pyright: ignore[reportPrivateUsage] - time passes
    assert await uploader.step() == 0.0
    # Under its own name: what was there was ours.
    assert objects(place.as_uri()) == {take.name: b"media"}
    assert session.ledger.files[take.name].sha256


async def test_what_dies_midway_leaves_nothing_that_looks_whole(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, heard = Recording(tmp_path / "rec"), Heard()
    take = recording.take("alice", os.urandom(2 * PART))
    server = os.environ["AWS_ENDPOINT_URL"]
    proxy = await _proxy(PART + 1_000_000)
    use(monkeypatch, f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    uploader = Uploader(heard, store=lambda url, place: Store(url, place, patience=5))
    uploader.sessions = [recording.session(bucket, over=False)]
    assert await uploader.step() == 0.0
    assert heard.failures
    proxy.close()
    use(monkeypatch, server)
    assert take.name not in objects(bucket)


async def _proxy(limit: int) -> asyncio.Server:
    """Serve what leads to the server, and dies when so many bytes went through."""
    host, port = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://").split(":")
    left = [limit]

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                left[0] -= len(data)
                if left[0] < 0:
                    break
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pump(reader, back), pump(there, writer))

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def test_rests_grow_up_to_five_minutes() -> None:
    rests = Rests()
    lengths: list[float] = []
    for _ in range(12):
        rests.failed("bucket", 100.0, 0.0)
        lengths.append(rests.left("bucket", 100.0))
    assert lengths[:4] == [5.0, 10.0, 20.0, 40.0]
    assert lengths[-1] == 300.0
    rests.succeeded("bucket")
    assert rests.left("bucket", 100.0) == 0.0


async def test_another_claim_keeps_its_name(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    put(place, f"{take.name}.uploading", b'{"by":"somebody else"}')
    uploader = Uploader(Heard())
    uploader.sessions = [recording.session(place, over=False)]
    await uploader.step()
    assert take.name not in objects(place)
    assert objects(place)[f"{take.stem}-2{take.suffix}"] == b"media"
