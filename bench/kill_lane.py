"""One program after the other on the same data, and one story after the other told to them."""

import asyncio
import json
import random
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bench.fate import Boundary, Fate
from bench.kill_county import FIRST_GROUP, Grounds
from bench.kill_life import Life, Row, Write
from bench.kill_plan import Plan
from bench.kill_stories import Story
from bench.kill_teller import Teller
from bench.nursery import Child, Nursery
from bench.processes import TOKEN, now, suozi
from models.conversation import Conversation
from models.inbox import InboxUpdate
from models.session import Database
from sandbox.server import Sandbox

PATIENCE = 1.5  # seconds after which she repeats herself
MOST_REPEATS = 20
REST = 0.2  # seconds in which what follows an answer is over
AGAIN = 0.1  # the share of starts that are killed as well
IN_THE_START = 60  # boundaries of a start
LONGEST = 120.0  # seconds, on a machine that is busy


@dataclass
class Tally:
    """What has come of it."""

    kills: int = 0
    lives: int = 0
    lost: int = 0
    doubled: int = 0
    again: int = 0  # kills of starts
    broken: list[str] = field(default_factory=list)


class Lane:
    """One kind of story on one database, one made-up Telegram, and one program after the other."""

    def __init__(self, folder: Path, url: str, nursery: Nursery, grounds: Grounds, rng: random.Random) -> None:
        self.tally = Tally()
        self.box = Sandbox(lambda: now().timestamp(), random.Random(rng.random()), TOKEN)
        self._folder = folder
        self._url = url
        self._nursery = nursery
        self.grounds = grounds
        self._rng = rng
        self._fate = Fate(folder / "fate")
        self._settings: dict[str, str] = {}
        self._copy = folder / "copy"
        self._copy.mkdir()
        self._looked_at = Database(url or f"sqlite:///{self._copy / 'suozi.db'}")
        self.teller = Teller(self.box)
        self._child: Child | None = None

    async def open(self) -> None:
        """Start."""
        self.grounds.people(self.box)
        _, self._settings = suozi(self._folder, await self.box.start(), database_url=self._url)
        self._fate.spare()
        await self._start()

    async def close(self) -> None:
        """End."""
        if self._child is not None:
            await self._child.kill()
        await self.box.stop()

    async def groups_are_told(self) -> None:
        """Wait until each council's two votes stand in its group. Raises TimeoutError."""
        for _ in range(int(LONGEST / REST)):
            if all(self._votes_in(FIRST_GROUP - number) == 2 for number in self.grounds.councils):
                return
            await asyncio.sleep(REST)
        raise TimeoutError("the votes do not stand in their groups")

    def _votes_in(self, group: int) -> int:
        """How many messages of the group have buttons: it hears of other things as well."""
        return sum("inline_keyboard" in message.get("reply_markup", {}) for message in self.box.messages(group))

    async def in_peace(self, story: Story, life: Life) -> list[list[Boundary]]:
        """Tell it without a kill: what the program passed at each step."""
        passed = []
        self.teller.begins(life)
        for place, step in enumerate(life.steps):
            await asyncio.sleep(REST)
            self._fate.spare()
            self.teller.takes(step)
            await self._answered(story, place, armed=False)
            await asyncio.sleep(REST / 4)
            passed.append(self._fate.passed())
        await self._ends(story, life)
        return passed

    async def among_kills(self, story: Story, life: Life, plan: Plan) -> None:
        """Tell it, and kill the program at the steps and boundaries that the plan has chosen."""
        self.teller.begins(life)
        plan.begin(life.kind)
        for place, step in enumerate(life.steps):
            target = plan.next(life.kind, place)
            if target is not None:
                await asyncio.sleep(REST / 8)
                self._fate.arm(target.boundary, delay=target.delay)
            self.teller.takes(step)
            killed = await self._answered(story, place, armed=target is not None)
            if target is not None and not killed:
                plan.missed()
        await self._ends(story, life)

    async def _answered(self, story: Story, place: int, *, armed: bool) -> bool:
        """Wait for the answer to the step at `place`, through kills; whether there was one."""
        killed, repeats = False, 0
        while True:
            heard = await self._hears(place)
            if self._died():
                killed = True
                await self._revive(story, place)
                continue
            if heard and armed and not killed:
                await self._dies_soon()
                if self._died():
                    continue
                self._fate.spare()
            if heard:
                return killed
            repeats += 1
            if repeats > MOST_REPEATS:
                raise TimeoutError(f"no answer to step {place} of {self.teller.life.kind}")
            if not self.teller.goes_on():
                self.teller.repeats(place)

    async def _hears(self, place: int) -> bool:
        """Whether she can go on; False when the program died or her patience ended."""
        assert self._child is not None
        until = asyncio.get_running_loop().time() + PATIENCE
        while not self.teller.ready(place + 1):
            left = until - asyncio.get_running_loop().time()
            if left <= 0 or not self._child.alive or self.teller.goes_on():
                return self.teller.ready(place + 1)
            self.teller.news.clear()
            hears = asyncio.ensure_future(self.teller.news.wait())
            either: set[asyncio.Future[Any]] = {hears, self._child.ended}
            await asyncio.wait(either, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            hears.cancel()
        return True

    async def _dies_soon(self) -> None:
        assert self._child is not None
        await asyncio.wait({self._child.ended}, timeout=REST)

    def _died(self) -> bool:
        return self._child is not None and not self._child.alive

    async def _revive(self, story: Story, place: int) -> None:
        """After a kill: what the data say of receipts and of what was typed before, and a new program on them."""
        assert self._child is not None
        if self._child.ended.result() != -signal.SIGKILL:
            raise RuntimeError(f"the program ended by itself with status {self._child.ended.result()}")
        self.tally.kills += 1
        told = (step.text for step in self.teller.life.steps[:place] if isinstance(step, Write))
        typed = [words for words in told if words in self.teller.life.words]
        if self.teller.told or typed:
            async with self._left_behind() as session:
                await self._look(session, story, typed)
        self._fate.spare()
        while self._rng.random() < AGAIN:
            self._fate.arm(self._rng.randrange(IN_THE_START), anywhere=True)
            child = await self._nursery.start(self._settings, self._folder / "log.txt", self._folder / "fate")
            await asyncio.wait({child.ended}, timeout=PATIENCE)
            self.tally.again += not child.alive
            self.tally.kills += not child.alive
            self._fate.spare()
            await child.kill()
        await self._start()

    async def _look(self, session: AsyncSession, story: Story, typed: list[str]) -> None:
        if await story.rows(session, self.teller.life):
            return
        if self.teller.told:
            self._wrong("a receipt without a row")
        drafts = select(Conversation).where(col(Conversation.user_id) == self.teller.life.who)
        states = [json.loads(draft.state) for draft in (await session.execute(drafts)).scalars()]
        if any(words not in json.dumps(states, ensure_ascii=False) for words in typed):
            self._wrong("what was typed before is not in the draft")

    async def _start(self) -> None:
        self._child = await self._nursery.start(self._settings, self._folder / "log.txt", self._folder / "fate")

    async def _ends(self, story: Story, life: Life) -> None:
        """One row, all of what she told, and a receipt that says so."""
        self.tally.lives += 1
        async with self._left_behind() as session:
            rows = await story.rows(session, life)
        self.tally.lost += not rows
        self.tally.doubled += max(0, len(rows) - 1)
        for row in rows[:1]:
            self._judge(row)

    def _judge(self, row: Row) -> None:
        if not row.right:
            self._wrong("the row is not what was told")
        if not self.teller.told:
            self._wrong("a row without a receipt")
        if any(word not in text for text in self.teller.told for word in row.says):
            self._wrong("a receipt that does not say what the row says")

    def _wrong(self, words: str) -> None:
        self.tally.broken.append(f"{self.teller.life.kind} {self.teller.life.number}: {words}")

    @asynccontextmanager
    async def _left_behind(self) -> AsyncIterator[AsyncSession]:
        """The data as they are; of files a copy, or opening them here would clear up what the kill has left."""
        if not self._url:
            for file in ("suozi.db", "suozi.db-wal"):
                (self._copy / file).unlink(missing_ok=True)
                if (self._folder / file).exists():
                    shutil.copy(self._folder / file, self._copy)
        try:
            async with self._looked_at.transaction() as session:
                yield session
        finally:
            await self._looked_at.close()  # it opens anew at the next look

    async def at_the_end(self, story: Story) -> None:
        """No row too many anywhere, and nothing left in the inbox or set aside."""
        undone = select(func.count()).select_from(InboxUpdate)
        undone = undone.where(col(InboxUpdate.done_at).is_(None) | col(InboxUpdate.set_aside))
        for _ in range(int(LONGEST / REST)):
            await asyncio.sleep(REST)
            async with self._left_behind() as session:
                if not (await session.execute(undone)).scalar_one():
                    self.tally.doubled += max(0, await story.total(session) - self.tally.lives)
                    return
        self.tally.broken.append(f"{story.name}: updates that were not handled")
