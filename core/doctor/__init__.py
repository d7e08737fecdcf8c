"""What of this machine a recording depends on, found out beforehand.

Each module finds out about one kind of thing: a function that looks, and a pure one that judges
what was seen. Nothing goes out to the network but to the server and the relay that somebody named.
"""
