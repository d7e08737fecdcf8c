"""A session as the configuration wants it: its folder, and what its workers are told."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import msgspec

from ...atomic import make_folder
from ...config import HELD, HELD_PART, AttendantConfig, RecordConfig
from ...errors import UsageError
from ...ipc import worker_messages
from ...ipc.clock_name import clock_name
from ...model import AlarmKind
from ...recording.place import Place, nearest
from ...recording.sidecar import claim, sidecar_path
from ...signaling.secrets import Secrets
from ..room.alarms.settings import alarm_after

_HELD_TO = {
    "codec": "--codec",
    "container": "--container",
    "key_frames": "--key-frames",
    "sync": "--sync",
    "split_every": "--split-every",
    "split_bytes": "--split-size",
    "audio": "--no-audio",
    "video": "--no-video",
    "sound": "--stereo and --audio-bitrate",
}
"""What holds for a session as a whole, and the options for it: workers go on as they began."""
_HELD_ON_NODES = "--upload, --upload-rate, --keep and --keep-free"
"""What in a cluster does as well."""


def new_session(config: RecordConfig) -> worker_messages.Session:
    """Return a session that begins now."""
    started = time.time()
    return worker_messages.Session(
        room=config.room.name,
        server=config.room.server,
        output=config.output,
        prefix=config.prefix,
        started=started,
        began=time.monotonic(),
        sidecar=str(sidecar_path(config.output, config.prefix, started)),
        place=Place.of(config.output),
        clock=clock_name(),
    )


def elapsed(session: worker_messages.Session) -> float:
    """Return the seconds since a session began, whatever becomes of the clock on the wall."""
    return time.monotonic() - session.began


def with_sidecar(session: worker_messages.Session) -> worker_messages.Session:
    """Return a new session with a sidecar of its own; its folder is there."""
    path = claim(session.output, session.prefix, session.started)
    return msgspec.structs.replace(session, sidecar=str(path))


def worker_settings(
    config: RecordConfig, session: worker_messages.Session, secrets: Secrets
) -> worker_messages.Settings:
    """Return what each worker is told first: the room's key, never its password."""
    return worker_messages.Settings(
        session=session,
        key=(secrets.key or b"").hex(),
        suffix=secrets.suffix,
        ice=config.room.ice,
        codec=config.codec,
        container=config.container,
        key_frames=config.key_frames,
        sync=config.sync,
        split_every=config.split_every,
        split_bytes=config.split_bytes,
        pre_roll=config.pre_roll,
        held_bytes=_held_bytes(config.workers or os.cpu_count() or 1),
        audio=config.audio,
        video=config.video,
        sound=config.sound,
        black=alarm_after(AlarmKind.BLACK, config.alarms),
        frozen=alarm_after(AlarmKind.FROZEN, config.alarms),
        beside=_beside(config),
    )


def differences(config: RecordConfig, settings: worker_messages.Settings) -> list[str]:
    """Return the options that are others than what the workers of a session were told."""
    held = _HELD_TO.items()
    words = [word for name, word in held if getattr(config, name) != getattr(settings, name)]
    return words + ([] if _beside(config) == settings.beside else [_HELD_ON_NODES])


def _beside(config: RecordConfig) -> AttendantConfig:
    """Return what is done with closed files where they are, on nodes: no more than they need."""
    if config.cluster is None:
        return AttendantConfig()
    return AttendantConfig(uploads=config.attendant.uploads, retention=config.attendant.retention)


def _held_bytes(workers: int) -> int:
    """Return what one of so many workers may hold: together no more than a part of the memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(HELD, memory // HELD_PART // workers)


def prepare_output(folder: str) -> None:
    """Make the output folder where it is not there.

    Raises:
        UsageError: It cannot be made, or not be written.
    """
    try:
        make_folder(Path(folder))
    except OSError as error:
        raise _cannot_make(folder, error.strerror) from None
    check_output(folder)


def check_output(folder: str) -> None:
    """See whether a folder could be the output folder; it need not be there, and is not made.

    Raises:
        UsageError: It could not be made, or cannot be written.
    """
    there = nearest(folder)
    if not there.is_dir():
        raise _cannot_make(folder, os.strerror(errno.ENOTDIR))
    if os.access(there, os.W_OK | os.X_OK):
        return
    if there != Path(folder):
        raise _cannot_make(folder, os.strerror(errno.EACCES))
    raise UsageError(f"the output folder {folder} cannot be written; choose another: --output")


def _cannot_make(folder: str, why: str | None) -> UsageError:
    return UsageError(f"cannot make the output folder {folder}: {why}")
