"""A form, a draft or a receipt of a household that is no longer hers shows nothing of it any more."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from models.area import Area
from models.household import Household
from models.member import Appointment, Member
from tests.support.county import HEAD, INSTRUCTOR, POLICY, WORKER
from tests.support.hands import Bench, Person, Said

Loses = Callable[[Bench], Awaitable[None]]
SITUATION = "老伴去年住院，女儿在外地"
SECRETS = ("单小红", "单强", "东关村2号", SITUATION)


async def moves_away(bench: Bench, code: str = "T-A-01-002", grid: str = "T-A-02") -> None:
    """Somebody gives the household to another grid."""
    async with bench.database.transaction() as session:
        target = (await session.execute(select(col(Area.id)).where(col(Area.code) == grid))).scalar_one()
        await session.execute(update(Household).where(col(Household.code) == code).values(grid_id=target))


async def is_posted_elsewhere(bench: Bench) -> None:
    """The worker's post ends; today she is a worker of another community."""
    today = POLICY.today(bench.clock.now)
    async with bench.database.transaction() as session:
        member = (await session.execute(select(Member).where(col(Member.telegram_id) == WORKER))).scalar_one()
        other = (await session.execute(select(col(Area.id)).where(col(Area.code) == "T-B-01"))).scalar_one()
        post = update(Appointment).where(col(Appointment.member_id) == member.id)
        yesterday = today - timedelta(days=1)
        await session.execute(post.values(starts_on=yesterday, ends_on=yesterday))
        row = (await session.execute(select(Appointment).where(col(Appointment.member_id) == member.id))).scalar_one()
        session.add(Appointment(member_id=member.id, area_id=other, role=row.role, starts_on=today))


async def edits_the_situation(bench: Bench) -> Person:
    """A worker who is asked for a household's situation and has its present one on her screen."""
    async with bench.database.transaction() as session:
        known = (await session.execute(select(Household).where(col(Household.code) == "T-A-01-002"))).scalar_one()
        known.situation = SITUATION
    worker = bench.person(WORKER)
    await worker.say("单小红")
    await worker.press("单小红")
    await worker.press("修改")
    assert SITUATION in (await worker.press("家庭情况")).text
    return worker


def tells_nothing(*said: Said) -> None:
    """Neither the text nor a button names the household or says anything of it."""
    for one in said:
        shown = "\n".join((one.text, *one.labels))
        assert not [secret for secret in SECRETS if secret in shown], shown


@pytest.mark.parametrize("loses", [moves_away, is_posted_elsewhere])
async def test_a_draft_of_a_household_that_is_no_longer_hers_shows_nothing_of_it(bench: Bench, loses: Loses) -> None:
    worker = await edits_the_situation(bench)
    await worker.press("稍后再填")
    await loses(bench)
    listed = await worker.say("草稿")
    opened = await worker.press("▶")
    tells_nothing(listed, opened)
    assert "不在您的范围" in opened.text
    assert "接着填" not in (await worker.say("今日走访")).labels  # nothing is in her way


@pytest.mark.parametrize("loses", [moves_away, is_posted_elsewhere])
async def test_an_open_form_shows_nothing_more_once_the_household_is_no_longer_hers(bench: Bench, loses: Loses) -> None:
    worker = await edits_the_situation(bench)
    await loses(bench)
    asked = await worker.say("今日走访")
    tells_nothing(asked)
    tells_nothing(await worker.press("接着填"))


async def test_an_answer_to_an_open_form_stays_in_it_and_shows_nothing(bench: Bench) -> None:
    worker = await edits_the_situation(bench)
    await moves_away(bench)
    answered = await worker.say("女儿已经回来")
    tells_nothing(answered)
    assert "不在您的范围" in answered.text
    await moves_away(bench, grid="T-A-01")  # it was a mistake
    await worker.say("草稿")
    summary = await worker.press("▶ 修改资料 · 单小红")
    assert "女儿已经回来" in summary.text


async def test_an_old_button_of_an_open_form_shows_nothing_either(bench: Bench) -> None:
    worker = await edits_the_situation(bench)
    old = worker.newest_with("上一步")
    await moves_away(bench)
    for data in ("hhedit:item:1:name", "hhedit:situation:1:!resume", old.button("上一步")):
        tells_nothing(*await worker.press_data(old.message_id, data))
    tells_nothing(*await worker.say_all("/cancel"))


async def test_a_duplicate_that_went_elsewhere_is_not_shown_before_the_merge(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("张伟")
    await worker.press("张伟")
    await worker.press("合并")
    assert "单强" in (await worker.press("单小红")).text
    await moves_away(bench)
    tells_nothing(await worker.press("保存"))


async def test_a_receipt_is_not_shown_again_to_somebody_who_has_lost_the_household(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("单小红", "电话", "无人在家"):
        await worker.press(label)
    summary = await worker.press("跳过")
    await worker.press("保存")
    await moves_away(bench)
    again = await worker.press_data(summary.message_id, summary.button("保存"))
    tells_nothing(*again)
    assert "已经结束" in again[-1].text


async def test_a_notice_that_waits_for_the_morning_does_not_reach_somebody_whose_post_has_ended(bench: Bench) -> None:
    worker, instructor, head = bench.person(WORKER), bench.person(INSTRUCTOR), bench.person(HEAD)
    bench.pass_time(hours=13)  # 22:00
    await worker.say("单小红")
    for label in ("单小红", "调整分级", "重点户", "独居", "跳过", "保存"):
        await worker.press(label)
    async with bench.database.transaction() as session:
        members = select(col(Member.id)).where(col(Member.telegram_id) == INSTRUCTOR)
        ended = update(Appointment).where(col(Appointment.member_id).in_(members))
        await session.execute(ended.values(ends_on=POLICY.today(bench.clock.now)))
    bench.pass_time(hours=9, minutes=30)  # 07:30, the next day
    await bench.deliverer.deliver_all()
    assert not instructor.reads()
    assert ["T-A-01-002" in said.text for said in head.reads()] == [True]
