"""What somebody whose post has ended leaves to others: what the sweeps pass on, and what a person must see to.

Nothing is passed on here: whoever looks for work whose people are gone finds hers as well.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ASKED_FOR_HELP
from domain.rules.policy import Policy
from domain.usecases.dispute_absent import owned_by_somebody_gone
from domain.usecases.dispute_leaderless import led_by_somebody_gone
from domain.usecases.lost_alerts import held_by_somebody_gone
from domain.usecases.post_terms import HeldPost, posts_of
from domain.usecases.project_owners import able_owners
from models.alert import Alert
from models.area import Area
from models.council import Council
from models.dispute import Dispute
from models.mediation import Mediation, MediationStage
from models.member import Appointment, Role, in_force
from models.project import CouncilProject, ProjectState
from models.referral import OPEN, Referral


@dataclass(frozen=True, slots=True)
class Leavings:
    """What she had by a post that has ended, and what she still is."""

    posts: list[HeldPost]  # that she holds all the same
    alerts: int
    disputes: int
    mediations: int
    projects: int
    requests: int  # for help, which only she could answer
    chairless: bool  # the council of the place has nobody in the chair

    @property
    def passes_on(self) -> bool:
        """Whether a sweep has something of hers to give to others."""
        return bool(self.alerts or self.disputes or self.mediations)


async def leavings(session: AsyncSession, post: HeldPost, *, now: datetime, policy: Policy) -> Leavings:
    """What comes of the end of `post`, once it has ended."""
    posts = await posts_of(session, post.member_id, policy.today(now))
    who = post.member_id
    alerts = col(Alert.id).in_(await held_by_somebody_gone(session, now=now, policy=policy))
    disputes = col(Dispute.id).in_(await owned_by_somebody_gone(session, now=now, policy=policy))
    led = col(Mediation.dispute_id).in_(await led_by_somebody_gone(session, now=now, policy=policy))
    planned = col(Mediation.stage) == MediationStage.PLANNED
    asked = col(Referral.member_id) == who
    helps = post.role in ASKED_FOR_HELP and not any(one.role in ASKED_FOR_HELP for one in posts)
    return Leavings(
        posts,
        await _count(session, select(col(Alert.id)).where(alerts, col(Alert.holder_id) == who)),
        await _count(session, select(col(Dispute.id)).where(disputes, col(Dispute.owner_id) == who)),
        await _count(session, select(col(Mediation.id)).where(led, planned, col(Mediation.leader_id) == who)),
        await _projects(session, who, now, policy),
        await _count(session, select(col(Referral.id)).where(asked, col(Referral.state).in_(OPEN))) if helps else 0,
        post.role is Role.COUNCIL_CHAIR and await _without_chair(session, post, now, policy),
    )


async def _count(session: AsyncSession, found: Select[int]) -> int:
    return (await session.execute(select(func.count()).select_from(found.subquery()))).scalar_one()


async def _projects(session: AsyncSession, member_id: int, now: datetime, policy: Policy) -> int:
    """How many projects she can have no longer: each morning their councils' chairs are asked for another owner."""
    query = (
        select(Area, func.count())
        .join(Council, col(Council.area_id) == col(Area.id))
        .join(CouncilProject, col(CouncilProject.council_id) == col(Council.id))
        .where(col(CouncilProject.owner_id) == member_id, col(CouncilProject.state) == ProjectState.ONGOING)
        .group_by(col(Area.id))
    )
    rows = (await session.execute(query)).all()
    today = policy.today(now)
    return sum([count for area, count in rows if not await able_owners(session, area, [member_id], today)])


async def _without_chair(session: AsyncSession, post: HeldPost, now: datetime, policy: Policy) -> bool:
    chairs = select(col(Appointment.id)).where(
        col(Appointment.area_id) == post.area_id,
        col(Appointment.role) == Role.COUNCIL_CHAIR,
        in_force(policy.today(now)),
    )
    return (await session.execute(chairs.limit(1))).first() is None
