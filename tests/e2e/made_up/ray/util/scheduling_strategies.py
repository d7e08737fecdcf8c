"""On which node an actor is to be."""


class NodeAffinitySchedulingStrategy:
    def __init__(self, node: str, soft: bool) -> None:
        self.node = node
