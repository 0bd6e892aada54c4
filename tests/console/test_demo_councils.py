"""The council of the first day: items in many states, a ballot that is open, projects, and no old notices."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlmodel import col

from console.demo import ensure_county
from domain.access import actors_by_telegram_id
from domain.council_access import councils_of
from domain.usecases.council_now import council_now
from domain.usecases.council_years import year_of_council
from models.agenda import AgendaItem, ItemState
from models.ballot import Ballot, BallotState, Elector
from models.meeting import CouncilMeeting, MeetingState
from models.outbox import OutboxMessage
from models.project import CouncilProject, ProjectRating, ProjectState
from models.schema import migrate
from models.session import Database
from tests.support.county import POLICY

CHAIR = 7040


# A few minutes into a new month: what is told of days and of months must hold then, too.
NOW = datetime(2027, 2, 28, 16, 5, tzinfo=UTC)


async def test_the_first_day_has_a_council_at_work_as_its_card_and_its_year_say(empty_database: Database) -> None:
    now = NOW
    await migrate(empty_database)
    await ensure_county(empty_database, now=now, policy=POLICY)
    async with empty_database.transaction() as session:
        states = set((await session.execute(select(col(AgendaItem.state)))).scalars())
        assert states >= {
            ItemState.PROPOSED, ItemState.ACCEPTED, ItemState.DISCUSSING, ItemState.VOTING, ItemState.PASSED,
            ItemState.NO_QUORUM, ItemState.DECLINED,
        }  # fmt: skip
        (ballot,) = (await session.execute(select(Ballot).where(col(Ballot.state) == BallotState.OPEN))).scalars()
        assert ballot.opened_at < now < ballot.closes_at
        electors = select(func.count()).select_from(Elector).where(col(Elector.ballot_id) == ballot.id)
        assert (await session.execute(electors)).scalar_one() == 9
        projects = set((await session.execute(select(col(CouncilProject.state)))).scalars())
        assert projects == {ProjectState.ONGOING, ProjectState.DONE}
        assert (await session.execute(select(col(ProjectRating.over)))).scalar_one()
        held = select(CouncilMeeting).where(col(CouncilMeeting.state) == MeetingState.HELD, ~col(CouncilMeeting.quick))
        assert ((await session.execute(held)).scalar_one().begun_at or now) < now
        assert (await session.execute(select(func.count(col(OutboxMessage.id))))).scalar_one() == 0

        chair = (await actors_by_telegram_id(session, [CHAIR], POLICY.today(now)))[CHAIR]
        (sight,) = await councils_of(session, chair)
        stands = await council_now(session, sight, now=now, policy=POLICY)
        assert (stands.members, stands.open_ballots, stands.projects, stands.late) == (9, 1, 1, 0)
        year = await year_of_council(
            session, actor=chair, council_id=sight.council.id, year=2027, now=now, policy=POLICY
        )
    figures = year.figures
    assert (figures.passed, figures.no_quorum, figures.meetings, figures.quick) == (2, 1, 1, 3)
    assert (figures.proposed, figures.from_visits, figures.declined) == (8, 1, 1)
    assert (figures.begun, figures.done, figures.in_time) == (2, 1, 1)
    assert (figures.rated, figures.answers, figures.share) == (1, 8, 88)
    assert figures.turnout == round(100 * (9 + 4 + 9) / 27)
    assert sum(year.months[:2]) >= 5
