"""Leads that ring nobody stand in the morning of whoever is to look at them (blue, spec 3)."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.kept_away import goes_past
from domain.lead_notices import WaitingLeads
from domain.rules.policy import Policy
from domain.usecases.outbox import tell_each
from models.alert import Alert, AlertBell, AlertState
from models.lead import Lead


async def plan_waiting_leads(session: AsyncSession, day: date, now: datetime, policy: Policy) -> int:
    """Tell each of them how many wait that nobody has answered yet; how many people are told."""
    quiet = [colour for colour, chain in policy.chains.items() if chain.quiet]
    query = (
        select(col(AlertBell.member_id), func.count())
        .join(Alert, col(Alert.id) == col(AlertBell.alert_id))
        .join(Lead, col(Lead.id) == col(Alert.lead_id))
        # Whoever has declared a tie since it rang for her does not hear of it any more, not even as a number.
        .where(
            col(Alert.state) == AlertState.RINGING,
            col(Alert.colour).in_(quiet),
            ~goes_past(col(AlertBell.member_id), Lead),
        )
        .group_by(col(AlertBell.member_id))
    )
    notices = {row[0]: WaitingLeads(day, row[1]) for row in (await session.execute(query)).all()}
    await tell_each(session, notices, f"waiting-leads:{day.isoformat()}", now=now, policy=policy)
    return len(notices)
