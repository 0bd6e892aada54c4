"""Who may open and work on a lead: need to know, not rank (spec 3 and 8)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ANSWERS_ALERTS, ASKED_FOR_HELP, CLOSES_LEADS, REPORTS_LEADS, Actor, is_frozen
from domain.kept_away import kept_away
from domain.refusals import Reason, RefusedError
from models.alert import Alert, AlertBell, AlertState
from models.area import Area
from models.confidential import BreakGlass, Ground, LeadRead
from models.lead import Lead, LeadStage
from models.referral import Referral, ReferralState


@dataclass(frozen=True, slots=True)
class Sight:
    """A lead that somebody may open, and why. Who sees it as its reporter alone does not work on it."""

    lead: Lead
    ground: Ground

    @property
    def handles(self) -> bool:
        """Whether she may work on it: as its handler, or as somebody whom its alert rang."""
        return self.ground in (Ground.HANDLER, Ground.RUNG) and self.lead.stage is not LeadStage.CLOSED


async def lead_for(session: AsyncSession, actor: Actor, lead_id: int, *, now: datetime) -> Sight:
    """The lead, when `actor` may open it at `now`: need to know, not rank (spec 8).

    Its handler; whoever its open alert rang and still answers for the area; the second person of a closing; an expert
    or unit that took it on; who broke the glass; and the reporter, unless it goes past her. Each only as
    long as she holds a post that goes with it: whoever looks after accounts now opens not even what she once reported.

    Raises RefusedError(NOT_YOURS) alike for one that is none of hers and one that does not exist.
    """
    query = select(Lead, col(Area.path)).join(Area, col(Area.id) == col(Lead.area_id)).where(col(Lead.id) == lead_id)
    row = (await session.execute(query)).one_or_none()
    if row is None or not actor.is_member or await is_frozen(session, actor):
        raise RefusedError(Reason.NOT_YOURS)
    ground = await _ground(session, actor, row[0], row[1], now)
    if ground is None:
        raise RefusedError(Reason.NOT_YOURS)
    return Sight(row[0], ground)


async def read_lead(session: AsyncSession, actor: Actor, lead_id: int, *, now: datetime) -> Sight:
    """Like `lead_for`, for showing what is confidential: the reading is logged in this same transaction.

    Raises RefusedError(NOT_YOURS).
    """
    sight = await lead_for(session, actor, lead_id, now=now)
    session.add(LeadRead(lead_id=lead_id, member_id=actor.member_id, at=now, ground=sight.ground))
    await session.flush()
    return sight


async def _ground(session: AsyncSession, actor: Actor, lead: Lead, path: str, now: datetime) -> Ground | None:
    if await kept_away(session, lead, [actor.member_id]):
        return None  # not even with a reason: others can
    # What she has by her post goes first: who broke the glass and is rung afterwards works on it like anybody rung.
    by_post = _ground_by_post(actor, lead, path, rung=await _was_rung(session, actor, lead))
    if by_post is not None:
        return by_post
    if actor.covers(path, ANSWERS_ALERTS) and await _broke_the_glass(session, actor, lead, now):
        return Ground.BREAK_GLASS
    if await _took_it_on(session, actor, lead, path, now=now):
        return Ground.REFERRAL
    reported = lead.reporter_id == actor.member_id and not lead.conflict
    return Ground.REPORTER if reported and actor.has_role(REPORTS_LEADS) else None


def _ground_by_post(actor: Actor, lead: Lead, path: str, *, rung: bool) -> Ground | None:
    """Her posts must still cover the area: whoever has left hers has lost what came with it."""
    if actor.covers(path, ANSWERS_ALERTS):
        if lead.handler_id == actor.member_id:
            return Ground.HANDLER
        if lead.closed_by_id == actor.member_id and lead.stage is LeadStage.CLOSED:
            return Ground.SECOND
        if rung:
            return Ground.RUNG
    seconds = lead.stage is LeadStage.CLOSING and lead.closing_by_id != actor.member_id
    return Ground.SECOND if seconds and actor.covers(path, CLOSES_LEADS) else None


async def _was_rung(session: AsyncSession, actor: Actor, lead: Lead) -> bool:
    query = (
        select(col(AlertBell.id))
        .join(Alert, col(Alert.id) == col(AlertBell.alert_id))
        .where(
            col(Alert.lead_id) == lead.id,
            col(Alert.state) != AlertState.CLOSED,
            col(AlertBell.member_id) == actor.member_id,
        )
    )
    return (await session.execute(query.limit(1))).first() is not None


async def _took_it_on(session: AsyncSession, actor: Actor, lead: Lead, path: str, *, now: datetime) -> bool:
    query = select(col(Referral.id)).where(
        col(Referral.lead_id) == lead.id,
        col(Referral.member_id) == actor.member_id,
        col(Referral.state) == ReferralState.ACCEPTED,
        col(Referral.until) > now,
    )
    asked_for = actor.covers(path, ASKED_FOR_HELP) and lead.stage is not LeadStage.CLOSED
    return asked_for and (await session.execute(query.limit(1))).first() is not None


async def _broke_the_glass(session: AsyncSession, actor: Actor, lead: Lead, now: datetime) -> bool:
    query = select(col(BreakGlass.id)).where(
        col(BreakGlass.lead_id) == lead.id,
        col(BreakGlass.member_id) == actor.member_id,
        col(BreakGlass.until) > now,
    )
    return (await session.execute(query.limit(1))).first() is not None
