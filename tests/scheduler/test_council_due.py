"""What a council's clock has to do is done for all, though something of one of them cannot be read or goes wrong."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import LargeBinary, Table, literal, select, update
from sqlmodel import col

from domain.usecases import project_due
from domain.usecases.item_guest_seats import end_guests_due
from models.agenda import AgendaItem, ItemGuest
from models.area import Area
from models.council import Council
from models.meeting import CouncilMeeting, MeetingItem, MeetingMode, MeetingState, Minutes, MinutesState
from models.project import CouncilProject, ProjectRating
from tests.support.ballots import add_guests, member_id
from tests.support.councils import CHAIR, FIRST, SECOND, add_council
from tests.support.county import OTHER_HEAD
from tests.support.hands import Bench
from tests.support.meetings import an_item
from tests.support.projects import begun, done, passed_item


async def lose(bench: Bench, row: type[Any], key: str, number: int, *columns: str) -> None:
    """What stands in these columns of a row was written with a key that is gone."""
    table: Table = row.__table__
    values = {column: literal(b"lost", LargeBinary) for column in columns}
    async with bench.database.transaction() as session:
        await session.execute(update(table).where(table.c[key] == number).values(values))


def lines(caplog: pytest.LogCaptureFixture) -> Counter[str]:
    """How often the log says what, of rows that were passed over."""
    return Counter(message.split()[0] for message in caplog.messages if " number=" in message)


async def test_an_item_that_cannot_be_read_keeps_no_guest_of_another_in_her_seat(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    council = await add_council(bench)
    items = [await passed_item(bench, council, number=number) for number in (1, 2)]
    async with bench.database.transaction() as session:
        for item in items:
            await add_guests(session, await session.get_one(AgendaItem, item), [180 + item], bench.clock.now)
    await lose(bench, AgendaItem, "id", items[0], "body")
    with caplog.at_level(logging.ERROR):
        async with bench.database.transaction() as session:
            await end_guests_due(session, now=bench.clock.now + timedelta(weeks=5), policy=bench.policy)
    async with bench.database.transaction() as session:
        query = select(col(ItemGuest.item_id)).where(col(ItemGuest.ended_at).is_(None))
        assert list((await session.execute(query)).scalars()) == items[:1]
    assert lines(caplog) == {"guests_not_ended": 1}


async def test_a_lost_box_of_marks_keeps_no_project_and_no_other_box_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One of two boxes is lost, of two councils one goes wrong, and each transaction takes one."""
    monkeypatch.setattr("scheduler.sweep.RATINGS_AT_ONCE", 1)
    monkeypatch.setattr("scheduler.sweep.COUNCILS_AT_ONCE", 1)
    council = await add_council(bench)
    async with bench.database.transaction() as session:
        area = (await session.execute(select(col(Area.id)).where(col(Area.code) == "T-B"))).scalar_one()
        session.add(other := Council(area_id=area, name="西河", founded_at=bench.clock.now))
        await session.flush()
        elsewhere = other.id
    rated = []
    for number in (1, 2):
        rated.append(await begun(bench, await passed_item(bench, council, number=number)))
        await done(bench, rated[-1])
    await begun(bench, await passed_item(bench, council, number=3), days=10)
    moved = await begun(bench, await passed_item(bench, council, number=4), days=30)
    async with bench.database.transaction() as session:  # FIRST is nobody there: somebody else must have it
        (await session.get_one(CouncilProject, moved)).council_id = elsewhere
    await lose(bench, ProjectRating, "project_id", rated[0], "contents")
    ongoing, seen = project_due._ongoing, list[int]()

    async def one_goes_wrong(session: Any, council_: Council) -> Sequence[project_due.Going]:
        seen.append(council_.id)
        if council_.id == council and len(seen) == 1:
            raise RuntimeError("this council")
        return await ongoing(session, council_)

    monkeypatch.setattr(project_due, "_ongoing", one_goes_wrong)
    with caplog.at_level(logging.ERROR):
        bench.pass_time(days=7)
        await bench.tick()
        asked = [said for said in bench.person(SECOND).reads() if "再问一声" in said.text]
        assert (len(asked), seen) == (1, [council, elsewhere])
        assert [said for said in bench.person(OTHER_HEAD).reads() if "T-A-26-004" in said.text]
        assert lines(caplog) == {"rating_not_asked_again": 1, "projects_not_reminded_of": 1}
        bench.pass_time(days=1)
        await bench.tick()
        assert [said for said in bench.person(FIRST).reads() if "还有 2 天" in said.text]
        bench.pass_time(days=8)
        await bench.tick()
    assert lines(caplog)["rating_not_ended"] == 1
    async with bench.database.transaction() as session:
        over = select(col(ProjectRating.project_id)).where(col(ProjectRating.over))
        assert (await session.execute(over)).scalars().all() == [rated[1]]
    bench.all_unread()


async def test_lost_words_keep_no_meeting_and_no_record_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Places and minutes are not needed for it; for an item that is lost its own meeting alone is passed over."""
    monkeypatch.setattr("scheduler.sweep.RECORDS_AT_ONCE", 1)
    council, now = await add_council(bench), bench.clock.now
    item = await an_item(bench, council)
    held, lost, planned = [], 0, 0
    async with bench.database.transaction() as session:
        chair = await member_id(session, CHAIR)
        for number in range(1, 5):
            past = number <= 2
            meeting = CouncilMeeting(
                code=f"T-A-M-{number}", conversation_id=f"m{number}", council_id=council, mode=MeetingMode.TOGETHER,
                planned_at=now + timedelta(days=-4 if past else 2, hours=number), place="村委会", chair_id=chair,
                state=MeetingState.HELD if past else MeetingState.PLANNED, sign_code="1234",
                begun_at=now - timedelta(days=4) if past else None, ended_at=now - timedelta(days=4) if past else None,
            )  # fmt: skip
            session.add(meeting)
            await session.flush()
            if past:
                session.add(
                    Minutes(
                        meeting_id=meeting.id, state=MinutesState.OUT, opinions="说了什么", version=1,
                        corrections_until=now + timedelta(hours=number),
                    )
                )  # fmt: skip
                held.append(meeting.id)
            elif not lost:
                session.add(MeetingItem(meeting_id=meeting.id, item_id=item, position=1))
                lost = meeting.id
            else:
                planned = meeting.id
    await lose(bench, AgendaItem, "id", item, "title")
    await lose(bench, Minutes, "meeting_id", held[0], "opinions")
    for number in (held[0], planned):
        await lose(bench, CouncilMeeting, "id", number, "place", "sign_code")
    with caplog.at_level(logging.ERROR):
        bench.pass_time(days=1, hours=10)
        await bench.sweep.meetings()
        await bench.deliverer.deliver_all()
    told = [said.text for said in bench.person(FIRST).reads()]
    assert (any("T-A-M-3" in one for one in told), any("T-A-M-4" in one for one in told)) == (False, True)
    assert lines(caplog) == {"meeting_not_reminded_of": 1}
    async with bench.database.transaction() as session:
        states = select(col(Minutes.state)).order_by(col(Minutes.meeting_id))
        assert (await session.execute(states)).scalars().all() == [MinutesState.FINAL] * 2
    bench.all_unread()
