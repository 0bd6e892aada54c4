"""Leads in all hands: a machine that lets people do whatever they may, on a real database, through the use-cases."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.refusals import RefusedError
from domain.rules.handling import RevisitResult, SupportKind, Verdict
from domain.rules.triage import OrdinaryMatter
from domain.usecases import closing, handling, mediation, recolouring
from domain.usecases.leads import LeadFacts, report_lead
from models.alert import Alert, AlertBell, AlertState
from models.lead import Colour, Lead, LeadSource, Triage, Where
from models.member import Member
from models.session import Database
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, POLICY, RIGHTS, SATURDAY, TOWNSHIP, WORKER

PEOPLE = (INSTRUCTOR, HEAD, TOWNSHIP, COUNTY, RIGHTS)
ITEMS = ("neighbours", "debt", "marriage", "child_alone", "domestic_violence")
WRONG = """
    SELECT lead.code FROM mediation_request JOIN lead ON lead.id = mediation_request.lead_id
    WHERE mediation_request.state = 'waiting' AND (lead.key_matter OR lead.colour = 'red' OR NOT lead.mediable)
"""
STANDING = """
    SELECT lead.id, lead.key_matter, lead.colour, mediation_request.state
    FROM lead LEFT JOIN mediation_request ON mediation_request.lead_id = lead.id
"""

Act = Callable[[AsyncSession, Actor, Lead], Awaitable[object]]
who = st.sampled_from(PEOPLE)
colours = st.sampled_from(Colour)


def facts(item: str, triage: Collection[Triage] = (), raised_to: Colour | None = None) -> LeadFacts:
    """What a worker reports of nobody in particular."""
    return LeadFacts(item, triage, Where.NO_HOUSEHOLD, None, LeadSource.SEEN, "吵了", raised_to=raised_to)


async def report(session: AsyncSession, reported: LeadFacts, conversation_id: str, now: Any) -> Lead:
    """A worker reports it, and everybody who may answer has been rung, however long that takes."""
    worker = (await actors_by_telegram_id(session, [WORKER], POLICY.today(now)))[WORKER]
    lead = await report_lead(
        session, actor=worker, facts=reported, conversation_id=conversation_id, now=now, policy=POLICY
    )
    await ring_everybody(session, lead, now)
    return lead


async def ring_everybody(session: AsyncSession, lead: Lead, now: Any) -> None:
    """As if the chain had climbed to its end."""
    alerts = select(col(Alert.id)).where(col(Alert.lead_id) == lead.id, col(Alert.state) != AlertState.CLOSED)
    alert = (await session.execute(alerts)).scalar_one()
    rung = select(col(AlertBell.member_id)).where(col(AlertBell.alert_id) == alert)
    others = select(col(Member.id)).where(col(Member.telegram_id).in_(PEOPLE), col(Member.id).not_in(rung))
    for member in (await session.execute(others)).scalars().all():
        session.add(AlertBell(alert_id=alert, member_id=member, position=0, first_at=now, last_at=now))
    await session.flush()


class Handling(RuleBasedStateMachine):
    """Leads in all hands. What was ever protected is remembered, and has no waiting request from then on."""

    leads: Bundle[int] = Bundle("leads")

    def __init__(self, template: Path, seen: Counter[str]) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="suozi-mediation-"))
        shutil.copy(template, self.folder / "suozi.db")
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite:///{self.folder / 'suozi.db'}")
        self.now = SATURDAY
        self.reported = 0
        self.protected: set[int] = set()
        self.keys: set[int] = set()
        self.seen = seen

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.runner.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    def act(self, telegram_id: int, lead_id: int, name: str, work: Act) -> None:
        """Do it in a transaction of its own; a refusal undoes it, and anything else is a fault."""
        self.now += timedelta(minutes=1)

        async def one() -> None:
            async with self.database.transaction() as session:
                actor = (await actors_by_telegram_id(session, [telegram_id], POLICY.today(self.now)))[telegram_id]
                await work(session, actor, await session.get_one(Lead, lead_id))

        try:
            self.runner.run(one())
            self.seen[name] += 1
        except RefusedError as refused:
            self.seen[refused.reason.value] += 1

    @rule(
        target=leads,
        item=st.sampled_from(ITEMS),
        triage=st.sampled_from([(), (), (), *((answer,) for answer in Triage)]),
        raised_to=st.none() | colours,
    )
    def reports(self, item: str, triage: Collection[Triage], raised_to: Colour | None) -> int:
        """Somebody reports something."""
        self.reported += 1

        async def one() -> int:
            async with self.database.transaction() as session:
                return (await report(session, facts(item, triage, raised_to), f"c{self.reported}", self.now)).id

        return self.runner.run(one())

    @rule(lead=leads, by=who, verdict=st.sampled_from(Verdict))
    def verifies(self, lead: int, by: int, verdict: Verdict) -> None:
        """核实, and for a dispute the way to mediation."""
        self.act(by, lead, f"verified {verdict}", lambda session, actor, lead: handling.verify(
            session, actor=actor, lead_id=lead.id, seen=lead.rev, verdict=verdict, body="x", now=self.now, policy=POLICY
        ))  # fmt: skip

    @rule(lead=leads, by=who)
    def asks_for_mediation_at_any_time(self, lead: int, by: int) -> None:
        """The use-case itself, in whatever state the lead is."""
        self.act(by, lead, "mediation", lambda session, actor, lead: mediation.to_mediation(
            session, mediation.ordinary(lead), lead, actor=actor, now=self.now
        ))  # fmt: skip

    @rule(lead=leads, by=who, colour=colours.filter(lambda colour: colour is not Colour.RED))
    def asks_with_a_made_up_matter(self, lead: int, by: int, colour: Colour) -> None:
        """An ordinary matter that is not what the lead is about."""
        self.act(by, lead, "mediation", lambda session, actor, lead: mediation.to_mediation(
            session, OrdinaryMatter(lead.item, colour), lead, actor=actor, now=self.now
        ))  # fmt: skip

    @rule(lead=leads, by=who, colour=colours, law=st.none() | st.just("反家庭暴力法"))
    def recolours(self, lead: int, by: int, colour: Colour, law: str | None) -> None:
        """Up or down, with a law or without."""
        self.act(by, lead, f"recoloured {colour}", lambda session, actor, lead: recolouring.recolour(
            session, actor=actor, lead_id=lead.id, seen=lead.rev, colour=colour, body="x", law=law, now=self.now,
            policy=POLICY,
        ))  # fmt: skip

    @rule(lead=leads, by=who)
    def discloses_violence(self, lead: int, by: int) -> None:
        """It comes to light later."""
        self.act(by, lead, "disclosed", lambda session, actor, lead: recolouring.disclose_violence(
            session, actor=actor, lead_id=lead.id, seen=lead.rev, body="x", now=self.now, policy=POLICY
        ))  # fmt: skip

    @rule(lead=leads, by=who, result=st.sampled_from(RevisitResult))
    def supports_and_revisits(self, lead: int, by: int, result: RevisitResult) -> None:
        """支持, 回访."""
        self.act(by, lead, "supported", lambda session, actor, lead: handling.support(
            session, actor=actor, lead_id=lead.id, seen=lead.rev, kinds=[SupportKind.SHELTER], body="x", now=self.now,
            policy=POLICY,
        ))  # fmt: skip
        self.act(by, lead, "revisited", lambda session, actor, lead: handling.revisit(
            session, actor=actor, lead_id=lead.id, seen=lead.rev, result=result, body="x", now=self.now, policy=POLICY
        ))  # fmt: skip

    @rule(lead=leads, by=who, second=who, sent_back=st.booleans())
    def is_worked_to_its_end(self, lead: int, by: int, second: int, sent_back: bool) -> None:
        """One verifies it, comes again and asks for its closing; another closes it or sends it back."""
        self.verifies(lead, by, Verdict.CONFIRMED)
        self.supports_and_revisits(lead, by, RevisitResult.HOLDS)
        self.act(by, lead, "closing", lambda session, actor, lead: closing.ask_closing(
            session, actor=actor, lead_id=lead.id, seen=lead.rev, body="x", now=self.now, policy=POLICY
        ))  # fmt: skip
        decide = closing.send_back if sent_back else closing.close
        self.act(second, lead, decide.__name__, lambda session, actor, lead: decide(
            session, actor=actor, lead_id=lead.id, seen=lead.rev, body="x", now=self.now, policy=POLICY
        ))  # fmt: skip

    @rule(lead=leads, by=who)
    def reopens(self, lead: int, by: int) -> None:
        """A closed one is opened again, and rings again."""

        async def again(session: AsyncSession, actor: Actor, lead: Lead) -> None:
            await closing.reopen(
                session, actor=actor, lead_id=lead.id, seen=lead.rev, body="x", now=self.now, policy=POLICY
            )
            await ring_everybody(session, lead, self.now)

        self.act(by, lead, "reopened", again)

    @invariant()
    def nothing_protected_waits_for_mediation(self) -> None:
        """Neither now, nor ever again once it was protected; and a key matter stays one, and red."""

        async def look() -> tuple[list[Any], list[Any]]:
            async with self.database.transaction() as session:
                wrong = (await session.execute(text(WRONG))).all()
                return list(wrong), list((await session.execute(text(STANDING))).all())

        wrong, standing = self.runner.run(look())
        assert not wrong
        for lead, key_matter, colour, request in standing:
            if key_matter or colour == "red":
                self.protected.add(lead)
            if key_matter:
                self.keys.add(lead)
            assert lead not in self.keys or (key_matter and colour == "red")
            assert lead not in self.protected or request != "waiting"
            self.seen[f"request {request}"] += 1
