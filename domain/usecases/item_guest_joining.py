"""Coming to one item of a women's council by a one-use link, also as a stranger (spec 5, R)."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_access import chairs_of, hold_item
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.item_changes import INVITED_TO, must_stand_in
from domain.usecases.item_guest_seats import appoint_guest, takes_part_already
from domain.usecases.item_history import note_item, tell_of_item
from domain.usecases.joining import CODE_BYTES, code_hash
from models.agenda import AgendaItem, ItemEvent, ItemGuest
from models.council import Council
from models.member import Member

GUEST_MARK = "x"  # before the code of an invitation to an item: other invitations' codes are shorter


def is_guest_code(code: str) -> bool:
    """Whether a code from a link invites to an item, and not to a post."""
    return code.startswith(GUEST_MARK) and len(code) > CODE_BYTES * 4 // 3


async def open_guest_link(session: AsyncSession, *, code: str, now: datetime) -> tuple[ItemGuest, AgendaItem, Council]:
    """What the link with `code` invites to.

    Raises RefusedError: INVITE_UNKNOWN, INVITE_USED, INVITE_EXPIRED, ITEM_OVER, STEP_PASSED.
    """
    query = select(ItemGuest).where(col(ItemGuest.code_hash) == code_hash(code))
    guest = (await session.execute(query)).scalar_one_or_none()
    if guest is None:
        raise RefusedError(Reason.INVITE_UNKNOWN)
    item = await session.get_one(AgendaItem, guest.item_id)
    await hold_item(session, item)  # nobody comes to an item while it ends
    await session.refresh(guest, with_for_update=True)
    if guest.member_id is not None:
        raise RefusedError(Reason.INVITE_USED)
    if guest.ended_at is not None or (guest.expires_at is not None and guest.expires_at <= now):
        raise RefusedError(Reason.INVITE_EXPIRED)
    must_stand_in(item, INVITED_TO)
    return guest, item, await session.get_one(Council, item.council_id)


async def join_as_guest(
    session: AsyncSession, *, code: str, telegram_id: int, name: str, now: datetime, policy: Policy
) -> AgendaItem:
    """Come to one item by a link: with an account of her own, or as a stranger. The chair and the proposer hear of it.

    Raises RefusedError: as `open_guest_link`, FROZEN, SITS_ALREADY.
    """
    guest, item, council = await open_guest_link(session, code=code, now=now)
    # Held: her name is not forgotten, as of one who left long ago, while she comes.
    query = select(Member).where(col(Member.telegram_id) == telegram_id).with_for_update()
    member = (await session.execute(query)).scalar_one_or_none()
    if member is None:
        member = Member(telegram_id=telegram_id, name=name[:80], locale=guest.locale, joined_at=now)
        session.add(member)
        await session.flush()
    if member.frozen_at is not None:
        raise RefusedError(Reason.FROZEN)
    if await takes_part_already(session, council, item.id, member.id, policy.today(now)):
        raise RefusedError(Reason.SITS_ALREADY)
    await _use_up(session, guest, member.id, now)
    await appoint_guest(session, council, member.id, now=now, policy=policy)
    member.unreachable_since = None
    detail = {"guest": guest.id, "kind": guest.kind.value}
    entry = await note_item(session, item, ItemEvent.JOINED, at=now, by_id=member.id, detail=detail)
    chairs = await chairs_of(session, council, policy.today(now))
    await tell_of_item(session, item, entry, now=now, policy=policy, also=chairs)
    return item


async def _use_up(session: AsyncSession, guest: ItemGuest, member_id: int, now: datetime) -> None:
    """The link is hers now. Two phones at once: one of them finds it used."""
    query = select(ItemGuest).where(col(ItemGuest.item_id) == guest.item_id, col(ItemGuest.member_id) == member_id)
    before = (await session.execute(query)).scalar_one_or_none()
    values = {"ended_at": now} if before is not None else {"member_id": member_id, "joined_at": now}
    taken = await session.execute(
        update(ItemGuest)
        .where(col(ItemGuest.id) == guest.id, col(ItemGuest.member_id).is_(None), col(ItemGuest.ended_at).is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.INVITE_USED)
    if before is not None:
        before.joined_at, before.ended_at = now, None
    await session.flush()
    await session.refresh(guest)
