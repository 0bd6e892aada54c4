"""Whistling for partner units, through the user's hands."""

from sqlalchemy import update
from sqlmodel import col

from models.lead import EntryKind
from models.member import Appointment, Role
from tests.support.county import (
    COUNTY,
    EXPERT,
    HEAD,
    OTHER_HEAD,
    RIGHTS,
    TOWNSHIP,
    UNIT,
)
from tests.support.hands import Bench
from tests.support.leads import NARRATIVE, a_lead
from tests.support.referrals import (
    CALLED,
    card,
    change,
    drained,
    entries,
    forges,
    id_of,
    in_hand,
    news,
    the_request,
    whistles,
)


async def test_only_heads_and_centres_whistle(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await drained(bench)
    rights = bench.person(RIGHTS)
    shown = await card(rights, lead)
    assert [any(word in label for label in shown.labels) for word in ("请专家", "吹哨")] == [True, False]
    assert await rights.press_data(shown.message_id, f"lead:whistle:{lead.id}") == []
    assert "不在您的范围" in rights.toast()
    assert any("吹哨" in label for label in (await card(bench.person(TOWNSHIP), lead)).labels)


async def test_units_are_called_together_say_on_it_and_report(bench: Bench) -> None:
    await change(
        bench,
        update(Appointment)
        .where(col(Appointment.member_id) == await id_of(bench, EXPERT))
        .values(role=Role.PARTNER_UNIT),
    )
    _, head = await in_hand(bench)
    said = await whistles(head, "派出所值班", "冯律师")
    assert "派出所值班 · 东乡镇；冯律师 · 测试县" in said.text
    assert ["请您单位报到" in notice.text for notice in await news(bench, UNIT, EXPERT)] == [True, True]
    unit = bench.person(UNIT)
    look = await unit.press("查看委托")
    assert not [label for label in look.labels if "接不了" in label]
    assert "在处理" in (await unit.press("在处理")).text
    assert ["已接下，在处理" in notice.text for notice in await news(bench, HEAD)] == [True]
    assert await forges(unit, f"ref:decline:{(await the_request(bench)).id - 1}") == []
    await unit.press("回报结果")
    await unit.say("路灯修好了")
    await unit.press("保存")
    assert ["已回报结果" in notice.text for notice in await news(bench, HEAD)] == [True]
    kinds = await entries(bench, EntryKind.WHISTLED, EntryKind.WHISTLE_ANSWERED)
    assert [entry.kind for entry in kinds] == [
        EntryKind.WHISTLED,
        EntryKind.WHISTLE_ANSWERED,
        EntryKind.WHISTLE_ANSWERED,
    ]


async def test_a_silent_whistle_climbs_to_the_township_and_then_to_the_county(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await whistles(head)
    await news(bench, UNIT)
    bench.pass_time(hours=23, minutes=59)
    await bench.sweep.referrals()
    assert await news(bench, UNIT, HEAD, TOWNSHIP, COUNTY) == []
    bench.pass_time(minutes=1)
    await bench.sweep.referrals()
    await bench.sweep.referrals()
    assert len(await news(bench, UNIT)) == 1
    heard = await news(bench, HEAD, TOWNSHIP, COUNTY)
    assert ["还有单位没有应答" in said.text for said in heard] == [True, True]
    centre = bench.person(TOWNSHIP)
    look = await centre.press("查看吹哨")
    assert [word in look.text for word in ("派出所值班", "赵敏", CALLED, NARRATIVE)] == [True, True, False, False]
    assert await forges(centre, f"lead:show:{lead.id}") == []
    assert await forges(bench.person(OTHER_HEAD), f"ref:look:{(await the_request(bench)).id}") == []
    bench.pass_time(hours=24)
    await bench.sweep.referrals()
    assert len(await news(bench, HEAD, COUNTY, UNIT)) == 3
    assert await news(bench, TOWNSHIP) == []
    await bench.person(UNIT).press("查看委托")
    await bench.person(UNIT).press("在处理")
    assert len(await news(bench, HEAD)) == 1
    bench.pass_time(hours=48)
    await bench.sweep.referrals()
    assert await news(bench, HEAD, TOWNSHIP, COUNTY, UNIT) == []


async def test_a_red_whistle_climbs_after_an_hour_at_night_too(bench: Bench) -> None:
    bench.pass_time(hours=13)  # ten in the evening
    _, head = await in_hand(bench, "domestic_violence")
    await whistles(head)
    assert len(await news(bench, UNIT)) == 1
    bench.pass_time(hours=1)
    await bench.sweep.referrals()
    assert len(await news(bench, UNIT, HEAD, TOWNSHIP)) == 3
    assert await news(bench, COUNTY) == []
