"""A notice lies open on a phone's screen: it tells numbers and codes, never who, where or what (spec 8)."""

import json
from dataclasses import is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import get_args

import pytest
from sqlalchemy import select

from domain import notices
from domain.access import Actor, actors_by_telegram_id
from domain.usecases.reminders import digests_for, plan_morning
from domain.usecases.tiers import decide_tier, propose_tier
from domain.usecases.visits import VisitFacts, file_visit
from messages.render import LOCALES, label, render
from models.household import Household, Resident, Tier
from models.outbox import OutboxMessage
from models.session import Database
from models.tier_change import TierReason
from models.visit import VisitMode, VisitOutcome
from tests.messages.samples import sample
from tests.messages.views import field_types, notice_modules
from tests.support.county import AREAS, HEAD, INSTRUCTOR, NAMES, POLICY, SATURDAY, WORKER

# Opaque codes, and the name of one of our own conversations.
TELLING_TEXTS = {
    "code",
    "dispute_code",
    "household_code",
    "lead_code",
    "area_code",
    "item_code",
    "meeting_code",
    "flow",
}
MONDAY = SATURDAY + timedelta(days=30)
NOTE = "邻居说夜里有哭声"


def test_every_dataclass_of_the_modules_is_a_notice() -> None:
    kinds = [kind for module in notice_modules() for kind in vars(module).values() if is_dataclass(kind)]
    assert set(kinds) == set(notices.KINDS.values())
    assert len(notices.KINDS) == len(get_args(notices.Notice))


@pytest.mark.parametrize("kind", notices.KINDS.values(), ids=notices.KINDS)
def test_a_notice_holds_numbers_days_members_and_codes(kind: type) -> None:
    for name, hint in field_types(kind).items():
        if name not in TELLING_TEXTS:
            assert hint in (int, bool, date, datetime) or issubclass(hint, Enum), f"{name}: {hint}"


@pytest.mark.parametrize("kind", notices.KINDS.values(), ids=notices.KINDS)
def test_the_outbox_gives_back_what_it_was_given(kind: type) -> None:

    notice = sample(kind)
    payload = json.loads(json.dumps(notices.to_payload(notice)))
    assert notices.from_payload(kind.__name__, payload) == notice


async def test_what_the_work_tells_names_nobody(database: Database) -> None:
    """Everything that visits, tiers and mornings tell, against every name and address of the county."""
    async with database.transaction() as session:
        people = await actors_by_telegram_id(session, [WORKER, INSTRUCTOR, HEAD], POLICY.today(SATURDAY))
        households = list((await session.execute(select(Household))).scalars())
        residents = list((await session.execute(select(Resident))).scalars())
    await _work(database, people, min(households, key=lambda one: one.code))
    async with database.transaction() as session:
        told = list((await session.execute(select(OutboxMessage))).scalars())
        members = sorted({message.member_id for message in told})
        digests = await digests_for(session, members, POLICY.today(MONDAY))
    assert {"NobodyHome", "TierProposed", "TierDecided", "LateHouseholds", "WeekSummary"} <= {m.kind for m in told}
    shown = [notices.from_payload(message.kind, message.payload) for message in told] + list(digests.values())
    said = "\n".join(render(notice, locale) for notice in shown for locale in LOCALES)
    said += "\n".join(json.dumps(message.payload, ensure_ascii=False) + message.dedupe_key for message in told)
    secrets = {*NAMES.values(), *(area.name for area in AREAS), NOTE}
    secrets |= {one.name for one in households} | {one.name for one in residents} | {one.address for one in households}
    secrets |= {label(TierReason.FAMILY_CONFLICT, locale) for locale in LOCALES}
    assert not {secret for secret in secrets if secret in said}


async def _work(database: Database, people: dict[int, Actor], household: Household) -> None:
    """Nobody home three times, a change of tier proposed and signed, and a Monday a month later."""
    facts = VisitFacts(household.id, POLICY.today(SATURDAY), VisitMode.DOOR, VisitOutcome.NOBODY_HOME, note=NOTE)
    async with database.transaction() as session:
        for number in range(POLICY.nobody_home_limit):
            now = SATURDAY + timedelta(days=number)
            await file_visit(
                session,
                actor=people[WORKER],
                facts=replace(facts, visited_on=POLICY.today(now)),
                conversation_id=f"attempt-{number}",
                now=now,
                policy=POLICY,
            )
        change = await propose_tier(
            session,
            actor=people[WORKER],
            household_id=household.id,
            to_tier=Tier.WATCH,
            reason=TierReason.FAMILY_CONFLICT,
            note=NOTE,
            now=SATURDAY,
            policy=POLICY,
        )
        await decide_tier(session, actor=people[HEAD], change_id=change.id, approve=True, now=SATURDAY, policy=POLICY)
    async with database.transaction() as session:
        await plan_morning(session, day=POLICY.today(MONDAY), now=MONDAY, policy=POLICY)
