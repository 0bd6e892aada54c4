"""Invitations: one use, expiring, bound to a role and an area; only the hash of a code is kept (spec 1)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from models.area import Area
from models.invite import Invite, invite_by_hash
from models.member import Appointment, Member, Role

CODE_BYTES = 18  # 144 bits, 24 characters


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation offers."""

    invite: Invite
    area: Area


def code_hash(code: str) -> str:
    """The hash under which a code is kept. A code is random and long, so a plain hash is enough."""
    return hashlib.sha256(code.strip().encode()).hexdigest()


async def issue_invite(
    session: AsyncSession,
    *,
    role: Role,
    area: Area,
    locale: str,
    now: datetime,
    policy: Policy,
    token: Callable[[int], str],
) -> str:
    """A new invitation; its code is returned once and kept nowhere.

    `token(n)` gives n random bytes as URL-safe text.
    """
    code = token(CODE_BYTES)
    session.add(
        Invite(
            code_hash=code_hash(code),
            role=role,
            area_id=area.id,
            locale=locale,
            created_at=now,
            expires_at=now + timedelta(hours=policy.invite_hours),
        )
    )
    await session.flush()
    return code


async def open_invite(session: AsyncSession, *, code: str, now: datetime) -> Offer:
    """What the invitation with `code` offers.

    Raises RefusedError: INVITE_UNKNOWN, INVITE_USED, INVITE_EXPIRED.
    """
    invite = await invite_by_hash(session, code_hash(code))
    if invite is None:
        raise RefusedError(Reason.INVITE_UNKNOWN)
    if invite.used_at is not None:
        raise RefusedError(Reason.INVITE_USED)
    if invite.expires_at <= now:
        raise RefusedError(Reason.INVITE_EXPIRED)
    area = await session.get_one(Area, invite.area_id)
    return Offer(invite, area)


async def accept_invite(
    session: AsyncSession, *, code: str, telegram_id: int, name: str, now: datetime, policy: Policy
) -> Member:
    """Join, or take one more post, by an invitation.

    Raises RefusedError: as `open_invite`, FROZEN, ALREADY_APPOINTED.
    """
    offer = await open_invite(session, code=code, now=now)
    # Held: her name is not forgotten, as of one who left long ago, while she takes a post.
    found = await session.execute(select(Member).where(Member.telegram_id == telegram_id).with_for_update())
    member = found.scalar_one_or_none()
    if member is None:
        member = Member(telegram_id=telegram_id, name=name[:80], locale=offer.invite.locale, joined_at=now)
        session.add(member)
        await session.flush()
    if member.frozen_at is not None:
        raise RefusedError(Reason.FROZEN)
    await _appoint(session, member, offer, now, policy)
    # Two phones at once: one of them finds the invitation used.
    taken = await session.execute(
        update(Invite)
        .where(col(Invite.id) == offer.invite.id, col(Invite.used_at).is_(None))
        .values(used_at=now, used_by_id=member.id)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.INVITE_USED)
    member.unreachable_since = None
    await session.flush()
    return member


async def _appoint(session: AsyncSession, member: Member, offer: Offer, now: datetime, policy: Policy) -> None:
    today = policy.today(now)
    query = select(Appointment).where(
        Appointment.member_id == member.id,
        Appointment.area_id == offer.area.id,
        Appointment.role == offer.invite.role,
    )
    for held in (await session.execute(query)).scalars():
        if held.ends_on is None or held.ends_on >= today:
            raise RefusedError(Reason.ALREADY_APPOINTED)
    session.add(Appointment(member_id=member.id, area_id=offer.area.id, role=offer.invite.role, starts_on=today))
    await session.flush()
