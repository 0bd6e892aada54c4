"""Answering an alert: 签收, 我来处理, "still on it", and whom to telephone while nobody has (spec 3)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ANSWERS_ALERTS, Actor, Post, is_frozen
from domain.kept_away import kept_away, who_may_hear
from domain.lead_notices import AlertHeld
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.alert_notices import drop_waiting, have_heard
from domain.usecases.availability import PassedOver
from domain.usecases.chain_building import posts_of
from domain.usecases.climbing import lapse
from domain.usecases.outbox import tell
from domain.usecases.ringing import Ringing, note_bell
from domain.usecases.timeline import note
from models.alert import Alert, AlertBell, AlertState, NextStep, RungState
from models.area import Area
from models.lead import EntryKind, Lead
from models.member import Appointment, Member, Role, in_force


@dataclass(frozen=True, slots=True)
class Answered:
    """How an answer was taken. `mine`: she has it now; otherwise somebody in `role` was quicker and keeps it.

    `may_take` says that she stands above whoever has only acknowledged it, and may take it over.
    """

    alert: Alert
    lead: Lead
    mine: bool
    role: Role
    may_take: bool = False


async def answer_alert(
    session: AsyncSession, *, actor: Actor, alert_id: int, working: bool, now: datetime, policy: Policy
) -> Answered:
    """Acknowledge an alert, or (`working`) take it on. The first one has it; the others hear who it is.

    Of two at once the later one is told who has it. Whoever stands above may take over what was only acknowledged;
    whoever was handed it by its holder takes it by any answer. Raises RefusedError: NOT_YOURS, ALERT_CLOSED.
    """
    ringing, path = await alert_for(session, actor, alert_id, now=now, policy=policy)
    alert = ringing.alert
    if alert.state is AlertState.RINGING:
        return await _hold(ringing, actor, path, working=working)
    if alert.holder_id == actor.member_id:
        if working and not alert.working:
            return await _hold(ringing, actor, path, working=True)
        return Answered(alert, ringing.lead, True, _highest(actor.posts, path).role)
    holder = await post_of(session, alert.holder_id, path, ringing.today)
    handed = await _was_handed(ringing, actor)
    above = not alert.working and (holder is None or _is_above(_highest(actor.posts, path), holder))
    if handed or (working and above):
        return await _hold(ringing, actor, path, working=working)
    return Answered(alert, ringing.lead, False, holder.role if holder else Role.HEAD, may_take=above)


async def still_on_it(
    session: AsyncSession, *, actor: Actor, alert_id: int, yes: bool, now: datetime, policy: Policy
) -> Answered:
    """Say that one is still on it, or that one cannot go on: then others are rung at once.

    Raises RefusedError: NOT_YOURS, ALERT_CLOSED, NOT_HOLDER.
    """
    ringing, path = await alert_for(session, actor, alert_id, now=now, policy=policy)
    alert, role = ringing.alert, _highest(actor.posts, path).role
    if alert.holder_id != actor.member_id:
        raise RefusedError(Reason.NOT_HOLDER)
    await drop_waiting(session, alert, now=now)
    if not yes:
        await lapse(ringing, PassedOver.HANDED_BACK)
        await session.flush()
        return Answered(alert, ringing.lead, False, role)
    if alert.next_step is NextStep.LAPSE:
        await note(session, ringing.lead, EntryKind.STILL_ON_IT, actor=actor, now=now)
        ringing.next(NextStep.ASK, ringing.asks_at)
        await session.flush()
    return Answered(alert, ringing.lead, True, role)


async def alert_for(
    session: AsyncSession, actor: Actor, alert_id: int, *, now: datetime, policy: Policy
) -> tuple[Ringing, str]:
    """An open alert that `actor` may answer, held until the transaction ends, and the path of its lead's area.

    She was rung for it, or holds a post of a rung that was, or handles the lead; she covers its area today and it
    does not go past her. Raises RefusedError: NOT_YOURS, ALERT_CLOSED.
    """
    found = await hold_alert(session, alert_id)
    if found is None or await is_frozen(session, actor):
        raise RefusedError(Reason.NOT_YOURS)
    alert, lead = found
    path = (await session.execute(select(col(Area.path)).where(col(Area.id) == lead.area_id))).scalar_one()
    ringing = await Ringing.of(session, alert, lead, now=now, policy=policy)
    away = await kept_away(session, lead, [actor.member_id])
    if away or not actor.covers(path, ANSWERS_ALERTS) or not await _is_hers(ringing, actor):
        raise RefusedError(Reason.NOT_YOURS)
    if alert.state is AlertState.CLOSED:
        raise RefusedError(Reason.ALERT_CLOSED)
    return ringing, path


async def hold_alert(session: AsyncSession, alert_id: int) -> tuple[Alert, Lead] | None:
    """The alert and its lead as they are now; others who change them wait until the transaction ends."""
    # Lead before alert, everywhere: two who wait for each other would wait for ever.
    fresh = {"populate_existing": True}
    leads = select(Lead).join(Alert, col(Alert.lead_id) == col(Lead.id)).where(col(Alert.id) == alert_id)
    locked = leads.with_for_update(of=Lead, key_share=True).execution_options(**fresh)
    lead = (await session.execute(locked)).scalar_one_or_none()
    if lead is None:
        return None
    alerts = select(Alert).where(col(Alert.id) == alert_id).with_for_update(key_share=True)
    return (await session.execute(alerts.execution_options(**fresh))).scalar_one(), lead


async def post_of(session: AsyncSession, member_id: int | None, path: str, today: date) -> Post | None:
    """The highest post in which a member answers for the area; None when she holds none there (any more)."""
    query = (
        select(col(Appointment.role), col(Area.id), col(Area.path), col(Area.name))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(col(Appointment.member_id) == member_id, col(Appointment.role).in_(ANSWERS_ALERTS), in_force(today))
        .order_by(col(Appointment.id))
    )
    posts = tuple(Post(*row) for row in (await session.execute(query)).all())
    covering = [post for post in posts if path.startswith(post.area_path)]
    return min(covering, key=lambda post: len(post.area_path)) if covering else None


@dataclass(frozen=True, slots=True)
class ToTelephone:
    """Somebody who was rung and has not answered. `unreached`: what was sent cannot have reached her."""

    name: str
    role: Role
    area: str
    unreached: bool


async def to_telephone(
    session: AsyncSession, *, actor: Actor, alert_id: int, now: datetime, policy: Policy
) -> tuple[Answered, list[ToTelephone]]:
    """Whom to telephone: everybody else who was rung, for whoever is rung where the chain says so.

    While somebody has the alert the list is empty. Raises RefusedError: NOT_YOURS, ALERT_CLOSED.
    """
    ringing, path = await alert_for(session, actor, alert_id, now=now, policy=policy)
    alert, role = ringing.alert, _highest(actor.posts, path).role
    rung = [one for one in ringing.rungs if one.state is not RungState.WAITING]
    if not any(one.phones and actor.member_id in one.members for one in rung):
        raise RefusedError(Reason.NOT_YOURS)
    if alert.state is AlertState.HELD:
        holder = await post_of(session, alert.holder_id, path, ringing.today)
        mine = alert.holder_id == actor.member_id
        return Answered(alert, ringing.lead, mine, holder.role if holder else role), []
    people = []
    for member_id in await who_may_hear(session, ringing.lead, (member for one in rung for member in one.members)):
        post = await post_of(session, member_id, path, ringing.today)
        member = await session.get_one(Member, member_id)
        if post is not None and member.frozen_at is None and member_id != actor.member_id:
            people.append(ToTelephone(member.name, post.role, post.area_name, member.unreachable_since is not None))
    return Answered(alert, ringing.lead, False, role), people


async def _hold(ringing: Ringing, actor: Actor, path: str, *, working: bool) -> Answered:
    session, alert, lead, now = ringing.session, ringing.alert, ringing.lead, ringing.now
    before, upgraded = alert.holder_id, alert.holder_id == actor.member_id
    role = _highest(actor.posts, path).role
    if working or (before is not None and lead.handler_id == before):
        lead.handler_id = actor.member_id
    alert.state, alert.holder_id, alert.held_at, alert.working = AlertState.HELD, actor.member_id, now, working
    alert.round += 1
    ringing.next(NextStep.ASK, ringing.asks_at)
    await _take_bell(ringing, actor)
    await note(
        session, lead, EntryKind.TAKEN if working else EntryKind.ACKNOWLEDGED, actor=actor, now=now, role=role.value
    )
    await drop_waiting(session, alert, now=now, same_holder=upgraded)
    if not upgraded:
        told = {*await have_heard(session, alert), *([before] if before else [])} - {actor.member_id}
        notice = AlertHeld(lead.code, alert.colour, role, working)
        key = f"held:{alert.id}:{alert.round}"
        hearing = await who_may_hear(session, lead, sorted(told))
        await tell(session, hearing, notice, key, now=now, policy=ringing.policy)
    return Answered(alert, lead, True, role)


async def _take_bell(ringing: Ringing, actor: Actor) -> None:
    """It is hers as if it had rung her; what somebody was handed meanwhile is over."""
    session, alert = ringing.session, ringing.alert
    bell = await _bell(ringing, actor)
    if bell is None:
        note_bell(ringing, None, actor.member_id, max(alert.rung, 0))
    await session.flush()
    over = update(AlertBell).where(col(AlertBell.alert_id) == alert.id).values(handed=False)
    await session.execute(over.execution_options(synchronize_session=False))
    if bell is not None:
        await session.refresh(bell)


async def _bell(ringing: Ringing, actor: Actor) -> AlertBell | None:
    query = select(AlertBell).where(
        col(AlertBell.alert_id) == ringing.alert.id, col(AlertBell.member_id) == actor.member_id
    )
    fresh = query.execution_options(populate_existing=True)
    return (await ringing.session.execute(fresh)).scalar_one_or_none()


async def _was_handed(ringing: Ringing, actor: Actor) -> bool:
    bell = await _bell(ringing, actor)
    return bell is not None and bell.handed


async def _is_hers(ringing: Ringing, actor: Actor) -> bool:
    if ringing.lead.handler_id == actor.member_id or await _bell(ringing, actor) is not None:
        return True
    hers = {(post.role, post.area_id) for post in actor.posts}
    rung = [one for one in ringing.rungs if one.state is not RungState.WAITING]
    return any(post in hers for one in rung for post in posts_of(one))


def _highest(posts: tuple[Post, ...], path: str) -> Post:
    covering = [post for post in posts if post.role in ANSWERS_ALERTS and path.startswith(post.area_path)]
    return min(covering, key=lambda post: len(post.area_path))


def _is_above(one: Post, other: Post) -> bool:
    return one.area_path != other.area_path and other.area_path.startswith(one.area_path)
