"""aiortc's own MediaRecorder, as its documentation shows it: it decodes and encodes again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRecorder

from .answering import answering, output_folder, say, told_to_stop


class Recording:
    """One connection and its file."""

    def __init__(self, path: Path) -> None:
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._recorder = MediaRecorder(str(path))
        self._connection.on("track", self._on_track)

    async def answer(self, sdp: str) -> str:
        """Begin to record."""
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        await self._recorder.start()
        return self._connection.localDescription.sdp

    async def stop(self) -> None:
        """Finish the file."""
        await self._recorder.stop()
        await self._connection.close()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._recorder.addTrack(track)


async def main() -> None:
    """Record until told to stop."""
    folder = output_folder()
    recordings: list[Recording] = []

    async def answer(name: str, sdp: str) -> str:
        recordings.append(Recording(folder / f"{name}.mkv"))
        return await recordings[-1].answer(sdp)

    async with answering(answer):
        await told_to_stop()
    await asyncio.gather(*(recording.stop() for recording in recordings))
    say("ended")


if __name__ == "__main__":
    asyncio.run(main())
