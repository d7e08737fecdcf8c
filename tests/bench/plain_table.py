"""The baseline: the same figures in Textual's DataTable, one update per changed cell."""

from __future__ import annotations

import asyncio
from pathlib import PurePath

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer, Static

from roomdeck.core.ipc.control_client import ControlClient, find_engine
from roomdeck.core.model import RoomSnapshot, StreamSnapshot

_COLUMNS = ("STATE", "NAME", "VIDEO", "AUD", "Mb/s", "LOS%", "SIZE", "TIME", "FILE")


def _cells(stream: StreamSnapshot) -> tuple[str, ...]:
    video, audio = stream.video, stream.audio
    seconds = int(stream.seconds)
    return (
        f"● {stream.state.value}",
        stream.label,
        f"{video.codec.value} {video.height}p{stream.fps:.0f}" if video else "--",
        audio.codec.value if audio else "--",
        f"{stream.bitrate / 1e6:.2f}",
        f"{stream.loss * 100:.1f}",
        f"{stream.bytes / 1e6:.1f} MB",
        f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
        PurePath(stream.file).name,
    )


class PlainTable(App[None]):
    """What one would write first."""

    def __init__(self, client: ControlClient) -> None:
        super().__init__()
        self._client = client
        self._table = DataTable[str](cursor_type="row")
        self._known: dict[str, tuple[str, ...]] = {}

    def compose(self) -> ComposeResult:
        yield Static(id="bar")
        yield self._table
        yield Footer()

    def on_mount(self) -> None:
        for column in _COLUMNS:
            self._table.add_column(column, key=column)
        self.run_worker(self._follow())

    async def _follow(self) -> None:
        async for update in self._client.updates():
            if isinstance(update, RoomSnapshot):
                self._show(update)

    def _show(self, snapshot: RoomSnapshot) -> None:
        rate = sum(stream.bitrate for stream in snapshot.streams) / 1e6
        self.query_one("#bar", Static).update(f"{len(snapshot.streams)} streams {rate:.1f} Mb/s")
        for stream in snapshot.streams:
            cells = _cells(stream)
            known = self._known.get(stream.stream)
            self._known[stream.stream] = cells
            if known is None:
                self._table.add_row(*cells, key=stream.stream)
                continue
            for column, old, new in zip(_COLUMNS, known, cells, strict=True):
                if old != new:
                    self._table.update_cell(stream.stream, column, new)


async def main() -> None:
    async with await ControlClient.connect(await find_engine(None)) as client:
        await PlainTable(client).run_async()


if __name__ == "__main__":
    asyncio.run(main())
