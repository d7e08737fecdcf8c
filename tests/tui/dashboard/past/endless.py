"""``python -m``: says one line, and waits to be interrupted."""

import signal

print('{"type": "begun"}', flush=True)
signal.pause()
