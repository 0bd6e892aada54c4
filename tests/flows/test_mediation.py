"""A mediation is planned, told to whoever is to be there, remembered, and called off."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlmodel import col

from domain.calendar_file import calendar_file
from models.confidential import Recusal
from models.dispute import DisputeKind, DisputeStep
from models.mediation import Mediation, MediationGuest, MediationStage
from models.member import Member
from tests.support.attempts import accept
from tests.support.county import EXPERT, HEAD, INSTRUCTOR, WORKER
from tests.support.hands import Bench
from tests.support.ladder import (
    ELDER,
    EXECUTIVE,
    GROUP_WORKER,
    OTHER_ELDER,
    a_dispute,
    add_ladder,
    change,
    dispute_of,
    history,
    past_the_morning,
)

PLACE = "东关村村委会二楼"


async def accepted(bench: Bench, by: int = GROUP_WORKER, household: str = "T-A-G-01-001") -> int:
    """A case that somebody has accepted on the lowest rung; all messages are read."""
    number = await a_dispute(bench, by=by, household=household)
    await accept(bench, number, by)
    await past_the_morning(bench)
    return number


async def opens(bench: Bench, who: int, number: int) -> None:
    """Somebody opens the case's card by a button that a notice has left in her chat."""
    person = bench.person(who)
    await person.say_all("/menu")
    message = bench.box.messages(who)[-1]["message_id"]
    await person.press_data(message, f"disp:show:{number}")


async def planned(bench: Bench, number: int, *guests: str, by: int = GROUP_WORKER, day: str = "明天") -> None:
    """Somebody plans a mediation at three in the afternoon through the form."""
    person = bench.person(by)
    await opens(bench, by, number)
    assert "哪天" in (await person.press("安排调解")).text
    assert "几点" in (await person.say(day)).text
    await person.say("下午3点")
    asked = await person.say(PLACE)
    if "还请谁" in asked.text:
        for guest in guests:
            await person.press(guest)
        asked = await person.press("完成" if guests else "没有")
    if guests:
        assert "都同意吗" in asked.text
        asked = await person.press("都同意")
    assert "请核对" in asked.text
    saved = await person.press_all("保存")
    assert "定在" in saved[-1].text


async def the_plan(bench: Bench, number: int) -> Mediation:
    """The newest mediation of a case."""
    query = select(Mediation).where(col(Mediation.dispute_id) == number).order_by(col(Mediation.id).desc()).limit(1)
    async with bench.database.transaction() as session:
        return (await session.execute(query)).scalar_one()


async def test_a_mediation_is_planned_with_guests_whom_the_parties_accept(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    await planned(bench, number, "老周", "许红")
    plan = await the_plan(bench, number)
    assert plan.planned_at == datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    assert (plan.place, plan.public, plan.guests_agreed) == (PLACE, False, True)
    dispute = await dispute_of(bench, number)
    assert (dispute.next_on, dispute.next_step) == (bench.policy.today(plan.planned_at), DisputeStep.REMIND)
    await bench.tick()
    for who in (ELDER, EXECUTIVE):
        (told,) = bench.person(who).reads()
        assert "请您参加" in told.text
        assert "15:00" in told.text
        assert PLACE not in told.text
    assert bench.person(OTHER_ELDER).reads() == []


async def test_a_guest_sees_when_and_where_and_has_it_in_her_calendar(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    await planned(bench, number, "许红")
    await bench.tick()
    guest = bench.person(EXECUTIVE)
    guest.reads()
    card = await guest.press("查看案情")
    assert PLACE in card.text
    for secret in ("院墙", "冯大山", "老黄"):
        assert secret not in card.text
    file = await guest.press("日历文件")
    document = file.raw["document"]
    code = (await dispute_of(bench, number)).code
    assert document["file_name"] == f"{code}.ics"
    content = bench.box.world.blobs[bench.box.world.files[document["file_id"]].blob].decode()
    assert "DTSTART:20261122T070000Z\r\n" in content
    assert f"SUMMARY:调解 {code}\r\n" in content
    for secret in (PLACE, "许红", "院墙", "冯"):
        assert secret not in content
    bench.all_unread()


async def test_without_the_parties_consent_nobody_is_invited(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    worker = bench.person(GROUP_WORKER)
    await opens(bench, GROUP_WORKER, number)
    await worker.press("安排调解")
    await worker.say("后天")
    await worker.say("19:00")
    await worker.say(PLACE)
    await worker.press("冯律师")
    await worker.press("完成")
    refused = await worker.press("没有都同意")
    assert "征得他们同意" in refused.text
    await worker.press("上一步")
    await worker.press("冯律师")
    summary = await worker.press("没有")
    assert "邀请" not in summary.text
    await worker.press_all("保存")
    await bench.tick()
    assert bench.person(EXPERT).reads() == []


async def test_worker_and_instructor_are_there_together(bench: Bench) -> None:
    await past_the_morning(bench)
    number = await accepted(bench, by=WORKER, household="T-A-01-001")
    await planned(bench, number, by=WORKER)
    await bench.tick()
    (told,) = bench.person(INSTRUCTOR).reads()
    assert "的调解定在" in told.text
    async with bench.database.transaction() as session:
        guests = (await session.execute(select(MediationGuest))).scalars().all()
        assert [guest.invited for guest in guests] == [False]


async def test_a_mediation_is_remembered_on_its_eve_and_in_the_morning_and_asked_about_the_day_after(
    bench: Bench,
) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    await planned(bench, number, "老周", day="2026-11-24")
    await bench.tick()
    bench.all_unread()
    heard: list[tuple[int, int]] = []
    for hours in range(9, 9 + 24 * 5):
        bench.clock.now = datetime(2026, 11, 21, 1, 30, tzinfo=UTC).replace(minute=30)
        bench.pass_time(hours=hours - 9)
        if hours % 3 == 0:
            await bench.tick()
            for who in (ELDER, GROUP_WORKER):
                heard += [(who, hours // 24) for said in bench.person(who).reads() if "调解" in said.text]
    # The elder is invited; the worker leads, and is asked the day after how it was.
    assert heard == [(ELDER, 2), (GROUP_WORKER, 2), (ELDER, 3), (GROUP_WORKER, 3), (GROUP_WORKER, 4)]
    bench.all_unread()


async def test_a_session_of_counselling_is_remembered_as_one(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    await change(bench, number, kind=DisputeKind.COUNSELLING)
    await planned(bench, number, day="2026-11-24")
    await bench.tick()
    bench.all_unread()
    heard = []
    for day in (23, 25):
        bench.clock.now = datetime(2026, 11, day, 10, 30, tzinfo=UTC)
        await bench.tick()
        heard += [said for said in bench.person(GROUP_WORKER).reads() if "辅导" in said.text]
    assert ["辅导定在" in heard[0].text, "辅导怎么样" in heard[1].text] == [True, True]
    assert not [said for said in heard if "调解" in said.text or "纠纷" in said.text]
    assert "记录辅导" in str(heard[1].buttons)
    bench.all_unread()


async def test_a_plan_that_is_called_off_is_told_and_reminds_nobody(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    await planned(bench, number, "老周", day="2026-11-24")
    await bench.tick()
    bench.person(ELDER).reads()
    worker = bench.person(GROUP_WORKER)
    await worker.press_all("查看案情")
    card = await worker.press("取消这次安排")
    assert "已取消" in worker.toast()
    assert "安排调解" in " ".join(card.labels)
    assert (await the_plan(bench, number)).stage is MediationStage.CANCELLED
    await bench.tick()
    assert "取消了" in bench.person(ELDER).reads()[-1].text
    # The button of an older card calls off nothing more.
    plan = await the_plan(bench, number)
    message = bench.box.messages(GROUP_WORKER)[-1]["message_id"]
    assert await worker.press_data(message, f"disp:cancel:{number}:{plan.id}") == []
    assert "没有安排好的调解" in worker.toast()
    for _ in range(5):
        bench.pass_time(hours=24)
        await bench.tick()
    assert not [said for said in bench.person(ELDER).reads() if "的调解" in said.text]
    assert (await history(bench, number))[:5] == ["registered", "arrived", "accepted", "planned", "cancelled"]
    bench.all_unread()


async def test_a_time_that_is_over_or_a_day_too_far_ahead_is_refused_and_the_plan_kept(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    worker = bench.person(GROUP_WORKER)
    await opens(bench, GROUP_WORKER, number)
    await worker.press("安排调解")
    assert "太远" in (await worker.say("2027-03-01")).text
    assert "太远" in (await worker.say("2026-12-22")).text
    assert "几点" in (await worker.say("今天")).text
    for nonsense in ("25:00", "3:30", "傍晚", "下午77点"):
        assert "例如" in (await worker.say(nonsense)).text
    assert "已经过去" in (await worker.say("8点")).text
    await worker.say("晚上7点半")
    await worker.say(PLACE)
    await worker.press("没有")
    assert "19:30" in (await worker.press_all("保存"))[-1].text


async def test_a_second_mediation_is_not_planned_beside_the_first(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    await planned(bench, number)
    worker = bench.person(GROUP_WORKER)
    message = bench.box.messages(GROUP_WORKER)[-1]["message_id"]
    assert await worker.press_data(message, f"disp:plan:{number}") == []
    assert "已经安排了一次" in worker.toast()


async def test_nobody_else_has_the_calendar_file_or_calls_a_mediation_off(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    await planned(bench, number, "老周")
    await bench.tick()
    bench.all_unread()
    plan = await the_plan(bench, number)
    for who, data in (
        (OTHER_ELDER, f"disp:ics:{plan.id}"),
        (ELDER, f"disp:cancel:{number}:{plan.id}"),
        (HEAD, f"disp:cancel:{number}:{plan.id}"),
        (WORKER, f"disp:ics:{plan.id}"),
        (OTHER_ELDER, f"disp:plan:{number}"),
    ):
        person = bench.person(who)
        await person.say_all("/menu")
        assert await person.press_data(bench.box.messages(who)[-1]["message_id"], data) == []
        assert "不在" in person.toast()
    assert (await the_plan(bench, number)).stage is MediationStage.PLANNED


def test_a_calendar_file_is_folded_between_characters_and_its_text_escaped() -> None:
    starts = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    file = calendar_file("mediation", "D261122-7K3Q", 7, starts, "调解，" * 30 + "a;b,c", now=starts)
    lines = file.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode() for line in lines[:-1])
    whole = file.replace(b"\r\n ", b"").decode()
    assert "SUMMARY:" + "调解，" * 30 + "a\\;b\\,c\r\n" in whole
    assert "UID:mediation-7-D261122-7K3Q@suozi\r\n" in whole


async def test_whoever_has_a_partys_name_or_is_kin_neither_leads_nor_is_invited(bench: Bench) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    async with bench.database.transaction() as session:
        elder = (await session.execute(select(Member).where(col(Member.telegram_id) == ELDER))).scalar_one()
        elder.name = "冯大山"  # the very name of a party
        other = (await session.execute(select(Member).where(col(Member.telegram_id) == OTHER_ELDER))).scalar_one()
        session.add(
            Recusal(member_id=other.id, dispute_id=number, at=bench.clock.now, recorded_by_id=other.id, reason="是亲戚")
        )
    worker = bench.person(GROUP_WORKER)
    await opens(bench, GROUP_WORKER, number)
    await worker.press("安排调解")
    await worker.say("明天")
    await worker.press("15:30")
    asked = await worker.say(PLACE)
    assert [word for word in asked.labels if "许红" in word or "冯律师" in word]
    assert not [word for word in asked.labels if "冯大山" in word or "老吴" in word]
