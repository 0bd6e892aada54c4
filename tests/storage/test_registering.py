"""What the registering of a dispute refuses whoever asks, and whatever the form has let through."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.disputes import MOST_PARTIES, DisputeFacts, PartyFacts, mediable_matter, register_dispute
from models.area import Area
from models.dispute import Dispute, DisputeSource
from models.household import Resident
from models.member import Appointment, Role
from models.session import Database
from tests.support.county import ADMIN, OTHER_WORKER, POLICY, SATURDAY, WORKER

TWO = (PartyFacts("老黄", consent=True), PartyFacts("老白", consent=False))


def the_facts(parties: Sequence[PartyFacts] = TWO, **more: Any) -> DisputeFacts:
    """A quarrel between neighbours."""
    matter = mediable_matter("neighbours", None, POLICY)
    return DisputeFacts(matter=matter, source=DisputeSource.OFFICE, facts="争院墙", parties=parties, **more)


async def who(session: AsyncSession, person: int) -> Actor:
    """What this person is."""
    return (await actors_by_telegram_id(session, [person], POLICY.today(SATURDAY)))[person]


async def registers(
    database: Database, person: int, facts: DisputeFacts, conversation: str = "c1", policy: Policy = POLICY
) -> Dispute:
    """She registers it."""
    async with database.transaction() as session:
        return await register_dispute(
            session,
            actor=await who(session, person),
            facts=facts,
            conversation_id=conversation,
            now=SATURDAY,
            policy=policy,
        )


async def is_refused(database: Database, person: int, facts: DisputeFacts) -> Reason:
    """Why; and nothing is stored."""
    with pytest.raises(RefusedError) as refused:
        await registers(database, person, facts, "refused")
    async with database.transaction() as session:
        stored = select(func.count(col(Dispute.id))).where(col(Dispute.conversation_id) == "refused")
        assert (await session.execute(stored)).scalar_one() == 0
    return Reason(refused.value.reason)


async def resident(database: Database, name: str) -> int:
    """Somebody of the register."""
    async with database.transaction() as session:
        return (await session.execute(select(col(Resident.id)).where(col(Resident.name) == name))).scalar_one()


async def test_as_many_parties_as_there_may_be_and_one_more(database: Database) -> None:
    many = [PartyFacts(f"甲{number}", consent=False) for number in range(MOST_PARTIES + 1)]
    assert await is_refused(database, WORKER, the_facts(many)) is Reason.TOO_MANY_PARTIES
    assert await is_refused(database, WORKER, the_facts([])) is Reason.NOTHING_WRITTEN
    assert (await registers(database, WORKER, the_facts(many[:-1]))).people == MOST_PARTIES


async def test_a_resident_stands_there_once_and_is_of_her_own_register(database: Database) -> None:
    mine, other = await resident(database, "王秀英"), await resident(database, "何平")
    party = PartyFacts("王秀英", consent=True, resident_id=mine)
    assert await is_refused(database, WORKER, the_facts([party, party])) is Reason.SAME_PARTY
    for number in (other, 999_999):
        assert await is_refused(database, WORKER, the_facts([replace(party, resident_id=number)])) is Reason.NOT_YOURS
    assert (await registers(database, WORKER, the_facts([party]))).code.startswith("D261121-")


async def test_neither_strangers_to_mediation_nor_other_places(database: Database) -> None:
    assert await is_refused(database, ADMIN, the_facts()) is Reason.NOT_YOURS
    async with database.transaction() as session:
        grid = (await session.execute(select(col(Area.id)).where(col(Area.code) == "T-B-01"))).scalar_one()
    assert await is_refused(database, WORKER, the_facts(area_id=grid)) is Reason.NOT_YOURS
    assert await is_refused(database, WORKER, the_facts(area_id=999_999)) is Reason.NOT_YOURS


async def test_it_is_linked_only_to_what_she_may_open(database: Database) -> None:
    theirs = await registers(database, OTHER_WORKER, the_facts())
    assert await is_refused(database, WORKER, the_facts(linked_to_id=theirs.id)) is Reason.NOT_YOURS
    mine = await registers(database, WORKER, the_facts(), "c2")
    again = await registers(database, WORKER, the_facts(linked_to_id=mine.id), "c3")
    assert again.linked_to_id == mine.id
    assert len({theirs.code, mine.code, again.code}) == 3


async def test_where_nobody_mediates_nothing_is_registered(database: Database) -> None:
    nowhere = replace(POLICY.ladder, rungs=POLICY.ladder.rungs[1:2])  # a county of village groups, which has none here
    policy = replace(POLICY, ladder=nowhere)
    with pytest.raises(RefusedError) as refused:
        await registers(database, WORKER, the_facts(), policy=policy)
    assert refused.value.reason is Reason.NOBODY_MEDIATES


async def test_where_everybody_has_left_it_waits_at_the_last_rung_with_its_registrar(database: Database) -> None:
    async with database.transaction() as session:
        others = col(Appointment.role) != Role.GRID_WORKER
        await session.execute(delete(Appointment).where(others))
        grid = select(col(Area.id)).where(col(Area.code) == "T-A").scalar_subquery()
        actor = await who(session, WORKER)
        # She looks after a whole village now, whose rungs nobody holds.
        mine = col(Appointment.member_id) == actor.member_id
        await session.execute(update(Appointment).where(mine).values(area_id=grid))
    dispute = await registers(database, WORKER, the_facts())
    assert (dispute.rung, dispute.owner_id) == ("county", actor.member_id)
