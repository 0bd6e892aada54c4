"""The notices of an alert in the outbox: those that nobody needs any more, and who has had one."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.alert import Alert, AlertBell
from models.outbox import OutboxMessage, OutboxState

_ASKING = ("bell", "still", "lapsed")
_OF_AN_ALERT = (*_ASKING, "held")


def waits_for_an_answer(dedupe_key: str) -> bool:
    """Whether a notice of this key asks somebody to answer an alert: her answer, or another's, takes it back."""
    return dedupe_key.split(":", 1)[0] in _ASKING


async def drop_waiting(session: AsyncSession, alert: Alert, *, now: datetime, same_holder: bool = False) -> None:
    """Take back every copy that waits: somebody has answered, on whatever level.

    While she stays the holder (`same_holder`), what the others are being told of her is still true.
    """
    keys = or_(*(_key(kind, alert) for kind in _OF_AN_ALERT if kind != "held" or not same_holder))
    change = (
        update(OutboxMessage)
        .where(_to_whoever_was_rung(alert), col(OutboxMessage.state) == OutboxState.WAITING, keys)
        .values(state=OutboxState.DROPPED, settled_at=now)
    )
    await session.execute(change.execution_options(synchronize_session=False))


async def have_heard(session: AsyncSession, alert: Alert) -> list[int]:
    """Whom a bell of this alert has reached, or may have: they are told who has it now."""
    untouched = and_(col(OutboxMessage.state) == OutboxState.WAITING, col(OutboxMessage.attempts) == 0)
    unheard = or_(untouched, col(OutboxMessage.state).in_((OutboxState.DROPPED, OutboxState.FAILED)))
    query = (
        select(col(OutboxMessage.member_id))
        .where(_to_whoever_was_rung(alert), _key("bell", alert), ~unheard)
        .distinct()
        .order_by(col(OutboxMessage.member_id))
    )
    return list((await session.execute(query)).scalars())


def _to_whoever_was_rung(alert: Alert) -> ColumnElement[bool]:
    # By member, for which there is an index: of what is waiting, most are digests of others.
    rung = select(col(AlertBell.member_id)).where(col(AlertBell.alert_id) == alert.id)
    return col(OutboxMessage.member_id).in_(rung)


def _key(kind: str, alert: Alert) -> ColumnElement[bool]:
    return col(OutboxMessage.dedupe_key).startswith(f"{kind}:{alert.id}:")
