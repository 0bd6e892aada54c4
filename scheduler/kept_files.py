"""Our own copies of what was sent with leads and disputes and to councils: fetched, cleaned, encrypted, kept.

What waits is rows. A file that is not given yet is tried again after a pause that grows; one that is refused or lost
is told to whoever sent it, so that she can send it again.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlmodel import col

from domain.channel import FetchEnd, FileSource
from domain.rules.evidence import NotWhatItSaysError, check_voice, clean_picture
from domain.rules.policy import Policy
from domain.usecases.kept_files import Shelf, keep_file, lose_file
from domain.usecases.leases import LeaseLostError
from models.lead import FileKind, FileState
from models.looking import Reader
from models.session import Database, unguarded
from models.trouble import is_the_databases, when_it_is_back

_log = logging.getLogger(__name__)
MOST_BYTES = 20 * 1024 * 1024  # what Telegram lets a bot download
MOST_TRIES = 40  # with these pauses most of a day
MOST_BEGUN = 3  # tries without an end: such a file may well be what has ended the program
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=30)
BATCH = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for its copy."""

    shelf: Shelf
    id: int
    kind: FileKind
    file_id: str
    attempts: int


class FileKeeper:
    """Keeps what was sent with leads and disputes and to councils."""

    def __init__(
        self, database: Database, source: FileSource, *, clock: Callable[[], datetime], policy: Policy
    ) -> None:
        self._database = database
        self._source = source
        self._clock = clock
        self._policy = policy
        # A restart forgets the pauses, which does no harm; the tries are counted in the rows.
        self._again: dict[tuple[Shelf, int], datetime] = {}

    async def keep_waiting(self) -> None:
        """Try each file that waits and whose pause is over; one after the other, for decoding takes memory."""
        now = self._clock()
        self._again = {which: at for which, at in self._again.items() if at > now}
        async with self._database.looking() as look:
            waiting = [item for shelf in Shelf for item in await self._waiting(look, shelf)]
        for item in waiting:
            await self._keep(item)

    async def _waiting(self, reader: Reader, shelf: Shelf) -> list[Waiting]:
        table, later = shelf.table, [number for where, number in self._again if where is shelf]
        query = (
            select(col(table.id), col(table.kind), col(table.file_id), col(table.attempts))
            .where(col(table.state) == FileState.WAITING, col(table.id).not_in(later))
            .order_by(col(table.id))
            .limit(BATCH)
        )
        return [Waiting(shelf, *row) for row in (await reader.execute(query)).all()]

    async def _keep(self, item: Waiting) -> None:
        if await self._begin(item) > MOST_BEGUN:
            await self._give_up(item, FileState.REFUSED)
            return
        try:
            await self._try(item)
        except asyncio.CancelledError:
            await self._end(item)  # it is not the file that ends the program
            raise
        except Exception as error:
            # Nor that fills a disk, or takes so long that the lease is over; it is as if it had not been tried.
            if is_the_databases(error) or isinstance(error, LeaseLostError):
                await when_it_is_back(partial(self._end, item))
            raise

    async def _begin(self, item: Waiting) -> int:
        """Count the try before it is made; how many were begun without an end, with this one."""
        table = item.shelf.table
        tried = update(table).where(col(table.id) == item.id)
        tried = tried.values(attempts=table.attempts + 1, begun=table.begun + 1)
        async with self._database.transaction() as session:
            statement = tried.returning(col(table.begun)).execution_options(synchronize_session=False)
            return int((await session.execute(statement)).scalar_one())

    async def _end(self, item: Waiting) -> None:
        """That this try has come to an end is true also when the lease has not outlived it."""
        table = item.shelf.table
        ended = update(table).where(col(table.id) == item.id).values(begun=0)
        with unguarded():
            async with self._database.transaction() as session:
                await session.execute(ended.execution_options(synchronize_session=False))

    async def _try(self, item: Waiting) -> None:
        fetched = await self._source.fetch(item.file_id, MOST_BYTES)
        if fetched.outcome is FetchEnd.LATER and item.attempts + 1 < MOST_TRIES:
            pause = min(FIRST_PAUSE * (1 << min(item.attempts, 10)), LONGEST_PAUSE)
            self._again[item.shelf, item.id] = self._clock() + pause
            await self._end(item)
            return
        if fetched.outcome is not FetchEnd.FETCHED:
            too_large = fetched.outcome is FetchEnd.TOO_LARGE
            await self._give_up(item, FileState.REFUSED if too_large else FileState.LOST)
            return
        work = clean_picture if item.kind is FileKind.PHOTO else check_voice
        try:
            content = await asyncio.to_thread(work, fetched.content)
        except NotWhatItSaysError:
            await self._give_up(item, FileState.REFUSED)
            return
        async with self._database.transaction() as session:
            await keep_file(session, item.id, content, item.shelf)

    async def _give_up(self, item: Waiting, state: FileState) -> None:
        _log.warning("%s_%s id=%d", item.shelf.value, state.value, item.id)
        async with self._database.transaction() as session:
            await lose_file(session, item.id, state, item.shelf, now=self._clock(), policy=self._policy)
