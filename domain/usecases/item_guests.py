"""Inviting X to one item of a women's council: by name, or by a one-use link (spec 5, R)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ASKED_FOR_HELP, Actor
from domain.council_access import (
    ItemSight,
    chairs_of,
    guests_of_item,
    hold_item,
    item_for,
    led_item,
    standing_members,
)
from domain.council_notices import InvitedToItem
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.search_text import normalise_query, person_search_text
from domain.usecases.item_changes import INVITED_TO, item_to_change
from domain.usecases.item_guest_joining import GUEST_MARK
from domain.usecases.item_guest_seats import appoint_guest, end_seats, seat_guest, takes_part_already
from domain.usecases.item_history import note_item, tell_of_item
from domain.usecases.joining import CODE_BYTES, code_hash
from domain.usecases.outbox import tell
from models.agenda import GuestKind, ItemEvent, ItemGuest, ItemState
from models.area import Area, within
from models.member import Appointment, Member, Role, in_force

LINK_DAYS = 7
_NEVER_INVITED = (Role.ADMINISTRATOR, Role.AUDITOR)


async def people_to_invite(
    session: AsyncSession, *, actor: Actor, item_id: int, query: str, now: datetime, policy: Policy
) -> list[tuple[int, str, Role]]:
    """Whom the chair may invite without a link: experts and units that serve the place, and whoever works there.

    Number, name and post of each, found by name, pinyin or initials. Raises RefusedError: NOT_YOURS, CHAIR_ONLY.
    """
    sight = await led_item(session, actor, item_id)
    today = policy.today(now)
    area = await session.get_one(Area, sight.council.area_id)
    here = {*await standing_members(session, sight.council, today), *await guests_of_item(session, item_id)}
    above = [int(part) for part in area.path.strip("/").split("/")]
    serves = col(Appointment.role).in_(ASKED_FOR_HELP) & col(Area.id).in_(above)
    found = await session.execute(
        select(col(Member.id), col(Member.name), col(Appointment.role))
        .join(Appointment, col(Appointment.member_id) == col(Member.id))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(or_(within(area.path), serves), in_force(today), col(Member.frozen_at).is_(None))
        .where(col(Appointment.role).not_in(_NEVER_INVITED))
        .order_by(~serves, col(Member.name), col(Member.id))
    )
    people: dict[int, tuple[int, str, Role]] = {}
    for member, name, role in found:  # of several posts the first counts
        people.setdefault(member, (member, name, role))
    wanted = normalise_query(query)
    return [one for one in people.values() if one[0] not in here and wanted in person_search_text(one[1])]


async def invite_member(
    session: AsyncSession, *, actor: Actor, item_id: int, kind: GuestKind, member_id: int, now: datetime, policy: Policy
) -> ItemGuest:
    """Invite somebody who works with the bot already: she is one of X at once, and is told.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, SITS_ALREADY, CANNOT_BE_INVITED, ITEM_OVER, STEP_PASSED.
    """
    sight = await item_to_change(session, actor, item_id, INVITED_TO)
    if await takes_part_already(session, sight.council, item_id, member_id, policy.today(now)):
        raise RefusedError(Reason.SITS_ALREADY)
    people = await people_to_invite(session, actor=actor, item_id=item_id, query="", now=now, policy=policy)
    if member_id not in {number for number, *_ in people}:
        raise RefusedError(Reason.CANNOT_BE_INVITED)
    guest = await seat_guest(session, item_id, member_id, kind, invited_by=actor.member_id, now=now)
    await appoint_guest(session, sight.council, member_id, now=now, policy=policy)
    entry = await note_item(
        session, sight.item, ItemEvent.INVITED, at=now, by_id=actor.member_id,
        detail={"guest": guest.id, "kind": kind.value},
    )  # fmt: skip
    await tell_of_item(session, sight.item, entry, now=now, policy=policy)
    invited = InvitedToItem(sight.item.code, item_id, kind)
    await tell(session, [member_id], invited, f"item-guest:{entry.id}", now=now, policy=policy)
    return guest


async def invite_by_link(
    session: AsyncSession,
    *,
    actor: Actor,
    item_id: int,
    kind: GuestKind,
    locale: str,
    now: datetime,
    token: Callable[[int], str],
    policy: Policy,
) -> str:
    """A one-use code for somebody whom the item concerns; it is told once and only its hash is kept.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_OVER, STEP_PASSED.
    """
    sight = await item_to_change(session, actor, item_id, INVITED_TO)
    code = GUEST_MARK + token(CODE_BYTES)
    guest = ItemGuest(
        item_id=item_id, kind=kind, invited_by_id=actor.member_id, invited_at=now, code_hash=code_hash(code),
        locale=locale, expires_at=now + timedelta(days=LINK_DAYS),
    )  # fmt: skip
    session.add(guest)
    await session.flush()
    detail = {"guest": guest.id, "kind": kind.value}
    entry = await note_item(session, sight.item, ItemEvent.INVITED, at=now, by_id=actor.member_id, detail=detail)
    await tell_of_item(session, sight.item, entry, now=now, policy=policy)
    return code


async def uninvite(
    session: AsyncSession, *, actor: Actor, item_id: int, guest_id: int, now: datetime, policy: Policy
) -> ItemGuest:
    """The chair takes an invitation back, or a guest stays away herself. A vote that she has cast stays.

    While the item is voted on nobody takes her seat from her, so that no chair chooses who votes; a link that nobody
    has used is nobody's seat. Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_VOTING, STEP_PASSED (it has ended).
    """
    sight = await item_for(session, actor, item_id)
    await hold_item(session, sight.item)
    query = select(ItemGuest).where(col(ItemGuest.id) == guest_id, col(ItemGuest.item_id) == item_id).with_for_update()
    guest = (await session.execute(query)).scalar_one_or_none()
    if guest is None:
        raise RefusedError(Reason.NOT_YOURS)
    if not sight.leads and guest.member_id != actor.member_id:
        raise RefusedError(Reason.CHAIR_ONLY)
    if guest.ended_at is not None:
        raise RefusedError(Reason.STEP_PASSED)
    if sight.item.state is ItemState.VOTING and guest.member_id not in (None, actor.member_id):
        raise RefusedError(Reason.ITEM_VOTING)
    detail = {"guest": guest.id, "kind": guest.kind.value}
    entry = await note_item(session, sight.item, ItemEvent.UNINVITED, at=now, by_id=actor.member_id, detail=detail)
    hers = [guest.member_id] if guest.member_id is not None else []
    chairs = await chairs_of(session, sight.council, policy.today(now))
    await tell_of_item(session, sight.item, entry, now=now, policy=policy, also=chairs, lost=hers)
    await end_seats(session, [guest], sight.council, now=now, policy=policy)
    return guest


async def guest_list(
    session: AsyncSession, *, actor: Actor, item_id: int, now: datetime
) -> tuple[ItemSight, list[tuple[ItemGuest, str]]]:
    """X of an item as the council sees it: who has come (her name), whose link still waits (no name).

    Raises RefusedError(NOT_YOURS).
    """
    sight = await item_for(session, actor, item_id)
    query = (
        select(ItemGuest, col(Member.name))
        .outerjoin(Member, col(Member.id) == col(ItemGuest.member_id))
        .where(col(ItemGuest.item_id) == item_id, col(ItemGuest.ended_at).is_(None))
        .where(or_(col(ItemGuest.member_id).is_not(None), col(ItemGuest.expires_at) > now))
        .order_by(col(ItemGuest.member_id).is_(None), col(ItemGuest.id))
    )
    return sight, [(guest, name or "") for guest, name in (await session.execute(query)).all()]
