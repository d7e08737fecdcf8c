"""The engine: one process per room that knows who is there and decides what is recorded.

``room`` and ``journal`` are the state machine, without I/O; ``process`` and its neighbours
put the websocket, the workers and the control socket around it.
"""
