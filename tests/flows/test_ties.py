"""Declaring a tie to a household, ending it, and what it keeps from whoever is tied."""

import asyncio

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.access import is_tied
from domain.lead_access import lead_for
from domain.refusals import RefusedError
from domain.usecases.due_alerts import ring_due
from domain.usecases.moving import merge_households
from domain.usecases.ties import declare_tie
from models.alert import Alert
from models.confidential import Tie, TieKind
from models.household import Household
from models.lead import Lead
from tests.support.county import ADMIN, EXPERT, HEAD, INSTRUCTOR, OTHER_WORKER, POLICY, SATURDAY, TOWNSHIP, WORKER
from tests.support.hands import Bench, Person, Said
from tests.support.leads import a_lead, actor_of


async def declare(person: Person, name: str, kind: str) -> Said:
    """A tie declared from the household's card."""
    await person.say(name)
    await person.press(name)
    await person.press("关联回避")
    await person.press(kind)
    return await person.press("保存")


async def household(bench: Bench, code: str) -> Household:
    """The household with this code."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Household).where(col(Household.code) == code))).scalar_one()


async def tied(bench: Bench, person: int, code: str) -> bool:
    """Whether she is tied to the household."""
    one, who = await household(bench, code), await actor_of(bench, person)
    async with bench.database.transaction() as session:
        return await is_tied(session, who.member_id, one.id)


async def test_a_tie_is_declared_from_the_card_and_shows_there_and_on_me(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("刘洋")
    await worker.press("刘洋")
    asked = await worker.press("关联回避")
    assert "您和这一户是什么关系" in asked.text
    assert not any("已无关联" in label for label in asked.labels)
    summary = await worker.press("是我亲属")
    assert "绕开您" in summary.text
    noted = await worker.press("保存")
    assert "已声明" in noted.text
    assert await tied(bench, WORKER, "T-A-01-004")
    assert "您已声明：亲属" in (await worker.press("查看")).text
    mine = await worker.say("/me")
    assert "T-A-01-004（亲属）" in mine.text
    assert "刘洋" not in mine.text


async def test_only_her_own_tie_shows_on_the_card(bench: Bench) -> None:
    await declare(bench.person(WORKER), "刘洋", "是我近邻")
    instructor = bench.person(INSTRUCTOR)
    await instructor.say("刘洋")
    assert "您已声明" not in (await instructor.press("刘洋")).text
    assert not await tied(bench, INSTRUCTOR, "T-A-01-004")


async def test_ending_a_tie_is_told_to_the_instructor_without_a_name(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await declare(worker, "刘洋", "是我家")
    await bench.deliverer.deliver_all()
    assert instructor.reads() == []
    summary = await worker.press("查看")
    assert "本人家庭" in summary.text
    await worker.press("关联回避")
    assert "上级会知道" in (await worker.press("已无关联")).text
    assert "已结束" in (await worker.press("保存")).text
    assert not await tied(bench, WORKER, "T-A-01-004")
    await bench.deliverer.deliver_all()
    told = instructor.reads()
    assert len(told) == 1
    assert "网格员" in told[0].text
    assert "T-A-01-004" in told[0].text
    assert not [word for word in ("刘洋", "陈秀兰", "东关村4号") if word in told[0].text]


async def test_a_head_who_ends_hers_is_told_of_to_the_township(bench: Bench) -> None:
    head = bench.person(HEAD)
    await declare(head, "刘洋", "是我亲属")
    await declare(head, "刘洋", "已无关联")
    await bench.deliverer.deliver_all()
    assert len(bench.person(TOWNSHIP).reads()) == 1
    assert bench.person(INSTRUCTOR).reads() == []


async def test_another_kind_of_tie_takes_the_place_of_the_first(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await declare(worker, "刘洋", "是我亲属")
    await declare(worker, "刘洋", "是我近邻")
    async with bench.database.transaction() as session:
        ties = list((await session.execute(select(Tie))).scalars())
    assert [(tie.kind, tie.ended_at) for tie in ties] == [(TieKind.NEIGHBOUR, None)]


async def test_a_tie_is_declared_anew_after_it_ended(bench: Bench) -> None:
    worker = bench.person(WORKER)
    for kind in ("是我亲属", "已无关联", "是我家"):
        await declare(worker, "刘洋", kind)
    assert await tied(bench, WORKER, "T-A-01-004")
    await bench.deliverer.deliver_all()
    assert len(bench.person(INSTRUCTOR).reads()) == 1


async def test_from_me_the_household_is_looked_for(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("/me")
    await worker.press("声明关联户")
    await worker.say("何平")  # another grid's
    assert not [label for label in worker.newest_with("取消").labels if "何平" in label]
    await worker.say("张伟")
    await worker.press("张伟")
    await worker.press("是我近邻")
    assert "已声明" in (await worker.press("保存")).text


@pytest.mark.parametrize("who", [OTHER_WORKER, ADMIN, EXPERT, TOWNSHIP])
async def test_nobody_declares_a_tie_to_a_household_of_elsewhere(bench: Bench, who: int) -> None:
    one = await household(bench, "T-A-01-004")
    person = bench.person(who)
    hello = await person.say("/help")
    await person.press_data(hello.message_id, f"hh:tie:{one.id}")
    assert not await tied(bench, who, "T-A-01-004")


async def test_words_are_no_tie(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("刘洋")
    await worker.press("刘洋")
    await worker.press("关联回避")
    assert "点下面的按钮" in (await worker.say("他是我表哥 <b>{{ x }}</b>")).text
    assert not await tied(bench, WORKER, "T-A-01-004")


async def test_after_a_merge_the_tie_holds_for_both(bench: Bench) -> None:
    await declare(bench.person(WORKER), "张伟", "是我亲属")
    kept, gone = await household(bench, "T-A-01-004"), await household(bench, "T-A-01-003")
    head = await actor_of(bench, HEAD)
    async with bench.database.transaction() as session:
        await merge_households(session, actor=head, kept_id=kept.id, duplicate_id=gone.id, now=SATURDAY, policy=POLICY)
    assert await tied(bench, WORKER, "T-A-01-003")
    assert await tied(bench, WORKER, "T-A-01-004")
    await declare(bench.person(WORKER), "刘洋", "已无关联")
    assert not await tied(bench, WORKER, "T-A-01-003")
    await bench.deliverer.deliver_all()
    assert len(bench.person(INSTRUCTOR).reads()) == 1


async def opens(bench: Bench, person: int, lead: Lead) -> bool:
    """Whether she may open the lead."""
    actor = await actor_of(bench, person)
    async with bench.database.transaction() as session:
        try:
            await lead_for(session, actor, lead.id, now=bench.clock())
        except RefusedError:
            return False
        return True


async def test_who_is_tied_reports_and_then_sees_no_more_of_it(bench: Bench) -> None:
    await declare(bench.person(WORKER), "刘洋", "是我亲属")
    lead, other = await a_lead(bench), await a_lead(bench, code="T-A-01-003")
    assert (lead.conflict, other.conflict) == (True, False)
    assert not await opens(bench, WORKER, lead)
    assert await opens(bench, WORKER, other)
    await declare(bench.person(WORKER), "刘洋", "已无关联")
    assert not await opens(bench, WORKER, lead)  # what she reported as kin stays apart from her
    await bench.deliverer.deliver_all()
    bench.all_unread()


async def test_an_instructor_who_is_tied_is_not_rung_and_cannot_open_it(bench: Bench) -> None:
    await declare(bench.person(INSTRUCTOR), "刘洋", "是我近邻")
    lead = await a_lead(bench)
    await bench.deliverer.deliver_all()
    assert bench.person(INSTRUCTOR).reads() == []
    assert not await opens(bench, INSTRUCTOR, lead)
    assert len(bench.person(HEAD).reads()) == 1  # the next one is, at once
    bench.all_unread()


async def test_whoever_declares_a_tie_lets_go_of_what_she_has(bench: Bench) -> None:
    lead = await a_lead(bench)
    await bench.deliverer.deliver_all()
    instructor = bench.person(INSTRUCTOR)
    instructor.reads()
    await instructor.press_all("我来处理")
    assert await opens(bench, INSTRUCTOR, lead)
    bench.all_unread()
    await declare(instructor, "刘洋", "是我亲属")
    assert not await opens(bench, INSTRUCTOR, lead)
    bench.pass_time(minutes=1)
    async with bench.database.transaction() as session:
        await ring_due(session, now=bench.clock(), policy=bench.policy, limit=10)
    await bench.deliverer.deliver_all()
    async with bench.database.transaction() as session:
        now = await session.get_one(Lead, lead.id)
        alert = (await session.execute(select(Alert))).scalar_one()
    assert (now.handler_id, alert.holder_id) == (None, None)
    assert instructor.reads() == []
    assert len(bench.person(HEAD).reads()) == 1
    bench.all_unread()


async def test_a_tie_waits_for_the_lead_before_it_touches_the_alert(bench: Bench) -> None:
    if bench.database.is_sqlite:
        return  # one writer at a time: nobody waits for anybody there
    lead = await a_lead(bench)
    await bench.deliverer.deliver_all()
    bench.all_unread()
    instructor = bench.person(INSTRUCTOR)
    await instructor.press_all("我来处理")
    await bench.deliverer.deliver_all()
    bench.all_unread()
    actor, one = await actor_of(bench, INSTRUCTOR), await household(bench, "T-A-01-004")

    async def declares() -> None:
        async with bench.database.transaction() as session:
            await declare_tie(session, actor=actor, household_id=one.id, kind=TieKind.KIN, now=SATURDAY)

    async with bench.database.transaction() as session:
        await session.execute(select(Lead).where(col(Lead.id) == lead.id).with_for_update())
        waiting = asyncio.create_task(declares())
        await asyncio.sleep(0.5)
        free = select(Alert).where(col(Alert.lead_id) == lead.id).with_for_update(nowait=True)
        assert (await session.execute(free)).scalar_one().holder_id == actor.member_id
    await waiting
    assert await tied(bench, INSTRUCTOR, "T-A-01-004")
