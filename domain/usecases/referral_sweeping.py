"""Requests for help that nobody ends by hand: their days are over, what they are about is, or a whistle climbs."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.referral_notices import WhistleSilent
from domain.rules.policy import Policy
from domain.rules.whistles import levels_of, next_climb
from domain.usecases.help_subject import Passing, Subject
from domain.usecases.help_subjects import over, requests, still_open, subject_of
from domain.usecases.outbox import tell
from domain.usecases.referral_answers import told, told_over, waiting_for
from domain.usecases.referrals import reachable, ring
from models.dispute import Dispute
from models.lead import Lead
from models.looking import Reader, any_row
from models.referral import OPEN, Referral, ReferralState

_NOW: BindParameter[datetime] = bindparam("now")
_DUE = requests(col(Referral.id)).where(
    col(Referral.state).in_(OPEN),
    or_(
        col(Referral.until) <= _NOW,
        over(),
        and_(col(Referral.state) == ReferralState.ASKED, col(Referral.climbs_at) <= _NOW),
    ),
)
_WAITING = any_row(_DUE)


async def referrals_wait(reader: Reader, *, now: datetime) -> bool:
    """Whether a request is over, or a whistle is to climb."""
    return (await reader.execute(_WAITING, {"now": now})).scalar_one()


async def sweep_referrals(session: AsyncSession, *, now: datetime, policy: Policy, limit: int = 100) -> int:
    """End what is over and let silent whistles climb, at most `limit` of each; how many were dealt with.

    A row that another replica has in hand is left to it; one that was dealt with is not due any more.
    """
    return await _end(session, now, policy, limit) + await _climb(session, now, policy, limit)


async def _end(session: AsyncSession, now: datetime, policy: Policy, limit: int) -> int:
    query = (
        requests(Referral, Lead, Dispute)
        .where(col(Referral.state).in_(OPEN), or_(col(Referral.until) <= now, over()))
        .order_by(col(Referral.id))
        .limit(limit)
        .with_for_update(of=Referral, skip_locked=True)
    )
    rows = [(row[0], subject_of(row[1] or row[2])) for row in (await session.execute(query)).all()]
    for referral, subject in rows:
        referral.state, referral.climbs_at = ReferralState.ENDED, None
        await session.flush()
        if not subject.is_open:  # whoever asked knows that
            await told_over(session, referral, subject, now=now, policy=policy)
        else:
            await told(session, referral, subject, actor=None, now=now, policy=policy)
    return len(rows)


async def _climb(session: AsyncSession, now: datetime, policy: Policy, limit: int) -> int:
    query = (
        requests(Referral, Lead, Dispute)
        .where(
            col(Referral.state) == ReferralState.ASKED,
            col(Referral.climbs_at) <= now,
            col(Referral.until) > now,
            still_open(),
        )
        .order_by(col(Referral.climbs_at), col(Referral.id))
        .limit(limit)
        .with_for_update(of=Referral, skip_locked=True)
    )
    rows = [(row[0], subject_of(row[1] or row[2])) for row in (await session.execute(query)).all()]
    for referral, subject in rows:
        await _climb_one(session, referral, subject, now=now, policy=policy)
    return len(rows)


async def _climb_one(
    session: AsyncSession, referral: Referral, subject: Subject, *, now: datetime, policy: Policy
) -> None:
    referral.climbs += 1
    referral.climbs_at = next_climb(now, subject.colour, referral.climbs, policy)
    await session.flush()
    above: list[int] = []
    for role in levels_of(referral.climbs):
        above = [member.id for member, _ in await reachable(session, subject, role, policy.today(now))]
        if above:
            break
    detail: dict[str, Any] = {"members": [referral.member_id], "climbs": referral.climbs, "told": above}
    await subject.note(session, Passing.SILENT, referral.kind, actor=None, now=now, **detail)
    hearing = await subject.may_hear(session, [*waiting_for(referral, subject), *above])
    notice = WhistleSilent(subject.code, subject.about, subject.colour, referral.id)
    await tell(session, hearing, notice, f"whistle-silent:{referral.id}:{referral.climbs}", now=now, policy=policy)
    await ring(session, referral, subject, now=now, policy=policy)
