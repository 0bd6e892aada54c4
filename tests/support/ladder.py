"""All five rungs of the ladder: a village group with its elders above a grid of its own, and an executive."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.rules.ladder_file import LadderRung
from domain.rules.policy import Policy
from domain.rules.search_text import household_search_text
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from models.area import Area, AreaKind
from models.dispute import Dispute, DisputeEntry, DisputeSource
from models.household import Household, Resident
from models.member import Appointment, Member, Role
from tests.support.county import POLICY
from tests.support.hands import Bench

# The worker of the grid below the village group, two elders of the group, an executive of the village.
GROUP_WORKER, ELDER, OTHER_ELDER, EXECUTIVE = range(120, 124)
LADDER_NAMES = {GROUP_WORKER: "马春花", ELDER: "老周", OTHER_ELDER: "老吴", EXECUTIVE: "许红"}
GROUP_GRID, GROUP_HOME = "T-A-G-01", "T-A-G-01-001"
_POSTS = {
    GROUP_WORKER: (Role.GRID_WORKER, GROUP_GRID),
    ELDER: (Role.MEDIATOR, "T-A-G"),
    OTHER_ELDER: (Role.MEDIATOR, "T-A-G"),
    EXECUTIVE: (Role.EXECUTIVE, "T-A"),
}


async def add_ladder(bench: Bench) -> None:
    """Add a village group to 东关村: with it, a case of GROUP_GRID has all five rungs above it."""
    async with bench.database.transaction() as session:
        await add_ladder_rows(session, now=bench.clock.now, policy=bench.policy)
    for telegram_id, name in LADDER_NAMES.items():
        bench.box.add_person(telegram_id, name, started=True)
    await past_the_morning(bench)


async def add_ladder_rows(session: AsyncSession, *, now: datetime, policy: Policy) -> None:
    """The same in the database alone."""
    today = policy.today(now)
    village = (await session.execute(select(Area).where(col(Area.code) == "T-A"))).scalar_one()
    group = await _area(session, village, "T-A-G", AreaKind.VILLAGE_GROUP, "东关村三组")
    grid = await _area(session, group, GROUP_GRID, AreaKind.GRID, "东关村三组网格")
    areas = {area.code: area for area in (village, group, grid)}
    for telegram_id, (role, code) in _POSTS.items():
        member = Member(telegram_id=telegram_id, name=LADDER_NAMES[telegram_id], joined_at=now)
        session.add(member)
        await session.flush()
        session.add(Appointment(member_id=member.id, area_id=areas[code].id, role=role, starts_on=today))
    home = Household(
        code=GROUP_HOME,
        grid_id=grid.id,
        name="冯大山",
        address="东关村三组1号",
        search_text=household_search_text(GROUP_HOME, "东关村三组1号", ["冯大山", "冯小山"]),
        tier_since=today,
        registered_on=today,
        next_due_on=today + timedelta(days=60),
    )
    session.add(home)
    await session.flush()
    session.add_all(Resident(household_id=home.id, name=name, relation="head") for name in ("冯大山", "冯小山"))


async def past_the_morning(bench: Bench) -> None:
    """The morning's digests are sent and read, so that a test reads disputes alone."""
    await bench.tick()
    bench.all_unread()


async def _area(session: AsyncSession, above: Area, code: str, kind: AreaKind, name: str) -> Area:
    area = Area(code=code, parent_id=above.id, kind=kind, name=name)
    session.add(area)
    await session.flush()
    area.path = f"{above.path}{area.id}/"
    await session.flush()
    return area


async def actor_of(bench: Bench, telegram_id: int) -> Actor:
    """Who somebody is today."""
    async with bench.database.transaction() as session:
        found = await actors_by_telegram_id(session, [telegram_id], bench.policy.today(bench.clock.now))
    return found[telegram_id]


async def dispute_of(bench: Bench, code_or_id: str | int) -> Dispute:
    """A dispute as it is stored."""
    which = col(Dispute.code) == code_or_id if isinstance(code_or_id, str) else col(Dispute.id) == code_or_id
    async with bench.database.transaction() as session:
        return (await session.execute(select(Dispute).where(which))).scalar_one()


async def change(bench: Bench, number: int, **values: Any) -> None:
    """Change a dispute straight in its table, for what would take weeks to come about."""
    async with bench.database.transaction() as session:
        await session.execute(update(Dispute).where(col(Dispute.id) == number).values(**values))


async def history(bench: Bench, dispute_id: int) -> list[str]:
    """The kinds of its entries, in order."""
    query = select(col(DisputeEntry.kind)).where(col(DisputeEntry.dispute_id) == dispute_id)
    async with bench.database.transaction() as session:
        return [kind.value for kind in (await session.execute(query.order_by(col(DisputeEntry.id)))).scalars()]


async def a_dispute(
    bench: Bench, by: int = GROUP_WORKER, household: str | None = GROUP_HOME, item: str = "neighbours"
) -> int:
    """A registered dispute, and its number: straight through the use-case, for tests of what follows."""
    actor = await actor_of(bench, by)
    async with bench.database.transaction() as session:
        found = await session.execute(select(col(Household.id)).where(col(Household.code) == household))
        facts = DisputeFacts(
            matter=mediable_matter(item, None, bench.policy),
            source=DisputeSource.OFFICE,
            facts="两家为了院墙争执",
            parties=(PartyFacts("冯大山", consent=True, wishes="把墙退回来"), PartyFacts("外村的老黄", consent=True)),
            household_id=found.scalar_one_or_none() if household else None,
        )
        dispute = await register_dispute(
            session, actor=actor, facts=facts, conversation_id=str(uuid4()), now=bench.clock.now, policy=bench.policy
        )
        return dispute.id


def with_tries(tries: int) -> tuple[LadderRung, ...]:
    """The shipped rungs, each with so many tries."""
    return tuple(replace(rung, tries=tries) for rung in POLICY.ladder.rungs)
