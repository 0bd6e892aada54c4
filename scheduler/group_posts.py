"""Into the groups of councils: the messages there are rewritten as their subjects change, at the pace that is allowed.

Telegram takes 20 messages a minute in a group, edits included. Whoever sends into a group first claims it, and says
when the next may go: so several replicas keep one pace, and many changes within that time are one edit. What is sent is
always the state of the moment; a change that comes meanwhile makes the message stale again. A process that dies in
between leaves a lease that ends: then the message is sent once more (docs/adr/0002).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from sqlalchemy import BindParameter, Update, bindparam, case, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Channel, Eraser, Erasure, Lane, Outcome, Outgoing, Receipt
from domain.rules.policy import Policy
from domain.usecases.council_groups import find_again, lose_group, rebind, touch_posts
from domain.usecases.group_posts import GroupView
from messages.render import render
from models.council import CouncilGroup, GroupPost, GroupState
from models.looking import any_row, is_there
from models.session import Database
from models.trouble import when_it_is_back

_log = logging.getLogger(__name__)
PACE = timedelta(seconds=3.1)  # between two messages of ours in a group: never more than 20 within a minute
LEASE = timedelta(seconds=60)  # for so long a group stands still when the process dies that had claimed it
LONGEST_SEND = 45.0  # seconds, less than a lease: the sender itself waits when it is told to
LOOK_AGAIN = 0.8  # seconds after which other groups are looked after while a slow send goes on
LATER = timedelta(seconds=30)  # when Telegram cannot be reached
LOST_AGAIN = timedelta(hours=1)  # the right to write there may come back without a word
GROUPS_AT_ONCE = 16
LAST_WORD = 2.0  # seconds for giving a group back when the program stops; without a database it ends by its lease
_NOW: BindParameter[datetime] = bindparam("now")
_STALE = col(GroupPost.shown) < col(GroupPost.wanted)
# The groups that are free and have a stale message.
_READY = (
    col(CouncilGroup.free_at) <= _NOW,
    or_(col(CouncilGroup.lease_until).is_(None), col(CouncilGroup.lease_until) <= _NOW),
    exists().where(col(GroupPost.council_id) == col(CouncilGroup.council_id), _STALE),
)
_ANY_READY = any_row(select(col(CouncilGroup.council_id)).where(*_READY))
ViewOf = Callable[..., Awaitable[GroupView | None]]


class GroupChannel(Channel, Eraser, Protocol):
    """A messenger that sends into groups and takes its own messages, or their buttons, away again."""

    async def strip(self, chat_id: int, message_id: int) -> None:
        """Take the buttons off a message of ours; a failure is nobody's loss."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A group that is ours until `lease_until`, and its message that is shown next."""

    council_id: int
    chat_id: int
    state: GroupState
    post_id: int
    lease_until: datetime


class GroupPoster:
    """Shows in the groups what has changed."""

    def __init__(
        self,
        database: Database,
        channel: GroupChannel,
        *,
        clock: Callable[[], datetime],
        policy: Policy,
        view_of: ViewOf,
        pace: timedelta = PACE,
    ) -> None:
        """`view_of(session, post, now=, policy=)` gives what a message shows; None when there is nothing to show.
        `pace` lies between two messages in a group; a shorter one is for a messenger that limits nobody.
        """
        self._database = database
        self._channel = channel
        self._clock = clock
        self._policy = policy
        self._view_of = view_of
        self._pace = pace
        self._in_air: set[asyncio.Task[None]] = set()

    async def touch(self) -> None:
        """Look after the messages that should stand in the groups: one that somebody deleted is sent again."""
        async with self._database.transaction() as session:
            await touch_posts(session, now=self._clock())

    async def post_due(self) -> int:
        """Show one message in every group that is free and has a stale one; how many groups were taken up.

        A group that Telegram has halted goes on by itself: it keeps none of the others waiting.
        """
        room = GROUPS_AT_ONCE - len(self._in_air)
        if room <= 0 or not await is_there(self._database, _ANY_READY, now=self._clock()):
            return 0
        async with self._database.transaction() as session:
            claimed = await self._claim(session, room)
        tasks = {asyncio.create_task(self._post(item)) for item in claimed}
        self._in_air |= tasks
        for task in tasks:
            task.add_done_callback(self._in_air.discard)
        if tasks:
            await asyncio.wait(tasks, timeout=LOOK_AGAIN)
        return len(tasks)

    async def stop(self) -> None:
        """Break off what is under way, and give its groups free for whoever goes on."""
        under_way = list(self._in_air)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _claim(self, session: AsyncSession, most: int) -> list[Claimed]:
        now = self._clock()
        ready = select(CouncilGroup).where(*_READY).order_by(col(CouncilGroup.free_at)).limit(most)
        claimed = []
        groups = await session.execute(ready.with_for_update(skip_locked=True), {"now": now})
        for found in groups.scalars().all():
            found.lease_until = now + LEASE
            post_id = await self._most_urgent(session, found.council_id)
            claimed.append(Claimed(found.council_id, found.chat_id, found.state, post_id, found.lease_until))
        return claimed

    @staticmethod
    async def _most_urgent(session: AsyncSession, council_id: int) -> int:
        query = (
            select(col(GroupPost.id))
            .where(col(GroupPost.council_id) == council_id, _STALE)
            .order_by(col(GroupPost.urgent).desc(), col(GroupPost.wanted_at), col(GroupPost.id))
            .limit(1)
        )
        return (await session.execute(query)).scalar_one()

    async def _post(self, item: Claimed) -> None:
        try:
            await self._show(item)
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORD):
                    await self._free(item, self._clock() + self._pace)
            raise
        except Exception as error:
            _log.error("group_post_failed id=%d error=%s", item.post_id, type(error).__name__)
            # One that cannot be shown (a mistake of ours) must not keep the others of its group from being shown.
            await self._free(item, self._clock() + LATER, {"wanted_at": self._clock(), "urgent": False})

    async def _show(self, item: Claimed) -> None:
        async with self._database.transaction() as session:
            # First how often it was wanted, then its state: what changes between the two is shown once more.
            post = await session.get_one(GroupPost, item.post_id)
            view = await self._view_of(session, post, now=self._clock(), policy=self._policy)
        if view is None:
            await self._free(item, self._clock(), _standing_there(post, self._clock()))
            return
        edit = post.message_id if post.chat_id == item.chat_id else None
        text = render(view.view, view.locale)
        receipt = await self._send(Outgoing(item.chat_id, text, view.buttons, edit=edit, lane=Lane.NOTICE))
        await self._settle(item, post, receipt, edit)
        if post.replaces is not None and receipt.outcome is Outcome.DELIVERED:
            await self._channel.erase(item.chat_id, [post.replaces])
        if post.chat_id != item.chat_id and receipt.outcome is Outcome.DELIVERED:
            await self._leave(post)

    async def _leave(self, post: GroupPost) -> None:
        """The council has moved: nobody votes in the group before any more. What cannot be erased loses its buttons."""
        if post.chat_id is None or post.message_id is None:
            return
        erased = await self._channel.erase(post.chat_id, [post.message_id])
        if erased.outcome is Erasure.REFUSED:
            await self._channel.strip(post.chat_id, post.message_id)

    async def _send(self, message: Outgoing) -> Receipt:
        try:
            async with asyncio.timeout(LONGEST_SEND):
                return await self._channel.send(message)
        except TimeoutError:
            return Receipt(Outcome.UNKNOWN)

    async def _settle(self, item: Claimed, post: GroupPost, receipt: Receipt, edit: int | None) -> None:
        """Write down how it went."""
        now = self._clock()
        if receipt.outcome is Outcome.DELIVERED:
            # A message that was gone took two of the twenty: the edit that failed, and the new one.
            taken = 2 if edit is not None and receipt.message_id != edit else 1
            there = {"message_id": receipt.message_id, "chat_id": item.chat_id, "replaces": None}
            await self._free(item, now + taken * self._pace, _standing_there(post, now) | there, post)
            if item.state is GroupState.LOST:
                async with self._database.transaction() as session:
                    await find_again(session, chat_id=item.chat_id, now=now, policy=self._policy)
        elif receipt.outcome is Outcome.REJECTED:
            await self._free(item, now + self._pace, _standing_there(post, now))  # the next change may not be refused
        elif receipt.outcome in (Outcome.BLOCKED, Outcome.MIGRATED):
            await self._gone(item, receipt, now)
        else:
            await self._free(item, now + LATER)

    async def _gone(self, item: Claimed, receipt: Receipt, now: datetime) -> None:
        moved_to = receipt.migrated_to if receipt.outcome is Outcome.MIGRATED else None
        await self._free(item, now + (LOST_AGAIN if moved_to is None else self._pace))
        async with self._database.transaction() as session:
            if moved_to is not None:
                await rebind(session, before=item.chat_id, after=moved_to, now=now)
            else:
                await lose_group(session, chat_id=item.chat_id, now=now, policy=self._policy)

    async def _free(
        self, item: Claimed, at: datetime, values: dict[str, Any] | None = None, before: GroupPost | None = None
    ) -> None:
        """End our claim: the next message may go at `at`. The post gets `values` if it still is as it was `before`."""
        group = update(CouncilGroup).where(
            col(CouncilGroup.council_id) == item.council_id, col(CouncilGroup.lease_until) == item.lease_until
        )
        changes = [group.values(lease_until=None, free_at=at)]
        if values is not None:
            post = update(GroupPost).where(col(GroupPost.id) == item.post_id)
            if before is not None:  # somebody may have asked for a new message meanwhile
                post = post.where(col(GroupPost.message_id).is_not_distinct_from(before.message_id))
            changes.append(post.values(**values))
        await when_it_is_back(partial(self._write, changes))  # or what was sent would be sent again

    async def _write(self, changes: Sequence[Update]) -> None:
        async with self._database.transaction() as session:
            for change in changes:
                await session.execute(_plain(change))


def _standing_there(post: GroupPost, now: datetime) -> dict[str, Any]:
    """What is true of a post once its state of before is shown; what came meanwhile waits from now on."""
    more = col(GroupPost.wanted) > post.wanted
    return {"shown": post.wanted, "wanted_at": now, "urgent": case((more, col(GroupPost.urgent)), else_=False)}


def _plain(change: Update) -> Update:
    return change.execution_options(synchronize_session=False)
