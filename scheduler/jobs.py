"""The cron table. APScheduler only ticks; what is due is found in the database (design: one sweep, not a job each).

Its job store is memory: two processes on one stored job would fire it twice.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.deliver import Deliverer
from scheduler.running import Job
from scheduler.sweep import Sweep

# What only makes room at a start waits until those have their replies who have written meanwhile.
AFTER_THE_FIRST_REPLIES = timedelta(minutes=1)
FAR_BEHIND = timedelta(minutes=5)


class Every(IntervalTrigger):  # type: ignore[misc]
    """Every so many seconds. What a clock that was set forward leaves behind is one tick, not each in a row."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> Any:
        """The next tick; APScheduler asks for one after the other until it has come to `now`."""
        if previous_fire_time is not None and now - previous_fire_time > FAR_BEHIND:
            return now + timedelta(seconds=self.interval_length)
        return super().get_next_fire_time(previous_fire_time, now)


class At(CronTrigger):  # type: ignore[misc]
    """At such times of the day, with the same leap."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> Any:
        """The next time; from decades behind, that after `now`."""
        far_behind = previous_fire_time is not None and now - previous_fire_time > FAR_BEHIND
        return super().get_next_fire_time(now if far_behind else previous_fire_time, now)


def build_scheduler(
    sweep: Sweep,
    deliverer: Deliverer,
    watchdog: Job,
    zone: ZoneInfo,
    chores: Mapping[Job, int] | None = None,
    *,
    wrapped: Callable[[Job], Job] = lambda job: job,
) -> AsyncIOScheduler:
    """The scheduler with every job, not yet started. `watchdog` looks every minute whether updates still come in;
    `chores` are further jobs, each with the seconds from one time to the next. What runs is `wrapped(job)`.
    """
    table: tuple[tuple[Job, At | Every], ...] = (
        (deliverer.deliver_red, Every(seconds=1, timezone=zone)),
        (deliverer.deliver_calm, Every(seconds=1, timezone=zone)),
        (sweep.alerts, Every(seconds=5, timezone=zone)),
        (sweep.ballots, Every(seconds=5, timezone=zone)),
        (sweep.shown_ballots, At(minute="*/15", second=20, timezone=zone)),
        (sweep.audit, At(minute=30, timezone=zone)),
        (sweep.disputes, At(second=15, timezone=zone)),
        (sweep.morning, At(second=0, timezone=zone)),
        (watchdog, Every(minutes=1, timezone=zone)),
        (sweep.reachability, At(minute="*/10", timezone=zone)),
        (sweep.referrals, At(second=30, timezone=zone)),
        (sweep.mediations, At(second=45, timezone=zone)),
        (sweep.meetings, At(second=50, timezone=zone)),
        (sweep.projects, At(minute="*/5", second=40, timezone=zone)),
        (sweep.drafts, At(minute="*/5", timezone=zone)),
        (sweep.forget, At(hour=3, minute=20, timezone=zone)),
        (sweep.purge, At(hour=3, minute=40, timezone=zone)),
        *((job, Every(seconds=seconds, timezone=zone)) for job, seconds in (chores or {}).items()),
    )
    # A tick that comes late is still wanted; several late ones are one.
    defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    scheduler = AsyncIOScheduler(timezone=zone, job_defaults=defaults)
    for job, trigger in table:
        scheduler.add_job(wrapped(job), trigger, id=job.__qualname__)
    return scheduler


def catch_up(
    scheduler: AsyncIOScheduler, sweep: Sweep, now: datetime, *, wrapped: Callable[[Job], Job] = lambda job: job
) -> None:
    """Have done what a machine that was off has missed: at once what people wait for, then what is to be forgotten.

    Without that a machine that is off every night would keep what the rules of retention forbid to keep.
    """
    soon, later = (sweep.morning, sweep.call_back, sweep.audit), (sweep.forget, sweep.purge)
    waits = [timedelta(0)] * len(soon) + [AFTER_THE_FIRST_REPLIES * (n + 1) for n in range(len(later))]
    for job, wait in zip((*soon, *later), waits, strict=True):
        scheduler.add_job(wrapped(job), "date", run_date=now + wait, name=job.__qualname__)


def wake(scheduler: AsyncIOScheduler, now: datetime) -> None:
    """Let every job be done at once: the clock was set, and by the clock of before they would wait until it has come
    there again. Each finds by itself whether anything is due.
    """
    for job in scheduler.get_jobs():
        if job.next_run_time is not None:  # it is not paused
            job.modify(next_run_time=now)
