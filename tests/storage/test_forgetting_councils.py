"""Of a council's items and projects the words go when they are over for long enough; what is counted stays."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import col

from domain.rules.retention import Entity
from domain.usecases.council_now import DEALT_WITH
from domain.usecases.holds import lift_hold, place_hold
from models.agenda import AgendaItem, ItemEntry, ItemEvent, ItemState
from models.ballot import Ballot, BallotWords
from models.erasing import Erasure
from models.meeting import CouncilMeeting, MeetingItem, MeetingState, Minutes, MinutesState
from models.member import Appointment, Member
from models.project import CouncilProject, ProjectRating, ProjectState
from models.session import Database
from tests.storage.council_rows import CLOSED, MERGED_ITEM, OPEN_ITEM, PASSED_ITEM, found_council
from tests.storage.test_forgetting import LATER, forget, member, rows
from tests.support.county import HEAD, SATURDAY, WORKER


@pytest.fixture
async def council(database: Database) -> Database:
    """A council whose items each have a history: proposed, spoken of, and something that is never counted."""
    worker, head = await member(database, WORKER), await member(database, HEAD)
    async with database.transaction() as session:
        await found_council(session, first=worker, second=head)
        for item in (await session.execute(select(col(AgendaItem.id)))).scalars().all():
            for kind in (ItemEvent.PROPOSED, ItemEvent.OPINION, ItemEvent.REVISED):
                entry: dict[str, Any] = {"at": SATURDAY, "by_id": worker, "body": "楼道的灯"}
                session.add(ItemEntry(item_id=item, kind=kind, **entry))
    return database


async def change(database: Database, table: Any, condition: Any, **values: Any) -> None:
    """What people do in the chat, straight in the tables."""
    async with database.transaction() as session:
        await session.execute(update(table).where(condition).values(**values))


async def end_project(database: Database) -> None:
    ended = {"state": ProjectState.DONE, "ended_on": SATURDAY.date(), "result": "四盏灯都亮了"}
    await change(database, CouncilProject, col(CouncilProject.item_id) == PASSED_ITEM, **ended)
    await change(database, ProjectRating, col(ProjectRating.project_id) == 1, over=True)


async def end_record(database: Database) -> None:
    """The meeting that dealt with the first item is held, and its record is final."""
    await change(database, CouncilMeeting, col(CouncilMeeting.id) == 1, state=MeetingState.HELD, ended_at=SATURDAY)
    final = {"state": MinutesState.FINAL, "final_at": SATURDAY, "corrections_until": SATURDAY}
    await change(database, Minutes, col(Minutes.meeting_id) == 1, **final)


async def test_a_project_that_is_over_leaves_its_days_and_its_marks(council: Database) -> None:
    assert await forget(council, Entity.PROJECT) == 0  # it goes on
    await end_project(council)
    await change(council, ProjectRating, col(ProjectRating.project_id) == 1, over=False)
    assert await forget(council, Entity.PROJECT) == 0  # people are still asked
    await end_project(council)
    assert await forget(council, Entity.PROJECT, now=SATURDAY + timedelta(days=1824)) == 0
    assert await forget(council, Entity.PROJECT, now=SATURDAY + timedelta(days=1825)) == 1
    assert await forget(council, Entity.PROJECT) == 0
    async with council.transaction() as session:
        project = await session.get_one(CouncilProject, 1)
        assert (project.what, project.result, project.ended_on) == ("▇▇", "▇▇", SATURDAY.date())
        assert (await session.get_one(ProjectRating, 1)).contents == "0|00000"
        (record,) = (await session.execute(select(Erasure))).scalars().all()
    assert (record.rule, record.counts["project_entry"], record.door) == ("project", 1, None)
    left = await rows(council, "project_entry", "project_step", "rating_asked", "council_project")
    assert left == {"project_entry": 0, "project_step": 0, "rating_asked": 0, "council_project": 1}


async def test_an_item_waits_for_its_ballots_and_its_project_and_leaves_what_is_counted(council: Database) -> None:
    await end_project(council)
    assert await forget(council, Entity.AGENDA_ITEM) == 0
    assert await forget(council, Entity.PROJECT) == 1
    assert await forget(council, Entity.AGENDA_ITEM) == 0  # its ballots can still be counted again
    async with council.transaction() as session:
        before = (await session.get_one(Ballot, CLOSED)).model_dump()
    assert await forget(council, Entity.BALLOT_NAMES) == 2
    assert await forget(council, Entity.AGENDA_ITEM, now=SATURDAY + timedelta(days=1824)) == 0
    assert await forget(council, Entity.AGENDA_ITEM, now=SATURDAY + timedelta(days=1825)) == 1
    assert await forget(council, Entity.AGENDA_ITEM) == 0
    async with council.transaction() as session:
        item = await session.get_one(AgendaItem, PASSED_ITEM)
        assert (item.title, item.body, item.state, item.code) == ("▇▇", "▇▇", ItemState.PASSED, "T-A-26-003")
        words = await session.get_one(BallotWords, CLOSED)
        assert (words.title, words.body, words.salt) == ("▇▇",) * 3
        assert (await session.get_one(Ballot, CLOSED)).model_dump() == before
        entries = select(ItemEntry).where(col(ItemEntry.item_id) == PASSED_ITEM)
        (dealt,) = (await session.execute(entries)).scalars().all()
        assert (dealt.kind in DEALT_WITH, dealt.body) == (True, None)  # in which months it was dealt with is counted
        others = select(func.count(col(ItemEntry.id))).where(col(ItemEntry.body).is_not(None))
        assert (await session.execute(others)).scalar_one() == 12  # of the four others


async def test_only_what_is_over_for_good_goes(council: Database) -> None:
    for state in set(ItemState) - {ItemState.MERGED, ItemState.DECLINED, ItemState.WITHDRAWN, ItemState.DROPPED}:
        await change(council, AgendaItem, col(AgendaItem.id) == 4, state=state)
        assert await forget(council, Entity.AGENDA_ITEM) == 0, state  # rejected ones may come back
    await change(council, AgendaItem, col(AgendaItem.id) == 4, state=ItemState.DROPPED)
    assert await forget(council, Entity.AGENDA_ITEM) == 1


async def test_an_item_waits_for_a_record_that_is_not_final_and_for_what_it_was_merged_into(council: Database) -> None:
    async with council.transaction() as session:
        session.add(MeetingItem(meeting_id=1, item_id=4, position=2))
    await change(council, AgendaItem, col(AgendaItem.id) == 4, state=ItemState.WITHDRAWN)
    assert await forget(council, Entity.AGENDA_ITEM) == 0  # the meeting goes on
    held = {"state": MeetingState.HELD, "ended_at": LATER - timedelta(days=30)}
    await change(council, CouncilMeeting, col(CouncilMeeting.id) == 1, **held)
    assert await forget(council, Entity.AGENDA_ITEM) == 0  # its record is being written
    await end_record(council)
    assert await forget(council, Entity.AGENDA_ITEM) == 1
    # The merged one is read with the one that took it in, which is voted on.
    assert await forget(council, Entity.AGENDA_ITEM) == 0
    await change(council, AgendaItem, col(AgendaItem.id) == OPEN_ITEM, state=ItemState.DROPPED)
    async with council.transaction() as session:
        await session.execute(text("UPDATE ballot SET state = 'cancelled', ended_at = closes_at WHERE item_id = 1"))
    assert await forget(council, Entity.BALLOT_NAMES) == 3
    assert [await forget(council, Entity.AGENDA_ITEM) for _ in range(3)] == [1, 1, 0]
    async with council.transaction() as session:
        merged = await session.get_one(AgendaItem, MERGED_ITEM)
    assert (merged.title, merged.merged_into_id) == ("▇▇", OPEN_ITEM)


async def test_a_hold_on_an_item_keeps_all_that_the_council_wrote_of_it_and_every_name_in_it(council: Database) -> None:
    await end_project(council)
    await end_record(council)
    async with council.transaction() as session:
        session.add(MeetingItem(meeting_id=1, item_id=PASSED_ITEM, position=2))
        for item in (OPEN_ITEM, 2, 4):  # the others are over
            await session.execute(update(AgendaItem).where(col(AgendaItem.id) == item).values(state=ItemState.DROPPED))
        await session.execute(text("UPDATE ballot SET state = 'cancelled', ended_at = closes_at WHERE item_id <> 3"))
        await session.execute(update(Appointment).values(starts_on=SATURDAY.date(), ends_on=SATURDAY.date()))
        await session.execute(text("DELETE FROM tier_change"))
        hold = await place_hold(session, item="T-A-26-003", reason="法院来函", by="周静", now=SATURDAY)
    kept = await rows(council, "vote", "elector", "ballot_box", "ballot_entry", "attendance", "project_entry")
    rules = (Entity.BALLOT_NAMES, Entity.MINUTES_NAMES, Entity.PROJECT)
    assert [await forget(council, rule) for rule in rules] == [2, 0, 0]  # two ballots were on other items
    assert sorted([await forget(council, Entity.AGENDA_ITEM) for _ in range(2)]) == [1, 3]
    left = await rows(council, *kept)
    assert (left["attendance"], left["project_entry"]) == (kept["attendance"], kept["project_entry"])
    assert 0 < left["vote"] < kept["vote"]
    worker, head = await member(council, WORKER), await member(council, HEAD)
    everybody = (await rows(council, "member"))["member"]
    assert await forget(council, Entity.MEMBER) == everybody - 2
    async with council.transaction() as session:
        names = [(await session.get_one(Member, number)).telegram_id for number in (worker, head)]
        await lift_hold(session, hold.id, by="周静", now=LATER)
    assert names == [WORKER, HEAD]
    rest = (Entity.BALLOT_NAMES, Entity.PROJECT, Entity.AGENDA_ITEM, Entity.MEMBER)
    assert [await forget(council, rule) for rule in rest] == [2, 1, 1, 2]


async def test_a_hold_on_what_was_merged_keeps_both(council: Database) -> None:
    await end_record(council)
    async with council.transaction() as session:
        await session.execute(update(AgendaItem).where(col(AgendaItem.id) == OPEN_ITEM).values(state=ItemState.DROPPED))
        await session.execute(text("UPDATE ballot SET state = 'cancelled', ended_at = closes_at WHERE item_id = 1"))
        hold = await place_hold(session, item="T-A-26-005", reason="法院来函", by="周静", now=SATURDAY)
    assert await forget(council, Entity.BALLOT_NAMES) == 2  # those of the passed item
    assert await forget(council, Entity.AGENDA_ITEM) == 0
    async with council.transaction() as session:
        await lift_hold(session, hold.id, by="周静", now=LATER)
    assert await forget(council, Entity.BALLOT_NAMES) == 1
    assert [await forget(council, Entity.AGENDA_ITEM) for _ in range(3)] == [1, 1, 0]
