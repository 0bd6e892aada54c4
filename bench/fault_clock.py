"""T6: clocks. A clock that is an hour or a day ahead or behind for a while, again and again, while red leads are
reported and nobody answers them.
"""

import random
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import col

from bench.promise import Campaign, Outcome, Promise
from bench.stage import found, in_memory, stage
from models.lead import Lead
from models.outbox import OutboxMessage, OutboxState
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, SATURDAY, WORKER
from tests.support.hands import Bench
from tests.support.leads import a_lead

ROUNDS, LEADS, MINUTES = 24, 10, 180
TICK, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
AHEAD = tuple(timedelta(**{unit: sign}) for unit in ("hours", "days") for sign in (1, -1))
HEARD_AFTER = {HEAD: 0, INSTRUCTOR: 5, COUNTY: 30}  # minutes, by the chain of red


async def keep_jumps(campaign: Campaign) -> Outcome:
    """Whatever the clock does, every rung hears in time, and nothing is told twice."""
    broken, doubled, leads, jumps = list[str](), 0, 0, 0
    with in_memory() as folder:
        template = await found(folder / "template.db", SATURDAY - timedelta(days=9))
        for number in range(campaign.of(ROUNDS)):
            async with stage(Path(shutil.copy(template, folder / f"{number}.db"))) as bench:
                jumping = Jumping(bench, random.Random(campaign.seed * 1000 + number))
                await jumping.run()
                doubled += await jumping.doubled()
                broken += jumping.broken
                leads, jumps = leads + len(jumping.reported), jumps + len(jumping.jumps)
            campaign.tell(f"a clock that jumps: {leads} leads, {jumps} jumps")
    return Outcome(doubled=doubled, broken=tuple(broken), figures={"leads": leads, "jumps": jumps})


@dataclass
class Jumping:
    """Some hours during which leads are reported and the clock is now right, now wrong. Minutes are true ones."""

    bench: Bench
    rng: random.Random
    reported: dict[str, int] = field(default_factory=dict)
    heard: dict[tuple[str, int], int] = field(default_factory=dict)
    jumps: list[int] = field(default_factory=list)
    mornings: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Report at some moments, jump at some, tick at each; then look at who heard when."""
        reports = sorted(self.rng.sample(range(MINUTES - 60), LEADS))
        wrong = timedelta(0)
        for minute in range(MINUTES):
            if self.rng.random() < 0.08:
                wrong = self.rng.choice(AHEAD) if not wrong else timedelta(0)
                self.jumps.append(minute)
            self.bench.clock.now = SATURDAY + minute * TICK + wrong
            if self.jumps and self.jumps[-1] == minute:
                await self.bench.sweep.call_back()  # as the program does when it finds that its clock was set
            if minute in reports:
                lead: Lead = await a_lead(self.bench, "domestic_violence")
                self.reported[lead.code] = minute
            await self.bench.sweep.morning()
            await self.bench.sweep.alerts()
            await self.bench.deliverer.deliver_all()
            self._listen(minute)
        self._check()

    def _listen(self, minute: int) -> None:
        for chat in list(self.bench.box.world.chats):
            for said in self.bench.unread(chat):
                if chat == WORKER and said.text.startswith("早上好"):
                    self.mornings[said.text.splitlines()[0]] += 1
                for code in self.reported:
                    if code in said.text:
                        self.heard.setdefault((code, chat), minute)

    def _check(self) -> None:
        """Each jump may begin a rung's pause anew, and no more."""
        for code, begun in self.reported.items():
            for person, after in HEARD_AFTER.items():
                heard = self.heard.get((code, person), 10**6)
                jumps = sum(begun <= jump <= heard for jump in self.jumps)
                if heard > begun + after + jumps * (QUARTER / TICK) + 1:
                    self.broken.append(f"{person} heard of {code} {heard - begun} minutes after, with {jumps} jumps")
        self.broken += [f"{morning}: {times} times" for morning, times in self.mornings.items() if times > 1]
        today = [morning for morning in self.mornings if "11月21日" in morning]
        self.broken += [] if today else ["no digest of the day"]

    async def doubled(self) -> int:
        """Messages that came without a row of their own."""
        chats = self.bench.box.world.chats
        came = sum(message["from"]["is_bot"] for chat in chats for message in self.bench.box.messages(chat))
        async with self.bench.database.transaction() as session:
            sent = select(func.count()).where(col(OutboxMessage.state) == OutboxState.SENT)
            return int(abs(came - (await session.execute(sent)).scalar_one()))


PROMISE = Promise("T6", "a clock that jumps puts no alert off and tells nothing twice", keep_jumps)
