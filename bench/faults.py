"""The fault campaign: every promise of docs/reliability.md put to the test, with the last line

    faults kills=… lost=… doubled=… promises=… kept=…

`--only T3 T5` tries some; `--part 0.1` tries a tenth of the figures; `--seed` decides the choices by chance.
"""

import argparse
import asyncio
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import (
    fault_blocked,
    fault_calendars,
    fault_clock,
    fault_database,
    fault_group,
    fault_keys,
    fault_kill,
    fault_machines,
    fault_migrations,
    fault_poison,
    fault_postgresql,
    fault_reminders,
    fault_replicas,
    fault_sends,
    fault_updates,
)
from bench.promise import Campaign, Outcome, Promise

PROMISES: tuple[Promise, ...] = (
    fault_kill.PROMISE,
    *fault_updates.PROMISES,
    *fault_sends.PROMISES,
    *fault_blocked.PROMISES,
    *fault_group.PROMISES,
    fault_calendars.PROMISE,
    fault_clock.PROMISE,
    fault_database.PROMISE,
    fault_replicas.PROMISE,
    *fault_reminders.PROMISES,
    *fault_machines.PROMISES,
    *fault_migrations.PROMISES,
    *fault_keys.PROMISES,
    fault_postgresql.PROMISE,
    *fault_poison.PROMISES,
)


async def keep(promise: Promise, campaign: Campaign) -> Outcome:
    """Puts one promise to the test; a test that breaks off has not kept it."""
    try:
        return await promise.keep(campaign)
    except Exception as error:
        traceback.print_exc()
        return Outcome(broken=(f"broke off: {type(error).__name__}",))


def show(promise: Promise, outcome: Outcome, seconds: float) -> None:
    figures = " ".join(f"{name}={value:g}" for name, value in outcome.figures.items())
    print(
        f"{promise.number:<4} {'kept' if outcome.kept else 'BROKEN'} in {seconds:.0f} s: {promise.words}; "
        f"kills={outcome.kills} lost={outcome.lost} doubled={outcome.doubled} {figures}".rstrip(),
        flush=True,
    )
    for sentence in outcome.broken:
        print(f"     {sentence}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[promise.number for promise in PROMISES], metavar="T")
    parser.add_argument("--part", type=float, default=1.0, help="share of the full campaign")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


async def main() -> int:
    asked = arguments()
    campaign = Campaign(asked.part, asked.seed, lambda words: print(f"     {words}", file=sys.stderr, flush=True))
    outcomes = []
    for promise in PROMISES:
        if asked.only and promise.number not in asked.only:
            continue
        began = time.monotonic()
        outcome = await keep(promise, campaign)
        show(promise, outcome, time.monotonic() - began)
        outcomes.append(outcome)
    kept = sum(outcome.kept for outcome in outcomes)
    print(
        f"faults kills={sum(o.kills for o in outcomes)} lost={sum(o.lost for o in outcomes)} "
        f"doubled={sum(o.doubled for o in outcomes)} promises={len(outcomes)} kept={kept}"
    )
    return 0 if kept == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
