"""Due work, looked for at every tick and done once: each use-case guards its own rule, subject and period."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, time
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.policy import Policy
from domain.usecases.ballot_closing import close_due
from domain.usecases.ballot_reminders import ballots_wait, remind_due
from domain.usecases.ballots import open_ballots
from domain.usecases.chat_messages import hush_forsaken
from domain.usecases.dispute_due import audit_disputes
from domain.usecases.dispute_reminders import mediations_wait, remind_of_mediations
from domain.usecases.drafts import drafts_wait, expire_drafts
from domain.usecases.due_alerts import alerts_wait, audit_alerts, ring_due
from domain.usecases.group_posts import show_in_group
from domain.usecases.housekeeping import forget_old_updates
from domain.usecases.item_guest_seats import end_guests_due
from domain.usecases.meeting_reminders import meetings_wait, remind_of_meetings
from domain.usecases.minutes_final import finish_records, records_wait
from domain.usecases.project_due import councils_to_remind, remind_of_projects, reminded_of_all
from domain.usecases.project_waiting import projects_wait
from domain.usecases.rating_reminders import ask_again
from domain.usecases.reachability import plan_reachability
from domain.usecases.referral_sweeping import referrals_wait, sweep_referrals
from domain.usecases.reminders import morning_is_planned, plan_morning
from domain.usecases.satisfaction import end_ratings
from domain.usecases.set_back import call_back
from models.council import PostKind
from models.session import Database
from scheduler.dispute_sweep import DisputeSweep
from scheduler.purge import purge

_log = logging.getLogger(__name__)
REFERRALS_AT_ONCE = 100  # in one transaction: the work of the chats goes on between two of them
ALERTS_AT_ONCE = 50  # in one transaction
RECORDS_AT_ONCE = 50  # in one transaction
RATINGS_AT_ONCE = 50  # in one transaction
COUNCILS_AT_ONCE = 20  # whose projects are looked at in one transaction
BALLOTS_AT_ONCE = 20  # in one transaction
FORGOTTEN_AT_ONCE = 500  # rows of each kind in one transaction
WIPES_IN_A_MINUTE = 12  # `ballots` is done every five seconds
REACHABILITY_AT = time(5, 0)  # after midnight, so that the leave of the new day counts; told when the night is over


class DueWork(Protocol):
    """Deals with up to `limit` due rows but those that have `failed`, and says how many it dealt with."""

    async def __call__(
        self, session: AsyncSession, *, now: datetime, policy: Policy, limit: int, failed: set[int]
    ) -> int:
        """Do it, in the caller's transaction."""


class Sweep:
    """The due work of one county."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime], policy: Policy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy
        self._disputes = DisputeSweep(database, clock=clock, policy=policy)
        self._not_wiped = 0  # so many times in a row

    async def _finds(self, question: Callable[..., Awaitable[bool]], **facts: Any) -> bool:
        """Look, and mostly find that there is nothing to do: before any transaction, for nobody waits for a look."""
        async with self._database.looking() as look:
            return await question(look, **facts)

    async def morning(self) -> None:
        """Plan today's reminders once it is time. A morning that was missed is caught up the same day, in one
        message; a day that is over is not."""
        now = self._clock()
        today = self._policy.today(now)
        if now < self._policy.at(today, self._policy.digest_at) or self._policy.is_quiet(now):
            return
        if await self._finds(morning_is_planned, day=today):
            return
        async with self._database.transaction() as session:
            planned = await plan_morning(session, day=today, now=now, policy=self._policy)
        if planned is not None:
            _log.info("morning_planned day=%s notices=%d", today, planned.total)

    async def alerts(self) -> None:
        """Do what alerts have to do by now: ring the next rung, ask whether somebody is still on it, lapse."""
        while await self._finds(alerts_wait, now=self._clock(), policy=self._policy):
            async with self._database.transaction() as session:
                moved = await ring_due(session, now=self._clock(), policy=self._policy, limit=ALERTS_AT_ONCE)
            if not moved:
                return

    async def disputes(self) -> None:
        """Do what disputes have to do by now: find another owner, call again, remind, tell the head, climb."""
        await self._disputes.sweep()

    async def ballots(self) -> None:
        """Close the votes whose deadline has come, then remind of those that go on.

        At the end, whatever has come of it, what a secret box or a box of marks held before is wiped out: always, for
        the last ballot may have ended, by its chair as well, since this was done last (docs/adr/0010).
        """
        try:
            if await self._finds(ballots_wait, now=self._clock()):
                await self._in_batches(close_due, BALLOTS_AT_ONCE)
                await self._in_batches(remind_due, BALLOTS_AT_ONCE)
        finally:
            await self._wipe()

    async def _in_batches(self, work: DueWork, limit: int) -> None:
        """Do the work in transactions of `limit` rows until none is left; what failed is left to the next sweep."""
        failed: set[int] = set()
        done = limit
        while done >= limit:
            async with self._database.transaction() as session:
                done = await work(session, now=self._clock(), policy=self._policy, limit=limit, failed=failed)

    async def _wipe(self) -> None:
        """Wipe out what was overwritten, and say so when it cannot be done for a minute and longer."""
        self._not_wiped = 0 if await self._database.forget_overwritten() else self._not_wiped + 1
        if self._not_wiped and self._not_wiped % WIPES_IN_A_MINUTE == 0:
            _log.warning("former_boxes_not_wiped minutes=%d", self._not_wiped // WIPES_IN_A_MINUTE)

    async def shown_ballots(self) -> None:
        """Show the open votes in their groups once more: a message that was deleted there comes back."""
        async with self._database.transaction() as session:
            running = await open_ballots(session, now=self._clock())
        for council_id, number in running:  # one at a time: those who vote in two at once must not meet this half-way
            async with self._database.transaction() as session:
                await show_in_group(session, council_id, PostKind.BALLOT, number, now=self._clock())

    async def audit(self) -> None:
        """Prove that no open lead and no open dispute waits in vain, once what is due by now is done."""
        await self.alerts()
        async with self._database.transaction() as session:
            await audit_alerts(session, now=self._clock(), policy=self._policy)
        await self.disputes()
        async with self._database.transaction() as session:
            await audit_disputes(session, now=self._clock(), policy=self._policy)

    async def call_back(self) -> None:
        """Call back what a clock that was ahead has put off. Done when the clock was set, and at every start."""
        async with self._database.transaction() as session:
            await call_back(session, now=self._clock(), policy=self._policy)

    async def reachability(self) -> None:
        """Look once a night whether somebody would answer an alert everywhere."""
        now = self._clock()
        today = self._policy.today(now)
        if now < self._policy.at(today, REACHABILITY_AT):
            return
        async with self._database.transaction() as session:
            told = await plan_reachability(session, day=today, now=now, policy=self._policy)
        if told is not None:
            _log.info("reachability_checked day=%s administrators_told=%d", today, told)

    async def drafts(self) -> None:
        """End the drafts that nobody touched for a day, and say so."""
        if not await self._finds(drafts_wait, now=self._clock()):
            return
        async with self._database.transaction() as session:
            await expire_drafts(session, now=self._clock(), policy=self._policy)
            await hush_forsaken(session)

    async def referrals(self) -> None:
        """End the requests for help that are over, and let the whistles climb that nobody answers."""
        if not await self._finds(referrals_wait, now=self._clock()):
            return
        dealt_with = REFERRALS_AT_ONCE
        while dealt_with >= REFERRALS_AT_ONCE:
            async with self._database.transaction() as session:
                dealt_with = await sweep_referrals(
                    session, now=self._clock(), policy=self._policy, limit=REFERRALS_AT_ONCE
                )

    async def mediations(self) -> None:
        """Remind of planned mediations, and ask how those were of which nothing is recorded."""
        if not await self._finds(mediations_wait, now=self._clock(), policy=self._policy):
            return
        async with self._database.transaction() as session:
            await remind_of_mediations(session, now=self._clock(), policy=self._policy)

    async def meetings(self) -> None:
        """Remind of councils' meetings, and make final the records whose three days are over."""
        try:
            if await self._finds(meetings_wait, now=self._clock(), policy=self._policy):
                async with self._database.transaction() as session:
                    await remind_of_meetings(session, now=self._clock(), policy=self._policy)
        finally:
            if await self._finds(records_wait, now=self._clock()):
                await self._in_batches(finish_records, RECORDS_AT_ONCE)

    async def projects(self) -> None:
        """Remind of the councils' projects once a day, ask once more how satisfied people are and end what was asked,
        and end the seats of X. Each is done whatever has become of the others.
        """
        if not await self._finds(projects_wait, now=self._clock(), policy=self._policy):
            return
        async with AsyncExitStack() as parts:
            parts.push_async_callback(self._end_seats)
            parts.push_async_callback(self._in_batches, end_ratings, RATINGS_AT_ONCE)
            parts.push_async_callback(self._in_batches, ask_again, RATINGS_AT_ONCE)
            await self._remind_of_projects()

    async def _remind_of_projects(self) -> None:
        async with self._database.looking() as look:
            councils = await councils_to_remind(look, now=self._clock(), policy=self._policy)
        for start in range(0, len(councils), COUNCILS_AT_ONCE):
            these = councils[start : start + COUNCILS_AT_ONCE]
            async with self._database.transaction() as session:
                await remind_of_projects(session, these, now=self._clock(), policy=self._policy)
        if councils:
            async with self._database.transaction() as session:
                await reminded_of_all(session, now=self._clock(), policy=self._policy)

    async def _end_seats(self) -> None:
        async with self._database.transaction() as session:
            await end_guests_due(session, now=self._clock(), policy=self._policy)

    async def forget(self) -> None:
        """Forget what is no longer needed, in batches between which the chats go on."""
        more = True
        while more:
            async with self._database.transaction() as session:
                more = await forget_old_updates(session, now=self._clock(), limit=FORGOTTEN_AT_ONCE)

    async def purge(self) -> None:
        """Forget what is over for as long as the rules of retention say, once a night."""
        await purge(self._database, clock=self._clock, policy=self._policy)
