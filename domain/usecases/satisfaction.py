"""How satisfied those are whom a project concerns: 1 to 5, anonymous (R W; spec 5; docs/adr/0010).

Who has answered and what was answered are two lists in one sealed box (`domain/rules/urn.py`), without a link, an
order or a time. So nothing can be changed afterwards. What came of it is told when the asking is over, and only from
five answers on: a figure that moved with each answer would tell what the last one was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, is_frozen
from domain.council_access import guests_of_item, hold_item
from domain.council_notices import RatingWanted
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.urn import Urn
from domain.usecases.item_history import proposers_of
from domain.usecases.one_by_one import one_by_one
from domain.usecases.outbox import tell
from domain.usecases.project_history import Happening, note_and_tell, note_project
from models.agenda import AgendaItem
from models.ballot import Ballot, BallotState, Elector
from models.project import CouncilProject, ProjectEvent, ProjectRating, RatingAsked

MARKS = range(1, 6)
SATISFIED = 4  # this mark and above is what the headline figure counts (R W: 98 %)
SHOWN_FROM = 5  # answers: fewer would tell what somebody said
ASKED_FOR = timedelta(days=14)  # to the end of that day
# The ratings whose time is over by `now`.
OVER = select(col(ProjectRating.project_id)).where(
    ~col(ProjectRating.over), col(ProjectRating.until) <= bindparam("now")
)


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What is known of a rating. `average` and `share` (percent of marks of 4 and 5) are None while it is open, and
    where there are fewer than five answers; `answered` is 0 then, too: not even how few there are is told.
    """

    asked: int
    over: bool
    until: datetime
    answered: int = 0
    average: float | None = None
    share: int | None = None


async def ask_satisfaction(
    session: AsyncSession, project: CouncilProject, item: AgendaItem, *, now: datetime, policy: Policy
) -> None:
    """Ask the proposers, those who could vote on it and X, but not whoever carried it out."""
    people = await _concerned(session, project, item)
    if not people:
        return
    last_day = policy.today(now) + ASKED_FOR
    until = policy.at(last_day + timedelta(days=1), time.min)
    session.add(
        ProjectRating(
            project_id=project.id, asked_at=now, until=until, contents=Urn.empty(len(people), len(MARKS)).dump()
        )
    )
    await session.flush()
    session.add_all(
        RatingAsked(project_id=project.id, member_id=member, position=position)
        for position, member in enumerate(people)
    )
    asked = Happening(ProjectEvent.RATING_ASKED, detail={"people": len(people)})
    await note_project(session, project, asked, by_id=None, now=now)
    notice = RatingWanted(item.code, project.id, last_day, again=False)
    await tell(session, people, notice, f"rating:{project.id}", now=now, policy=policy)


async def may_rate(session: AsyncSession, actor: Actor, project_id: int, *, now: datetime) -> CouncilProject:
    """The project, when `actor` is asked how satisfied she is, and has not said so yet.

    Raises RefusedError: NOT_YOURS, RATED_ALREADY, RATING_OVER.
    """
    project, _, _ = await _asked(session, actor, project_id, now=now)
    return project


async def rate(
    session: AsyncSession, *, actor: Actor, project_id: int, mark: int, now: datetime, policy: Policy
) -> None:
    """Put her mark into the box, for good. The last one to answer ends the asking.

    Nothing else is written that names her. Raises RefusedError: NOT_YOURS, RATED_ALREADY, RATING_OVER, STEP_PASSED
    (no such mark).
    """
    if mark not in MARKS:
        raise RefusedError(Reason.STEP_PASSED)
    project, position, _ = await _asked(session, actor, project_id, now=now)
    item = await session.get_one(AgendaItem, project.item_id)
    await hold_item(session, item)
    project, position, rating = await _asked(session, actor, project_id, now=now, hold=True)
    box = Urn.load(rating.contents).put([position], [int(mark == one) for one in MARKS])
    rating.contents = box.dump()
    await session.flush()
    if box.turnout == len(box.put_in):
        await _end(session, project, item, rating, now=now, policy=policy)


async def end_ratings(
    session: AsyncSession, *, now: datetime, policy: Policy, limit: int, failed: set[int] | None = None
) -> int:
    """End the asking whose time is over, and tell what came of it; how many were dealt with.

    One whose box cannot be read waits, and the others go on: `failed` are those that this sweep passes over.
    """
    failed = set() if failed is None else failed
    due = OVER.where(col(ProjectRating.project_id).not_in(failed)).order_by(col(ProjectRating.until)).limit(limit)

    async def end(project_id: int) -> bool:
        project = await session.get_one(CouncilProject, project_id)
        item = await session.get_one(AgendaItem, project.item_id)
        await hold_item(session, item)
        rating = await _rating(session, project_id, hold=True)
        if rating is None or rating.over:
            return False  # another replica was quicker
        await _end(session, project, item, rating, now=now, policy=policy)
        return True

    numbers = (await session.execute(due, {"now": now})).scalars().all()
    return await one_by_one(session, numbers, end, what="rating_not_ended", failed=failed)


async def satisfaction_of(session: AsyncSession, project_id: int) -> Satisfaction | None:
    """What may be told of a project's rating; None where nobody was asked."""
    rating = await _rating(session, project_id)
    return None if rating is None else _told(rating)


def last_day_of(rating: ProjectRating, policy: Policy) -> date:
    """The last day of the asking; its end is the first instant of the next one."""
    return policy.today(rating.until - timedelta(seconds=1))


async def _concerned(session: AsyncSession, project: CouncilProject, item: AgendaItem) -> list[int]:
    voted = (
        select(col(Elector.member_id))
        .join(Ballot, col(Ballot.id) == col(Elector.ballot_id))
        .where(col(Ballot.item_id) == item.id, col(Ballot.state) == BallotState.CLOSED)
    )
    people = {
        *await proposers_of(session, item.id),
        *(await session.execute(voted)).scalars(),
        *await guests_of_item(session, item.id),
    }
    return sorted(people - {project.owner_id})


async def _asked(
    session: AsyncSession, actor: Actor, project_id: int, *, now: datetime, hold: bool = False
) -> tuple[CouncilProject, int, ProjectRating]:
    query = select(col(RatingAsked.position)).where(
        col(RatingAsked.project_id) == project_id, col(RatingAsked.member_id) == actor.member_id
    )
    position = (await session.execute(query)).scalar_one_or_none()
    rating = await _rating(session, project_id, hold=hold)
    if position is None or rating is None or not actor.posts or await is_frozen(session, actor):
        raise RefusedError(Reason.NOT_YOURS)
    if Urn.load(rating.contents).put_in[position]:
        raise RefusedError(Reason.RATED_ALREADY)
    if rating.over or now >= rating.until:
        raise RefusedError(Reason.RATING_OVER)
    return await session.get_one(CouncilProject, project_id), position, rating


async def _rating(session: AsyncSession, project_id: int, *, hold: bool = False) -> ProjectRating | None:
    query = select(ProjectRating).where(col(ProjectRating.project_id) == project_id)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def _end(
    session: AsyncSession, project: CouncilProject, item: AgendaItem, rating: ProjectRating, *, now: datetime,
    policy: Policy,
) -> None:  # fmt: skip
    rating.over = True
    await session.flush()
    told = _told(rating)
    detail = {"answered": told.answered, "average": told.average, "share": told.share}
    over = Happening(ProjectEvent.RATING_OVER, detail=detail)
    await note_and_tell(session, project, item, over, actor=None, now=now, policy=policy)


def _told(rating: ProjectRating) -> Satisfaction:
    box = Urn.load(rating.contents)
    if not rating.over or box.turnout < SHOWN_FROM:
        return Satisfaction(len(box.put_in), rating.over, rating.until)
    total = sum(mark * count for mark, count in zip(MARKS, box.counts, strict=True))
    return Satisfaction(
        len(box.put_in),
        over=True,
        until=rating.until,
        answered=box.turnout,
        average=round(total / box.turnout, 1),
        share=round(100 * _satisfied(box.counts) / box.turnout),
    )


def _satisfied(counts: Sequence[int]) -> int:
    return sum(count for mark, count in zip(MARKS, counts, strict=True) if mark >= SATISFIED)
