"""The numbers of the tiny county's records. They never change, so each database is asked for each of them once."""

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.area import Area
from models.household import Household
from models.member import Member

_known: WeakKeyDictionary[Any, dict[tuple[str, str | int], int]] = WeakKeyDictionary()


async def member_number(session: AsyncSession, telegram_id: int) -> int:
    """The member of this Telegram account."""
    return await _number(session, col(Member.id), col(Member.telegram_id), telegram_id)


async def area_number(session: AsyncSession, code: str) -> int:
    """The area with this code."""
    return await _number(session, col(Area.id), col(Area.code), code)


async def house_number(session: AsyncSession, code: str) -> int:
    """The household with this code."""
    return await _number(session, col(Household.id), col(Household.code), code)


async def _number(session: AsyncSession, number: Any, column: Any, value: str | int) -> int:
    known, key = _known.setdefault(session.get_bind(), {}), (str(column), value)
    if key not in known:
        known[key] = int((await session.execute(select(number).where(column == value))).scalar_one())
    return known[key]
