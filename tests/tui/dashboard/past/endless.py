"""``python -m``: says one line, and waits to be interrupted, of which it says another."""

import contextlib
import signal

with contextlib.suppress(KeyboardInterrupt):
    print('{"type": "begun"}', flush=True)
    signal.pause()
print('{"type": "interrupted"}', flush=True)
