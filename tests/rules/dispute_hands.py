"""Hands that do to disputes whatever a machine wants, on a real database, through the use-cases."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor, actors_by_telegram_id
from domain.refusals import RefusedError
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from models.dispute import Dispute, DisputeKind, DisputeSource
from models.lead import Colour
from models.session import Database
from tests.support.county import COUNTY, HEAD, POLICY, SATURDAY, TOWNSHIP
from tests.support.ladder import ELDER, EXECUTIVE, GROUP_WORKER, OTHER_ELDER

ON_RUNG = {
    "grid": (GROUP_WORKER,),
    "village_group": (ELDER, OTHER_ELDER),
    "community": (HEAD, EXECUTIVE),
    "township": (TOWNSHIP,),
    "county": (COUNTY,),
}
RUNGS = tuple(person for people in ON_RUNG.values() for person in people)
SECONDS = (HEAD, TOWNSHIP, COUNTY)
Act = Callable[[AsyncSession, Actor, Dispute], Awaitable[object]]


class Hands(RuleBasedStateMachine):
    """A database of its own, a clock, and what people do in a transaction each."""

    def __init__(self, template: Path, seen: Counter[str]) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="suozi-disputes-"))
        shutil.copy(template, self.folder / "suozi.db")
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite:///{self.folder / 'suozi.db'}")
        self.now = SATURDAY
        self.number = 0
        self.seen = seen

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.runner.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    def transact(self, work: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
        """Do it in a transaction of its own."""

        async def one() -> Any:
            async with self.database.transaction() as session:
                return await work(session)

        return self.runner.run(one())

    def act(self, telegram_id: int, number: int, name: str, work: Act) -> bool:
        """Somebody does it; a refusal undoes it, and anything else is a fault."""
        self.now += timedelta(minutes=1)

        async def one(session: AsyncSession) -> None:
            actor = (await actors_by_telegram_id(session, [telegram_id], POLICY.today(self.now)))[telegram_id]
            await work(session, actor, await session.get_one(Dispute, number))

        try:
            self.transact(one)
        except RefusedError as refused:
            self.seen[refused.reason.value] += 1
            return False
        self.seen[name] += 1
        return True

    def by_its_rung(self, number: int, name: str, work: Act) -> bool:
        """Somebody of the rung that has it does it: the first who is not refused."""
        rung = self.transact(lambda session: session.get_one(Dispute, number)).rung
        return any(self.act(person, number, name, work) for person in ON_RUNG[rung])

    def by_a_second(self, number: int, name: str, work: Act) -> bool:
        """Somebody does it who may close disputes and open them again."""
        return any(self.act(person, number, name, work) for person in SECONDS)

    def conversation(self) -> str:
        """A name for what is said in one go."""
        self.number += 1
        return f"c{self.number}"

    def registers(
        self,
        by: int,
        item: str,
        raised_to: Colour | None = None,
        kind: DisputeKind = DisputeKind.DISPUTE,
        lead_id: int | None = None,
    ) -> Any:
        """Somebody registers something; what is protected is refused."""
        self.now += timedelta(minutes=1)

        async def one(session: AsyncSession) -> int:
            actor = (await actors_by_telegram_id(session, [by], POLICY.today(self.now)))[by]
            facts = DisputeFacts(
                matter=mediable_matter(item, raised_to, POLICY), facts="吵了", kind=kind, lead_id=lead_id,
                source=DisputeSource.OFFICE if lead_id is None else DisputeSource.LEAD,
                parties=(PartyFacts("甲", consent=True), PartyFacts("乙", consent=False)),
            )  # fmt: skip
            found = await register_dispute(
                session, actor=actor, facts=facts, conversation_id=self.conversation(), now=self.now, policy=POLICY
            )
            return found.id

        try:
            number = self.transact(one)
        except RefusedError as refused:
            self.seen[refused.reason.value] += 1
            return None
        self.seen["registered"] += 1
        return number
