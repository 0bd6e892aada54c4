"""Freezing the account of a lost phone, by any colleague, and giving it back, by an administrator (spec 8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import WORKS_HERE, Actor, Post, visible_areas
from domain.member_notices import AccountBack, AccountWasFrozen
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.chat_messages import clear_chat
from domain.usecases.outbox import tell
from domain.usecases.posts import chain_of, holders
from models.area import Area, AreaKind, within
from models.conversation import Conversation
from models.freeze import AccountFreeze, FreezeReason
from models.member import Appointment, Member, Role, in_force

GIVES_BACK = frozenset({Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody one works with, as a list shows her: her name and her first post's role."""

    id: int
    name: str
    role: Role


async def colleagues_of(
    session: AsyncSession, *, actor: Actor, query: str, today: date, offset: int, limit: int
) -> tuple[list[Colleague], int]:
    """Those whose account the actor may freeze and who are called something like `query`; and how many there are."""
    found = (await _colleagues(session, actor, today)).where(col(Member.name).icontains(query, autoescape=True))
    total = (await session.execute(select(func.count()).select_from(found.subquery()))).scalar_one()
    rows = (await session.execute(found.order_by(col(Member.name), col(Member.id)).offset(offset).limit(limit))).all()
    roles = await _first_roles(session, [row.id for row in rows], today)
    return [Colleague(row.id, row.name, roles[row.id]) for row in rows], total


async def colleague(session: AsyncSession, *, actor: Actor, member_id: int, today: date) -> Colleague:
    """The colleague with this number. Raises RefusedError(NOT_YOUR_COLLEAGUE), also for who does not exist."""
    found = (await _colleagues(session, actor, today)).where(col(Member.id) == member_id)
    row = (await session.execute(found)).one_or_none()
    if row is None:
        raise RefusedError(Reason.NOT_YOUR_COLLEAGUE)
    return Colleague(row.id, row.name, (await _first_roles(session, [row.id], today))[row.id])


async def _colleagues(session: AsyncSession, actor: Actor, today: date) -> Select[int, str]:
    """Herself, everybody who works in the same township (without one: county), and everybody above; who is frozen is
    not. Whoever is invited to an item is nobody's colleague but the administrator's, and has none.
    """
    near = or_(false(), *[await _around(session, post) for post in actor.posts if post.role in WORKS_HERE])
    posted = select(col(Appointment.member_id)).join(Area, col(Area.id) == col(Appointment.area_id))
    hers = or_(col(Member.id) == actor.member_id, col(Member.id).in_(posted.where(in_force(today), near)))
    return select(col(Member.id), col(Member.name)).where(hers, col(Member.frozen_at).is_(None))


async def _around(session: AsyncSession, post: Post) -> ColumnElement[bool]:
    """The posts around one of hers. Accounts are an administrator's work, those of people invited as well."""
    works = true() if post.role in GIVES_BACK else col(Appointment.role).in_(WORKS_HERE)
    return and_(await _circle(session, post.area_path), works)


async def _circle(session: AsyncSession, path: str) -> ColumnElement[bool]:
    """The areas around the one with `path`: the whole township it lies in, or county, and whatever lies above."""
    above = [int(part) for part in path.split("/") if part]
    areas = (
        (await session.execute(select(Area).where(col(Area.id).in_(above)).order_by(col(Area.path)))).scalars().all()
    )
    wide = [area for kind in (AreaKind.TOWNSHIP, AreaKind.COUNTY) for area in areas if area.kind is kind]
    return or_(within((wide or [areas[-1]])[0].path), col(Area.id).in_(above))


async def _first_roles(session: AsyncSession, ids: Sequence[int], today: date) -> dict[int, Role]:
    query = select(col(Appointment.member_id), col(Appointment.role)).where(
        col(Appointment.member_id).in_(ids), in_force(today)
    )
    rows = (await session.execute(query.order_by(col(Appointment.id).desc()))).all()
    # That she is invited somewhere is the council's to know, as long as anything else can be said of her.
    return {row.member_id: row.role for row in sorted(rows, key=lambda row: row.role in WORKS_HERE)}


async def freeze_account(
    session: AsyncSession,
    *,
    actor: Actor,
    member_id: int,
    reason: FreezeReason,
    conversation_id: str,
    now: datetime,
    policy: Policy,
) -> AccountFreeze:
    """Freeze a colleague's account, or one's own: it may do nothing more, what the bot can delete of its chat goes,
    and the administrators above are told. What she was filling in waits as a draft.

    Raises RefusedError: NOT_YOUR_COLLEAGUE, also when somebody was quicker.
    """
    today = policy.today(now)
    await colleague(session, actor=actor, member_id=member_id, today=today)
    taken = await session.execute(
        update(Member)
        .where(col(Member.id) == member_id, col(Member.frozen_at).is_(None))
        .values(frozen_at=now)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.NOT_YOUR_COLLEAGUE)
    freeze = AccountFreeze(
        member_id=member_id, reason=reason, frozen_at=now, frozen_by_id=actor.member_id, conversation_id=conversation_id
    )
    session.add(freeze)
    await session.flush()
    telegram_id = (
        await session.execute(select(col(Member.telegram_id)).where(col(Member.id) == member_id))
    ).scalar_one()
    await clear_chat(session, telegram_id)
    if member_id != actor.member_id:
        await _put_aside(session, telegram_id)
    told = [one for one in await _administrators(session, member_id, today) if one != member_id]
    await tell(session, told, AccountWasFrozen(freeze.id), f"frozen:{freeze.id}", now=now, policy=policy)
    return freeze


async def _put_aside(session: AsyncSession, telegram_id: int) -> None:
    """What she is in the middle of becomes a draft. (Whoever freezes herself is in the middle of that alone.)"""
    active = (col(Conversation.user_id) == telegram_id, col(Conversation.active))
    change = update(Conversation).where(*active).values(active=False, rev=Conversation.rev + 1)
    await session.execute(change.execution_options(synchronize_session=False))


async def _administrators(session: AsyncSession, member_id: int, today: date) -> list[int]:
    chains = [await chain_of(session, area_id) for area_id in await _areas_of(session, member_id)]
    return await holders(session, {area_id for chain in chains for area_id in chain}, Role.ADMINISTRATOR, today)


async def _areas_of(session: AsyncSession, member_id: int) -> Iterable[int]:
    """Where she has, or had, a post."""
    query = select(col(Appointment.area_id)).where(col(Appointment.member_id) == member_id).distinct()
    return (await session.execute(query)).scalars().all()


@dataclass(frozen=True, slots=True)
class FrozenAccount:
    """A freeze that has not been lifted, with the names that an administrator needs to ask around."""

    freeze: AccountFreeze
    name: str
    frozen_by: str


async def frozen_accounts(
    session: AsyncSession, *, actor: Actor, offset: int, limit: int
) -> tuple[list[FrozenAccount], int]:
    """The frozen accounts of the actor's areas, the latest first; and how many there are."""
    found = _frozen_for(actor)
    total = (await session.execute(select(func.count()).select_from(found.subquery()))).scalar_one()
    page = found.order_by(col(AccountFreeze.id).desc()).offset(offset).limit(limit)
    return [await _with_names(session, freeze) for freeze in (await session.execute(page)).scalars()], total


async def frozen_account(session: AsyncSession, *, actor: Actor, freeze_id: int) -> FrozenAccount:
    """The freeze, lifted or not, when its account is the actor's to give back. Raises RefusedError(NOT_YOURS)."""
    found = _frozen_for(actor, lifted=True).where(col(AccountFreeze.id) == freeze_id)
    freeze = (await session.execute(found)).scalar_one_or_none()
    if freeze is None:
        raise RefusedError(Reason.NOT_YOURS)
    return await _with_names(session, freeze)


def _frozen_for(actor: Actor, *, lifted: bool = False) -> Select[AccountFreeze]:
    posts = (
        select(col(Appointment.id))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(col(Appointment.member_id) == col(AccountFreeze.member_id), visible_areas(actor, GIVES_BACK))
    )
    still = true() if lifted else col(AccountFreeze.lifted_at).is_(None)
    return select(AccountFreeze).where(posts.exists(), still)


async def _with_names(session: AsyncSession, freeze: AccountFreeze) -> FrozenAccount:
    frozen, by = [await session.get_one(Member, one) for one in (freeze.member_id, freeze.frozen_by_id)]
    return FrozenAccount(freeze, frozen.name, by.name)


async def give_back(
    session: AsyncSession, *, actor: Actor, freeze_id: int, now: datetime, policy: Policy
) -> FrozenAccount:
    """Give a frozen account back to its owner, who is told; when somebody was quicker it is done already.

    Raises RefusedError(NOT_YOURS).
    """
    found = await frozen_account(session, actor=actor, freeze_id=freeze_id)
    await lift(session, found.freeze, by_id=actor.member_id, now=now, policy=policy)
    return found


async def all_frozen(session: AsyncSession) -> list[FrozenAccount]:
    """Every frozen account, for the operator: where the only administrator is frozen nobody else gives it back."""
    query = select(AccountFreeze).where(col(AccountFreeze.lifted_at).is_(None)).order_by(col(AccountFreeze.id))
    return [await _with_names(session, freeze) for freeze in (await session.execute(query)).scalars()]


async def lift(
    session: AsyncSession, freeze: AccountFreeze, *, by_id: int | None, now: datetime, policy: Policy
) -> None:
    """End a freeze, if nobody has, and tell its owner. Whoever calls has made sure that it may end."""
    lifted = await session.execute(
        update(AccountFreeze)
        .where(col(AccountFreeze.id) == freeze.id, col(AccountFreeze.lifted_at).is_(None))
        .values(lifted_at=now, lifted_by_id=by_id)
        .execution_options(synchronize_session=False)
    )
    await session.refresh(freeze)
    if lifted.rowcount != 1:  # type: ignore[attr-defined]
        return
    await session.execute(
        update(Member)
        .where(col(Member.id) == freeze.member_id)
        .values(frozen_at=None)
        .execution_options(synchronize_session=False)
    )
    await tell(session, [freeze.member_id], AccountBack(), f"account-back:{freeze.id}", now=now, policy=policy)
