"""What a session and its workers are told, from the configuration."""

from __future__ import annotations

import time

from ..config import RecordConfig
from ..recording.sidecar import sidecar_path
from ..signaling.secrets import Secrets
from ..worker import link


def new_session(config: RecordConfig) -> link.Session:
    """Return a session that begins now."""
    started = time.time()
    return link.Session(
        room=config.room.room,
        server=config.room.server,
        output=config.output,
        prefix=config.prefix,
        started=started,
        sidecar=str(sidecar_path(config.output, config.prefix, started)),
    )


def worker_settings(config: RecordConfig, session: link.Session, secrets: Secrets) -> link.Settings:
    """Return what each worker is told first: the room's key, never its password."""
    return link.Settings(
        session=session,
        key=(secrets.key or b"").hex(),
        suffix=secrets.suffix,
        ice=config.room.ice,
        codec=config.codec,
        audio=config.audio,
        video=config.video,
    )
