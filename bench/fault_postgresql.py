"""T12: PostgreSQL is restarted in the middle of traffic, its connections are used up, transactions are killed.

One program that polls, on a server of its own. People check in one visit after the other and never press twice, while
one blow after the other falls; after each of them everybody must have had a reply within half a minute:

    restart     `pg_ctl restart`, fast (what is under way is ended) and immediate (as if the power went)
    terminate   `pg_terminate_backend` of some of the program's connections, many times
    deadlock    another program's transaction, so that the server ends the program's
    hold        another program locks a table that every round, reply or job needs, for longer than we wait
    exhaust     other programs have every connection that the server gives

    recovery   seconds until everybody had a reply, after the slowest blow
    lost       people without a reply, receipts without a row, notices that nobody was told
    doubled    visits beyond the receipts, notices told twice
"""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import asyncpg

from bench.pg_server import PgServer
from bench.processes import TOKEN, found_county, now, running, suozi
from bench.promise import Campaign, Outcome, Promise
from bench.witness import OPERATOR, Witness, give_notices, receipts_of
from sandbox.server import Sandbox

PEOPLE, COLLEAGUES = 8, 2
TO_START = 300.0  # seconds
RECOVERY = 30.0  # seconds
HELD = 8.0  # seconds; longer than we wait for a lock
GAP = 1.0  # seconds from one notice to the next
NOTICES = 600  # at most; those of the time that it takes
TABLES = ("inbox", "outbox", "conversation", "chat_message", "visit")
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
# What falls in the full campaign.
BLOWS = {"restart fast": 8, "restart immediate": 8, "terminate": 24, "deadlock": 12, "hold": 5, "exhaust": 5}
AT_A_TIME = 10  # connections that a blow of `terminate` ends, one after the other


class Blows:
    """What another program does to the server of ours."""

    def __init__(self, server: PgServer, rng: random.Random) -> None:
        self._server = server
        self._rng = rng
        self.done: Counter[str] = Counter()

    async def fall(self, blow: str) -> None:
        """Strike once."""
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "restart fast": lambda: self._server.restart("fast"),
            "restart immediate": lambda: self._server.restart("immediate"),
            "terminate": self._terminate,
            "deadlock": self._deadlock,
            "hold": self._hold,
            "exhaust": self._exhaust,
        }
        await acts[blow]()
        self.done[blow] += blow != "deadlock"

    async def _terminate(self) -> None:
        connection = await self._server.connect()
        for _ in range(AT_A_TIME):
            theirs = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
            # First those at work: what is idle is noticed before anything is asked of it.
            query = f"SELECT pid FROM pg_stat_activity WHERE {theirs} ORDER BY state = 'idle', random() LIMIT 1"
            pid = await connection.fetchval(query)
            if pid is not None:
                await connection.execute(f"SELECT pg_terminate_backend({pid})")
                self.done["killed"] += 1
            await asyncio.sleep(self._rng.uniform(0.0, 0.15))
        await connection.close()

    async def _hold(self) -> None:
        connection = await self._server.connect()
        table = TABLES[self.done["hold"] % len(TABLES)]
        with suppress(*LOST):
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table}")
                await asyncio.sleep(HELD)
        await connection.close()

    async def _exhaust(self) -> None:
        held: list[asyncpg.Connection] = []
        until = time.monotonic() + HELD
        while time.monotonic() < until:
            try:
                held.append(await self._server.connect())
            except LOST:  # there is none left; whatever the program gives back is taken as well
                await self._free_one_of_the_programs(held)
        for connection in held:
            await connection.close()

    async def _free_one_of_the_programs(self, held: list[asyncpg.Connection]) -> None:
        await asyncio.sleep(0.2)
        if held:
            ours = ",".join(str(connection.get_server_pid()) for connection in held)
            theirs = f"backend_type = 'client backend' AND pid NOT IN ({ours})"
            query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {theirs}"
            await held[0].execute(query)

    async def _deadlock(self) -> None:
        """Hold what a round changes last, wait until it waits for it, and ask for what it has changed before."""
        connection = await self._server.connect()
        await connection.execute("SET deadlock_timeout = '20s'")  # the program finds it, and is the one that gives way
        before = await connection.fetchval("SELECT sum(deadlocks) FROM pg_stat_database")
        with suppress(*LOST):
            async with connection.transaction():
                await self._cross(connection)
        await asyncio.sleep(0.5)
        self.done["deadlock"] += int(await connection.fetchval("SELECT sum(deadlocks) FROM pg_stat_database") - before)
        await connection.close()

    @staticmethod
    async def _cross(connection: asyncpg.Connection) -> None:
        waiting = "SELECT seq, chat_id FROM inbox WHERE done_at IS NULL ORDER BY seq LIMIT 1 FOR UPDATE"
        blocked = "SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        until = time.monotonic() + 3.0
        row = None
        while row is None and time.monotonic() < until:
            row = await connection.fetchrow(waiting)
        while row is not None and time.monotonic() < until:
            if await connection.fetchval(blocked):
                await connection.execute("UPDATE conversation SET rev = rev WHERE chat_id = $1", row["chat_id"])
                return
            await asyncio.sleep(0.02)


async def keep_through_restarts(campaign: Campaign) -> Outcome:
    """One blow after the other, in an order that is drawn."""
    rng = random.Random(campaign.seed)
    plan = [blow for blow, full in BLOWS.items() for _ in range(campaign.of(full))]
    rng.shuffle(plan)
    with tempfile.TemporaryDirectory(prefix="suozi-struck-", ignore_cleanup_errors=True) as name:
        server = PgServer(Path(name) / "pg")
        try:
            await server.start()
            return await _struck(server, Path(name), plan, Blows(server, rng), campaign)
        finally:
            server.close()


async def _struck(server: PgServer, folder: Path, plan: list[str], blows: Blows, campaign: Campaign) -> Outcome:
    known = await found_county(folder, people=PEOPLE + COLLEAGUES, now=now(), database_url=server.url())
    box = Sandbox(lambda: now().timestamp(), random.Random(campaign.seed), TOKEN)
    witness = Witness(box, known[:PEOPLE], known[PEOPLE:])
    command, settings = suozi(folder, await box.start(), database_url=server.url())
    settings["SUOZI_ALARM_CHAT"] = str(OPERATOR)
    slowest, broken = 0.0, []
    async with running(command, folder / "log.txt", settings) as bot:
        witness.begin()
        if not await witness.comes(lambda: len(witness.replied) == PEOPLE, TO_START):
            raise RuntimeError(bot.said())
        notices = await give_notices(server.url(), witness.colleagues, wait=0.0, gap=GAP, count=NOTICES)
        for number, blow in enumerate(plan, start=1):
            await blows.fall(blow)
            struck = time.monotonic()
            await witness.comes(lambda at=struck: witness.all_replied_since(at), 2 * RECOVERY)  # type: ignore[misc]
            took = time.monotonic() - struck
            slowest = max(slowest, took)
            campaign.tell(f"{number} of {len(plan)}: {blow}, everybody has a reply after {took:.1f} s")
            if took > RECOVERY:
                broken.append(f"{took:.0f} s to recover from {blow}")
        witness.stop()
        due = notices.due_by(time.monotonic())
        await witness.comes(lambda: witness.busy == 0 and len(witness.told) >= due, 60)
        if not bot.alive:
            broken.append("the program has ended")
        if witness.apologies:
            broken.append(f"{witness.apologies} people were told of a fault of ours")
        rows = await receipts_of(server.url())
    await box.stop()
    return _outcome(witness, rows, due, blows, slowest=slowest, broken=broken)


def _outcome(
    witness: Witness, rows: list[str], due: int, blows: Blows, *, slowest: float, broken: list[str]
) -> Outcome:
    shown = witness.receipts
    return Outcome(
        kills=blows.done["restart fast"] + blows.done["restart immediate"] + blows.done["killed"],
        lost=witness.busy + len(shown.keys() - set(rows)) + max(0, due - len(witness.told)),
        doubled=max(0, len(rows) - len(shown)) + witness.told.total() - len(witness.told),
        broken=tuple(broken),
        figures={
            "visits": len(rows),
            "notices": len(witness.told),
            **{name.replace(" ", "_"): blows.done[name] for name in BLOWS},
            "killed": blows.done["killed"],
            "recovery_s": round(slowest, 1),
        },
    )


PROMISE = Promise(
    "T12",
    "PostgreSQL restarted in the middle of traffic, no connection free, transactions killed: nothing lost",
    keep_through_restarts,
)
