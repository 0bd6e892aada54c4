"""What becomes of a proposal before it is voted on, and after a vote that decided nothing (spec 5, W)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.council_access import ItemSight, chairs_of, guests_of_item
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.item_changes import (
    ITEM_IS_OVER,
    ON_AGENDA,
    TALKED_OF,
    UNDECIDED,
    WAITS,
    item_to_change,
    move_item,
    must_name_nobody,
)
from domain.usecases.item_guest_seats import end_guests
from domain.usecases.item_history import note_item, tell_of_item
from models.agenda import AgendaItem, ItemEvent, ItemState, Urgency

# From which states the chair may take each of these steps, and where it leads.
CHAIR_STEPS: dict[ItemEvent, tuple[frozenset[ItemState], ItemState]] = {
    ItemEvent.ACCEPTED: (WAITS, ItemState.ACCEPTED),
    ItemEvent.ASKED: (frozenset({ItemState.PROPOSED}), ItemState.ASKED),
    ItemEvent.DECLINED: (WAITS, ItemState.DECLINED),
    ItemEvent.DISCUSSION: (frozenset({ItemState.ACCEPTED}), ItemState.DISCUSSING),
    ItemEvent.AGAIN: (UNDECIDED, ItemState.ACCEPTED),
    ItemEvent.DROPPED: (ON_AGENDA | UNDECIDED, ItemState.DROPPED),
}
NEEDS_WORDS = frozenset({ItemEvent.ASKED, ItemEvent.DECLINED, ItemEvent.AGAIN, ItemEvent.DROPPED})
WITHDRAWN_FROM = WAITS | {ItemState.ACCEPTED}


async def decide_item(
    session: AsyncSession,
    *,
    actor: Actor,
    item_id: int,
    step: ItemEvent,
    body: str | None = None,
    now: datetime,
    policy: Policy,
) -> AgendaItem:
    """The chair takes `step` (one of CHAIR_STEPS), with the reason or question `body` where it needs one.

    A vote that failed for want of people may be held again with the same words; what was voted down is discussed
    first, and so is a hard matter. Raises RefusedError: NOT_YOURS, CHAIR_ONLY, REASON_NEEDED, PRIVATE_WORD,
    ITEM_OVER, ITEM_VOTING, STEP_PASSED.
    """
    states, leads_to = CHAIR_STEPS[step]
    sight = await item_to_change(session, actor, item_id, states)
    if step in NEEDS_WORDS and not body:
        raise RefusedError(Reason.REASON_NEEDED)
    await must_name_nobody(session, sight.council.area_id, body or "")
    talks_first = sight.item.state is ItemState.REJECTED or sight.item.urgency is Urgency.HARD
    if step is ItemEvent.AGAIN and talks_first:
        leads_to = ItemState.DISCUSSING
    return await _step(session, sight, step, leads_to, actor=actor, body=body, now=now, policy=policy)


async def answer_item(
    session: AsyncSession, *, actor: Actor, item_id: int, body: str, now: datetime, policy: Policy
) -> AgendaItem:
    """The proposer answers what the chair has asked; it waits for the chair again, who hears of it.

    Raises RefusedError: NOT_YOURS, PRIVATE_WORD, ITEM_OVER, ITEM_VOTING, STEP_PASSED.
    """
    sight = await own_item(session, actor, item_id, {ItemState.ASKED})
    await must_name_nobody(session, sight.council.area_id, body)
    return await _step(
        session, sight, ItemEvent.ANSWERED, ItemState.PROPOSED, actor=actor, body=body, now=now, policy=policy
    )


async def withdraw_item(
    session: AsyncSession, *, actor: Actor, item_id: int, now: datetime, policy: Policy
) -> AgendaItem:
    """The proposer takes her item back, before it is discussed.

    Raises RefusedError: NOT_YOURS, ITEM_OVER, ITEM_VOTING, STEP_PASSED.
    """
    sight = await own_item(session, actor, item_id, WITHDRAWN_FROM)
    return await _step(
        session, sight, ItemEvent.WITHDRAWN, ItemState.WITHDRAWN, actor=actor, body=None, now=now, policy=policy
    )


async def give_opinion(
    session: AsyncSession, *, actor: Actor, item_id: int, body: str, now: datetime, policy: Policy
) -> AgendaItem:
    """One of N+X says what she thinks of it.

    Raises RefusedError: NOT_YOURS, PRIVATE_WORD, ITEM_OVER, STEP_PASSED.
    """
    sight = await item_to_change(session, actor, item_id, TALKED_OF, leads=False)
    if not sight.takes_part:
        raise RefusedError(Reason.NOT_YOURS)
    await must_name_nobody(session, sight.council.area_id, body)
    entry = await note_item(session, sight.item, ItemEvent.OPINION, at=now, by_id=actor.member_id, body=body)
    await tell_of_item(session, sight.item, entry, now=now, policy=policy)
    return sight.item


async def own_item(session: AsyncSession, actor: Actor, item_id: int, states: Collection[ItemState]) -> ItemSight:
    """An item that `actor` herself has proposed, held, in one of `states`.

    Raises RefusedError: NOT_YOURS, ITEM_OVER, ITEM_VOTING, STEP_PASSED.
    """
    sight = await item_to_change(session, actor, item_id, states, leads=False)
    if sight.item.proposer_id != actor.member_id:
        raise RefusedError(Reason.NOT_YOURS)
    return sight


async def _step(
    session: AsyncSession,
    sight: ItemSight,
    kind: ItemEvent,
    state: ItemState,
    *,
    actor: Actor,
    body: str | None,
    now: datetime,
    policy: Policy,
) -> AgendaItem:
    item = sight.item
    await move_item(session, item, state, now=now)
    entry = await note_item(session, item, kind, at=now, by_id=actor.member_id, body=body)
    chairs = await chairs_of(session, sight.council, policy.today(now)) if actor.member_id == item.proposer_id else []
    over = state in ITEM_IS_OVER
    guests = await guests_of_item(session, item.id) if over else []
    await tell_of_item(session, item, entry, now=now, policy=policy, also=chairs, lost=guests)
    if over:
        await end_guests(session, item, now=now, policy=policy)
    return item
