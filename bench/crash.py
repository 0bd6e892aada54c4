"""A crash campaign: kill -9 at random moments while check-ins are held over HTTP.

The stand-in for Telegram lives in this process and stays alive; the bot runs in a process of its own and is killed and
started anew, at moments drawn from a seeded generator: some while it starts, most within a second after its first
reply. Twenty-five workers file the visits of eight overdue households each, with POST /sandbox/act. Whoever hears
nothing presses the same button again, as people do; she never knows that there was a crash.

What must hold at the end:

    lost                   households that were to be visited and have no row: 0
    doubled                rows beyond the one of each household: 0
    receipts_without_row   receipts that a worker was shown and that no row has: 0
    rows_without_receipt   rows whose receipt its worker was never shown (she may have had to press again): 0
    digests_doubled        morning digests beyond the first in a chat: 0

    crash checkins=200 kills=… lost=0 doubled=0 receipts_without_row=0 rows_without_receipt=0 digests_doubled=0
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from sqlalchemy import select
from sqlmodel import col

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.crash_people import Desk
from bench.nursery import Child, Nursery
from bench.processes import TOKEN, found_county, now, suozi
from models.household import Household
from models.member import Member
from models.session import Database
from models.visit import Visit
from sandbox.server import Sandbox


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a campaign has come to."""

    checkins: int
    kills: int
    lost: int
    doubled: int
    receipts_without_row: int
    rows_without_receipt: int
    digests: int
    digests_doubled: int
    starts_killed: int

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        wrong = (self.lost, self.doubled, self.receipts_without_row, self.rows_without_receipt, self.digests_doubled)
        return not any(wrong)


class Killer:
    """Starts the bot, kills it at a random moment, and starts it again."""

    def __init__(self, folder: Path, desk: Desk, rng: random.Random, nursery: Nursery, *, most: int) -> None:
        self._folder = folder
        self._nursery = nursery
        self._rng = rng
        self._desk = desk
        self._most = most
        self.kills = 0
        self.in_start = 0

    async def run(self, busy: asyncio.Event) -> None:
        """Until `busy` is set and the bot has had a moment of peace."""
        while not busy.is_set() and self.kills < self._most:
            bot = await self._start()
            await self._moment()
            await bot.kill()
            self.kills += 1
        bot = await self._start()
        try:
            await busy.wait()
            await asyncio.sleep(1.5)  # whatever is left to be delivered has its tick
        finally:
            await bot.stop()

    async def _start(self) -> Child:
        _, settings = suozi(self._folder, self._desk.url)
        return await self._nursery.start(settings, self._folder / "log.txt")

    async def _moment(self) -> None:
        if self._rng.random() < 0.15:
            self.in_start += 1
            await asyncio.sleep(self._rng.uniform(0.0, 0.8))
            return
        self._desk.heard.clear()
        async with asyncio.timeout(60):
            await self._desk.heard.wait()
        await asyncio.sleep(self._rng.uniform(0.0, 0.7))


async def campaign(*, people: int, visits: int, kills: int, seed: int, seconds: float = 900) -> Verdict:
    """Let `people` workers file `visits` visits each while the bot is killed up to `kills` times.

    Raises TimeoutError when they are not done within `seconds`.
    """
    with tempfile.TemporaryDirectory(prefix="suozi-crash-") as name:
        folder = Path(name)
        ids = await found_county(folder, people=people, now=now(), due=True)
        box = Sandbox(lambda: now().timestamp(), random.Random(seed), TOKEN)
        for number in ids:
            box.add_person(number, "陈秀兰", started=True)
        desk = Desk(box, ids, random.Random(seed))
        desk.url = await box.start()
        nursery = await Nursery.open()
        killer = Killer(folder, desk, random.Random(seed), nursery, most=kills)
        done = asyncio.Event()
        killing = asyncio.create_task(killer.run(done))
        try:
            async with asyncio.timeout(seconds), aiohttp.ClientSession() as desk.http:
                working = [worker.files(range(1, visits + 1)) for worker in desk.workers.values()]
                await asyncio.gather(*working)
                done.set()
                await killing
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
            await nursery.close()
            await box.stop()
        return await _verdict(folder, desk, killer, visits)


async def _verdict(folder: Path, desk: Desk, killer: Killer, visits: int) -> Verdict:
    database = Database(f"sqlite:///{folder / 'suozi.db'}")
    query = (
        select(Visit, col(Household.code), col(Member.telegram_id))
        .join(Household, col(Household.id) == col(Visit.household_id))
        .join(Member, col(Member.id) == col(Visit.member_id))
    )
    async with database.transaction() as session:
        rows = [(row[0].receipt, row[1], row[2]) for row in (await session.execute(query)).all()]
    await database.close()
    filed = Counter(code for _, code, _ in rows)
    wanted = {f"B-1-{number}-{door:03d}" for number in desk.workers for door in range(1, visits + 1)}
    there = {(person, receipt) for receipt, _, person in rows}
    shown = {(worker.id, receipt) for worker in desk.workers.values() for receipt in worker.receipts}
    return Verdict(
        checkins=len(wanted),
        kills=killer.kills,
        lost=len(wanted - filed.keys()),
        doubled=filed.total() - len(filed),
        receipts_without_row=len(shown - there),
        rows_without_receipt=len(there - shown),
        digests=sum(worker.digests for worker in desk.workers.values()),
        digests_doubled=sum(max(0, worker.digests - 1) for worker in desk.workers.values()),
        starts_killed=killer.in_start,
    )


def main() -> int:
    """Run the campaign; the exit status tells whether it was clean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="32 check-ins and 6 kills, under 45 seconds")
    parser.add_argument("--seed", type=int, default=20_776, help="of the moments (default %(default)s)")
    args = parser.parse_args()
    size = {"people": 8, "visits": 4, "kills": 6} if args.quick else {"people": 25, "visits": 8, "kills": 30}
    verdict = asyncio.run(campaign(**size, seed=args.seed))
    print(f"{verdict.starts_killed} of the kills struck while it started; {verdict.digests} digests were delivered")
    print(
        f"crash checkins={verdict.checkins} kills={verdict.kills} lost={verdict.lost} doubled={verdict.doubled}"
        f" receipts_without_row={verdict.receipts_without_row} rows_without_receipt={verdict.rows_without_receipt}"
        f" digests_doubled={verdict.digests_doubled}"
    )
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main())
