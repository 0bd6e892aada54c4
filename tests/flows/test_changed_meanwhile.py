"""Somebody else was quicker: the form that is open says so and never gets stuck."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, update
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.refusals import Reason, RefusedError
from domain.usecases.drafts import expire_drafts
from domain.usecases.moving import merge_households
from domain.usecases.tiers import propose_tier
from domain.usecases.visits import VisitFacts, file_visit
from handlers.book import ConversationBook, ConversationMovedError
from handlers.inbox import Inbox
from models.conversation import Conversation
from models.household import Household, Tier
from models.session import Database
from models.tier_change import TierReason
from models.visit import VisitMode, VisitOutcome
from tests.support.county import HEAD, INSTRUCTOR, POLICY, SATURDAY, WORKER, days_from_saturday
from tests.support.hands import Bench, Person


@pytest.mark.parametrize(("form", "last"), [("移到别的网格", "第2网格"), ("家庭成员", "有人搬走")])
async def test_a_household_merged_meanwhile_leaves_no_form_stuck(bench: Bench, form: str, last: str) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await worker.say("单小红")
    await worker.press("单小红")
    asked = await worker.press(form)
    await instructor.say("张伟")
    await instructor.press("张伟")
    await instructor.press("合并")
    await instructor.press("单小红")
    await instructor.press("保存")
    news = await worker.press_data(asked.message_id, asked.button(last))
    assert "已并入另一户" in news[-1].text
    assert "取消" in "".join(news[-1].labels)
    assert "已取消" in (await worker.press("取消")).text


async def acting(bench: Bench, who: int) -> Actor:
    """Somebody as another replica of the program has just loaded her."""
    async with bench.database.transaction() as session:
        return (await actors_by_telegram_id(session, [who], POLICY.today(SATURDAY)))[who]


async def test_of_two_who_sign_at_once_on_two_replicas_one_decides(bench: Bench) -> None:
    worker, instructor, head = bench.person(WORKER), bench.person(INSTRUCTOR), bench.person(HEAD)
    await worker.say("刘洋")
    for label in ("刘洋", "调整分级", "重点户", "独居", "跳过", "保存"):
        await worker.press(label)
    await bench.deliverer.deliver_all()
    bench.all_unread()
    await instructor.press("查看并签字")
    yes = await head.press("查看并签字")
    no = instructor.newest_with("不同意")
    bench.box.act(HEAD, HEAD, "press", message_id=yes.message_id, data=yes.button("同意并签字"))
    bench.box.act(INSTRUCTOR, INSTRUCTOR, "press", message_id=no.message_id, data=no.button("不同意"))
    await bench.program.poller.poll_once(0)
    elsewhere = Database(bench.database.url)
    other = Inbox(elsewhere, clock=bench.clock, policy=POLICY, send=bench.program.replies)
    await asyncio.gather(*(inbox.round(1) for inbox in (bench.inbox, other) for _ in range(3)))
    await bench.settle()
    await elsewhere.close()
    decided = [said.text for person in (instructor, head) for said in person.reads()]
    assert len(decided) == 1
    await bench.deliverer.deliver_all()
    assert len(worker.reads()) == 1
    assert "已经有人处理" in instructor.toast() + head.toast()


async def at_the_needs(bench: Bench) -> Person:
    """A worker whose next press is half an answer."""
    worker = bench.person(WORKER)
    await worker.say("今日走访")
    for label in ("单小红", "电话", "见到了", "跳过"):
        await worker.press(label)
    return worker


async def test_half_an_answer_while_drafts_are_being_ended_keeps_the_form(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await at_the_needs(bench)
    bench.pass_time(hours=24, minutes=1)
    now = bench.clock.now
    async with bench.database.transaction() as session:
        execute = session.execute

        async def meddled(statement: Select[Any]) -> Any:
            found = await execute(statement)
            if isinstance(statement, Select):
                await execute(update(Conversation).values(expires_at=now + timedelta(hours=24)))
            return found

        monkeypatch.setattr(session, "execute", meddled)
        await expire_drafts(session, now=now, policy=POLICY)
    await bench.deliverer.deliver_all()
    assert worker.reads() == []
    assert "什么需要" in (await worker.say("/cancel")).text


@pytest.mark.parametrize("meanwhile", ["ended", "moved on"])
async def test_a_form_that_ends_in_two_places_ends_in_one(bench: Bench, meanwhile: str) -> None:
    await at_the_needs(bench)
    books = [ConversationBook(), ConversationBook()]
    async with bench.database.transaction() as session:
        for book in books:
            await book.load(session, [(WORKER, WORKER)])
    quicker, slower = books
    talk = quicker.active(WORKER, WORKER)
    assert talk is not None
    async with bench.database.transaction() as session:
        if meanwhile == "ended":
            quicker.drop(talk)
        else:
            quicker.keep(talk)
        await quicker.flush(session)
    slower.drop(talk)
    with pytest.raises(ConversationMovedError):
        async with bench.database.transaction() as session:
            await slower.flush(session)


async def test_a_proposal_for_a_household_that_was_merged_is_neither_listed_nor_signed(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await worker.say("刘洋")
    for label in ("刘洋", "调整分级", "重点户", "独居", "跳过", "保存"):
        await worker.press(label)
    await bench.deliverer.deliver_all()
    bench.all_unread()
    await instructor.press("查看并签字")
    async with bench.database.transaction() as session:
        await session.execute(update(Household).where(col(Household.id) == 4).values(status="merged", merged_into_id=3))
    for label in ("同意并签字", "不同意"):
        assert await instructor.press_all(label) == []
        assert "已并入另一户" in instructor.toast()
    assert "没有等您签字" in (await instructor.say("/sign")).text


async def test_a_proposal_and_a_merge_at_once_on_two_replicas_do_not_both_hold(bench: Bench) -> None:
    proposer, merger = await acting(bench, WORKER), await acting(bench, INSTRUCTOR)

    async def proposes() -> None:
        async with bench.database.transaction() as session:
            await propose_tier(
                session,
                actor=proposer,
                household_id=4,
                to_tier=Tier.KEY,
                reason=TierReason.ILLNESS,
                note=None,
                now=SATURDAY,
                policy=POLICY,
            )

    async def merges(database: Database) -> None:
        async with database.transaction() as session:
            await merge_households(session, actor=merger, kept_id=3, duplicate_id=4, now=SATURDAY, policy=POLICY)

    elsewhere = Database(bench.database.url)
    done = await asyncio.gather(proposes(), merges(elsewhere), return_exceptions=True)
    await elsewhere.close()
    refused = [one.reason for one in done if isinstance(one, RefusedError)]
    assert refused in ([Reason.HOUSEHOLD_GONE], [Reason.PROPOSAL_PENDING]), done
    await bench.deliverer.deliver_all()
    bench.all_unread()


@pytest.mark.parametrize("first", [VisitOutcome.MET, VisitOutcome.NOBODY_HOME])
async def test_two_visits_filed_at_once_on_two_replicas_move_the_household_one_after_the_other(
    bench: Bench, first: VisitOutcome
) -> None:
    second = VisitOutcome.NOBODY_HOME if first is VisitOutcome.MET else VisitOutcome.MET
    people = [await acting(bench, WORKER), await acting(bench, INSTRUCTOR)]

    async def files(database: Database, actor: Actor, outcome: VisitOutcome) -> None:
        async with database.transaction() as session:
            facts = VisitFacts(1, POLICY.today(SATURDAY), VisitMode.DOOR, outcome)
            name = f"{outcome.value}-elsewhere"
            await file_visit(session, actor=actor, facts=facts, conversation_id=name, now=SATURDAY, policy=POLICY)

    elsewhere = Database(bench.database.url)
    await asyncio.gather(files(bench.database, people[0], first), files(elsewhere, people[1], second))
    await elsewhere.close()
    async with bench.database.transaction() as session:
        household = await session.get_one(Household, 1)
    assert household.last_visit_on == days_from_saturday(0)
    assert household.next_due_on == days_from_saturday(7)
