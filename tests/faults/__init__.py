"""What a recording costs when something breaks, tried case by case and told in a table.

``python -m tests.faults [--short] [--cluster] [CASE…] [--at-once N] [--json FILE] [--seed N]``;
``--list`` names the cases. The full form takes an hour at least, with ``--at-once 3`` on two free
cores; a case ends its tries after forty minutes.

With ``--cluster`` nodes of a Ray cluster record, and other cases are tried, of `cluster_cases`:
each node is a network namespace with processes of its own, which takes root.

Where several cases are run each has a process of its own, and what it prints it prints when it is
through: one that fails, hangs or dies ends no other, and its namespaces are taken away.

A case is a function in a module of `cases`, which may hold several; it is found there by itself::

    @case("a worker is killed with SIGKILL at a random moment")
    async def worker_kills(scene: Scene) -> Result: ...

It makes its fault as often as the form says, on labs of `tests.e2e.lab` that it opens with
``scene.lab()``, measures what was lost, and says whether that is within the promise. A case that
does not hold is a line like any other. One that this machine cannot make raises `Unavailable`.
"""
