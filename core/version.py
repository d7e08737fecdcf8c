"""The version of this program, from its package."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("roomdeck")
except PackageNotFoundError:  # run from a folder that was never installed
    VERSION = "0"
