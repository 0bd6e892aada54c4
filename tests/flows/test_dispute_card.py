"""The card of a dispute: what it is about, how far it has come, and the buttons that are hers now, exactly those."""

from sqlalchemy import select
from sqlmodel import col

from models.confidential import DisputeGround, DisputeRead
from models.dispute import DisputeState
from models.mediation import AttemptResult
from tests.support.county import EXPERT, HEAD, INSTRUCTOR, OTHER_WORKER, WORKER
from tests.support.dispute_cases import (
    FEELINGS,
    MATTER,
    PROMISE,
    accepted,
    attempted,
    frozen,
    opens,
    planned,
    read_all,
    registered,
)
from tests.support.hands import Bench
from tests.support.ladder import (
    ELDER,
    GROUP_WORKER,
    a_dispute,
    add_ladder,
    change,
    dispute_of,
    past_the_morning,
)

HOME = "T-A-01-001"


async def a_case(bench: Bench, *accepted_by: int) -> int:
    """A case of the first grid, and whoever accepts it; nobody has anything left to read."""
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household=HOME)
    for who in accepted_by:
        await accepted(bench, who, number)
    await read_all(bench)
    return number


async def reads_of(bench: Bench, number: int) -> list[DisputeGround]:
    async with bench.database.transaction() as session:
        query = select(col(DisputeRead.ground)).where(col(DisputeRead.dispute_id) == number)
        return list((await session.execute(query.order_by(col(DisputeRead.id)))).scalars())


async def test_a_new_case_says_what_it_is_about_and_where_it_stands(bench: Bench) -> None:
    number = await a_case(bench)
    card = await opens(bench, INSTRUCTOR, number)
    for word in (
        "待受理",
        "邻里矛盾",
        "网格",
        "未成 0/2 次",
        "受理期限",
        "王秀英",
        "两家为了院墙争执",
        "把墙退回来",
        "上门反映",
    ):
        assert word in card.text, word
    assert "受理" in card.labels[0]
    assert "安排调解" not in str(card.labels)
    assert "退回" not in str(card.labels)
    assert await reads_of(bench, number) == [DisputeGround.RUNG]


async def test_an_accepted_case_is_planned_recorded_and_passed_up(bench: Bench) -> None:
    number = await a_case(bench, WORKER)
    card = await opens(bench, WORKER, number)
    for word in ("安排调解", "记录调解", "发现暴力"):
        assert word in str(card.labels), word
    for word in ("日历文件", "取消这次安排", "司法确认", "结案或退回", "重新打开"):
        assert word not in str(card.labels), word


async def test_what_is_planned_stands_there_with_its_day_place_and_leader(bench: Bench) -> None:
    number = await a_case(bench, WORKER)
    await planned(bench, WORKER, number)
    await read_all(bench)
    card = await opens(bench, INSTRUCTOR, number)
    assert "11月23日" in card.text
    assert "村委会调解室" in card.text
    assert "陈秀兰主持" in card.text
    assert "不公开" in card.text
    assert "日历文件" in str(card.labels)
    assert "安排调解" not in str(card.labels)


async def test_failed_tries_are_counted_on_it_and_an_absent_party_is_not(bench: Bench) -> None:
    number = await a_case(bench, WORKER)
    await attempted(bench, WORKER, number, AttemptResult.ABSENT)
    await attempted(bench, WORKER, number)
    await read_all(bench)
    card = await opens(bench, WORKER, number)
    assert "未成 1/2 次" in card.text
    assert "第 1 次" in card.text
    assert "有人没来" in card.text
    assert "没有调成（计一次）" in card.text


async def test_an_agreement_stands_there_with_its_follow_ups(bench: Bench) -> None:
    number = await a_case(bench, WORKER)
    await attempted(bench, WORKER, number, AttemptResult.AGREED)
    await read_all(bench)
    card = await opens(bench, WORKER, number)
    for word in ("已达成协议", PROMISE, "下次回访：11月28日", "已回访 0/2 次"):
        assert word in card.text, word
    assert "申请结案" not in str(card.labels)  # followed up first


async def test_the_registrar_of_another_rung_sees_what_it_is_about_and_not_the_work(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accepted(bench, GROUP_WORKER, number)
    await attempted(bench, GROUP_WORKER, number)
    await attempted(bench, GROUP_WORKER, number)
    assert (await dispute_of(bench, number)).rung == "village_group"
    await read_all(bench)
    follower = await opens(bench, GROUP_WORKER, number)
    assert "没有调成" in follower.text
    assert "时间线" in str(follower.labels)
    assert "记录调解" not in str(follower.labels)
    assert "调解卷宗" not in str(follower.labels)
    elder = await opens(bench, ELDER, number)
    assert "受理" in elder.labels[0]
    head = await opens(bench, HEAD, number)
    assert "受理" not in head.labels[0]
    grounds = [DisputeGround.FOLLOWER, DisputeGround.RUNG, DisputeGround.HEAD]
    assert await reads_of(bench, number) == grounds


async def test_an_invited_guest_learns_when_and_where_and_nothing_else(bench: Bench) -> None:
    number = await a_case(bench, WORKER)
    await planned(bench, WORKER, number, EXPERT)
    await read_all(bench)
    card = await opens(bench, EXPERT, number)
    assert "村委会调解室" in card.text
    for secret in ("院墙", "王秀英", "冯大山", "老黄", "邻里"):
        assert secret not in card.text
    assert [label.split()[-1] for label in card.labels] == ["回避", "日历文件"]
    for what in ("line", "parties", "files"):
        person = bench.person(EXPERT)
        assert await person.press_data(card.message_id, f"disp:{what}:{number}") == []
        assert "不在您的范围" in person.toast()


async def test_a_party_that_agrees_to_no_contact_is_not_to_be_contacted(bench: Bench) -> None:
    await past_the_morning(bench)
    number = await registered(bench, WORKER, [("老黄", "19000000001", False, "要个说法")])
    await read_all(bench)
    card = await opens(bench, WORKER, number)
    assert "老黄 19000000001 ⚠️ 没有同意联系，请不要联系：要个说法" in card.text


async def test_two_hundred_parties_fit_on_pages_of_their_own(bench: Bench) -> None:
    await past_the_morning(bench)
    parties = [(f"业主{place}", None, True, "返还物业费" * 60) for place in range(1, 201)]
    number = await registered(bench, WORKER, parties)
    await read_all(bench)
    card = await opens(bench, WORKER, number)
    assert "群体：涉及 200 人" in card.text
    assert "还有 194 位" in card.text
    page = await bench.person(WORKER).press("全部当事人")
    assert "第 1/20 页" in page.text
    assert "业主10" in page.text
    assert "业主11" in (await bench.person(WORKER).press("下一页")).text
    last = await bench.person(WORKER).press_data(page.message_id, f"disp:parties:{number}:99")
    assert "业主200" in last[0].text


async def test_a_case_with_the_same_household_again_says_so(bench: Bench) -> None:
    await past_the_morning(bench)
    first = await a_dispute(bench, by=WORKER, household=HOME)
    second = await a_dispute(bench, by=WORKER, household=HOME)
    await change(bench, second, linked_to_id=first)
    await read_all(bench)
    card = await opens(bench, WORKER, second)
    assert "反复：同户或同当事人另有 1 件" in card.text
    code = (await dispute_of(bench, first)).code
    assert code in card.text
    other = await bench.person(WORKER).press(f"打开 {code}")
    assert code in other.text


async def test_a_frozen_case_offers_no_mediation_at_all(bench: Bench) -> None:
    number = await a_case(bench, WORKER)
    await frozen(bench, WORKER, number)
    await read_all(bench)
    assert (await dispute_of(bench, number)).state is DisputeState.FROZEN
    card = await opens(bench, WORKER, number)
    assert "停止一切调解" in card.text
    for word in ("受理", "安排", "记录调解", "上报", "结案", "重新打开", "合法途径", "发现暴力"):
        assert word not in str(card.labels), word


async def test_the_timeline_tells_who_did_what_with_the_matter_and_the_feelings(bench: Bench) -> None:
    number = await a_case(bench, WORKER)
    await attempted(bench, WORKER, number)
    await attempted(bench, WORKER, number)
    await read_all(bench)
    await opens(bench, WORKER, number)
    page = await bench.person(WORKER).press("时间线")
    for word in ("时间线", "到这一级", "村(社区)", "下一级调解未成", "没有调成", MATTER, FEELINGS, "网格员 陈秀兰"):
        assert word in page.text, word
    first = await bench.person(WORKER).press("上一页")
    for word in ("1. ", "登记", "新登记"):
        assert word in first.text, word
    assert "受理" in (first.text + page.text)


async def test_somebody_elses_case_does_not_open(bench: Bench) -> None:
    number = await a_case(bench)
    person = bench.person(OTHER_WORKER)
    hello = await person.say("/help")
    for what in ("show", "line", "parties", "files"):
        assert await person.press_data(hello.message_id, f"disp:{what}:{number}") == []
        assert "不在您的范围" in person.toast()
    assert await reads_of(bench, number) == []
