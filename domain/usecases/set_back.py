"""After the clock was ahead and has been put right: what was put off by it is called back (spec 3; design 4).

A bell that was rung "tomorrow" would let its chain climb a day late. So nothing waits longer than it would if it were
put off now; what comes early for that harms nobody. Claims that run out too late are left: whoever has one may be at
work, and what she has sent must not be sent twice.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Lane
from domain.rules.policy import Policy
from domain.usecases.climbing import pause_after
from domain.usecases.ringing import Ringing
from models.alert import Alert, AlertState, NextStep
from models.chat_message import ChatMessage
from models.council import CouncilGroup, GroupState
from models.lead import Lead
from models.outbox import OutboxMessage, OutboxState

_log = logging.getLogger(__name__)
SLACK = timedelta(minutes=5)  # what replicas' clocks may differ by, and the longest pause before a red alert's next try


async def call_back(session: AsyncSession, *, now: datetime, policy: Policy) -> int:
    """Call back what waits for an instant at which it would not wait, had the clock been right; how many alerts.

    Besides these: red alerts that wait for their next try, what is to leave the chats, groups that are to stand still.
    """
    late = now + SLACK
    changes = (
        update(OutboxMessage)
        .where(
            col(OutboxMessage.state) == OutboxState.WAITING,
            col(OutboxMessage.lane) == int(Lane.RED),
            col(OutboxMessage.not_before) > late,
        )
        .values(not_before=now),
        update(ChatMessage)
        .where(col(ChatMessage.sent_at) > late, col(ChatMessage.delete_at) > now)
        .values(delete_at=now),
        update(CouncilGroup)
        .where(col(CouncilGroup.state) == GroupState.BOUND, col(CouncilGroup.free_at) > late)
        .values(free_at=now),
    )
    for change in changes:
        await session.execute(change.execution_options(synchronize_session=False))
    return await _alerts(session, now, policy)


async def _alerts(session: AsyncSession, now: datetime, policy: Policy) -> int:
    query = (
        select(Alert, Lead)
        .join(Lead, col(Lead.id) == col(Alert.lead_id))
        .where(col(Alert.state) != AlertState.CLOSED, col(Alert.next_step_at) > now + SLACK)
        .order_by(col(Alert.id))
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    called_back = 0
    for alert, lead in (await session.execute(query)).all():
        latest = _latest(await Ringing.of(session, alert, lead, now=now, policy=policy))
        if alert.next_step_at is not None and alert.next_step_at > latest + SLACK:
            alert.next_step_at = latest
            called_back += 1
    if called_back:
        _log.warning("alerts_called_back count=%d", called_back)
    return called_back


def _latest(ringing: Ringing) -> datetime:
    """When its next step would come, were it put off now."""
    match ringing.alert.next_step:
        case NextStep.ASK:
            return ringing.asks_at
        case NextStep.LAPSE:
            return ringing.lapses_at
        case _:
            return ringing.heard(ringing.now) + pause_after(ringing, ringing.alert.rung)
