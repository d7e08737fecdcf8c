"""A session with all troubles at once, recorded over real connections, delivered and measured."""
