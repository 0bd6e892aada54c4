"""How an invitation to an item ends, and what her post has to do with it; what is public is looked through again."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.refusals import Reason, RefusedError
from domain.usecases.ballot_changes import cancel_ballot
from domain.usecases.item_guest_seats import appoint_guest
from domain.usecases.meeting_planning import MeetingFacts, plan_meeting
from models.agenda import AgendaItem, ItemState
from models.council import Council
from models.meeting import MeetingMode
from models.member import Appointment
from tests.support.ballots import member_id
from tests.support.council_items import press, told
from tests.support.councils import CHAIR
from tests.support.hands import Bench
from tests.support.ladder import actor_of
from tests.support.voting import a_council_with_an_item, opens

GUEST = 180


async def test_whoever_is_invited_hears_that_the_item_is_dropped_and_it_opens_no_more(bench: Bench) -> None:
    item = await a_council_with_an_item(bench, guests=(GUEST,))
    await press(bench, CHAIR, "drop", item)
    await bench.person(CHAIR).say("已经装好了")
    await bench.person(CHAIR).press("保存")
    (news,) = [said for said in await told(bench) if said.raw["chat"]["id"] == GUEST]
    assert "不再议了" in news.text
    assert not news.labels


async def test_what_was_passed_and_taken_on_by_nobody_keeps_its_guests_for_some_weeks(bench: Bench) -> None:
    item = await a_council_with_an_item(bench, guests=(GUEST,))
    today = bench.policy.today(bench.clock.now)
    async with bench.database.transaction() as session:
        passed = await session.get_one(AgendaItem, item)
        passed.state, passed.changed_at = ItemState.PASSED, bench.clock.now
        council = await session.get_one(Council, passed.council_id)
        hers = col(Appointment.member_id) == await member_id(session, GUEST)
        end = today + timedelta(days=60)  # set by the administrator: being invited again changes nothing of it
        await session.execute(update(Appointment).where(hers).values(ends_on=end))
        await appoint_guest(session, council, await member_id(session, GUEST), now=bench.clock.now, policy=bench.policy)
    for weeks, still in ((3, True), (1, False)):
        bench.pass_time(weeks=weeks)
        await told(bench)
        async with bench.database.transaction() as session:
            (post,) = (await session.execute(select(Appointment).where(hers))).scalars()
        assert (post.ends_on == end) == still


async def test_a_place_and_a_reason_that_name_somebody_are_not_saved(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, _ = await opens(bench, item)
    chair, now = await actor_of(bench, CHAIR), bench.clock.now
    async with bench.database.transaction() as session:
        council = (await session.get_one(AgendaItem, item)).council_id
        with pytest.raises(RefusedError) as refused:
            await cancel_ballot(
                session, actor=chair, ballot_id=number, reason="王秀英家不同意", now=now, policy=bench.policy
            )
        assert refused.value.reason is Reason.PRIVATE_WORD
        for mode, named in ((MeetingMode.TOGETHER, True), (MeetingMode.AT_HOME, False)):
            facts = MeetingFacts(mode, now + timedelta(days=1), "王秀英家", [], chair.member_id)
            try:
                await plan_meeting(
                    session, actor=chair, council_id=council, facts=facts, conversation_id=mode.value, now=now,
                    policy=bench.policy,
                )  # fmt: skip
                assert not named
            except RefusedError as found:
                assert named and found.reason is Reason.PRIVATE_WORD  # noqa: PT017, PT018
    await told(bench)
