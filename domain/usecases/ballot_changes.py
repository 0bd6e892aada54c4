"""What the chair can change about an open ballot: give it more time, or call it off (spec 5)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.council_access import hold_item
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.ballot_log import entries_of, log_ballot
from domain.usecases.ballot_opening import check_deadline
from domain.usecases.ballots import hold_open_ballot, led_ballot
from domain.usecases.council_meetings import ballot_meeting_off
from domain.usecases.group_posts import show_in_group
from domain.usecases.item_changes import move_item, must_name_nobody
from domain.usecases.item_history import note_item, tell_of_item
from models.agenda import ItemEvent, ItemState
from models.ballot import Ballot, BallotEvent, BallotState
from models.council import PostKind


async def extend_ballot(
    session: AsyncSession, *, actor: Actor, ballot_id: int, closes_at: datetime, now: datetime
) -> Ballot:
    """Give a ballot more time; never less: who counts on the deadline must not find it over.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, BALLOT_OVER, ONLY_LATER, DEADLINE_TOO_SOON, DEADLINE_TOO_FAR.
    """
    await led_ballot(session, actor, ballot_id)
    ballot = await hold_open_ballot(session, ballot_id, now)
    if closes_at <= ballot.closes_at:
        raise RefusedError(Reason.ONLY_LATER)
    check_deadline(closes_at, now)
    ballot.closes_at, ballot.rev, ballot.reminded = closes_at, ballot.rev + 1, 0
    await session.flush()
    detail = {"closes_at": closes_at.isoformat()}
    await log_ballot(session, ballot, BallotEvent.EXTENDED, at=now, by_id=actor.member_id, detail=detail)
    await show_in_group(session, ballot.council_id, PostKind.BALLOT, ballot.id, now=now, urgent=True)
    return ballot


async def cancel_ballot(
    session: AsyncSession, *, actor: Actor, ballot_id: int, reason: str, now: datetime, policy: Policy
) -> Ballot:
    """Call a ballot off, with a reason that the item's history keeps; nothing was decided, its votes stay uncounted.

    The item is where it was before the ballot. Raises RefusedError: NOT_YOURS, CHAIR_ONLY, BALLOT_OVER, REASON_NEEDED,
    PRIVATE_WORD.
    """
    if not reason.strip():
        raise RefusedError(Reason.REASON_NEEDED)
    seen = await led_ballot(session, actor, ballot_id)
    item = seen.item
    await must_name_nobody(session, seen.council.area_id, reason)
    await hold_item(session, item)
    ballot = await hold_open_ballot(session, ballot_id, now)
    await log_ballot(session, ballot, BallotEvent.CANCELLED, at=now, by_id=actor.member_id)
    ballot.state, ballot.ended_at, ballot.rev = BallotState.CANCELLED, now, ballot.rev + 1
    opening = (await entries_of(session, ballot.id))[0]
    await move_item(session, item, ItemState(opening.detail["from"]), now=now)
    await ballot_meeting_off(session, ballot, now=now)
    entry = await note_item(
        session,
        item,
        ItemEvent.CANCELLED,
        at=now,
        by_id=actor.member_id,
        detail={"ballot": ballot.id},
        body=reason.strip(),
    )
    await tell_of_item(session, item, entry, now=now, policy=policy)
    await show_in_group(session, ballot.council_id, PostKind.BALLOT, ballot.id, now=now, urgent=True)
    return ballot
