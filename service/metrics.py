"""Figures for Prometheus, per process: how often, how fast, with what result. No text, no names, no numbers of requests."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Made once per process, with its own registry: nothing is registered at import."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counter("triage_calls", "Answered calls", ("method", "route", "status"), registry=self._registry)
        self._seconds = Histogram("triage_seconds", "Time to an answer", ("route",), buckets=_BUCKETS, registry=self._registry)
        self._ready = Gauge("triage_ready", "1 when a model is loaded", registry=self._registry)
        self._store = Gauge("triage_store", "1 when the store can be used", registry=self._registry)
        self._waiting = Gauge("triage_waiting", "Requests in each queue", ("queue",), registry=self._registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answered call."""
        self._calls.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, ready: bool, store: bool, waiting: dict[str, int]) -> bytes:
        """All figures as Prometheus reads them."""
        self._ready.set(ready)
        self._store.set(store)
        for queue, count in waiting.items():
            self._waiting.labels(queue).set(count)
        return generate_latest(self._registry)
