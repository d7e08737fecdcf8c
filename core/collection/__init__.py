"""Takes of other machines, brought into one folder.

What is wanted is in `plan`, where it is read from in `sources`, how a file comes over in `copy`.
Masters are neither changed nor removed where they are.
"""
