"""What is on the air: the same for all viewers of a publisher."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import msgspec

from ..model import SCREEN_SHARE
from ..recording.sentlog import SentLog
from ..signaling.secrets import Secrets
from .feed import Feed
from .publish_config import PublishConfig
from .source_config import SourceConfig
from .sources import Opener, open_source


class SentLogs:
    """The lists of sent frames of a publisher: they outlive a reload."""

    def __init__(self, path: str | None) -> None:
        """Nothing is opened yet; ``None`` is no lists."""
        self._path = None if path is None else Path(path)
        self._logs: dict[str, SentLog] = {}

    def open(self, suffix: str) -> SentLog | None:
        """The list with this at the end of its name, made when it is first asked for.

        Raises:
            UsageError: It cannot be written.
        """
        if self._path is None:
            return None
        if suffix not in self._logs:
            name = self._path.stem + suffix + self._path.suffix
            self._logs[suffix] = SentLog(self._path.with_name(name))
        return self._logs[suffix]

    def close(self) -> None:
        """Close all of them."""
        for log in self._logs.values():
            log.close()


class Program:
    """The stream, its screen share, and what is said about them."""

    def __init__(
        self,
        config: PublishConfig,
        secrets: Secrets,
        logs: SentLogs,
        on_end: Callable[[], None],
        opener: Opener = open_source,
    ) -> None:
        """Nothing muted, the screen as configured.

        Args:
            config: What to publish and where.
            secrets: Of the room.
            logs: Where what was sent is listed.
            on_end: Called when the stream's own source has no more.
            opener: Makes its source, and that of its screen.

        Raises:
            UsageError: A source that cannot be sent.
        """
        self.config = config
        self.instance = token_hex(3)[:5]
        """How all sessions begin, as those of one load of a page do (protocol.md §4.1)."""
        self.secrets = secrets
        self.wire_stream = secrets.stream_on_wire(config.stream)
        self.label = config.label
        self.muted = False
        self.hidden = False
        """Its camera is off."""
        self.feed = Feed(config.source, log=logs.open(""), on_end=on_end, opener=opener)
        self.screen: Feed | None = None
        self.screen_on = False
        self._logs = logs
        self._opener = opener
        if config.screen is not None:
            self.share(config.screen)

    def share(self, source: SourceConfig | None) -> None:
        """Share a screen; once shared, it is the same one again.

        Raises:
            UsageError: A source that cannot be sent.
        """
        if self.screen is None:
            source = source or _screen_source(self.config.source)
            log = self._logs.open(SCREEN_SHARE)
            self.screen = Feed(source, log=log, opener=self._opener)
        self.screen_on = True

    async def close(self) -> None:
        """Stop producing."""
        await self.feed.close()
        if self.screen is not None:
            await self.screen.close()


def _screen_source(source: SourceConfig) -> SourceConfig:
    """Pictures that can be told from the camera's, in another size."""
    return msgspec.structs.replace(
        source,
        name=f"{source.name}{SCREEN_SHARE}",
        number=(source.number + 128) % 256,
        width=480,
        height=270,
        file=None,
    )
