"""A round: the updates of one transaction are handled in the order of their arrival, and what they come to is kept."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.channel import Outgoing, PressAnswer
from domain.rules.policy import Policy
from handlers.book import ConversationBook
from handlers.brought_again import asked_anew
from handlers.conversations import hushed_flows
from handlers.gateway import Reply, handle, stranger
from handlers.group_presses import GroupPresses
from handlers.origin import Origin, message_number, origin
from handlers.scene import Scene
from handlers.turn import Turn
from handlers.vote_crowd import cast_votes, first_votes
from handlers.waiting import Waiting, mark_done
from models.member import Member

LONGEST_ROUND = 0.25  # seconds after which a round is committed: the first replies of many need not wait for the last


@dataclass(slots=True)
class Round:
    """One round, and what it has come to so far."""

    session: AsyncSession
    now: datetime
    policy: Policy
    bot_name: str
    token: Callable[[int], str]
    waiting: Sequence[Waiting]  # what it has taken up
    at_work: Waiting | None = None  # the one that is being handled
    book: ConversationBook = field(default_factory=lambda: ConversationBook(hushed_flows()))
    actors: dict[int, Actor] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    heard: list[tuple[int, int]] = field(default_factory=list)  # chat and number of what members have sent
    done: list[int] = field(default_factory=list)  # the numbers of those that are done
    kinds: list[str] = field(default_factory=list)  # and what they are
    pressed: GroupPresses = field(default_factory=GroupPresses)
    settled: Mapping[int, PressAnswer] = field(default_factory=dict)  # what has been dealt with ahead, by its number

    async def handle(self) -> None:
        """Handle what it has taken up, as much as there is time for and one at least, up to the commit.

        Raises what handling one raises; `at_work` says then which it was, if it was one.
        """
        await self._prepare()
        at = asyncio.get_running_loop().time
        ends = at() + LONGEST_ROUND
        for item in self.waiting:
            # Those for whom there was no time are still waiting, in their order.
            if not self.done or item.seq in self.settled or at() < ends:
                self.at_work = item
                await self._one(item)
        self.at_work = None
        await self.book.flush(self.session)
        await mark_done(self.session, self.done, now=self.now)
        self.replies = await without_secrets_for_frozen(self.session, self.replies)

    async def _prepare(self) -> None:
        """What all of them need, in one trip each: the people, their conversations, and votes that come in a crowd."""
        sources = [origin(item.raw) for item in self.waiting]
        today = self.policy.today(self.now)
        self.actors = await actors_by_telegram_id(self.session, {s.user_id for s in sources}, today)
        await self.book.load(self.session, {s.talk for s in sources if s.talk})
        votes = first_votes([(item.seq, item.raw) for item in self.waiting], self.actors)
        self.settled = await cast_votes(self.session, votes, now=self.now, policy=self.policy)

    async def _one(self, item: Waiting) -> None:
        source = origin(item.raw)
        self.kinds.append(next((kind for kind in item.raw if kind != "update_id"), ""))
        answer = self.settled.get(item.seq) or (self.pressed.again(item.raw, source.user_id) if source.group else None)
        replies = await self._handled(item, source) if answer is None else [answer]
        if source.group:
            self.pressed.note(item.raw, source.user_id, replies)
        self.replies.extend(replies)
        self.done.append(item.seq)

    async def _handled(self, item: Waiting, source: Origin) -> list[Reply]:
        replies, actor = await self._answered(item, source, self.actors.get(source.user_id) or stranger(source))
        if actor.is_member:
            self.actors[source.user_id] = actor
            number = message_number(item.raw)
            if source.private and number is not None:
                self.heard.append((source.chat_id, number))
        self.pressed.forget(source.user_id)
        return replies

    async def _answered(self, item: Waiting, source: Origin, actor: Actor) -> tuple[list[Reply], Actor]:
        if item.attempts < 0 and source.private:
            scene = Scene(self.session, actor, self.now, self.policy, self.bot_name, self.token)
            turn = Turn(scene, source.chat_id, source.user_id, self.book)
            if await asked_anew(turn, item):
                return turn.replies, actor
        return await handle(
            item.raw,
            session=self.session,
            book=self.book,
            actor=actor,
            now=self.now,
            policy=self.policy,
            bot_name=self.bot_name,
            token=self.token,
        )


async def without_secrets_for_frozen(session: AsyncSession, replies: list[Reply]) -> list[Reply]:
    """The replies without what is confidential for accounts that were frozen in this round, after they had asked."""
    asking = {reply.chat_id for reply in replies if isinstance(reply, Outgoing) and reply.vanish is not None}
    if not asking:
        return replies
    query = select(col(Member.telegram_id)).where(
        col(Member.telegram_id).in_(asking), col(Member.frozen_at).is_not(None)
    )
    frozen = set((await session.execute(query)).scalars())
    return [
        reply
        for reply in replies
        if not isinstance(reply, Outgoing) or reply.vanish is None or reply.chat_id not in frozen
    ]
