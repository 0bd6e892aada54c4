"""The program's own counters, and the database's figures, in Prometheus' format."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from domain.channel import Lane, Outcome
from domain.usecases.figures import OperatingFigures

KINDS = frozenset({"message", "edited_message", "callback_query", "my_chat_member"})
_PATIENCE = 5.0  # seconds that the database has for its figures
_EVENT = re.compile(r"[a-z]+(_[a-z]+)+")
_OURS = ("suozi", "handlers.", "scheduler.", "domain.", "models.")
_BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)

_log = logging.getLogger(__name__)


class Metrics:
    """Counts and times what this process does. Labels are known words: no id, no code and no text is one."""

    def __init__(self, figures: Callable[[], Awaitable[OperatingFigures]]) -> None:
        """`figures` asks the database for what waits."""
        self._figures = figures
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # memory, processor time, open files
        self._updates = self._counter("suozi_updates", "Updates handled", "kind")
        self._steps = self._counter("suozi_flow_steps", "Answers taken in conversations", "flow")
        self._sends = self._counter("suozi_sends", "Messages offered to Telegram", "lane", "outcome")
        self._failures = self._counter("suozi_failures", "Pieces of work that failed", "work")
        self._jobs = Histogram(
            "suozi_job_seconds", "Scheduled work", ("job",), registry=self._registry, buckets=_BUCKETS
        )
        self._database = self._gauge("suozi_database_up", "1 while the database gives its figures")
        self._inbox = self._gauge("suozi_inbox_waiting", "Updates that wait")
        self._inbox_age = self._gauge("suozi_inbox_oldest_seconds", "Age of the oldest update that waits")
        self._set_aside = self._gauge("suozi_updates_set_aside", "Updates that failed three times")
        self._outbox = self._gauge("suozi_outbox_waiting", "Notices that are due", "lane")
        self._outbox_age = self._gauge("suozi_outbox_oldest_seconds", "Age of the oldest notice that is due", "lane")
        self._alerts = self._gauge("suozi_alerts_open", "Open alerts", "colour")
        self._alert_age = self._gauge("suozi_alert_oldest_seconds", "Age of the oldest open alert", "colour")

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self._registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=self._registry)

    def handled(self, kinds: Sequence[str], flows: Sequence[str]) -> None:
        """Updates of these kinds were handled, and an answer was taken in each of these conversations."""
        for kind in kinds:
            self._updates.labels(kind if kind in KINDS else "other").inc()
        for flow in flows:
            self._steps.labels(flow).inc()

    def sent(self, lane: Lane, outcome: Outcome) -> None:
        """A message was offered."""
        self._sends.labels(lane.name.lower(), outcome.value).inc()

    def failed(self, work: str) -> None:
        """A piece of work failed."""
        self._failures.labels(work).inc()

    def worked(self, job: str, seconds: float, failed: bool) -> None:
        """A scheduled piece of work took so long, and may have failed."""
        self._jobs.labels(job).observe(seconds)
        if failed:
            self.failed(job)

    async def text(self) -> bytes:
        """Everything, with the database's figures of this moment; without those while it gives none."""
        try:
            async with asyncio.timeout(_PATIENCE):
                self._set(await self._figures())
        except Exception as error:
            _log.warning("figures_missing error=%s", type(error).__name__)
            self._database.set(0)
        return generate_latest(self._registry)

    def _set(self, now: OperatingFigures) -> None:
        self._database.set(1)
        self._inbox.set(now.inbox.count)
        self._inbox_age.set(now.inbox.oldest)
        self._set_aside.set(now.set_aside)
        for lane, waiting in now.outbox.items():
            self._outbox.labels(lane.name.lower()).set(waiting.count)
            self._outbox_age.labels(lane.name.lower()).set(waiting.oldest)
        for colour, open_ones in now.alerts.items():
            self._alerts.labels(colour.value).set(open_ones.count)
            self._alert_age.labels(colour.value).set(open_ones.oldest)


class FailureCounter(logging.Handler):
    """Counts what our own log tells as a warning or worse, by the event's name: whatever is told is counted."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.WARNING)
        self._metrics = metrics

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line."""
        event = str(record.msg).split(maxsplit=1)[0] if record.msg else ""
        if record.name.startswith(_OURS) and _EVENT.fullmatch(event):
            self._metrics.failed(event)
