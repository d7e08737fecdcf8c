"""Random input for everything that reads what strangers wrote.

::

    python -m tests.fuzz [--seconds N] [--seed N] [TARGET…]

Inputs are made of good ones by `mutate`. Each has so much processor time and memory, and may
raise only what its reader says that it raises. What breaks that is printed and kept in
`corpus/TARGET`, which the tests replay.
"""
