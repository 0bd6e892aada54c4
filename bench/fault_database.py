"""T7: the database is locked by another program, or away, for a minute, or its disk is full.

Each case is a real program (polling, or with a webhook) on a database of its own, all side by side. People check in
one visit after the other and never press twice; notices become due all the time; the operator hears alarms. While the
trouble lasts nobody may be told that something is saved which is not; when it is over everybody has her reply, and
what was due is told, within half a minute and by itself.

    recovery   seconds from the end of the trouble until the last who waited was served, in the slowest case
    lost       people without a reply, receipts without a row, notices that nobody was told
    doubled    visits beyond the receipts, notices told twice
"""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.database_troubles import Maker, Trouble, full_file, full_server, locked_file, stopped_server
from bench.processes import TOKEN, Bot, found_county, free_port, now, running, suozi
from bench.promise import Campaign, Outcome, Promise
from bench.witness import OPERATOR, Notices, Witness, give_notices, receipts_of
from sandbox.server import Sandbox

PEOPLE, COLLEAGUES = 4, 2
OUTAGE = 60.0  # seconds, in the full campaign
TO_START = 300.0  # seconds
SHORTEST = 7.0  # longer than we wait for a lock
RECOVERY = 30.0  # seconds
OVER = 100.0  # seconds in which the operator hears that it is over: well for a minute, looked at every 15 seconds
GAP = 0.5  # seconds from one notice to the next
SECRET = "a-secret-for-measurements"


@dataclass(frozen=True)
class Case:
    """One program and its trouble; `make` gives its database's address."""

    name: str
    webhook: bool
    make: Maker


CASES = (
    Case("locked, polling", False, locked_file),
    Case("locked, webhook", True, locked_file),
    Case("full, polling", False, full_file),
    Case("full, webhook", True, full_file),
    Case("server stopped, polling", False, stopped_server),
    Case("server stopped, webhook", True, stopped_server),
    Case("server full, polling", False, full_server),
)


@dataclass(frozen=True)
class Start:
    """How the cases begin: each takes its turn, and the trouble begins when all are there."""

    turn: asyncio.Lock
    all_there: asyncio.Barrier


@asynccontextmanager
async def beginning(
    case: Case, folder: Path, starting: asyncio.Lock
) -> AsyncIterator[tuple[str, Witness, Bot, Trouble]]:
    """A program at work, and those around it."""
    async with AsyncExitStack() as stack:
        url, trouble = await case.make(folder, stack)
        await starting.acquire()  # one at a time
        known = await found_county(folder, people=PEOPLE + COLLEAGUES, now=now(), database_url=url)
        box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN)
        witness = Witness(box, known[:PEOPLE], known[PEOPLE:])
        api = await box.start()
        stack.push_async_callback(box.stop)
        command, settings = suozi(folder, api, database_url=url)
        settings["SUOZI_ALARM_CHAT"] = str(OPERATOR)
        if case.webhook:
            here = f"127.0.0.1:{free_port()}"
            settings |= {"SUOZI_LISTEN": here, "SUOZI_WEBHOOK_URL": f"http://{here}", "SUOZI_WEBHOOK_SECRET": SECRET}
        bot = await stack.enter_async_context(running(command, folder / "log.txt", settings))
        witness.begin()
        if not await witness.comes(lambda: len(witness.replied) == PEOPLE, TO_START):
            raise RuntimeError(f"it does not work at all: {case.name}\n{bot.said()}")
        starting.release()
        yield url, witness, bot, trouble(bot)


@dataclass
class Came:
    """What came of one case."""

    recovery: float
    lost: int
    doubled: int
    broken: tuple[str, ...]
    checkins: int


async def one(case: Case, folder: Path, outage: float, start: Start, tell: Callable[[str], None]) -> Came:
    """Try one case."""
    async with beginning(case, folder, start.turn) as (url, witness, bot, trouble):
        await start.all_there.wait()  # no start takes the processor from a recovery
        notices = await give_notices(url, witness.colleagues, wait=1.0, gap=GAP, count=int(outage / GAP))
        await asyncio.sleep(1.0)
        await trouble.begin()
        began = time.monotonic()
        await asyncio.sleep(outage)
        told = witness.apologies
        await trouble.end()
        ended = time.monotonic()
        due = notices.due_by(ended)
        served = lambda: witness.all_replied_since(ended) and len(witness.told) >= due  # noqa: E731
        await witness.comes(served, 2 * RECOVERY)
        recovery = time.monotonic() - ended
        witness.stop()
        await witness.comes(lambda: witness.busy == 0 and len(witness.told) >= notices.count, 60)
        alarms = await _alarms(witness, trouble, ended) if outage >= OUTAGE else []
        alive = bot.alive
        came = await _judge(url, witness, notices, case, (began, ended) if not trouble.full else None)
    came.recovery = recovery
    came.broken += tuple(f"{case.name}: {word}" for word in alarms)
    if recovery > RECOVERY:
        came.broken += (f"{case.name}: it took {recovery:.0f} s to recover",)
    if witness.apologies > PEOPLE or told > PEOPLE:
        came.broken += (f"{case.name}: {witness.apologies} sentences for {PEOPLE} people",)
    if not alive:
        came.broken += (f"{case.name}: the program has ended",)
    tell(f"{case.name}: recovery {recovery:.1f} s, {came.checkins} visits, alarms {dict(witness.alarms)}")
    return came


async def _alarms(witness: Witness, trouble: Trouble, ended: float) -> list[str]:
    """What was wrong with what the operator heard: of each incident once that it began, and of one that it is over."""
    wanted = "database"
    if not trouble.full:  # a full disk is told as errors, which count for five minutes, and as a disk that is full
        await witness.comes(lambda: witness.alarms[wanted, True] > 0, OVER - (time.monotonic() - ended))
    wrong = [f"alarm {kind} was told {times} times" for (kind, _), times in witness.alarms.items() if times > 1]
    if trouble.full and not witness.alarms:
        wrong.append("no alarm")
    if not trouble.full and (witness.alarms[wanted, False], witness.alarms[wanted, True]) != (1, 1):
        wrong.append(f"alarms {dict(witness.alarms)}")
    return wrong


async def _judge(url: str, witness: Witness, notices: Notices, case: Case, nothing: tuple[float, float] | None) -> Came:
    rows = await receipts_of(url)
    shown = witness.receipts
    lost = witness.busy + len(shown.keys() - set(rows)) + notices.count - len(witness.told)
    doubled = max(0, len(rows) - len(shown)) + witness.told.total() - len(witness.told)
    broken: tuple[str, ...] = ()
    if nothing is not None:
        # What was committed in the last instant before is said after it.
        during = sum(nothing[0] + 1 < at < nothing[1] for at in shown.values())
        broken = (f"{case.name}: {during} receipts meanwhile",) if during else ()
    return Came(0.0, lost, doubled, broken, len(rows))


def _folders(place: Path) -> list[tuple[Case, Path]]:
    place.chmod(0o755)  # PostgreSQL has an account of its own
    folders = [(case, place / str(number)) for number, case in enumerate(CASES)]
    for _, folder in folders:
        folder.mkdir()
    return folders


async def keep_without_database(campaign: Campaign) -> Outcome:
    """Every case, side by side."""
    outage = max(SHORTEST, OUTAGE * campaign.part)
    with tempfile.TemporaryDirectory(prefix="suozi-away-", ignore_cleanup_errors=True) as name:
        start = Start(asyncio.Lock(), asyncio.Barrier(len(CASES)))
        came = await asyncio.gather(
            *(one(case, folder, outage, start, campaign.tell) for case, folder in _folders(Path(name)))
        )
    return Outcome(
        lost=sum(one.lost for one in came),
        doubled=sum(one.doubled for one in came),
        broken=tuple(sentence for one in came for sentence in one.broken),
        figures={
            "outage_s": outage,
            "cases": len(came),
            "visits": sum(one.checkins for one in came),
            "recovery_s": round(max(one.recovery for one in came), 1),
        },
    )


PROMISE = Promise(
    "T7", "the database locked, away or full for a minute: no false receipt, recovery by itself", keep_without_database
)
