"""Due rows are dealt with one by one: one that cannot be read or written keeps none of the others waiting."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from models.trouble import concerns_all

_log = logging.getLogger(__name__)


async def one_by_one(
    session: AsyncSession,
    numbers: Sequence[int],
    act: Callable[[int], Awaitable[bool]],
    *,
    what: str,
    failed: set[int],
) -> int:
    """Do `act` with each of these rows, each in a savepoint; how many were dealt with: it said so, or it failed.

    What fails is undone, and a line of the log says so as `what`, with the row's number; it is put into `failed`, so
    that the same sweep passes over it and comes to those behind it. Raises what the database raises when it is away,
    full or busy: then the whole sweep is tried again.
    """
    dealt_with = 0
    for number in numbers:
        try:
            async with session.begin_nested():
                dealt_with += await act(number)
        except Exception as error:
            if concerns_all(error):
                raise
            failed.add(number)
            dealt_with += 1
            _log.exception("%s number=%d", what, number)
    return dealt_with
