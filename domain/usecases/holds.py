"""Legal holds: what a rule would forget is kept until the hold is lifted; who said so, when and why (spec 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.refusals import Reason, RefusedError
from models.agenda import AgendaItem
from models.confidential import LeadHousehold
from models.dispute import Dispute, DisputeParty
from models.erasing import LegalHold
from models.household import Household
from models.lead import Lead


@dataclass(frozen=True, slots=True)
class Held:
    """A hold, and the code of what it holds."""

    hold: LegalHold
    code: str


async def one_at_a_time(session: AsyncSession) -> None:
    """Wait for whoever places a hold or forgets something, and let the next one wait for this transaction.

    So a hold that was confirmed is seen by every later batch (docs/adr/0012). The embedded database has one writer.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("LOCK TABLE legal_hold IN SHARE ROW EXCLUSIVE MODE"))


async def place_hold(
    session: AsyncSession,
    *,
    household: str | None = None,
    lead: str | None = None,
    dispute: str | None = None,
    item: str | None = None,
    reason: str,
    by: str,
    now: datetime,
) -> LegalHold:
    """Hold one thing by its code. A second hold of the same thing is a hold of its own.

    Raises RefusedError(NOT_FOUND) for a code that nothing has, or has any more.
    """
    await one_at_a_time(session)
    hold = LegalHold(reason=reason, placed_by=by, placed_at=now)
    if household is not None:
        hold.household_id = await _number(session, Household, household)
    elif lead is not None:
        hold.lead_id = await _number(session, Lead, lead)
    elif dispute is not None:
        hold.dispute_id = await _number(session, Dispute, dispute)
    elif item is not None:
        hold.item_id = await _number(session, AgendaItem, item)
    session.add(hold)
    await session.flush()
    return hold


async def lift_hold(session: AsyncSession, number: int, *, by: str, now: datetime) -> LegalHold:
    """End a hold; it stays on record. Raises RefusedError(NOT_FOUND) for one that is not there or was lifted."""
    await one_at_a_time(session)
    hold = await session.get(LegalHold, number)
    if hold is None or hold.lifted_at is not None:
        raise RefusedError(Reason.NOT_FOUND)
    hold.lifted_by, hold.lifted_at = by, now
    await session.flush()
    return hold


async def holds(session: AsyncSession) -> Sequence[Held]:
    """Every hold with what it holds, the lifted ones last."""
    query = (
        select(LegalHold, col(Household.code), col(Lead.code), col(Dispute.code), col(AgendaItem.code))
        .outerjoin(Household, col(Household.id) == col(LegalHold.household_id))
        .outerjoin(Lead, col(Lead.id) == col(LegalHold.lead_id))
        .outerjoin(Dispute, col(Dispute.id) == col(LegalHold.dispute_id))
        .outerjoin(AgendaItem, col(AgendaItem.id) == col(LegalHold.item_id))
        .order_by(col(LegalHold.lifted_at).is_not(None), col(LegalHold.id))
    )
    return [Held(hold, next(code for code in codes if code)) for hold, *codes in (await session.execute(query)).all()]


def held_household(household_id: SQLColumnExpression[int] | SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    """The condition that this household is held."""
    held = select(col(LegalHold.id)).where(col(LegalHold.lifted_at).is_(None))
    return held.where(col(LegalHold.household_id) == household_id).exists()


def held_lead() -> ColumnElement[bool]:
    """The condition that a lead is held: by itself, by a household that it is about, or by what was made of it."""
    own = select(col(LegalHold.id)).where(col(LegalHold.lifted_at).is_(None), col(LegalHold.lead_id) == col(Lead.id))
    further = select(col(LeadHousehold.lead_id)).where(
        col(LeadHousehold.lead_id) == col(Lead.id), held_household(col(LeadHousehold.household_id))
    )
    made = (
        select(col(Dispute.id))
        .join(LegalHold, col(LegalHold.dispute_id) == col(Dispute.id))
        .where(
            col(LegalHold.lifted_at).is_(None),
            or_(col(Dispute.lead_id) == col(Lead.id), col(Dispute.red_lead_id) == col(Lead.id)),
        )
    )
    return or_(own.exists(), held_household(col(Lead.household_id)), further.exists(), made.exists())


def held_dispute() -> ColumnElement[bool]:
    """The condition that a dispute is held: by itself, by its or a party's household, or by a lead it belongs to."""
    of_it = col(LegalHold.dispute_id) == col(Dispute.id)
    own = select(col(LegalHold.id)).where(col(LegalHold.lifted_at).is_(None), of_it)
    party = select(col(DisputeParty.id)).where(
        col(DisputeParty.dispute_id) == col(Dispute.id), held_household(col(DisputeParty.household_id))
    )
    leads = or_(col(Lead.id) == col(Dispute.lead_id), col(Lead.id) == col(Dispute.red_lead_id))
    lead = select(col(Lead.id)).where(leads, held_lead()).correlate(Dispute)
    return or_(own.exists(), held_household(col(Dispute.household_id)), party.exists(), lead.exists())


def held_item(item_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """The condition that an item of a council is held: by itself, or by one that it was merged with."""
    held, this = aliased(AgendaItem), aliased(AgendaItem)
    into = select(col(this.merged_into_id)).where(col(this.id) == item_id)
    together = or_(col(held.id) == item_id, col(held.merged_into_id) == item_id, col(held.id).in_(into))
    by_one = select(col(LegalHold.id)).join(held, col(held.id) == col(LegalHold.item_id))
    return by_one.where(col(LegalHold.lifted_at).is_(None), together).exists()


async def _number(session: AsyncSession, table: type[Household | Lead | Dispute | AgendaItem], code: str) -> int:
    same = func.upper(col(table.code)) == code.strip().upper()
    query = select(table.id).where(same).with_for_update()  # type: ignore[call-overload]
    number: int | None = (await session.execute(query)).scalar_one_or_none()
    if number is None:
        raise RefusedError(Reason.NOT_FOUND)
    return number
