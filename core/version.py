"""The version of this program, from its package."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("roomdeck")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"


VERSION = _installed()
