"""T9: a morning of 10,000 reminders of which every hundredth chat is dead, and red alerts in the middle of it.

The real sweep writes the reminders, and the real outbox sends them through the real limiter into a stand-in for
Telegram that watches every window of its limits; time is simulated (`bench/alert_morning.py`, `bench/idle.py`).
"""

import asyncio
import random
import shutil
import tempfile
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import col

from bench.alert_morning import Case, Day, Seen, load
from bench.clockwork import MORNING
from bench.idle import WatchedDatabase, Work, run_idle
from bench.processes import KEY
from bench.promise import Campaign, Outcome, Promise
from domain.channel import Lane
from domain.household_notices import MorningDigest
from domain.usecases.stuck_notices import stuck_notices
from models import keyring
from models.member import Appointment, Member, Role
from models.outbox import OutboxMessage, OutboxState
from models.session import Database

WORKERS, ALERTS = 10_000, 200
DEAD = 0.01
A_SECOND = 30
IN_TIME = 5.0  # seconds from the report of a red lead to the first copy of its alert, in simulated time


async def keep_reminders(campaign: Campaign) -> Outcome:
    """Whoever can be reached is reminded, once; whoever cannot is known afterwards; no red alert waits for either."""
    return await asyncio.to_thread(_keep, campaign)


def _keep(campaign: Campaign) -> Outcome:
    workers, alerts = campaign.of(WORKERS, 100), campaign.of(ALERTS, 5)
    keyring.install(keyring.Keyring([KEY]))
    rng = random.Random(campaign.seed)
    seconds = workers / A_SECOND
    case = Case(sorted((rng.uniform(0.0, seconds), rng.randrange(workers)) for _ in range(alerts)))
    with tempfile.TemporaryDirectory(prefix="suozi-reminders-") as folder:
        file = Path(folder) / "suozi.db"
        load(file, workers)
        campaign.tell(f"{workers} workers loaded")
        work = Work(costs=False)
        copy = Path(shutil.copy(file, Path(folder) / "morning.db"))
        return run_idle(work, _morning(WatchedDatabase(f"sqlite:///{copy}", work), case, workers, rng))


async def _morning(database: WatchedDatabase, case: Case, workers: int, rng: random.Random) -> Outcome:
    chats = await _chats(database)
    dead = set(rng.sample(chats, round(workers * DEAD)))
    seen = await Day(database, case, dead).pass_by(digests=True)
    states, marked, shown = await _afterwards(database)
    await database.close()
    alive = workers - len(dead)
    late = [wait for wait in seen.waits if wait > IN_TIME]
    faults = {
        f"{states.get(OutboxState.SENT, 0)} of {alive} reminders were sent": states.get(OutboxState.SENT, 0) != alive,
        f"{states.get(OutboxState.FAILED, 0)} of {len(dead)} were set aside": states != _wanted(alive, len(dead)),
        "others are marked as unreachable than those who are": marked != dead,
        f"the operator is shown {shown} of {len(dead)}": shown != len(dead),
        f"{len(late)} red alerts were late, the latest by {max(seen.waits):.1f} s": bool(late),
        f"{seen.broken} messages were too many for Telegram": bool(seen.broken),
    }
    return Outcome(
        lost=max(0, alive - len(seen.digests)),
        doubled=max(0, len(seen.digests) - alive),
        broken=tuple(words for words, so in faults.items() if so),
        figures=_figures(seen, len(dead)),
    )


def _wanted(alive: int, dead: int) -> dict[OutboxState, int]:
    return {OutboxState.SENT: alive, OutboxState.FAILED: dead}


def _figures(seen: Seen, dead: int) -> dict[str, float]:
    return {
        "reminders": len(seen.digests),
        "dead": dead,
        "red_alerts": len(seen.waits),
        "red_p99_s": round(seen.p99, 3),
        "red_longest_s": round(max(seen.waits), 3),
        "bulk_s": round(seen.digests[-1] - seen.digests[0]),
        "rate_share": round(seen.share, 3),
    }


async def _chats(database: Database) -> list[int]:
    """Those of the grid workers."""
    query = select(col(Member.telegram_id)).join(Appointment, col(Appointment.member_id) == col(Member.id))
    async with database.transaction() as session:
        found = await session.execute(query.where(col(Appointment.role) == Role.GRID_WORKER).order_by(col(Member.id)))
        return list(found.scalars())


async def _afterwards(database: Database) -> tuple[dict[OutboxState, int], set[int], int]:
    """How the reminders ended, which chats are marked, and how many notices an operator is shown."""
    state = col(OutboxMessage.state)
    ends = select(state, func.count()).where(col(OutboxMessage.kind) == MorningDigest.__name__).group_by(state)
    marked = select(col(Member.telegram_id)).where(col(Member.unreachable_since).is_not(None))
    async with database.transaction() as session:
        states = {row[0]: int(row[1]) for row in (await session.execute(ends)).all()}
        chats = set((await session.execute(marked)).scalars())
        stuck = await stuck_notices(session, due_before=MORNING, limit=10**6)
    return states, chats, sum(one.lane is Lane.DIGEST for one in stuck)


PROMISES = (
    Promise("T9", "of 10,000 reminders the dead chats alone get none, and red alerts overtake them", keep_reminders),
)
