"""How loud a track is while it is recorded: a few packets are looked at, and nothing is changed."""
