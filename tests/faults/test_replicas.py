"""Several replicas on one PostgreSQL: the short cases of what `bench/fault_replicas.py` tries with real processes."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from domain.channel import Outcome, Outgoing, Receipt
from domain.household_notices import TierReviewDue
from domain.usecases.outbox import tell
from models.member import Member
from models.outbox import OutboxMessage, OutboxState
from models.session import Database
from scheduler.deliver import Deliverer
from scheduler.sweep import Sweep
from tests.support.county import POLICY, SATURDAY
from tests.support.hands import Clock

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
EVENTS = 60  # besides the morning's own


class Messenger:
    """Counts what it was given, and takes a moment over each."""

    def __init__(self) -> None:
        self.sent: Counter[tuple[int, str]] = Counter()

    async def send(self, message: Outgoing) -> Receipt:
        """It arrives."""
        await asyncio.sleep(0.002)
        self.sent[message.chat_id, message.text] += 1
        return Receipt(Outcome.DELIVERED, 1)


async def test_three_replicas_send_what_is_due_once_between_them(database: Database) -> None:
    clock = Clock(SATURDAY)
    async with database.transaction() as session:
        people = (await session.execute(select(col(Member.id)).order_by(col(Member.id)))).scalars().all()
        for number in range(EVENTS):
            notice = TierReviewDue(POLICY.today(SATURDAY), number + 1)
            await tell(session, [people[number % len(people)]], notice, f"t{number}", now=clock(), policy=POLICY)
    replicas = [(Messenger(), Database(database.url)) for _ in range(3)]

    async def work(messenger: Messenger, own: Database) -> None:
        sweep = Sweep(own, clock=clock, policy=POLICY)
        deliverer = Deliverer(own, messenger, clock=clock, policy=POLICY)
        for job in (sweep.morning, sweep.reachability, sweep.drafts, deliverer.deliver_red, deliverer.deliver_calm):
            await job()

    await asyncio.gather(*(work(*replica) for replica in replicas))
    clock.now += timedelta(minutes=6)  # every claim has ended: what was sent is not sent again
    await asyncio.gather(*(work(*replica) for replica in replicas))
    for _, own in replicas:
        await own.close()
    sent = sum((messenger.sent for messenger, _ in replicas), Counter[tuple[int, str]]())
    async with database.transaction() as session:
        states = select(col(OutboxMessage.state), func.count()).group_by(col(OutboxMessage.state))
        settled = {state: count for state, count in (await session.execute(states)).all()}  # noqa: C416 - rows
    assert sent.total() == settled.pop(OutboxState.SENT) >= EVENTS
    assert set(settled) <= {OutboxState.DROPPED}  # of whoever holds no post
    assert set(sent.values()) == {1}
    assert all(messenger.sent for messenger, _ in replicas)
