"""Who has read what (查阅记录): for the auditor, who sees codes, people and reasons of right, and no case (spec 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, visible_areas
from domain.rules.policy import Policy
from domain.rules.search_text import LIKE_ESCAPE, like_pattern
from models.area import Area
from models.confidential import Ground, LeadRead
from models.lead import Lead
from models.member import Appointment, Member, Role

READS_LOG = frozenset({Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody opened a lead: which, when, who, by what right."""

    code: str
    at: datetime
    name: str
    role: Role | None  # what she was that day over the lead's area; None when it came to her by a referral from afar
    ground: Ground


async def readings(
    session: AsyncSession, *, actor: Actor, policy: Policy, lead_id: int | None = None, offset: int = 0, limit: int = 8
) -> tuple[list[Reading], bool]:
    """One page of the log below the auditor's posts, the newest first, and whether older ones follow.

    They are not counted: with a county's years of readings, that would take longer than to show them.

    `lead_id` narrows it to one lead; one of elsewhere has no readings.
    """
    where: list[ColumnElement[bool]] = [visible_areas(actor, READS_LOG)]
    if lead_id is not None:
        where.append(col(LeadRead.lead_id) == lead_id)
    joined = (
        select(LeadRead, col(Lead.code), col(Member.name), col(Area.path))
        .join(Lead, col(Lead.id) == col(LeadRead.lead_id))
        .join(Area, col(Area.id) == col(Lead.area_id))
        .join(Member, col(Member.id) == col(LeadRead.member_id))
        .where(*where)
    )
    page = joined.order_by(col(LeadRead.id).desc()).offset(offset).limit(limit + 1)
    rows = [(row[0], row[1], row[2], row[3]) for row in (await session.execute(page)).all()]
    more, rows = len(rows) > limit, rows[:limit]
    posts = await _posts(session, {read.member_id for read, *_ in rows})
    found = [
        Reading(code, read.at, name, _role_then(posts, read, path, policy), read.ground)
        for read, code, name, path in rows
    ]
    return found, more


async def read_leads(
    session: AsyncSession, *, actor: Actor, query: str, offset: int = 0, limit: int = 8
) -> tuple[list[tuple[int, str]], int]:
    """One page of the leads that somebody has read, number and code, the newest first; `query` is a part of a code."""
    was_read = select(col(LeadRead.id)).where(col(LeadRead.lead_id) == col(Lead.id)).exists()
    where: list[ColumnElement[bool]] = [visible_areas(actor, READS_LOG), was_read]
    if query.strip():
        where.append(col(Lead.code).like(like_pattern(query).upper(), escape=LIKE_ESCAPE))
    leads = select(col(Lead.id), col(Lead.code)).join(Area, col(Area.id) == col(Lead.area_id)).where(and_(*where))
    total = (await session.execute(select(func.count()).select_from(leads.subquery()))).scalar_one()
    page = leads.order_by(col(Lead.id).desc()).offset(offset).limit(limit)
    return [(row[0], row[1]) for row in (await session.execute(page)).all()], total


Posts = Sequence[tuple[Appointment, str]]


async def _posts(session: AsyncSession, members: set[int]) -> Posts:
    query = (
        select(Appointment, col(Area.path))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(col(Appointment.member_id).in_(members))
        .order_by(col(Area.path).desc(), col(Appointment.id))
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


def _role_then(posts: Posts, read: LeadRead, path: str, policy: Policy) -> Role | None:
    day = policy.today(read.at)
    hers = [
        (post, area)
        for post, area in posts
        if post.member_id == read.member_id and post.starts_on <= day and (post.ends_on is None or post.ends_on >= day)
    ]
    over = [post.role for post, area in hers if path.startswith(area)]
    return next(iter([*over, *(post.role for post, _ in hers)]), None)
