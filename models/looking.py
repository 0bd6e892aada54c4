"""Looking whether there is anything to do, without a transaction: most ticks of the scheduler find nothing.

In the embedded database a look waits for no writer and keeps none waiting; at a server it is one message to and fro
instead of three. Nothing is committed after it, and no guard is asked before it, for it writes nothing. What it finds
may be done by somebody else a moment later: whoever acts on it looks again, in a transaction.
"""

from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from models.session import Database

# What a query that reads columns alone is executed on, be it a look or part of a transaction.
Reader = AsyncConnection | AsyncSession


def any_row(*queries: Select[Any]) -> Select[bool]:
    """A statement that says whether at least one of `queries` has a row."""
    return select(or_(*(query.exists() for query in queries)))


async def is_there(database: Database, statement: Select[bool], **values: Any) -> bool:
    """What a statement of `any_row` says, in a look of its own."""
    async with database.looking() as look:
        return (await look.execute(statement, values)).scalar_one()
