"""How long 300 red alerts take to their first copy while 20,000 morning digests are on their way.

A made-up province with 20,000 grid workers has a morning: `plan_morning` writes a digest for each of them, and the
real `Deliverer` sends them through the real limiter and sender, its jobs started as in `scheduler/jobs.py`. Meanwhile
workers report red leads at random moments (a Poisson process from a seed); each rings the head, the township and the
county's rights desk (two people) at once, and since nobody answers its chain climbs. Then the same leads are reported
at the same moments with no digest in the queue.

The stand-in for Telegram is in memory and counts every window of its limits: 30 messages in any second, and in each
chat one a second after a burst of three. It takes `SERVICE` seconds to answer. Time is simulated (`bench/idle.py`).

    p99_per_idle       99th percentile of the seconds from the transaction of the lead to the first copy's arrival,
                       beside the same without digests
    digest_rate_share  digests a second, from the first to the last, of what the limit allows and the alerts leave
                       (30 a second less the alerts' own copies)
    limits_broken      messages that Telegram would have refused, in both runs

The lines above the last one say the same for slower answers, for a storm (all alerts within a minute), and with the
time counted that this machine really takes for the work (without --quick).

    alerts p99_per_idle=… digest_rate_share=… limits_broken=…
"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.alert_morning import Case, Day, Seen, load
from bench.idle import WatchedDatabase, Work, run_idle
from bench.processes import KEY
from bench.strict import OVERALL_A_SECOND
from models import keyring

SEED = 20_776
SLOW = 0.3
STORM_SECONDS = 60.0


def measure(file: Path, case: Case, *, digests: bool) -> Seen:
    """One morning in a copy of the database `file`."""
    work = Work(costs=case.costs)

    async def morning(copy: Path) -> Seen:
        database = WatchedDatabase(f"sqlite:///{copy}", work)
        try:
            return await Day(database, case).pass_by(digests=digests)
        finally:
            await database.close()

    with tempfile.TemporaryDirectory(prefix="suozi-alerts-") as folder:
        copy = Path(shutil.copy(file, folder))
        return run_idle(work, morning(copy))


def compare(name: str, file: Path, case: Case) -> tuple[float, float, int]:
    """Measure with and without digests, and tell about it."""
    busy, idle = measure(file, case, digests=True), measure(file, case, digests=False)
    ratio, broken = busy.p99 / idle.p99, busy.broken + idle.broken
    seconds = busy.digests[-1] - busy.digests[0]
    print(
        f"{name:24} first copy p99 {busy.p99:.3f} s (median {median(busy.waits):.3f}) beside {idle.p99:.3f}"
        f" ({median(idle.waits):.3f}): {ratio:.2f}; {len(busy.digests)} digests in {seconds:.0f} s"
        f" ({(len(busy.digests) - 1) / seconds:.2f}/s), {busy.copies} copies, share {busy.share:.3f}, {broken} broken",
        flush=True,
    )
    return ratio, busy.share, broken


def main() -> int:
    """Measure, and print the figures; the exit status tells whether the goals were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100 alerts and 2,000 digests, under 30 seconds")
    parser.add_argument("--seed", type=int, default=SEED, help="of the moments (default %(default)s)")
    args = parser.parse_args()
    alerts, workers = (100, 2_000) if args.quick else (300, 20_000)
    keyring.install(keyring.Keyring([KEY]))
    rng = random.Random(args.seed)

    def reports(seconds: float) -> list[tuple[float, int]]:
        # So many moments of a Poisson process, given that they fall into this time.
        return sorted((rng.uniform(0.0, seconds), rng.randrange(workers)) for _ in range(alerts))

    spread = reports(workers / OVERALL_A_SECOND)
    with tempfile.TemporaryDirectory(prefix="suozi-alerts-") as folder:
        file = Path(folder) / "suozi.db"
        load(file, workers)
        if not args.quick:
            compare(f"answers take {SLOW} s", file, Case(spread, SLOW))
            compare(f"all within {STORM_SECONDS:.0f} s", file, Case(reports(STORM_SECONDS)))
            compare("work counted", file, Case(spread, costs=True))
        ratio, share, broken = compare("as described", file, Case(spread))
    print(f"alerts p99_per_idle={ratio:.2f} digest_rate_share={share:.3f} limits_broken={broken}")
    return 0 if ratio <= 1.5 and share >= 0.95 and broken == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
