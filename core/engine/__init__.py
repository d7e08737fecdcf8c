"""The engine: one process per room that knows who is there and decides what is recorded.

``room`` is the state machine, without I/O; ``room_session`` puts the websocket, the workers, the
records and the control socket around it, and ``process`` is that among other engines.
"""
