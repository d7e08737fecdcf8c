"""Finished files that are put right by a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, unix_connect

from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import Kind
from roomdeck.core.recording.naming import mended_path
from roomdeck.core.worker.files.mender import MODULE, Mender
from roomdeck.core.worker.process import Worker

from ...recording.media import Demuxed
from ...recording.test_mending import misplaced
from ..fakes import Told
from ..serving import session_settings


async def test_files_are_put_right_one_after_the_other(tmp_path: Path) -> None:
    takes = [misplaced(tmp_path / name) for name in "ab"]
    told = Told()
    mender = Mender(told)
    for take in takes:
        mender.add(take)
    await told.wait(worker_messages.Mending)
    mender.remind()
    await mender.finish()
    words = [type(message) for message in told.messages]
    assert words == [
        worker_messages.Mending,
        worker_messages.Mending,
        worker_messages.TakeMended,
        worker_messages.Mending,
        worker_messages.TakeMended,
    ]
    for done in told.all(worker_messages.TakeMended):
        assert (done.error, done.take.misplaced) == ("", {})
        demuxed = Demuxed(done.take.file)
        assert demuxed.pts["audio"][300] - demuxed.pts["audio"][0] == 6


async def test_one_that_cannot_be_is_told_with_the_reason(tmp_path: Path) -> None:
    take = misplaced(tmp_path)
    told = Told()
    mender = Mender(told)
    mender.add(msgspec.structs.replace(take, bytes=take.bytes + 1))
    await mender.finish()
    [stays] = told.all(worker_messages.TakeMended)
    assert "is not the file" in stays.error
    assert stays.take.misplaced[Kind.AUDIO]


async def test_who_puts_a_file_right_leaves_with_its_worker_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "endless.mkv"
    os.mkfifo(path)
    take = msgspec.structs.replace(misplaced(tmp_path / "x"), file=str(path), bytes=0)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(take) + b"\n")
    async with asyncio.timeout(60):
        with await asyncio.to_thread(path.open, "wb"):  # it is being read
            assert mended_path(path).exists()
            process.stdin.close()
            assert await process.wait() == 1
    assert sorted(os.listdir(tmp_path)) == ["endless.mkv", "x"]


async def test_a_worker_does_not_leave_before_its_files_are_put_right(tmp_path: Path) -> None:
    take = misplaced(tmp_path)
    worker = Worker(1)
    serving = asyncio.create_task(worker.run(tmp_path / "w.sock"))
    told: list[worker_messages.FromWorker] = []
    async with asyncio.timeout(60), await _connected(tmp_path / "w.sock") as engine:
        told.append(worker_messages.decode_from_worker(await engine.recv()))
        await engine.send(worker_messages.encode(worker_messages.Setup(session_settings(tmp_path))))
        tell: Any = vars(Worker)["_tell"]
        tell(worker, worker_messages.TakeEnd("p1", take))
        await engine.send(worker_messages.encode(worker_messages.Shutdown()))
        async for frame in engine:
            told.append(worker_messages.decode_from_worker(frame))
            if isinstance(told[-1], worker_messages.TakeMended):
                await engine.send(worker_messages.encode(worker_messages.Acknowledge((take.file,))))
        await serving
    words = [type(message) for message in told if not isinstance(message, worker_messages.Status)]
    assert words[:3] == [worker_messages.Hello, worker_messages.TakeEnd, worker_messages.Mending]
    assert words[-1] is worker_messages.TakeMended
    assert Demuxed(take.file).pts["audio"][300] - Demuxed(take.file).pts["audio"][0] == 6


async def _connected(socket: Path) -> ClientConnection:
    while True:
        with contextlib.suppress(OSError):
            return await unix_connect(str(socket), proxy=None)
        await asyncio.sleep(0)
