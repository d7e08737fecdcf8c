"""Metrics for Prometheus, health, and an API that does what the control socket does, over HTTP.

Whoever asks is a stranger: what one may send, how often, how many at once and how long is bounded,
and all of it is bounded together, so that no flood of questions becomes one of the engine.
"""
