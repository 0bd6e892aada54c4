"""Alerts: who is rung for a lead, and what happens until somebody has answered (spec 3)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.policy import Policy
from models.alert import Alert, NextStep
from models.lead import Lead


async def open_alert(session: AsyncSession, lead: Lead, *, now: datetime, policy: Policy) -> Alert:
    """Open the alert of a lead with a copy of its colour's chain, and ring the first rung."""
    delay = policy.chains[lead.colour].rungs[0].after_minutes
    assert delay == 0  # noqa: S101
    alert = Alert(lead_id=lead.id, colour=lead.colour, opened_at=now, next_step=NextStep.CLIMB, next_step_at=now)
    session.add(alert)
    await session.flush()
    return alert
