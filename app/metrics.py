"""/metrics in Prometheus' form: what was counted in all processes, and what the rows say now. Nothing about a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from app.meters import EDGES, Totals
from app.services import health


def text(totals: Totals, now: datetime, var: Path) -> str:
    """The whole page. Without a database it says so and gives what is counted in memory."""
    registry = CollectorRegistry()
    registry.register(_Numbers([*_requests(totals), *_state(now, var)]))
    return generate_latest(registry).decode()


class _Numbers(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def _state(now: datetime, var: Path) -> Iterator[Metric]:
    found = health.checks(now, var)
    well = GaugeMetricFamily("gelombang_ok", "1 when this part is well.", labels=("part",))
    for what, words in found.items():
        well.add_metric((what,), float(words == health.OK))
    yield well
    if found["database"] == health.OK == found["migrations"]:
        yield from _rows(health.numbers(now))


def _requests(totals: Totals) -> Iterator[Metric]:
    by_status = CounterMetricFamily("gelombang_requests", "Requests answered.", labels=("endpoint", "status"))
    times = HistogramMetricFamily("gelombang_request_seconds", "Time to the answer.", labels=("endpoint",))
    for one in totals.endpoints:
        for status, count in one.statuses.items():
            by_status.add_metric((one.name, status), count)
        times.add_metric((one.name,), _cumulated(one.buckets), one.seconds)
    hashes = SummaryMetricFamily("gelombang_hash_seconds", "Hashing PINs, codes and passwords.")
    hashes.add_metric((), totals.hashes, totals.hash_seconds)
    refused = CounterMetricFamily("gelombang_hash_refused", "Hashes for which there was no time.")
    refused.add_metric((), totals.hashes_refused)
    yield from (by_status, times, hashes, refused)


def _rows(said: health.Numbers) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("gelombang_outbox_waiting", "Deliveries that wait.", labels=("channel",))
    oldest = GaugeMetricFamily("gelombang_outbox_oldest_seconds", "How long one is due.", labels=("channel",))
    for queue in said.queues:
        waiting.add_metric((queue.channel,), queue.waiting)
        oldest.add_metric((queue.channel,), queue.oldest)
    failed = GaugeMetricFamily("gelombang_failed_sign_ins", "Within the last hour.", labels=("path",))
    for path, count in said.failed_sign_ins.items():
        failed.add_metric((path,), count)
    ages = GaugeMetricFamily("gelombang_beat_age_seconds", "Since a job last ran through.", labels=("job",))
    for job, age in said.beat_ages.items():
        ages.add_metric((job,), age)
    lines = GaugeMetricFamily("gelombang_audit_lines", "Lines of the audit chain.", value=said.audit_lines)
    # A number and no label: a label would make a series of every head. 13 hex digits are exact in a float.
    words = "The first 52 bits of the newest audit line's mac."
    head = GaugeMetricFamily("gelombang_audit_head", words, value=int(said.audit_head[:13], 16))
    yield from (waiting, oldest, failed, ages, lines, head)


def _cumulated(buckets: list[int]) -> list[tuple[str, float]]:
    total, found = 0, []
    for edge, count in zip((*map(str, EDGES), "+Inf"), buckets, strict=True):
        total += count
        found.append((edge, float(total)))
    return found
