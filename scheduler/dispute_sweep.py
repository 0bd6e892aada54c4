"""What disputes have to do by now, in transactions of some cases each (spec 4)."""

from collections.abc import Callable
from datetime import datetime

from domain.rules.policy import Policy
from domain.usecases.dispute_absent import owned_by_somebody_gone
from domain.usecases.dispute_due import first_step_at, move_disputes, replace_absent, replace_leaders
from domain.usecases.dispute_leaderless import led_by_somebody_gone
from models.session import Database

DISPUTES_AT_ONCE = 50  # in one transaction


class DisputeSweep:
    """The due work of one county's disputes. Who may be gone is found without a transaction, and proven in one."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime], policy: Policy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    async def sweep(self) -> None:
        """Find another owner, another leader, then call again, remind, tell the head, climb."""
        if await self._first_step_at() is None:
            return
        while await self._replace_absent():  # first: whoever is gone need not be reminded
            pass
        await self._replace_leaders()
        while (first := await self._first_step_at()) is not None and first <= self._clock():
            async with self._database.transaction() as session:
                moved = await move_disputes(session, now=self._clock(), policy=self._policy, limit=DISPUTES_AT_ONCE)
            if not moved:
                return

    async def _first_step_at(self) -> datetime | None:
        async with self._database.looking() as look:
            return await first_step_at(look)

    async def _replace_absent(self) -> int:
        """One look at all cases whose owner may be gone; how many were moved, perhaps to somebody gone as well."""
        async with self._database.looking() as look:
            gone = await owned_by_somebody_gone(look, now=self._clock(), policy=self._policy)
        moved = 0
        for start in range(0, len(gone), DISPUTES_AT_ONCE):
            these = gone[start : start + DISPUTES_AT_ONCE]
            async with self._database.transaction() as session:
                moved += await replace_absent(session, these, now=self._clock(), policy=self._policy)
        return moved

    async def _replace_leaders(self) -> None:
        """What is planned is led by somebody who can, also where its leader was not the owner."""
        async with self._database.looking() as look:
            gone = await led_by_somebody_gone(look, now=self._clock(), policy=self._policy)
        for start in range(0, len(gone), DISPUTES_AT_ONCE):
            these = gone[start : start + DISPUTES_AT_ONCE]
            async with self._database.transaction() as session:
                await replace_leaders(session, these, now=self._clock(), policy=self._policy)
