"""Leads and disputes of `bench/province.py`: through the use-cases, one transaction for each press."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bench.province_founding import somebody_registers, somewhere
from bench.year_people import People, try_to
from domain.access import Actor, actors_by_telegram_id
from domain.refusals import RefusedError
from domain.rules.policy import Policy
from domain.usecases.answering import answer_alert
from domain.usecases.leads import LeadFacts, report_lead
from models.alert import Alert, AlertBell
from models.dispute import Dispute, DisputeState
from models.lead import LeadSource, Triage, Where
from models.member import Member
from models.session import Database

OPEN = (DisputeState.REGISTERED, DisputeState.MEDIATING, DisputeState.AGREED, DisputeState.CLOSING)


class Somebody(People):
    """The year's people, who look up each other's numbers instead of knowing them all."""

    def __init__(self, rng: Random, policy: Policy) -> None:
        super().__init__(rng, policy, {})
        self._today = policy.today

    async def actor(self, session: AsyncSession, member_id: int, now: datetime) -> Actor:
        """Who somebody is today."""
        number = (await session.get_one(Member, member_id)).telegram_id
        return (await actors_by_telegram_id(session, [number], self._today(now)))[number]


class Matters:
    """What people report and mediate beside their visits."""

    def __init__(self, database: Database, rng: Random, policy: Policy, now: Callable[[], datetime]) -> None:
        self._database = database
        self._rng = rng
        self._policy = policy
        self._now = now
        self._people = Somebody(rng, policy)
        self.done: Counter[str] = Counter()
        self.under_way: set[asyncio.Task[None]] = set()

    def lead(self) -> None:
        """Somebody reports a red lead; somebody who was rung takes it on after some minutes."""
        self._begin(self._lead())

    def dispute(self) -> None:
        """Somebody registers a dispute."""
        self._begin(self._dispute())

    def step(self) -> None:
        """Somebody does what comes next with an open dispute."""
        self._begin(self._step())

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def _lead(self) -> None:
        async with self._database.transaction() as session:
            household, telegram_id = await somewhere(session, self._rng)
            actors = await actors_by_telegram_id(session, [telegram_id], self._policy.today(self._now()))
            lead = await report_lead(
                session,
                actor=actors[telegram_id],
                facts=LeadFacts(
                    "domestic_violence", (Triage.DANGER,), Where.HOUSEHOLD, household, LeadSource.SEEN, "…"
                ),
                conversation_id=str(uuid.UUID(int=self._rng.getrandbits(128))),
                now=self._now(),
                policy=self._policy,
            )
            lead_id = lead.id
        self.done["leads"] += 1
        await asyncio.sleep(self._rng.uniform(60, 240))
        try:
            async with self._database.transaction() as session:
                await self._answer(session, lead_id)
        except RefusedError as refused:
            self.done[f"alert refused: {refused.reason.value}"] += 1

    async def _answer(self, session: AsyncSession, lead_id: int) -> None:
        bells = (
            select(col(AlertBell.alert_id), col(AlertBell.member_id))
            .join(Alert, col(Alert.id) == col(AlertBell.alert_id))
            .where(col(Alert.lead_id) == lead_id)
            .order_by(col(AlertBell.id))
        )
        alert_id, member_id = (await session.execute(bells.limit(1))).one()
        actor = await self._people.actor(session, member_id, self._now())
        await answer_alert(session, actor=actor, alert_id=alert_id, working=True, now=self._now(), policy=self._policy)
        self.done["alerts answered"] += 1

    async def _dispute(self) -> None:
        async with self._database.transaction() as session:
            await somebody_registers(session, self._rng, self._now(), self._policy)
        self.done["disputes"] += 1

    async def _step(self) -> None:
        async with self._database.transaction() as session:
            most = (await session.execute(select(func.max(col(Dispute.id))))).scalar_one()
            some = select(col(Dispute.id)).where(
                col(Dispute.state).in_(OPEN), col(Dispute.id) >= self._rng.randint(1, most)
            )
            number = (await session.execute(some.order_by(col(Dispute.id)).limit(1))).scalar_one_or_none()
            if number is not None:
                await try_to(self._people, session, number, self._now())
        self.done["steps of disputes"] += 1
