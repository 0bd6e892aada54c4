"""Whoever has not said how satisfied she is with a project is asked once more, a week later (spec 5)."""

from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, cast, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_notices import RatingWanted
from domain.rules.policy import Policy
from domain.rules.urn import Urn
from domain.usecases.one_by_one import one_by_one
from domain.usecases.outbox import insert_ignoring, tell
from domain.usecases.satisfaction import last_day_of
from models.agenda import AgendaItem
from models.project import CouncilProject, ProjectRating, RatingAsked
from models.sweep_run import SweepRun

ASKED_AGAIN_AFTER = timedelta(days=7)
_RULE = "rating-again"
_ASKED = select(col(SweepRun.rule)).where(
    col(SweepRun.rule) == _RULE, col(SweepRun.period) == cast(col(ProjectRating.project_id), String)
)
# Of whom those who were silent are to be asked again.
TO_ASK_AGAIN = select(col(ProjectRating.project_id)).where(
    ~col(ProjectRating.over), col(ProjectRating.asked_at) <= bindparam("long_ago"), ~_ASKED.exists()
)


def long_ago(now: datetime) -> dict[str, datetime]:
    """What `TO_ASK_AGAIN` needs."""
    return {"long_ago": now - ASKED_AGAIN_AFTER}


async def ask_again(
    session: AsyncSession, *, now: datetime, policy: Policy, limit: int, failed: set[int] | None = None
) -> int:
    """Ask those once more who have not answered for a week; how many projects were dealt with.

    One whose box cannot be read waits, and the others go on: `failed` are those that this sweep passes over.
    """
    failed = set() if failed is None else failed
    query = (
        TO_ASK_AGAIN.add_columns(col(AgendaItem.code))
        .join(CouncilProject, col(CouncilProject.id) == col(ProjectRating.project_id))
        .join(AgendaItem, col(AgendaItem.id) == col(CouncilProject.item_id))
        .where(col(ProjectRating.project_id).not_in(failed))
        .order_by(col(ProjectRating.project_id))
        .limit(limit)
    )
    codes = {row.project_id: row.code for row in (await session.execute(query, long_ago(now))).all()}

    async def ask(project_id: int) -> bool:
        noted = insert_ignoring(session, SweepRun).values(rule=_RULE, period=str(project_id), swept_at=now)
        if not (await session.execute(noted)).rowcount:  # type: ignore[attr-defined]
            return False  # another replica has done so
        rating = await session.get_one(ProjectRating, project_id)
        notice = RatingWanted(codes[project_id], project_id, last_day_of(rating, policy), again=True)
        silent = await _silent(session, rating)
        await tell(session, silent, notice, f"rating-again:{project_id}", now=now, policy=policy)
        return True

    return await one_by_one(session, list(codes), ask, what="rating_not_asked_again", failed=failed)


async def _silent(session: AsyncSession, rating: ProjectRating) -> list[int]:
    box = Urn.load(rating.contents)
    query = select(RatingAsked).where(col(RatingAsked.project_id) == rating.project_id)
    people = (await session.execute(query.order_by(col(RatingAsked.position)))).scalars()
    return [one.member_id for one in people if not box.put_in[one.position]]
