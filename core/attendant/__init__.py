"""What goes on beside a recording, in a process of its own: nothing of it can harm one.

An engine that is asked for any of it starts one attendant, which is a client of it like every
screen. It ends with its engine; whoever takes over starts another one, so that everything that has
to outlive it is on the disk. After the last event it does what is left to be done, and leaves.
"""
