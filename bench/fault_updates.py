"""T2: updates that come twice, late, in another order of chats, with numbers that start anew: the same database.

The same people do the same twice: once Telegram hands out each update once and in order, once it does what it may do
and a little more. Both databases are compared row by row, and so are the chats.
"""

import random
import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.clockwork import MORNING, empty
from bench.crowd import CHECK_IN, Lost, Press, Say, Script
from bench.likeness import Contents, differences
from bench.promise import Campaign, Outcome, Promise
from domain.rules.policy import Policy
from domain.usecases.loading import CountyLoader
from models.session import Database
from sandbox.county import AreaRow, HouseholdRow, ResidentRow, StaffRow
from tests.support.hands import Bench, open_bench

FIRST_PERSON = 20_001
CHIEFS = {1: ("head", "B-1"), 2: ("township_centre", "B-T"), 3: ("federation_officer", "B")}
LEAD: Script = (
    Say("上报线索"),
    Press("① 眼下有危险"),
    *(Press(label) for label in ("不涉及孩子", "能自己做主", "没有性侵", "没有拐卖", "不是某一户")),
    Say("听见隔壁打人"),
    Press("保存"),
    Say("今日走访"),
)
WEEKS: tuple[Script, ...] = (CHECK_IN, LEAD)
TROUBLE = {"duplicate_updates": 40, "late_duplicates": 40, "mixed_chats": 70}
IMPATIENT = 0.3  # of these presses are made twice by whoever presses; another one would take back what it chose
TWICE = {"上门", "见到了", "走一遍", "保存"}


@dataclass
class Week:
    """People who all go through one script, some of them a little later than others."""

    bench: Bench
    people: list[int]
    script: Script
    rng: random.Random
    at: dict[int, int] = field(default_factory=dict)
    updates: int = 0

    async def pass_by(self) -> None:
        """Step after step, all at once."""
        self.at = {person: -self.rng.randrange(5) for person in self.people}
        while any(step < len(self.script) for step in self.at.values()):
            for person, step in self.at.items():
                if 0 <= step < len(self.script):
                    self._does(person, self.script[step])
            self.bench.pass_time(seconds=20)
            await self.bench.settle()
            self.at = {person: step + 1 for person, step in self.at.items()}
        await self.bench.deliverer.deliver_all()

    def _does(self, person: int, step: Say | Press) -> None:
        box = self.bench.box
        if isinstance(step, Say):
            box.act(person, person, "text", text=step.text)
            self.updates += 1
            return
        holder = self.bench.person(person).newest_with(step.label)
        for _ in range(2 if step.label in TWICE and self.rng.random() < IMPATIENT else 1):
            box.act(person, person, "press", message_id=holder.message_id, data=holder.button(step.label))
            self.updates += 1


async def found(file: Path, people: int) -> list[int]:
    """A county with so many grid workers, and those above them; the workers."""
    database = Database(f"sqlite:///{file}")
    workers = list(range(FIRST_PERSON, FIRST_PERSON + people))
    async with database.transaction() as session:
        loader = CountyLoader(session, now=MORNING, policy=Policy())
        await loader.start()
        for code, above, kind in (("B", None, "county"), ("B-T", "B", "township"), ("B-1", "B-T", "community")):
            await loader.area(AreaRow(code, above, kind, f"测试{code}"))
        for number, post in CHIEFS.items():
            await loader.member(StaffRow(number, f"领导{number}", "zh", (post,)))
        for worker in workers:
            grid = f"B-1-{worker}"
            await loader.area(AreaRow(grid, "B-1", "grid", f"第{worker}网格", "rural"))
            await loader.member(StaffRow(worker, "陈秀兰", "zh", (("grid_worker", grid),)))
            home = (
                ResidentRow("王秀英", "head", 1950, "f", "19000000001", None),
                ResidentRow("单强", "child", 1980, "m", None, None),
            )
            await loader.household(
                HouseholdRow(f"{grid}-1", grid, None, f"{worker}号", "key", "lives_alone", "", 9, home)
            )
        await loader.finish()
    await database.close()
    return workers


async def lived_through(
    database: Database, workers: list[int], seed: int, *, trouble: bool
) -> tuple[Contents, dict[int, list[str]], int]:
    """Two weeks with one of silence between them: the database, the chats, and how many updates there were."""
    bench = await open_bench(database, MORNING, Policy(), dict.fromkeys([*CHIEFS, *workers], "陈秀兰"))
    rng, count = random.Random(seed), 0
    try:
        await bench.settle()
        for script in WEEKS:
            for kind, percent in TROUBLE.items() if trouble else ():
                bench.box.fault(kind, method="getUpdates", count=1_000_000, percent=percent)
            week = Week(bench, workers, script, rng)
            await week.pass_by()
            count += week.updates
            bench.box.bot_api.faults.clear()
            while bench.box.world.updates.pending:
                await bench.program.poller.poll_once(0)
            bench.pass_time(days=8)
            await bench.sweep.forget()
            if trouble:
                bench.box.fault("restart_ids")
        texts = {chat: [_plain(said) for said in bench.box.messages(chat)] for chat in (*CHIEFS, *workers)}
        return await Contents.of(database), texts, count
    finally:
        await bench.close()


def _plain(message: dict[str, object]) -> str:
    return re.sub(r"\d+|(?<=-)[0-9A-Z]{4}\b", "#", str(message.get("text", "")))


async def keep_updates(campaign: Campaign, like: Path | None = None) -> Outcome:
    """1,000 updates, as they should come and as they may come."""
    with tempfile.TemporaryDirectory(prefix="suozi-updates-") as folder:
        first, second = Path(folder) / "first.db", Path(folder) / "second.db"
        await empty(first, like)
        workers = await found(first, campaign.of(37, least=2))
        shutil.copy(first, second)
        ends = []
        for file, trouble in ((first, False), (second, True)):
            database = Database(f"sqlite:///{file}")
            try:
                ends.append(await lived_through(database, workers, campaign.seed, trouble=trouble))
            except (Lost, AssertionError) as error:
                return Outcome(broken=(f"a conversation went another way: {error}",))
            finally:
                await database.close()
            campaign.tell(f"T2: {ends[-1][2]} updates handled")
    (as_it_should, chats, count), (as_it_may, other_chats, _) = ends
    different = differences(as_it_should, as_it_may)
    said, said_too = (
        Counter((chat, text) for chat, texts in one.items() for text in texts) for one in (chats, other_chats)
    )
    return Outcome(
        lost=sum((said - said_too).values()),
        doubled=sum((said_too - said).values()),
        broken=tuple(different[:20]),
        figures={"updates": count, "rows": sum(as_it_should.counted().values()), "different": len(different)},
    )


PROMISES = (
    Promise("T2", "updates twice, late, in another order of chats, with new numbers: the same database", keep_updates),
)
