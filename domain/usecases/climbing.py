"""What an alert does until somebody has answered, and when whoever has it stays silent (spec 3).

Whoever calls holds the alert's row: two processes never ring for one alert at a time.
"""

import logging
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from domain.kept_away import who_may_hear
from domain.lead_notices import AlertLapsed, ReachesNobody, StillOnIt
from domain.usecases.availability import PassedOver, passed_over
from domain.usecases.chain_building import DUTY, duty_rung, posts_of
from domain.usecases.outbox import tell
from domain.usecases.posts import areas_over, holders
from domain.usecases.ringing import Ringing, ring
from models.alert import AlertBell, AlertState, NextStep, RungState
from models.lead import EntryKind
from models.member import Role

_log = logging.getLogger(__name__)


async def climb(ringing: Ringing) -> None:
    """Ring the next rung, and at once those after it that are due as well or stand in for ones that cannot be rung.

    When nobody further up can be, whoever was rung last is rung again; then the county's duty holder; and when there
    is none either, the administrators hear of it, and all is tried again later.
    """
    ringing.alert.round += 1
    if not (await _ring_upwards(ringing) or await _ring_again(ringing) or await _ring_duty(ringing)):
        await _reaches_nobody(ringing)


async def ask(ringing: Ringing) -> None:
    """Ask whoever has it whether she is still on it."""
    alert, lead = ringing.alert, ringing.lead
    assert alert.holder_id is not None  # noqa: S101 - the database holds to it
    alert.round += 1
    question = StillOnIt(alert.id, lead.id, lead.code, alert.colour)
    key = f"still:{alert.id}:{alert.round}"
    await tell(ringing.session, [alert.holder_id], question, key, now=ringing.now, policy=ringing.policy)
    ringing.next(NextStep.LAPSE, ringing.lapses_at)


async def lapse(ringing: Ringing, reason: PassedOver) -> None:
    """Nobody has it any more: the rung after hers is rung, and those before it again, all but her."""
    alert, lead, holder = ringing.alert, ringing.lead, ringing.alert.holder_id
    assert holder is not None  # noqa: S101 - the database holds to it
    alert.state, alert.holder_id, alert.held_at, alert.working = AlertState.RINGING, None, None, False
    alert.round += 1
    if lead.handler_id == holder:
        lead.handler_id = None
    await ringing.note(EntryKind.LAPSED, member=holder, reason=reason.value)
    notice = AlertLapsed(alert.id, lead.code, alert.colour)
    key = f"lapsed:{alert.id}:{alert.round}"
    # Whoever has declared a tie meanwhile hears no more of it, not even that.
    told = await who_may_hear(ringing.session, lead, [holder])
    await tell(ringing.session, told, notice, key, now=ringing.now, policy=ringing.policy)
    alert.rung = min(max(alert.rung, await _rung_of(ringing, holder) + 1), len(ringing.rungs) - 1)
    # Each hears it once; whoever stands on a rung with the telephone list as well is rung there, so that she has it.
    again = sorted(ringing.rungs[: alert.rung + 1], key=lambda rung: not rung.phones)
    rang = [await ring(ringing, rung, without=holder) for rung in again]
    ringing.next(NextStep.CLIMB, ringing.heard(ringing.now) + pause_after(ringing, alert.rung))
    if not any(rang):
        ringing.next(NextStep.CLIMB, ringing.now)
        await climb(ringing)


async def give_up_rung(ringing: Ringing) -> None:
    """Nobody of the rung that was rung last can be reached any more: climb at once."""
    rung = next(rung for rung in ringing.rungs if rung.position == ringing.alert.rung)
    found = await passed_over(ringing.session, rung.members, ringing.lead, ringing.above, ringing.today)
    reasons = {member: reason for member, reason in found.items() if reason}
    rung.passed_over = {str(member): reason.value for member, reason in reasons.items()}
    rung.state = RungState.SKIPPED
    roles = sorted({role.value for role, _ in posts_of(rung)})
    reason = next(iter(reasons.values()), PassedOver.LEFT_POST)
    await ringing.note(EntryKind.SKIPPED, position=rung.position, roles=roles, reason=reason.value)
    ringing.next(NextStep.CLIMB, ringing.now)
    await climb(ringing)


async def _ring_upwards(ringing: Ringing) -> bool:
    alert, at = ringing.alert, ringing.alert.next_step_at or ringing.now
    rang = False
    for rung in ringing.rungs[alert.rung + 1 :]:
        if not await ring(ringing, rung):
            continue
        rang, alert.rung = True, rung.position
        # After a standstill the clock has run on: what is due by now is not put off any further.
        at = ringing.heard(at) + pause_after(ringing, rung.position)
        ringing.next(NextStep.CLIMB, at)
        if at > ringing.now:
            break
    if rang and at <= ringing.now:
        ringing.next(NextStep.CLIMB, ringing.heard(ringing.now) + ringing.chain.repeat)
    return rang


async def _ring_again(ringing: Ringing) -> bool:
    for rung in reversed(ringing.rungs):
        if await ring(ringing, rung):
            ringing.next(NextStep.CLIMB, ringing.heard(ringing.now) + ringing.chain.repeat)
            return True
    return False


async def _ring_duty(ringing: Ringing) -> bool:
    if any(role is DUTY.role for rung in ringing.rungs for role, _ in posts_of(rung)):
        return False  # the duty holders stand on the chain: they have been tried
    rung = await duty_rung(ringing.session, ringing.alert, ringing.above, len(ringing.rungs), ringing.today)
    if rung is None:
        return False
    ringing.rungs.append(rung)
    if not await ring(ringing, rung):
        return False
    ringing.alert.rung = rung.position
    ringing.next(NextStep.CLIMB, ringing.heard(ringing.now) + ringing.chain.repeat)
    return True


async def _reaches_nobody(ringing: Ringing) -> None:
    """The administrators above hear of it, and those above any post of the reporter: one may be there only."""
    areas = {*ringing.above, *await areas_over(ringing.session, ringing.lead.reporter_id, ringing.today)}
    administrators = await holders(ringing.session, areas, Role.ADMINISTRATOR, ringing.today)
    if not administrators:
        _log.error("alert_reaches_nobody alert_id=%d lead_id=%d", ringing.alert.id, ringing.lead.id)
    notice = ReachesNobody(ringing.lead.code, ringing.alert.colour)
    key = f"nobody:{ringing.alert.id}:{ringing.alert.round}"
    await tell(ringing.session, administrators, notice, key, now=ringing.now, policy=ringing.policy)
    ringing.next(NextStep.CLIMB, ringing.now + ringing.chain.repeat)


def pause_after(ringing: Ringing, position: int) -> timedelta:
    """How long the rung at `position` has before the next one is rung; for the last one, before it is rung again."""
    if position + 1 < len(ringing.rungs):
        return timedelta(minutes=ringing.rungs[position + 1].after_minutes)
    return ringing.chain.repeat


async def _rung_of(ringing: Ringing, member: int) -> int:
    query = select(col(AlertBell.position)).where(
        col(AlertBell.alert_id) == ringing.alert.id, col(AlertBell.member_id) == member
    )
    return (await ringing.session.execute(query)).scalar_one_or_none() or 0
