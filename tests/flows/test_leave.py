"""Asking for leave, through the user's hands: noted, told, shown, taken back; alerts ask whether it holds."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers.day_questions import ComingDay
from handlers.inputs import Typed
from handlers.questions import Answered, Asked, Refusal
from models.member import Leave, Member, on_leave
from tests.support.county import ADMIN, COUNTY, ENGLISH, HEAD, INSTRUCTOR, TOWNSHIP, WORKER, days_from_saturday
from tests.support.hands import Bench, Person, Said


async def ask(person: Person, start: str, end: str) -> Said:
    """Leave from one typed day to another."""
    await person.say("/leave")
    await person.press("请假")
    await person.say(start)
    await person.say(end)
    return await person.press("保存")


async def away(bench: Bench, person: int, day: date) -> bool:
    """Whether she is on leave that day."""
    async with bench.database.transaction() as session:
        query = select(col(Member.id)).where(col(Member.telegram_id) == person, on_leave(day))
        return (await session.execute(query)).first() is not None


async def test_leave_is_noted_with_buttons_and_those_above_hear_role_and_days(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    assert "没有记下的请假" in (await worker.say("/leave")).text
    asked = await worker.press("请假")
    assert "从哪天" in asked.text
    assert "11月21日（周六）" in asked.labels
    until = await worker.press("11月23日")
    assert not [label for label in until.labels if "11月22日" in label]
    summary = await worker.press("11月25日")
    assert "11月23日（周一） 到 11月25日（周三）" in summary.text
    assert "共 3 天" in summary.text
    assert "已记下" in (await worker.press("保存")).text
    flags = [await away(bench, WORKER, days_from_saturday(days)) for days in (1, 2, 4, 5)]
    assert flags == [False, True, True, False]
    await bench.deliverer.deliver_all()
    told = instructor.reads()
    assert [said.text for said in told] == [
        "T-A-01 一位网格员请假：11月23日（周一） 到 11月25日（周三）。期间的预警会绕开本人。"
    ]
    assert "11月23日（周一） 到 11月25日（周三）" in (await worker.say("/me")).text


@pytest.mark.parametrize(
    ("who", "above"), [(INSTRUCTOR, HEAD), (HEAD, TOWNSHIP), (TOWNSHIP, COUNTY), (COUNTY, ADMIN), (ENGLISH, 107)]
)
async def test_whoever_stands_next_above_is_told_once(bench: Bench, who: int, above: int) -> None:
    person = bench.person(who)
    await person.say("/leave")
    await person.press("leave" if who == ENGLISH else "请假")
    await person.say("11-22")
    await person.say("11-22")
    await person.press("Save" if who == ENGLISH else "保存")
    await bench.deliverer.deliver_all()
    assert len(bench.person(above).reads()) == 1


async def test_leave_is_taken_back_and_that_is_told(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await ask(worker, "明天", "11-24")
    shown = await worker.press("我的请假")
    assert "11月22日（周日） 到 11月24日（周二）" in shown.text
    assert "没有记下的请假" in (await worker.press("销假")).text
    assert not await away(bench, WORKER, days_from_saturday(1))
    await bench.deliverer.deliver_all()
    assert ["取消了" in said.text for said in instructor.reads()] == [False, True]
    assert await worker.press_data(shown.message_id, shown.button("销假")) == []
    assert "已结束或已取消" in worker.toast()


async def test_what_is_left_of_leave_that_has_begun_can_be_taken_back(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ask(worker, "今天", "11-25")
    bench.pass_time(days=2)
    await worker.say("/leave")
    await worker.press("销假")
    assert not await away(bench, WORKER, days_from_saturday(2))
    await bench.deliverer.deliver_all()
    assert len(bench.person(INSTRUCTOR).reads()) == 2


async def test_days_that_cannot_be_are_declined_with_the_reason(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("/leave")
    await worker.press("请假")
    for typed, words in (
        ("昨天", "请点一个日期"),
        ("11-20", "已经过去了"),
        ("2026-11-20", "已经过去了"),
        ("3-1", "太远"),
        ("2-30", "请点一个日期"),
        ("下周", "请点一个日期"),
    ):
        assert words in (await worker.say(typed)).text
    assert "请点一个日期" in (await worker.send_photo()).text
    assert "到哪天为止" in (await worker.say("２０２６年１２月５日")).text
    assert "不能早于开始" in (await worker.say("12-4")).text
    assert "太远" in (await worker.say("2027-2-20")).text
    assert "2月19日" in (await worker.say("2-19")).text  # ninety days ahead, in the next year
    await worker.press("保存")
    await bench.deliverer.deliver_all()
    assert len(bench.person(INSTRUCTOR).reads()) == 1


async def test_the_same_days_are_not_asked_for_twice(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ask(worker, "11-23", "11-25")
    assert "已请过假" in (await ask(worker, "11-25", "11-27")).text
    await worker.press("取消")
    async with bench.database.transaction() as session:
        assert len(list((await session.execute(select(Leave))).scalars())) == 1
    await bench.deliverer.deliver_all()
    assert len(bench.person(INSTRUCTOR).reads()) == 1


@pytest.mark.parametrize("data", ["leaves", "leaves:off", "leaves:off:x", "leaves:off:99999999999", "leaves:what:1"])
async def test_forged_buttons_are_answered_kindly(bench: Bench, data: str) -> None:
    worker = bench.person(WORKER)
    hello = await worker.say("/help")
    assert await worker.press_data(hello.message_id, data) == []
    assert "已失效" in worker.toast()


async def test_nobody_cancels_anothers_leave(bench: Bench) -> None:
    await ask(bench.person(WORKER), "11-23", "11-25")
    async with bench.database.transaction() as session:
        leave = (await session.execute(select(Leave))).scalar_one()
    head = bench.person(HEAD)
    hello = await head.say("/help")
    assert await head.press_data(hello.message_id, f"leaves:off:{leave.id}") == []
    assert "不在您的范围" in head.toast()
    assert await away(bench, WORKER, days_from_saturday(0) + timedelta(days=3))
    await bench.deliverer.deliver_all()
    assert len(bench.person(INSTRUCTOR).reads()) == 1


@pytest.mark.parametrize(
    ("today", "typed", "answer"),
    [
        (date(2026, 12, 30), "1-5", Answered("2027-01-05")),
        (date(2026, 12, 30), "12-29", Refusal.DAY_IN_PAST),
        (date(2026, 12, 30), "12-30", Answered("2026-12-30")),
        (date(2027, 12, 15), "2-29", Answered("2028-02-29")),
        (date(2026, 12, 15), "2-29", Refusal.TYPE_DAY),
        (date(2026, 12, 2), "3月2日", Answered("2027-03-02")),
        (date(2026, 12, 2), "3月3日", Refusal.DAY_TOO_FAR),
        (date(2026, 12, 31), "明天", Answered("2027-01-01")),
        (date(2026, 12, 31), "tomorrow", Answered("2027-01-01")),
    ],
)
def test_a_coming_day_is_read_over_the_end_of_the_year(today: date, typed: str, answer: Answered | Refusal) -> None:
    assert ComingDay(90).take(Typed(typed), Asked({}, {}, None, today)) == answer
