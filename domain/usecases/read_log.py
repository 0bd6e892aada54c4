"""Who has read what (查阅记录): for the auditor, who sees codes, people and reasons of right, and no case (spec 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped
from sqlmodel import col

from domain.access import Actor, visible_areas
from domain.rules.policy import Policy
from domain.rules.search_text import LIKE_ESCAPE, like_pattern
from models.area import Area
from models.confidential import DisputeGround, DisputeRead, Ground, LeadRead
from models.dispute import Dispute
from models.lead import Lead
from models.member import Appointment, Member, Role

READS_LOG = frozenset({Role.AUDITOR})
# Leads and disputes have numbers of their own; in the log, those of disputes begin here.
_DISPUTES_FROM = 2**30


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody opened a lead or a dispute, or took a dispute's file: which, when, who, by what right."""

    code: str
    at: datetime
    name: str
    role: Role | None  # what she was that day over its area; None when it came to her by a referral from afar
    ground: Ground | DisputeGround
    exported: bool


@dataclass(frozen=True, slots=True)
class _Log:
    """The readings of one kind of record; `own_id` is the record's number within its own kind."""

    reads: type[LeadRead] | type[DisputeRead]
    records: type[Lead] | type[Dispute]
    record_id: Mapped[int]
    first: int

    def own_id(self, number: int) -> int | None:
        """The record that the log's `number` stands for, if it is of this kind."""
        return number - self.first if (number >= _DISPUTES_FROM) == (self.first > 0) else None


_LOGS = (
    _Log(LeadRead, Lead, col(LeadRead.lead_id), 0),
    _Log(DisputeRead, Dispute, col(DisputeRead.dispute_id), _DISPUTES_FROM),
)


async def readings(
    session: AsyncSession, *, actor: Actor, policy: Policy, number: int | None = None, offset: int = 0, limit: int = 8
) -> tuple[list[Reading], bool]:
    """One page of the log below the auditor's posts, the newest first, and whether older ones follow.

    They are not counted: with a county's years of readings, that would take longer than to show them.

    `number` narrows it to one record (see `read_records`); one of elsewhere has no readings.
    """
    found: list[_Row] = []
    for log in _LOGS:
        own_id = log.own_id(number) if number is not None else None
        if number is None or own_id is not None:
            found += await _newest(session, actor, log, own_id, offset + limit + 1)
    found.sort(key=lambda row: (row[0].at, row[0].id), reverse=True)
    more, rows = len(found) > offset + limit, found[offset : offset + limit]
    posts = await _posts(session, {read.member_id for read, *_ in rows})
    shown = [
        Reading(
            code, read.at, name, _role_then(posts, read, path, policy), read.ground,
            isinstance(read, DisputeRead) and read.exported,
        )
        for read, code, name, path in rows
    ]  # fmt: skip
    return shown, more


async def read_records(
    session: AsyncSession, *, actor: Actor, query: str, offset: int = 0, limit: int = 8
) -> tuple[list[tuple[int, str]], int]:
    """One page of the leads and disputes that somebody has read, number and code, the newest first.

    `query` is a part of a code.
    """
    total, found = 0, []
    for log in _LOGS:
        record_id, code = col(log.records.id), col(log.records.code)
        was_read = select(col(log.reads.id)).where(log.record_id == record_id).exists()
        where: list[ColumnElement[bool]] = [visible_areas(actor, READS_LOG), was_read]
        if query.strip():
            where.append(code.like(like_pattern(query).upper(), escape=LIKE_ESCAPE))
        records = select(record_id, code).join(Area, col(Area.id) == col(log.records.area_id)).where(and_(*where))
        total += (await session.execute(select(func.count()).select_from(records.subquery()))).scalar_one()
        page = records.order_by(record_id.desc()).limit(offset + limit)
        found += [(log.first + row[0], str(row[1])) for row in (await session.execute(page)).all()]
    found.sort(key=lambda row: row[1][1:7], reverse=True)  # the day that a code tells
    return found[offset : offset + limit], total


_Row = tuple[LeadRead | DisputeRead, str, str, str]


async def _newest(session: AsyncSession, actor: Actor, log: _Log, own_id: int | None, limit: int) -> list[_Row]:
    """The newest readings of one kind, with the record's code, the reader's name, the area's path."""
    where: list[ColumnElement[bool]] = [visible_areas(actor, READS_LOG)]
    if own_id is not None:
        where.append(log.record_id == own_id)
    query: Any = (
        select(log.reads, col(log.records.code), col(Member.name), col(Area.path))
        .join(log.records, col(log.records.id) == log.record_id)
        .join(Area, col(Area.id) == col(log.records.area_id))
        .join(Member, col(Member.id) == col(log.reads.member_id))
        .where(*where)
        .order_by(col(log.reads.id).desc())
    )
    return [(row[0], row[1], row[2], row[3]) for row in (await session.execute(query.limit(limit))).all()]


Posts = Sequence[tuple[Appointment, str]]


async def _posts(session: AsyncSession, members: set[int]) -> Posts:
    query = (
        select(Appointment, col(Area.path))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(col(Appointment.member_id).in_(members))
        .order_by(col(Area.path).desc(), col(Appointment.id))
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


def _role_then(posts: Posts, read: LeadRead | DisputeRead, path: str, policy: Policy) -> Role | None:
    day = policy.today(read.at)
    hers = [
        (post, area)
        for post, area in posts
        if post.member_id == read.member_id and post.starts_on <= day and (post.ends_on is None or post.ends_on >= day)
    ]
    over = [post.role for post, area in hers if path.startswith(area)]
    return next(iter([*over, *(post.role for post, _ in hers)]), None)
