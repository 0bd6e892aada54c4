"""A machine that was off over a deadline: what was decided then is dated then, and not when it was counted (spec 5)."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from domain.usecases.ballot_closing import close_due
from domain.usecases.ballot_opening import open_ballot
from models.agenda import AgendaItem, ItemEntry, ItemEvent
from models.ballot import Ballot
from models.council import Council
from models.meeting import CouncilMeeting
from tests.support.ballots import actor, add_item, salt
from tests.support.councils import CHAIR, add_council
from tests.support.county import POLICY
from tests.support.hands import Bench


async def test_what_is_counted_a_month_late_was_decided_at_its_deadline(bench: Bench) -> None:
    council_id, now = await add_council(bench), bench.clock.now
    async with bench.database.transaction() as session:
        item = await add_item(session, await session.get_one(Council, council_id), now=now)
        ballot = await open_ballot(
            session, actor=await actor(session, CHAIR, now, POLICY), item_id=item.id, secret=False,
            closes_at=now + timedelta(hours=2), conversation_id="c", now=now, token=salt, policy=POLICY,
        )  # fmt: skip
        number = ballot.id
    async with bench.database.transaction() as session:
        assert await close_due(session, now=now + timedelta(days=40), policy=POLICY, limit=5) == 1
    async with bench.database.transaction() as session:
        ballot = await session.get_one(Ballot, number)
        meeting = await session.get_one(CouncilMeeting, ballot.meeting_id)
        item = await session.get_one(AgendaItem, ballot.item_id)
        entries = select(col(ItemEntry.at)).where(col(ItemEntry.kind) == ItemEvent.NO_QUORUM)
        decided = (await session.execute(entries)).scalar_one()
    assert {ballot.ended_at, meeting.ended_at, item.changed_at, decided} == {now + timedelta(hours=2)}
    bench.all_unread()
