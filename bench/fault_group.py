"""T5: a group becomes a supergroup in the middle of posts and votes: all goes on there, once, and no vote is lost.

Two ballots stand in the group, their voters press and change their minds, the poster edits; at some moment the group
moves. The bot hears of it at once, late, twice, or only from a send that is refused.
"""

import asyncio
import html
import random
import re
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe

from sqlalchemy import func, select
from sqlmodel import col

from bench.promise import Campaign, Outcome, Promise
from bench.stage import found, in_memory, stage
from domain.access import actors_by_telegram_id
from domain.rules.ballot import CHOICES
from domain.usecases.ballot_opening import open_ballot
from handlers.group_views import view_of
from messages.render import render
from models.ballot import BallotEntry, BallotEvent, Vote
from models.council import Council, CouncilGroup, GroupPost, GroupState
from models.member import Member
from models.outbox import OutboxMessage
from sandbox.records import Json
from tests.support.ballots import add_item
from tests.support.councils import CHAIR, VOTERS, add_council
from tests.support.county import POLICY
from tests.support.hands import Bench

SMALL = -141
HEARD = ("at once", "late", "twice", "never")
PRESSES = 14


@dataclass
class Move:
    """A council's group that will move, and what is pressed there."""

    bench: Bench
    rng: random.Random
    heard: str
    ballots: list[int] = field(default_factory=list)
    chat: int = SMALL
    last: dict[tuple[int, int], str] = field(default_factory=dict)  # by ballot and voter
    changes: int = 0
    late: list[Json] = field(default_factory=list)
    in_air: list[asyncio.Task[int]] = field(default_factory=list)

    async def begins(self) -> None:
        """The group is bound, and two ballots stand in it."""
        bench = self.bench
        council = await add_council(bench, bound=False)
        bench.box.add_group("小群", list(VOTERS), admins=[CHAIR], id=SMALL)
        await bench.settle()
        now = bench.clock()
        async with bench.database.transaction() as session:
            chair = (await actors_by_telegram_id(session, [CHAIR], POLICY.today(now)))[CHAIR]
            group = CouncilGroup(
                council_id=council, chat_id=SMALL, bound_by_id=chair.member_id, bound_at=now, free_at=now
            )
            session.add(group)
            for number in (1, 2):
                item = await add_item(session, await session.get_one(Council, council), now=now, number=number)
                ballot = await open_ballot(
                    session,
                    actor=chair,
                    item_id=item.id,
                    secret=False,
                    closes_at=now + timedelta(hours=5),
                    conversation_id=f"moved-{number}",
                    now=now,
                    token=token_urlsafe,
                    policy=POLICY,
                )
                self.ballots.append(ballot.id)
        await self.posts(3)

    async def posts(self, times: int) -> None:
        """The seconds pass that the group's pace needs, so often."""
        for _ in range(times):
            self.bench.pass_time(seconds=4)
            await self.bench.program.poster.post_due()
            await self.bench.settle()

    def there(self, ballot: int) -> list[Json]:
        """The messages of the group with this ballot's buttons."""
        wanted = f"vote:cast:{ballot}:"
        messages = (one for one in self.bench.box.messages(self.chat) if one["from"]["is_bot"])
        return [one for one in messages if wanted in str(one.get("reply_markup"))]

    def press(self) -> None:
        """Somebody votes, if she sees where."""
        ballot, voter, choice = self.rng.choice(self.ballots), self.rng.choice(VOTERS), self.rng.choice(CHOICES).value
        if not (messages := self.there(ballot)):
            return
        data = f"vote:cast:{ballot}:{choice}"
        self.bench.box.act(voter, self.chat, "press", message_id=messages[-1]["message_id"], data=data)
        self.changes += self.last.get((ballot, voter)) != choice
        self.last[ballot, voter] = choice

    async def moves(self) -> None:
        """The group becomes a supergroup, perhaps while a message is on its way there."""
        box = self.bench.box
        if self.rng.random() < 0.5:
            self.press()
            await self.bench.settle()
            self.bench.pass_time(seconds=4)
            self.in_air.append(asyncio.create_task(self.bench.program.poster.post_due()))
            await asyncio.sleep(self.rng.random() * 0.02)
        box.fault("migrate", chat_id=SMALL)
        moved_to = box.world.chats[SMALL].migrated_to
        assert moved_to is not None
        self.chat = moved_to
        if self.heard == "twice":
            box.fault("duplicate_updates", method="getUpdates")
        elif self.heard != "at once":
            news = [one for one in box.world.updates.pending.values() if "migrate_" in str(one)]
            for one in news:
                box.world.updates.confirm(one["update_id"])
            self.late = [one["message"] for one in news] if self.heard == "late" else []

    async def goes_on(self) -> None:
        """Everything that is left to do, and the quarter of an hour after which what is open is shown again."""
        await asyncio.gather(*self.in_air)
        await self.bench.settle()
        for message in self.late:
            self.bench.box.world.updates.add("message", message)
        await self.posts(6)
        self.bench.pass_time(minutes=15)
        await self.bench.sweep.shown_ballots()
        await self.posts(6)
        for _ in range(4):
            self.press()
        await self.posts(6)

    async def came_to(self) -> Outcome:
        """Whether the ballots stand in the new group, once, as they are, and every vote is there."""
        broken = []
        async with self.bench.database.transaction() as session:
            group = (await session.execute(select(CouncilGroup))).scalar_one()
            if (group.chat_id, group.state) != (self.chat, GroupState.BOUND):
                broken.append(f"heard {self.heard}: the council's group is {group.chat_id} ({group.state})")
            voted = select(Vote, col(Member.telegram_id)).join(Member, col(Member.id) == col(Vote.member_id))
            votes = {(row.ballot_id, who): row.choice.value for row, who in (await session.execute(voted)).all()}
            cast = select(func.count()).where(col(BallotEntry.kind) == BallotEvent.CAST)
            casts = (await session.execute(cast)).scalar_one()
            for ballot in self.ballots:
                post = (
                    await session.execute(select(GroupPost).where(col(GroupPost.subject_id) == ballot))
                ).scalar_one()
                view = await view_of(session, post, now=self.bench.clock(), policy=POLICY)
                assert view is not None
                text = html.unescape(re.sub("<[^>]+>", "", render(view.view, view.locale)))
                if [one["text"].split() for one in self.there(ballot)[-1:]] != [text.split()]:
                    broken.append(f"heard {self.heard}: the new group does not show the last state")
            news = (await session.execute(select(col(OutboxMessage.kind)))).scalars().all()
        if "GroupNews" in news:
            broken.append(f"heard {self.heard}: the chair was told that the group is lost")
        return Outcome(
            lost=sum(votes.get(key) != choice for key, choice in self.last.items()),
            doubled=max(0, casts - self.changes) + sum(max(0, len(self.there(one)) - 1) for one in self.ballots),
            broken=tuple(broken),
            figures={"votes": len(votes), "presses_that_changed": self.changes},
        )


async def moved(bench: Bench, rng: random.Random, heard: str) -> Outcome:
    """One group that moves after so many presses."""
    move = Move(bench, rng, heard)
    await move.begins()
    moment = rng.randrange(PRESSES)
    for number in range(PRESSES):
        if number == moment:
            await move.moves()
        move.press()
        if rng.random() < 0.5:
            await bench.settle()
        if rng.random() < 0.4:
            await move.posts(1)
    await move.goes_on()
    bench.all_unread()
    return await move.came_to()


async def keep_groups(campaign: Campaign) -> Outcome:
    """80 groups that move."""
    rng = random.Random(campaign.seed)
    outcomes: list[Outcome] = []
    with in_memory() as folder:
        template = await found(folder / "template.db")
        for number in range(campaign.of(80, least=len(HEARD))):
            async with stage(Path(shutil.copy(template, folder / f"{number}.db"))) as bench:
                outcomes.append(await moved(bench, rng, HEARD[number % len(HEARD)]))
    return Outcome(
        lost=sum(one.lost for one in outcomes),
        doubled=sum(one.doubled for one in outcomes),
        broken=tuple(sentence for one in outcomes for sentence in one.broken)[:20],
        figures={"groups": len(outcomes)}
        | {name: sum(one.figures[name] for one in outcomes) for name in outcomes[0].figures},
    )


PROMISES = (Promise("T5", "a group that becomes a supergroup: nothing twice, no vote lost", keep_groups),)
