"""What a case does by itself when its next step is due: call again, remind, tell the head, climb (M, spec 4)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.dispute_notices import DisputeWaits
from domain.rules.ladder import Arrival, Course, clock_after, out_of_time
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute
from domain.usecases.dispute_closers import closers_of
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import call_rung, climb_to, rung_people, standing_of
from domain.usecases.dispute_rungs import head_above, head_of_rung, rungs_over
from domain.usecases.outbox import tell
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeKind, DisputeStep

_CALLS = 2  # after the arrival's own; then it climbs
_EACH_WEEK = timedelta(days=7)
_EACH_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A case, held, whose next step is due."""

    session: AsyncSession
    dispute: Dispute
    now: datetime
    policy: Policy


async def take_step(due: Due) -> bool:
    """Do the next step of the case, and say when the one after it is due."""
    match due.dispute.next_step:
        case DisputeStep.ACCEPT:
            await _accept(due)
        case DisputeStep.REMIND:
            await _remind(due)
        case DisputeStep.HEAD:
            await _tell_head(due)
        case DisputeStep.CLIMB:
            await _climb(due)
        case _:
            await _weekly(due)
    return True


async def _accept(due: Due) -> None:
    """Nobody has accepted it: the rung is called again, its head hears of the second call, then it climbs."""
    dispute = due.dispute
    if dispute.round >= _CALLS and await _climbs(due, Arrival.UNANSWERED):
        return
    people = await rung_people(due.session, dispute, now=due.now, policy=due.policy)
    wait = timedelta(hours=due.policy.ladder.clocks[dispute.colour].accept_hours)
    if dispute.round >= _CALLS:
        wait = max(wait, _EACH_DAY)  # on the last rung it goes on for ever
    await _next(due, DisputeStep.ACCEPT, due.policy.after_quiet(due.now) + wait)
    called = people.able or people.all_who_may if people else ()
    entry = await _note(due, DisputeEntryKind.CALLED, rung=dispute.rung, told=len(called))
    if people is not None:
        await call_rung(
            due.session, dispute, people, why=Arrival.UNANSWERED, key=f"dispute-called:{entry.id}", actor=None,
            now=due.now, policy=due.policy, again=True,
        )  # fmt: skip
    if dispute.round >= _CALLS:
        await _head_hears(due, DisputeStep.ACCEPT, besides=called)


async def _remind(due: Due) -> None:
    """Nothing has happened: its owner is reminded."""
    await _after(due, DisputeStep.REMIND)
    entry = await _note(due, DisputeEntryKind.REMINDED, step=DisputeStep.REMIND.value, days=_idle(due))
    await _tell(due, [due.dispute.owner_id], DisputeStep.REMIND, entry, _idle(due))


async def _tell_head(due: Due) -> None:
    """Still nothing: the rung's head hears of it. A counselling does not climb by this clock: she hears again."""
    if due.dispute.kind is DisputeKind.COUNSELLING:
        again = due.policy.today(due.now) + timedelta(days=due.policy.ladder.clocks[due.dispute.colour].head_days)
        await _next(due, DisputeStep.HEAD, due.policy.at(again, due.policy.digest_at))
    else:
        await _after(due, DisputeStep.HEAD)
    await _head_hears(due, DisputeStep.HEAD)


async def _climb(due: Due) -> None:
    """Still nothing: the next rung has it. On the last one it stays, and its owner and head hear of it."""
    if await _climbs(due, Arrival.OUT_OF_TIME):
        return
    await _after(due, DisputeStep.CLIMB)
    entry = await _note(due, DisputeEntryKind.REMINDED, step=DisputeStep.CLIMB.value, days=_idle(due))
    await _tell(due, [due.dispute.owner_id], DisputeStep.REMIND, entry, _idle(due))
    await _head_hears(due, DisputeStep.CLIMB, besides=[due.dispute.owner_id])


async def _weekly(due: Due) -> None:
    """A follow-up or a decision is due: whoever is to do it hears of it, a week later the head too, then weekly."""
    dispute, step = due.dispute, due.dispute.next_step or DisputeStep.FOLLOW_UP
    first = dispute.round == 0
    at = due.policy.at(due.policy.today(due.now + _EACH_WEEK), due.policy.digest_at)
    await _next(due, step, at)
    entry = await _note(due, DisputeEntryKind.REMINDED, step=step.value, days=_late(due))
    told = {dispute.owner_id}
    if step is DisputeStep.DECIDE:
        asker = dispute.closing_by_id or 0
        told |= set(await closers_of(due.session, dispute, besides=asker, now=due.now, policy=due.policy))
    await _tell(due, told, step, entry, _late(due))
    if not first:
        await _head_hears(due, step, besides=told)


async def _climbs(due: Due, why: Arrival) -> bool:
    above = await rungs_over(due.session, due.dispute, today=due.policy.today(due.now), ladder=due.policy.ladder)
    move = out_of_time(standing_of(due.dispute), above.keys)
    if move.course is Course.CLIMBS:
        await climb_to(
            due.session, due.dispute, move.standing, above, why=why, actor=None, now=due.now, policy=due.policy
        )
    return move.course is Course.CLIMBS


async def _head_hears(due: Due, step: DisputeStep, besides: Collection[int | None] = ()) -> None:
    """The rung's head; where nobody holds that post, the next head above, who cannot open the case."""
    today, ladder = due.policy.today(due.now), due.policy.ladder
    heads = await head_of_rung(due.session, due.dispute, ladder, today)
    instead = [] if heads else await head_above(due.session, due.dispute, ladder, today)
    told = [head for head in heads or instead if head not in besides]
    days = _late(due) if step in (DisputeStep.FOLLOW_UP, DisputeStep.DECIDE) else _idle(due)
    entry = await _note(due, DisputeEntryKind.HEAD_TOLD, step=step.value, days=days, told=len(told))
    await _tell(due, told, step, entry, days, no_head=not heads)


async def _tell(
    due: Due,
    members: Iterable[int | None],
    step: DisputeStep,
    entry: DisputeEntry,
    days: int,
    *,
    no_head: bool = False,
) -> None:
    notice = DisputeWaits(due.dispute.code, due.dispute.id, due.dispute.colour, step, days, no_head=no_head)
    known = sorted({member for member in members if member is not None})
    await tell(due.session, known, notice, f"dispute-waits:{entry.id}", now=due.now, policy=due.policy)


async def _after(due: Due, done: DisputeStep) -> None:
    """The clock's step that follows."""
    dispute = due.dispute
    today = due.policy.today(due.now)
    step = clock_after(due.policy.ladder, dispute.colour, dispute.happened_on, done, today=today)
    await _next(due, step.step, due.policy.at(step.on, due.policy.digest_at))


async def _next(due: Due, step: DisputeStep, at: datetime) -> None:
    await change_dispute(
        due.session, due.dispute, due.dispute.rev, next_step=step, next_step_at=at, round=due.dispute.round + 1
    )


async def _note(due: Due, kind: DisputeEntryKind, **detail: Any) -> DisputeEntry:
    return await note_dispute(due.session, due.dispute, kind, actor=None, now=due.now, **detail)


def _idle(due: Due) -> int:
    """Days without anything having happened."""
    return max(0, (due.policy.today(due.now) - due.dispute.happened_on).days)


def _late(due: Due) -> int:
    """Days since it should have been done."""
    on = due.dispute.next_on or due.policy.today(due.now)
    return max(0, (due.policy.today(due.now) - on).days)
