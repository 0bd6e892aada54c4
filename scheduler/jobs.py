"""The cron table. APScheduler only ticks; what is due is found in the database (design: one sweep, not a job each).

Its job store is memory: two processes on one stored job would fire it twice.
"""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.deliver import Deliverer
from scheduler.running import Job
from scheduler.sweep import Sweep


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
    table: tuple[tuple[Job, CronTrigger | IntervalTrigger], ...] = (
        (deliverer.deliver_red, IntervalTrigger(seconds=1, timezone=zone)),
        (deliverer.deliver_calm, IntervalTrigger(seconds=1, timezone=zone)),
        (sweep.alerts, IntervalTrigger(seconds=5, timezone=zone)),
        (sweep.ballots, IntervalTrigger(seconds=5, timezone=zone)),
        (sweep.shown_ballots, CronTrigger(minute="*/15", second=20, timezone=zone)),
        (sweep.audit, CronTrigger(minute=30, timezone=zone)),
        (sweep.disputes, CronTrigger(second=15, timezone=zone)),
        (sweep.morning, CronTrigger(second=0, timezone=zone)),
        (watchdog, IntervalTrigger(minutes=1, timezone=zone)),
        (sweep.reachability, CronTrigger(minute="*/10", timezone=zone)),
        (sweep.referrals, CronTrigger(second=30, timezone=zone)),
        (sweep.mediations, CronTrigger(second=45, timezone=zone)),
        (sweep.meetings, CronTrigger(second=50, timezone=zone)),
        (sweep.projects, CronTrigger(minute="*/5", second=40, timezone=zone)),
        (sweep.drafts, CronTrigger(minute="*/5", timezone=zone)),
        (sweep.forget, CronTrigger(hour=3, minute=20, timezone=zone)),
        (sweep.purge, CronTrigger(hour=3, minute=40, timezone=zone)),
        *((job, IntervalTrigger(seconds=seconds, timezone=zone)) for job, seconds in (chores or {}).items()),
    )
    # A tick that comes late is still wanted; several late ones are one.
    defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    scheduler = AsyncIOScheduler(timezone=zone, job_defaults=defaults)
    for job, trigger in table:
        scheduler.add_job(wrapped(job), trigger, id=job.__qualname__)
    return scheduler
