"""When a council's meeting is to be: what is over already is said with its question, not after all the others."""

from datetime import timedelta

from tests.support.councils import CHAIR, add_council
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.meetings import PLACE, an_item, calls, meeting_of


async def test_a_time_of_today_that_is_over_is_refused_where_it_is_asked(bench: Bench) -> None:
    """It is past nine on Saturday, 21 November."""
    council = await add_council(bench)
    await an_item(bench, council)
    chair = bench.person(CHAIR)
    await forges(chair, f"co:meet:{council}")
    await chair.press("集中议事")
    await chair.say("今天")
    for over in ("09:00", "8:15"):
        refused = await chair.say(over)
        assert "已经过去了" in refused.text
        assert "几点" in refused.text  # the question is there still
    assert "在哪里开" in (await chair.say("15:00")).text
    asked = await chair.say(PLACE)
    # The button that the question names is there.
    assert "“都没有”" in asked.text
    assert "都没有" in asked.labels
    assert "15:00" in (await chair.press("都没有")).text
    assert "定在" in (await chair.press("保存")).text
    await look_away(bench)


async def test_a_meeting_is_not_moved_to_what_is_over_and_one_sees_when_it_was_to_be(bench: Bench) -> None:
    council = await add_council(bench)
    await an_item(bench, council)
    chair = bench.person(CHAIR)
    number = await calls(bench, council)  # Wednesday, 25 November, 15:00
    await look_away(bench)
    planned = (await meeting_of(bench, number)).planned_at
    bench.clock.now = planned + timedelta(hours=1)
    await forges(chair, f"meet:show:{number}")
    await chair.press("改期")
    await chair.press("跳过")
    assert "已经过去了" in (await chair.press("跳过")).text  # that it stays at three
    assert "已经过去了" in (await chair.say("15:30")).text
    await chair.say("19:00")
    checked = await chair.press("跳过")
    assert "11月25日（周三） 19:00（原定 11月25日（周三） 15:00）" in checked.text
    await chair.press("取消")

    bench.clock.now = planned + timedelta(days=1)
    await look_away(bench)
    await forges(chair, f"meet:show:{number}")
    await chair.press("改期")
    assert "已经过去了" in (await chair.press("跳过")).text
    assert "几点" in (await chair.say("今天")).text
    await look_away(bench)
