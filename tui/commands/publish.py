"""``roomdeck publish``: one test stream, until it ends or a signal comes."""

from __future__ import annotations

from ...core.publishing.publish_config import PublishConfig, PublishEvent
from ...core.publishing.publisher import Publisher
from ...core.signals import on_stop
from ..exits import Exit
from ..lines.printer import narrate
from ..text.format import json_line


async def publish_stream(config: PublishConfig, as_json: bool) -> Exit:
    """Publish until the source ends or a signal comes; then say goodbye."""

    def report(event: PublishEvent) -> None:
        if as_json:
            print(json_line(event), flush=True)
        else:
            narrate(f"{config.stream}: {event.type} {event.viewer} {event.text}".rstrip())

    publisher = Publisher(config, report)
    on_stop(publisher.stop)
    await publisher.run()
    return Exit.OK
