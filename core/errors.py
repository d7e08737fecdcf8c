"""The error tree.

::

    RoomdeckError
    ├── UsageError              a command, link or configuration that cannot be used
    │   └── MissingError        something is not given that somebody can be asked for
    ├── JoinError               the room could not be joined
    ├── ControlError            no engine answers, or it refuses a command
    │   └── SilentError         there is one, and it hangs
    ├── RefusedError            what was asked over HTTP is not done
    ├── IncompatibleError       a library differs from what the adapter was written for
    ├── ProtocolError           a malformed, oversized or foreign message
    │   └── DecryptError        a value that our password and salt do not open
    ├── MediaError              a malformed packet, description or bitstream
    │   └── IceRestartError     the publisher's network changed; it takes a new connection
    ├── UploadError             a file that cannot be uploaded (yet)
    └── RecordingError          a file that cannot be opened or written
        └── DiskFullError       no space is left for it

`ProtocolError` and `MediaError` are caused by peers: whoever parses remote input
catches them, counts them and goes on. The others reach the person who runs roomdeck.
"""

import msgspec

UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises at what is not JSON or MessagePack of the form that is wanted: also at what
is no text, or nested too deeply. Whoever reads a file or hears others expects all of them."""


class RoomdeckError(Exception):
    """Base of all errors that roomdeck raises; its text is written for the user."""


class UsageError(RoomdeckError):
    """A command, link or configuration that cannot be used; says what to do instead."""


class MissingError(UsageError):
    """Something that is needed is not given; on a terminal somebody can be asked for it."""


class JoinError(RoomdeckError):
    """The room could not be joined."""


class ControlError(RoomdeckError):
    """No engine answers on the control socket, or it refuses a command."""


class SilentError(ControlError):
    """An engine is there, and answers nothing: it hangs, or somebody stopped its process."""


class RefusedError(RoomdeckError):
    """What was asked over HTTP is not done; the text says why.

    Args:
        status: Of HTTP; 0 is not even answered.
        detail: Why.
        headers: Of the answer.
    """

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}


class IncompatibleError(RoomdeckError):
    """A library differs from what the adapter in ``core/webrtc`` was written for."""


class ProtocolError(RoomdeckError):
    """A malformed, oversized or foreign message; the text says why it was refused."""


class DecryptError(ProtocolError):
    """A value that our password and salt do not open."""


class MediaError(RoomdeckError):
    """A malformed packet, session description or bitstream."""


class IceRestartError(MediaError):
    """The publisher restarts ICE in a connection; only a new one can follow it."""


class UploadError(RoomdeckError):
    """A file that cannot be uploaded, now or at all; nothing is lost by it."""


class RecordingError(RoomdeckError):
    """A file that cannot be opened or written."""


class DiskFullError(RecordingError):
    """No space is left for a file."""
