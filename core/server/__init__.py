"""The embedded handshake server: introduces publishers and viewers to each other.

`handshake` is the whole server without sockets or clocks, `app` the websocket around it.
"""
