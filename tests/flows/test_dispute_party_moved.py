"""A party has moved since the dispute was registered: her kin of today count as much as those of that day."""

from sqlalchemy import select, update
from sqlmodel import col

from models.confidential import Tie, TieKind
from models.dispute import DisputeParty
from models.household import Household, Resident
from tests.support.county import SATURDAY
from tests.support.hands import Bench
from tests.support.ladder import GROUP_WORKER, a_dispute, actor_of, add_ladder, dispute_of

NEW_HOME = "T-A-01-004"


async def _party_moves(bench: Bench, dispute_id: int) -> int:
    """The first party is tied to the register, and moves to NEW_HOME; its number."""
    async with bench.database.transaction() as session:
        resident = (await session.execute(select(Resident).where(col(Resident.name) == "冯大山"))).scalar_one()
        home = (await session.execute(select(col(Household.id)).where(col(Household.code) == NEW_HOME))).scalar_one()
        party = update(DisputeParty).where(col(DisputeParty.dispute_id) == dispute_id, col(DisputeParty.position) == 1)
        await session.execute(party.values(resident_id=resident.id, household_id=resident.household_id))
        resident.household_id = home
        return home


async def test_whoever_is_tied_to_the_home_she_moved_to_neither_has_the_case_nor_opens_it(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    worker = await actor_of(bench, GROUP_WORKER)
    assert (await dispute_of(bench, number)).owner_id == worker.member_id
    home = await _party_moves(bench, number)
    async with bench.database.transaction() as session:
        session.add(Tie(member_id=worker.member_id, household_id=home, kind=TieKind.KIN, declared_at=SATURDAY))
    await bench.tick()
    bench.all_unread()
    assert (await dispute_of(bench, number)).owner_id != worker.member_id
    hands = bench.person(GROUP_WORKER)
    await hands.say("/menu")
    message = bench.box.messages(GROUP_WORKER)[-1]["message_id"]
    assert await hands.press_data(message, f"disp:show:{number}") == []
    assert "不在您的范围" in hands.toast()
    assert "没有" in (await hands.say("/disputes")).text
