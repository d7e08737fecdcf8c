"""A delivery on the nodes of a Ray cluster, each file where most of its takes lie.

Here it is planned and put together as ever. What becomes of a stream is a job: a process on a node
(`job`), without Ray. Ray finds a core for it (`bridge`, the one process here that loads it), and an
actor starts it (`maker`). Takes and finished files come over as `core/collection` brings them.
"""
