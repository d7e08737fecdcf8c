"""When a frame is shown: RTP times, sender reports and arrival → times in the file.

Pure: no clock, no I/O. `Timeline` is what a take uses.
"""

from .shifts import RIGHT, Shifts
from .timeline import Placed, Timeline

__all__ = ["RIGHT", "Placed", "Shifts", "Timeline"]
