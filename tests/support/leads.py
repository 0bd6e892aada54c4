"""Leads that a test takes for granted, reported by the use-case itself."""

from datetime import date
from itertools import count

from sqlalchemy import select
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.usecases.leads import LeadFacts, report_lead
from models.household import Household
from models.lead import Lead, LeadSource, Triage, Where
from tests.support.county import WORKER
from tests.support.hands import Bench

NARRATIVE = "邻居说夜里有哭声"
_numbers = count()


async def actor_of(bench: Bench, person: int, day: date | None = None) -> Actor:
    """What this person is today, or on `day`."""
    day = day or bench.policy.today(bench.clock())
    async with bench.database.transaction() as session:
        return (await actors_by_telegram_id(session, [person], day))[person]


async def a_lead(
    bench: Bench, item: str = "women_work", code: str = "T-A-01-004", by: int = WORKER, triage: tuple[Triage, ...] = ()
) -> Lead:
    """A lead of the household `code`, reported by `by` with a narrative, and its alert is open."""
    actor = await actor_of(bench, by)
    async with bench.database.transaction() as session:
        household = (await session.execute(select(Household).where(col(Household.code) == code))).scalar_one()
        return await report_lead(
            session,
            actor=actor,
            facts=LeadFacts(
                item=item,
                triage=triage,
                whereabouts=Where.HOUSEHOLD,
                household_id=household.id,
                source=LeadSource.SEEN,
                narrative=NARRATIVE,
            ),
            conversation_id=f"test-lead-{next(_numbers)}",
            now=bench.clock(),
            policy=bench.policy,
        )
