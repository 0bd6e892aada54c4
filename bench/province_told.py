"""What is seen of the province's day, and how `bench/province.py` tells it: hour by hour, job by job, the last line."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median, quantiles

import psutil

ALLOWED = 30  # messages a second


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen within one hour's minutes."""

    hour: int
    seconds: float
    check_ins: int
    updates: int
    waits: Sequence[float]
    sent: int
    program: float  # processor time of the program and the simulated people
    database: float  # … of PostgreSQL

    @property
    def cpu_ms(self) -> tuple[float, float]:
        """Processor time for each update, of the program and of the database; sweeps and everything else included."""
        return 1000 * self.program / max(1, self.updates), 1000 * self.database / max(1, self.updates)


@dataclass(slots=True)
class Seen:
    """What was seen on a day."""

    jobs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: int = 0  # jobs
    alone: list[float] = field(default_factory=list)  # seconds of replies while nobody else did anything
    windows: list[Window] = field(default_factory=list)
    digests: int = 0
    digest_rate: float = 0.0
    digest_share: float = 0.0
    backlog: int = 0
    before_mb: float = 0.0
    after_mb: float = 0.0

    def digest_run(self, notices: Sequence[float], sent: Sequence[float]) -> None:
        """How fast the digests left: `notices` are the moments of what nobody had asked for, `sent` of all messages."""
        if len(notices) < 2:
            return
        # What comes later than the run is no digest any more: the run ends where some seconds bring none.
        last = next((a for a, b in pairwise(notices) if b - a > 5), notices[-1])
        run = [at for at in notices if at <= last]
        seconds = last - run[0]
        others = sum(run[0] <= at <= last for at in sent) - len(run)
        self.digest_rate = (len(run) - 1) / seconds
        self.digest_share = (len(run) - 1) / (ALLOWED * seconds - others)


@dataclass(frozen=True, slots=True)
class Processors:
    """The processor time that this process and a PostgreSQL server have used so far, in seconds."""

    program: float
    database: float

    @classmethod
    def now(cls, server_pid: int) -> "Processors":
        """Both, the server's processes that have ended included."""
        server = psutil.Process(server_pid)
        times = server.cpu_times()
        total = times.user + times.system + times.children_user + times.children_system
        for child in server.children():
            try:
                own = child.cpu_times()
            except psutil.NoSuchProcess:
                continue  # it has ended meanwhile
            total += own.user + own.system
        mine = psutil.Process().cpu_times()
        return cls(mine.user + mine.system, total)


def percentiles(waits: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    if len(waits) < 2:
        return (1000 * waits[0],) * 2 if waits else (0.0, 0.0)
    return 1000 * median(waits), 1000 * quantiles(waits, n=100, method="inclusive")[98]


def line_of(window: Window) -> str:
    """One hour."""
    p50, p99 = percentiles(window.waits)
    program, database = window.cpu_ms
    busy = (window.program + window.database) / window.seconds
    return (
        f"{window.hour:02d}:00 {window.seconds:5.0f} s {window.check_ins:5d} check-ins"
        f" {window.updates / window.seconds:5.1f} updates/s {window.sent / window.seconds:4.1f} messages/s"
        f" {busy:.2f} cores ({program:.1f} + {database:.1f} ms an update),"
        f" replies: median {p50:.0f} ms, p99 {p99:.0f} ms"
    )


def tell_jobs(seen: Seen) -> None:
    """What the program does by itself, the slowest first."""
    for name, times in sorted(seen.jobs.items(), key=lambda job: -max(job[1])):
        print(f"{name:14} {len(times):6d} times: median {1000 * median(times):8.1f} ms, most {max(times):7.3f} s")


def last_line(seen: Seen, *, rss_mb: float) -> str:
    """The figures."""
    _, p99 = percentiles([wait for window in seen.windows for wait in window.waits])
    return (
        f"province p99_ms={p99:.0f} backlog_end={seen.backlog} digest_rate_share={seen.digest_share:.3f}"
        f" db_mb={seen.after_mb:.0f} rss_mb={rss_mb:.0f}"
    )
