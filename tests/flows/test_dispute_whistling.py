"""Whistling for partner units about a dispute: the head of its rung may, and silence climbs."""

import pytest

from models.dispute import DisputeEntryKind
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, OTHER_HEAD, TOWNSHIP, UNIT, WORKER
from tests.support.dispute_help import (
    FACTS,
    PARTY,
    case_at_hand,
    dispute_card,
    dispute_news,
    noted,
    whistles_for_dispute,
)
from tests.support.hands import Bench
from tests.support.referrals import CALLED, drained, forges, the_request


@pytest.mark.parametrize(("who", "refers", "whistles"), [(INSTRUCTOR, True, False), (HEAD, False, True)])
async def test_its_rung_refers_and_the_head_of_its_rung_whistles(
    bench: Bench, who: int, refers: bool, whistles: bool
) -> None:
    dispute, person = await case_at_hand(bench, who)
    shown = await dispute_card(person, dispute)
    assert [any(word in label for label in shown.labels) for word in ("请专家", "吹哨")] == [refers, whistles]
    refused = "refer" if whistles else "whistle"
    assert await forges(person, f"disp:{refused}:{dispute.id}") == []
    # Who has no such post at all is told at once; the others, that this one is not theirs.
    assert "不在您的范围" in person.toast()


async def test_a_unit_answers_sees_the_case_and_reports_to_whoever_called_and_whoever_has_it(bench: Bench) -> None:
    dispute, head = await case_at_hand(bench, HEAD)
    assert "派出所值班" in (await whistles_for_dispute(head)).text
    assert ["请您单位报到" in said.text and dispute.code in said.text for said in await dispute_news(bench, UNIT)] == [
        True
    ]
    unit = bench.person(UNIT)
    look = await unit.press("查看委托")
    assert [word in look.text for word in (CALLED, FACTS, PARTY)] == [True, False, False]
    assert not [label for label in look.labels if "接不了" in label]
    assert await forges(unit, f"ref:decline:{(await the_request(bench)).id}") == []
    await unit.press("在处理")
    assert FACTS in (await unit.press("查看案情")).text
    assert ["已接下" in said.text for said in await dispute_news(bench, HEAD, WORKER)] == [True, True]
    await unit.press("回报结果")
    await unit.say("路灯修好了")
    await unit.press("保存")
    assert ["已回报结果" in said.text for said in await dispute_news(bench, HEAD, WORKER)] == [True, True]
    assert "路灯修好了" in (await head.press("查看答复")).text
    assert await forges(unit, f"disp:show:{dispute.id}") == []
    kinds = await noted(bench, DisputeEntryKind.REFERRED, DisputeEntryKind.REFERRAL_ANSWERED)
    assert [(entry.detail["asked"], entry.detail.get("answer")) for entry in kinds] == [
        ("whistle", None),
        ("whistle", "accepted"),
        ("whistle", "reported"),
    ]


async def test_a_silent_whistle_climbs_and_the_centres_learn_who_is_silent_alone(bench: Bench) -> None:
    dispute, head = await case_at_hand(bench, HEAD)
    await whistles_for_dispute(head)
    await drained(bench)
    bench.pass_time(hours=23, minutes=59)
    await bench.sweep.referrals()
    assert await dispute_news(bench, UNIT, HEAD, TOWNSHIP, COUNTY) == []
    bench.pass_time(minutes=1)
    await bench.sweep.referrals()
    await bench.sweep.referrals()
    heard = await dispute_news(bench, HEAD, WORKER, TOWNSHIP, COUNTY)
    assert ["还有单位没有应答" in said.text for said in heard] == [True] * 3
    assert len(await dispute_news(bench, UNIT)) == 1
    centre = bench.person(TOWNSHIP)
    look = await centre.press("查看吹哨")
    assert [word in look.text for word in ("派出所值班", "赵敏", CALLED, FACTS)] == [True, True, False, False]
    assert await forges(centre, f"disp:show:{dispute.id}") == []
    assert await forges(bench.person(OTHER_HEAD), f"ref:look:{(await the_request(bench)).id}") == []
    bench.pass_time(hours=24)
    await bench.sweep.referrals()
    assert len(await dispute_news(bench, HEAD, WORKER, COUNTY, UNIT)) == 4
    assert await dispute_news(bench, TOWNSHIP) == []
    entries = await noted(bench, DisputeEntryKind.REFERRED)
    assert [(entry.by_id is None, entry.detail.get("climbs")) for entry in entries] == [
        (False, None),
        (True, 1),
        (True, 2),
    ]
