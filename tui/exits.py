"""Exit statuses of the program."""

from enum import IntEnum


class Exit(IntEnum):
    """What the exit status of every command means."""

    OK = 0
    """All went well."""
    USAGE = 1
    """A command, link or configuration that cannot be used; or a file that `check` finds bad."""
    NOT_JOINED = 2
    """The room could not be joined."""
    RECORDING_FAILED = 3
    """At least one recording failed."""
    DISK_FULL = 4
    """The disk was full."""
    INTERRUPTED = 130
    """Left before every file was closed."""
