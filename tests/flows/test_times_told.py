"""What is said of a day or an hour that cannot be, and when those who come are really reminded: in both languages.

It is past nine on Saturday, 21 November.
"""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from models.member import Member
from tests.flows.test_mediation import PLACE, accepted, opens, the_plan
from tests.support.councils import CHAIR, FIRST, add_council
from tests.support.county import WORKER
from tests.support.hands import Bench, Person
from tests.support.ladder import GROUP_WORKER, add_ladder, change
from tests.support.matters import forges, look_away
from tests.support.meetings import calls, meeting_of

LOCALES = pytest.mark.parametrize("locale", ["zh", "en"])


async def speaks(bench: Bench, who: int, locale: str) -> Person:
    """Somebody, who reads this language."""
    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == who).values(locale=locale))
    return bench.person(who)


def either(locale: str, zh: str, en: str) -> str:
    """The words of the two that are of this language."""
    return zh if locale == "zh" else en


async def plans(bench: Bench, locale: str, day: str, clock: str) -> str:
    """A mediation is planned; what its receipt says."""
    await add_ladder(bench)
    number = await accepted(bench)
    worker = await speaks(bench, GROUP_WORKER, locale)
    await opens(bench, GROUP_WORKER, number)
    await worker.press(either(locale, "安排调解", "Plan a mediation"))
    for words in (day, clock, PLACE):
        await worker.say(words)
    await worker.press(either(locale, "都没有", "None"))
    return (await worker.press_all(either(locale, "保存", "Save")))[-1].text


@LOCALES
async def test_an_hour_of_a_mediation_that_is_over_is_refused_where_it_is_asked_and_when_it_is_saved(
    bench: Bench, locale: str
) -> None:
    over, asked = either(locale, "已经过去了", "over already"), either(locale, "几点", "at what time")
    await add_ladder(bench)
    number = await accepted(bench)
    worker = await speaks(bench, GROUP_WORKER, locale)
    await opens(bench, GROUP_WORKER, number)
    await worker.press(either(locale, "安排调解", "Plan a mediation"))
    await worker.say("11-21")
    for typed in ("8:15", "09:00"):
        refused = await worker.say(typed)
        assert over in refused.text
        assert asked in refused.text  # the question is there still, and the day is answered
    assert ("09:00" in refused.labels, "10:00" in refused.labels) == (False, True)  # none is offered that is over
    await worker.say("10:00")
    await worker.say(PLACE)
    summary = await worker.press(either(locale, "都没有", "None"))
    assert PLACE in summary.text
    bench.pass_time(hours=2)  # she is called away before she saves
    refused = await worker.press(either(locale, "保存", "Save"))
    assert over in refused.text
    assert PLACE in refused.text
    await worker.press(either(locale, "修改", "Change"))
    await worker.press(either(locale, "几点", "Time"))
    await worker.say("19:30")
    assert "19:30" in (await worker.press_all(either(locale, "保存", "Save")))[-1].text
    await look_away(bench)


@LOCALES
async def test_the_receipt_of_a_mediation_says_when_its_people_will_be_reminded(bench: Bench, locale: str) -> None:
    said = await plans(bench, locale, "11-22", "15:00")
    assert (
        either(
            locale,
            "11月21日（周六） 18:00、11月22日（周日） 08:00 再提醒",
            "Sat 21 Nov at 18:00 and Sun 22 Nov at 08:00",
        )
        in said
    )
    await look_away(bench)
    for hours in (9, 14):
        bench.pass_time(hours=hours)
        await bench.tick()
        reminded = bench.person(GROUP_WORKER).reads()
        assert [one for one in reminded if either(locale, "15:00", "at 15:00") in one.text]
        await look_away(bench)


@LOCALES
async def test_the_receipt_of_a_mediation_of_today_promises_no_reminder(bench: Bench, locale: str) -> None:
    said = await plans(bench, locale, "11-21", "10:30")
    assert either(locale, "不再另外提醒", "nobody is reminded besides") in said
    assert "18:00" not in said
    await look_away(bench)
    bench.pass_time(hours=1)
    await bench.tick()
    bench.all_unread()


@LOCALES
@pytest.mark.parametrize(
    ("day", "clock", "told"),
    [
        (
            "11-23",
            "15:00",
            ("11月22日（周日） 18:00、11月23日（周一） 13:00 再提醒", "Sun 22 Nov at 18:00 and Mon 23 Nov at 13:00"),
        ),
        ("11-21", "15:00", ("，11月21日（周六） 13:00 再提醒", "reminded on Sat 21 Nov at 13:00.")),
        ("11-21", "10:30", ("不再另外提醒", "nobody is reminded besides")),
        ("11-22", "08:00", ("18:00、11月22日（周日） 07:00 再提醒", "18:00 and Sun 22 Nov at 07:00")),  # five is night
    ],
)
async def test_the_receipt_of_a_meeting_says_when_its_people_will_be_reminded(
    bench: Bench, locale: str, day: str, clock: str, told: tuple[str, str]
) -> None:
    council = await add_council(bench)
    chair = await speaks(bench, CHAIR, locale)
    await forges(chair, f"co:meet:{council}")
    await chair.press(either(locale, "集中议事", "everybody in one room"))
    for words in (day, clock, PLACE):
        await chair.say(words)
    said = (await chair.press(either(locale, "保存", "Save"))).text
    assert either(locale, *told) in said
    await look_away(bench)


async def test_of_an_early_meeting_they_hear_when_the_night_is_over_and_of_one_in_the_night_not_at_all(
    bench: Bench,
) -> None:
    council = await add_council(bench)
    early, night = await calls(bench, council, "11-24", "08:00"), await calls(bench, council, "11-24", "早上6点半")
    await look_away(bench)
    codes = [(await meeting_of(bench, number)).code for number in (early, night)]
    bench.clock.now = (await meeting_of(bench, early)).planned_at - timedelta(hours=14)
    await bench.tick()
    await look_away(bench)
    for hours in (12, 1):  # five in the morning, and seven
        bench.pass_time(hours=hours)
        await bench.tick()
    [soon] = [said.text for said in bench.person(FIRST).reads() if "快开会了" in said.text]
    assert codes[0] in soon
    assert "08:00" in soon
    await look_away(bench)


@LOCALES
async def test_a_moved_meeting_promises_no_reminder_that_does_not_come(bench: Bench, locale: str) -> None:
    council = await add_council(bench)
    number = await calls(bench, council)
    await look_away(bench)
    chair = await speaks(bench, CHAIR, locale)
    await forges(chair, f"meet:show:{number}")
    await chair.press(either(locale, "改期", "Move"))
    await chair.say("11-21")
    await chair.say("10:00")
    summary = await chair.press(either(locale, "跳过", "Skip"))
    assert either(locale, "提醒", "remind") not in summary.text
    saved = await chair.press(either(locale, "保存", "Save"))
    assert either(locale, "不再另外提醒", "nobody is reminded besides") in saved.text
    await look_away(bench)


@LOCALES
async def test_a_single_day_that_is_over_is_not_called_an_end_and_a_leave_that_ends_first_is(
    bench: Bench, locale: str
) -> None:
    worker = await speaks(bench, WORKER, locale)
    await worker.say("/leave")
    await worker.press(either(locale, "请假", "Ask for leave"))
    said = (await worker.say("11-20")).text
    assert either(locale, "已经过去了", "over already") in said
    assert either(locale, "结束", "the last day") not in said.lower()
    await worker.say("12-5")
    said = (await worker.say("12-4")).text
    assert either(locale, "结束的日子不能早于开始的日子", "The last day cannot lie before the first") in said


@LOCALES
async def test_whoever_names_a_day_too_far_ahead_hears_the_last_one_possible(bench: Bench, locale: str) -> None:
    worker = await speaks(bench, WORKER, locale)
    await worker.say("/leave")
    await worker.press(either(locale, "请假", "Ask for leave"))
    for _ in ("from", "until"):
        said = (await worker.say("2027-2-20")).text
        assert either(locale, "最晚可选 2027年2月19日（周五）", "last day possible is Fri 19 Feb 2027") in said
        said = (await worker.say("2-19")).text
    assert either(locale, "2月19日", "19 Feb") in said
    await worker.press(either(locale, "取消", "Cancel"))

    await add_ladder(bench)
    number = await accepted(bench)
    worker = await speaks(bench, GROUP_WORKER, locale)
    await opens(bench, GROUP_WORKER, number)
    await worker.press(either(locale, "安排调解", "Plan a mediation"))
    said = (await worker.say("2026-12-22")).text  # its clock is thirty days long
    assert either(locale, "最晚可选 2026年12月21日", "last day possible is Mon 21 Dec 2026") in said
    await look_away(bench)


@LOCALES
async def test_the_last_day_of_a_meeting_is_taken_at_any_hour_and_the_next_is_too_far(
    bench: Bench, locale: str
) -> None:
    council = await add_council(bench)
    chair = await speaks(bench, CHAIR, locale)
    await forges(chair, f"co:meet:{council}")
    await chair.press(either(locale, "集中议事", "everybody in one room"))
    said = (await chair.say("2027-2-20")).text
    assert either(locale, "最晚可选 2027年2月19日（周五）", "last day possible is Fri 19 Feb 2027") in said
    for words in ("2-19", "20:00", PLACE):
        await chair.say(words)
    said = (await chair.press(either(locale, "保存", "Save"))).text
    assert either(locale, "2月19日（周五） 20:00", "Fri 19 Feb at 20:00") in said
    await look_away(bench)


async def test_a_plan_made_before_somebody_else_changed_the_case_is_compared_before_its_day_is_judged(
    bench: Bench,
) -> None:
    await add_ladder(bench)
    number = await accepted(bench)
    worker = bench.person(GROUP_WORKER)
    await opens(bench, GROUP_WORKER, number)
    await worker.press("安排调解")
    for words in ("12-20", "15:00", PLACE):
        await worker.say(words)
    await worker.press("都没有")
    await change(bench, number, rev=99)
    assert "别人刚刚改过" in (await worker.press("保存")).text
    assert "定在" in (await worker.press_all("保存"))[-1].text
    assert (await the_plan(bench, number)).place == PLACE
    await look_away(bench)


@LOCALES
async def test_whoever_gives_too_high_a_number_or_too_long_a_text_hears_the_limit(bench: Bench, locale: str) -> None:
    worker = await speaks(bench, WORKER, locale)
    await worker.say("王秀英")
    await worker.press("王秀英")
    await worker.press(either(locale, "修改资料", "Edit"))
    await worker.press(either(locale, "人口", "People"))
    said = (await worker.say("100")).text
    assert either(locale, "请输入 1 到 99。", "It can be from 1 to 99.") in said
    await worker.press(either(locale, "取消", "Cancel"))

    await add_ladder(bench)
    number = await accepted(bench)
    worker = await speaks(bench, GROUP_WORKER, locale)
    await opens(bench, GROUP_WORKER, number)
    await worker.press(either(locale, "补充情况", "Add to it"))
    said = (await worker.say("长" * 3000)).text
    assert either(locale, "最多 800 个字。", "At most 800 characters.") in said
    await worker.press(either(locale, "取消", "Cancel"))
    await look_away(bench)
