"""An evening of troubles: what a box that nobody looks at tells, and what of it somebody sees.

``python -m tests.evening [--calm SECONDS]``; three minutes. A recording by a configuration file,
with hooks to a program and an address, uploads to a server like S3 behind a gate, and a dashboard
of 80x24, all of it processes of their own; what goes wrong is in `script`. It prints a table: each
alarm, how long after its time it was told, how long after that it was on the screen, and what hooks
heard of it. With ``--calm`` nothing goes wrong for so long, and there is to be none. It ends with 1
where an alarm is missing, late or one too many, an event did not arrive once at each hook, or a
file is not in the store as it is here.
"""
