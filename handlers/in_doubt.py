"""Commits whose answer was lost: looked up, for when it was one, people wait for their replies."""

from collections.abc import AsyncIterator

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from handlers.rounds import Round, without_secrets_for_frozen
from models.inbox import InboxUpdate
from models.session import Database
from models.trouble import is_a_lock


class RoundsInDoubt:
    """The rounds of which nobody has said yet whether they are committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rounds: list[Round] = []

    def begun(self, this: Round) -> None:
        """The commit of a round begins."""
        self._rounds.append(this)

    def answered(self, this: Round) -> None:
        """It is committed."""
        self._rounds.remove(this)

    async def committed(self) -> AsyncIterator[Round]:
        """Those that turn out to be committed, each once; those that turn out not to be are handled anew by whoever
        takes their updates. Raises what the database raises.
        """
        for doubt in list(self._rounds):
            committed = await self._was_committed(doubt)
            if committed is not None:
                self._rounds.remove(doubt)
            if committed:
                yield doubt

    async def _was_committed(self, doubt: Round) -> bool | None:
        """None while the server may still be about it: it holds the rows until it has decided, and nobody waits."""
        when = select(col(InboxUpdate.done_at)).where(col(InboxUpdate.seq) == doubt.done[0])
        try:
            async with self._database.transaction() as session:
                done_at = (await session.execute(when.with_for_update(nowait=True))).scalar_one_or_none()
                doubt.replies = await without_secrets_for_frozen(session, doubt.replies)
        except DBAPIError as error:
            if is_a_lock(error):
                return None
            raise
        return bool(done_at == doubt.now)
