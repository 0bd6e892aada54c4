"""Projects of a council: an item that has passed, straight in the tables, and the hands that carry it out."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import col

from domain.usecases.project_progress import finish_project
from domain.usecases.project_starting import ProjectPlan, start_project
from models.agenda import AgendaItem, ItemSource, ItemState, Urgency
from models.ballot import Ballot, BallotOutcome, BallotState, BallotWords, ClosedBy, Elector, Seat
from models.council import Majority
from models.member import Member
from models.project import CouncilProject, ProjectEntry
from tests.support.councils import CHAIR, FIRST, SECOND, VOTERS, add_council
from tests.support.hands import Bench, Person, Said
from tests.support.ladder import actor_of
from tests.support.matters import forges, look_away

TITLE, WHAT = "路灯不亮", "把村口的四盏路灯修好"
STEPS = ("看现场", "买灯具", "安装")


async def passed_item(
    bench: Bench, council: int, *, proposer: int = SECOND, electors: Sequence[int] = VOTERS, number: int = 1
) -> int:
    """An item that has passed by a vote of `electors`; its number."""
    now = bench.clock.now
    async with bench.database.transaction() as session:
        found = await session.execute(select(col(Member.telegram_id), col(Member.id)))
        members: dict[int, int] = {row[0]: row[1] for row in found.all()}
        item = AgendaItem(
            code=f"T-A-26-{number:03}",
            conversation_id=str(uuid4()),
            council_id=council,
            year=2026,
            number=number,
            title=TITLE,
            body="晚上看不见路",
            urgency=Urgency.SMALL,
            source=ItemSource.MEMBER,
            state=ItemState.PASSED,
            proposer_id=members[proposer],
            proposed_at=now,
            changed_at=now,
        )
        session.add(item)
        await session.flush()
        ballot = Ballot(
            conversation_id=str(uuid4()),
            item_id=item.id,
            council_id=council,
            secret=False,
            state=BallotState.CLOSED,
            opened_by_id=members[CHAIR],
            opened_at=now,
            closes_at=now.replace(year=now.year + 1),
            quorum_num=2,
            quorum_den=3,
            majority=Majority.MORE_THAN_HALF,
            abstain_counts=True,
            standing=len(electors),
            invited=0,
            ended_at=now,
            closed_by=ClosedBy.CHAIR,
            favour=len(electors),
            against=0,
            abstain=0,
            outcome=BallotOutcome.PASSED,
            seal="x" * 64,
        )
        session.add(ballot)
        await session.flush()
        session.add(BallotWords(ballot_id=ballot.id, title=item.title, body=item.body, salt="s"))
        session.add_all(
            Elector(ballot_id=ballot.id, member_id=members[one], position=place, seat=Seat.STANDING)
            for place, one in enumerate(electors)
        )
        return item.id


async def a_project(bench: Bench, *, owner: int = FIRST, days: int = 30, proposer: int = SECOND) -> int:
    """A council with a project that `owner` carries out, straight through the use-case; its number."""
    item = await passed_item(bench, await add_council(bench), proposer=proposer)
    return await begun(bench, item, owner=owner, days=days)


async def begun(bench: Bench, item: int, *, owner: int = FIRST, days: int = 30) -> int:
    """The project of a passed item, begun by the chair; everybody has read it."""
    chair, owns = await actor_of(bench, CHAIR), await actor_of(bench, owner)
    today = bench.policy.today(bench.clock.now)
    async with bench.database.transaction() as session:
        plan = ProjectPlan(owns.member_id, today.fromordinal(today.toordinal() + days), WHAT, STEPS)
        project = await start_project(
            session, actor=chair, item_id=item, plan=plan, conversation_id=str(uuid4()), now=bench.clock.now,
            policy=bench.policy,
        )  # fmt: skip
        number = project.id
    await look_away(bench)
    return number


async def done(bench: Bench, number: int, *, owner: int = FIRST) -> None:
    """The project is done; nobody has read anything of it yet."""
    actor = await actor_of(bench, owner)
    async with bench.database.transaction() as session:
        project = await session.get_one(CouncilProject, number)
        await finish_project(
            session, actor=actor, project_id=number, seen=project.rev, result="四盏灯都亮了",
            conversation_id=str(uuid4()), now=bench.clock.now, policy=bench.policy,
        )  # fmt: skip


async def project_of(bench: Bench, number: int) -> CouncilProject:
    """A project as it is stored."""
    async with bench.database.transaction() as session:
        return await session.get_one(CouncilProject, number)


async def history(bench: Bench, number: int) -> list[str]:
    """The kinds of its entries, in order."""
    query = select(col(ProjectEntry.kind)).where(col(ProjectEntry.project_id) == number).order_by(col(ProjectEntry.id))
    async with bench.database.transaction() as session:
        return [kind.value for kind in (await session.execute(query)).scalars()]


async def opens(person: Person, number: int) -> Said:
    """The project's card."""
    (card,) = await forges(person, f"proj:show:{number}")
    return card


async def declined(person: Person, data: str) -> str:
    """Press something that is declined at once: the sentence."""
    said = await forges(person, data)
    assert not said, [one.text for one in said]
    return person.toast()
