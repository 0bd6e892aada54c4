"""A dispute's colour: whoever works on it raises it freely and lowers it with a reason; it is never red (spec 4)."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import DisputeEvent, clock_after
from domain.rules.policy import Policy
from domain.rules.triage import is_raise
from domain.usecases.dispute_changes import change_dispute, dispute_at_work
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import tell_rung
from models.dispute import Dispute, DisputeEntryKind, DisputeStep
from models.lead import Colour

_BEFORE = {DisputeStep.REMIND: None, DisputeStep.HEAD: DisputeStep.REMIND, DisputeStep.CLIMB: DisputeStep.HEAD}


async def recolour_dispute(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    seen: int,
    colour: Colour,
    body: str | None,
    now: datetime,
    policy: Policy,
) -> Dispute:
    """Give the case another colour; its clock runs on from the same day by the new colour's days, its rung hears.

    Raises RefusedError: NEVER_ON_LADDER (red is a lead's), SAME_COLOUR, REASON_NEEDED (to lower it), NOT_YOURS,
    HAS_CLIMBED, DISPUTE_OVER, DISPUTE_FROZEN, CHANGED_MEANWHILE.
    """
    dispute = (await dispute_at_work(session, actor, dispute_id, now=now, policy=policy)).dispute
    if colour is Colour.RED:
        raise RefusedError(Reason.NEVER_ON_LADDER)
    if colour is dispute.colour:
        raise RefusedError(Reason.SAME_COLOUR)
    if not is_raise(dispute.colour, colour) and not body:
        raise RefusedError(Reason.REASON_NEEDED)
    before = dispute.colour
    clock = _clock(dispute, colour, now=now, policy=policy)
    await change_dispute(session, dispute, seen, colour=colour, **clock)
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.COLOUR, actor=actor, now=now, body=body,
        before=before.value, colour=colour.value,
    )  # fmt: skip
    await tell_rung(
        session, dispute, DisputeEvent.RECOLOURED, key=f"dispute-colour:{entry.id}", besides={actor.member_id},
        now=now, policy=policy,
    )  # fmt: skip
    return dispute


def _clock(dispute: Dispute, colour: Colour, *, now: datetime, policy: Policy) -> dict[str, Any]:
    """The step that comes next, by the new colour. Follow-ups and decisions have days of their own."""
    if dispute.next_step is DisputeStep.ACCEPT:
        return _accept_by(dispute, colour, now=now, policy=policy)
    if dispute.next_step not in _BEFORE:
        return {}
    today, done = policy.today(now), _BEFORE[dispute.next_step]
    usual = clock_after(policy.ladder, dispute.colour, dispute.happened_on, done, today=dispute.happened_on)
    if usual.on <= today and dispute.next_step_at is not None and dispute.next_step_at > now:
        return {}  # a step that is repeated, or comes late, keeps its day
    after = clock_after(policy.ladder, colour, dispute.happened_on, done, today=today)
    # Its time may have passed already: then it is done at once, but never in the quiet hours.
    at = max(policy.at(after.on, policy.digest_at), policy.after_quiet(now))
    return {"next_step": after.step, "next_step_at": at, "next_on": _day(dispute, colour, policy)}


def _day(dispute: Dispute, colour: Colour, policy: Policy) -> date | None:
    """The day for people moves with the clock where it is the clock's own, and not where people have set it."""
    clocks = policy.ladder.clocks
    own = dispute.happened_on + timedelta(days=clocks[dispute.colour].remind_days)
    if dispute.next_on != own:
        return dispute.next_on
    return dispute.happened_on + timedelta(days=clocks[colour].remind_days)


def _accept_by(dispute: Dispute, colour: Colour, *, now: datetime, policy: Policy) -> dict[str, Any]:
    """So many hours since it came to the rung, and again for each call; never later than if it came now."""
    hours = timedelta(hours=policy.ladder.clocks[colour].accept_hours)
    soonest = policy.after_quiet(now)
    at = policy.after_quiet(dispute.rung_since) + hours * (dispute.round + 1)
    at = min(max(at, soonest), soonest + hours)
    return {"next_step_at": at, "next_on": policy.today(at)}
