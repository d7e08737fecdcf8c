"""The cheap sender: one process that publishes the same loop in many streams."""
