"""A media worker: one process that holds connections and the files they are written to.

It owns everything between the network and the disk for its streams, the data channels
included, so that it goes on recording when the engine is gone.
"""
