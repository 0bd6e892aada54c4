"""The county in which programs are killed: workers with their doors and disputes, and councils that vote."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bench.councils import add_council, begin_ballot
from bench.processes import now, zone_at_noon
from domain.access import Actor, actors_by_telegram_id
from domain.rules.policy import Policy
from domain.usecases.attempts import AttemptFacts, record_attempt
from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.loading import CountyLoader
from models.area import Area
from models.dispute import DisputeSource
from models.mediation import AttemptResult, MediationMethod
from models.schema import migrate
from models.session import Database
from sandbox.county import AreaRow, HouseholdRow, ResidentRow, StaffRow
from sandbox.server import Sandbox

DOORS = 8  # of a worker
SEATS = 9  # of a council
FOUNDED = "founded-"  # begins the names of what was there before
FIRST_WORKER, FIRST_VOTER, FIRST_GROUP = 71_001, 72_001, -1_000_000_072_000
ABOVE = {71_901: ("head", "K-1"), 71_902: ("township_centre", "K-X"), 71_903: ("county_centre", "K")}


@dataclass
class Grounds:
    """What was founded: enough of everything for so many stories of each kind, and so many votes."""

    stories: int
    votes: int
    disputes: list[int] = field(default_factory=list)  # the number of the one of each story
    ballots: list[tuple[int, int]] = field(default_factory=list)  # of each council: the open one and the secret one
    members: dict[int, int] = field(default_factory=dict)  # their numbers by their telephones'

    @property
    def workers(self) -> range:
        """Those who visit, report and mediate."""
        return range(FIRST_WORKER, FIRST_WORKER + -(-self.stories // DOORS))

    @property
    def councils(self) -> range:
        """A council has a story of each ballot for each of its seats."""
        return range(-(-self.votes // (2 * SEATS)))

    def voter(self, council: int, seat: int) -> int:
        """Who sits there; the chair has the first seat."""
        return FIRST_VOTER + council * SEATS + seat

    def worker_of(self, story: int) -> int:
        """Whose the story is."""
        return self.workers[story // DOORS]

    def people(self, box: Sandbox) -> None:
        """Everybody has a telephone, and each council its group."""
        for person in (*self.workers, *ABOVE):
            box.add_person(person, "陈秀兰", started=True)
        for council in self.councils:
            seats = [self.voter(council, seat) for seat in range(SEATS)]
            for person in seats:
                box.add_person(person, "黄慧", started=True)
            box.add_group("议事会", seats, admins=seats[:1], bot=True, id=FIRST_GROUP - council)


def policy() -> Policy:
    """The shipped figures, in a zone in which it is noon."""
    return Policy(zone=ZoneInfo(zone_at_noon(now())))


async def found(database: Database, stories: int, votes: int) -> Grounds:
    """Found it in an empty database."""
    grounds = Grounds(stories, votes)
    await migrate(database)
    async with database.transaction() as session:
        await _load(session, grounds)
    async with database.transaction() as session:
        everybody = [*grounds.workers, *(grounds.voter(c, seat) for c in grounds.councils for seat in range(SEATS))]
        actors = await actors_by_telegram_id(session, everybody, policy().today(now()))
        grounds.members = {person: actor.member_id for person, actor in actors.items()}
        for story in range(stories):
            grounds.disputes.append(await _dispute(session, actors[grounds.worker_of(story)], story))
        for council in grounds.councils:
            grounds.ballots.append(await _council(session, actors[grounds.voter(council, 0)], council))
    return grounds


async def _load(session: AsyncSession, grounds: Grounds) -> None:
    loader = CountyLoader(session, now=now(), policy=policy())
    await loader.start()
    await loader.area(AreaRow("K", None, "county", "测试县"))
    await loader.area(AreaRow("K-X", "K", "township", "东乡镇"))
    await loader.area(AreaRow("K-1", "K-X", "community", "东关村"))
    for number, post in ABOVE.items():
        await loader.member(StaffRow(number, "赵敏", "zh", (post,)))
    for worker in grounds.workers:
        grid = f"K-1-{worker}"
        await loader.area(AreaRow(grid, "K-1", "grid", f"东关村第{worker}网格", "rural"))
        await loader.member(StaffRow(worker, "陈秀兰", "zh", (("grid_worker", grid),)))
        for door in range(1, DOORS + 1):
            await loader.household(_home(grid, door))
    for council in grounds.councils:
        village = f"K-V{council}"
        await loader.area(AreaRow(village, "K-X", "community", f"西河村{council}"))
        for seat in range(SEATS):
            role = "council_member" if seat else "council_chair"
            await loader.member(StaffRow(grounds.voter(council, seat), "黄慧", "zh", ((role, village),)))
    await loader.finish()


def _home(grid: str, door: int) -> HouseholdRow:
    head = ResidentRow("王秀英", "head", 1950, "f", "19000000001", None)
    return HouseholdRow(f"{grid}-{door:03d}", grid, None, f"东关村{door}号", "key", "lives_alone", "", 9, (head,))


async def _dispute(session: AsyncSession, worker: Actor, story: int) -> int:
    facts = DisputeFacts(
        matter=mediable_matter("neighbours", None, policy()),
        source=DisputeSource.OFFICE,
        facts="两家为了院墙争执",
        parties=(PartyFacts("冯大山", consent=True), PartyFacts("外村的老黄", consent=True)),
    )
    made = await register_dispute(
        session, actor=worker, facts=facts, conversation_id=f"{FOUNDED}{story}", now=now(), policy=policy()
    )
    await accept_dispute(session, actor=worker, dispute_id=made.id, now=now(), policy=policy())
    if story % 2:
        await record_attempt(
            session,
            actor=worker,
            dispute_id=made.id,
            facts=AttemptFacts(
                AttemptResult.FAILED, policy().today(now()), MediationMethod.TOGETHER, matter="院墙占了通道"
            ),
            conversation_id=f"{FOUNDED}{story}",
            now=now(),
            policy=policy(),
        )
    return made.id


async def _council(session: AsyncSession, chair: Actor, number: int) -> tuple[int, int]:
    area = (await session.execute(select(col(Area.id)).where(col(Area.code) == f"K-V{number}"))).scalar_one()
    council = await add_council(session, chair, area, f"西河村{number}妇女议事会", FIRST_GROUP - number)
    first = await begin_ballot(session, chair, council.id, 1, secret=False, policy=policy())
    return first, await begin_ballot(session, chair, council.id, 2, secret=True, policy=policy())
