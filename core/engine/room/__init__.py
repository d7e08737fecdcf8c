"""What is known of a room, and what follows from it. Pure: no sockets, clocks or processes.

What happens comes in as calls that say when it is; what is to be done goes out as `actions`.
"""
