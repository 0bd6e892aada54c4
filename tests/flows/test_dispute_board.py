"""The board of the rungs for their head: how many wait, are planned, are overdue, are resolved; and which they are."""

from datetime import timedelta

from models.mediation import AttemptResult
from tests.support.county import COUNTY, HEAD, OTHER_HEAD, TOWNSHIP, WORKER
from tests.support.dispute_cases import accepted, attempted, frozen, planned, read_all
from tests.support.hands import Bench, Said
from tests.support.ladder import ELDER, GROUP_WORKER, a_dispute, add_ladder, change, dispute_of, past_the_morning

HOME = "T-A-01-001"


async def board(bench: Bench, who: int = HEAD) -> Said:
    """The board, from the list."""
    await bench.person(who).say("/disputes")
    return await bench.person(who).press("各级看板")


async def column(bench: Bench, label: str, who: int = HEAD) -> list[str]:
    """The codes in a column of the lowest rung."""
    await board(bench, who)
    await bench.person(who).press("网格 ")
    shown = await bench.person(who).press(label)
    return [one.split()[1] for one in shown.labels if " D26" in one]


async def cases(bench: Bench, number: int) -> list[int]:
    """So many cases of the first grid."""
    await past_the_morning(bench)
    return [await a_dispute(bench, by=WORKER, household=HOME) for _ in range(number)]


async def code_of(bench: Bench, number: int) -> str:
    return (await dispute_of(bench, number)).code


async def test_each_case_stands_in_one_column_and_what_is_overdue_in_its_own_besides(bench: Bench) -> None:
    waiting, underway, ahead, agreed, ended, red = await cases(bench, 6)
    for number in (underway, ahead, agreed, ended):
        await accepted(bench, WORKER, number)
    await planned(bench, WORKER, ahead)
    await attempted(bench, WORKER, agreed, AttemptResult.AGREED)
    await attempted(bench, WORKER, ended, AttemptResult.REFUSED)
    await frozen(bench, WORKER, red)
    await change(bench, underway, next_on=bench.policy.today(bench.clock.now) - timedelta(days=3))
    await read_all(bench)
    shown = await board(bench)
    assert "网格：在办 4（逾期 1 ⚠️） · 化解 0 · 终止 1 · 涉暴停止 1" in shown.text
    assert "村民小组：在办 0" in shown.text
    assert "乡镇" not in shown.text
    rung = await bench.person(HEAD).press("网格 6")
    assert "共 6 件" in rung.text
    assert rung.labels == [
        "待受理 1",
        "已安排 1",
        "调解中 1",
        "⚠️ 逾期 1",
        "回访中 1",
        "已终止 1",
        "涉暴停止 1",
        "📊 各级看板",
    ]
    for label, number in (
        *(("待受理", waiting), ("已安排", ahead), ("调解中", underway), ("逾期", underway)),
        *(("回访中", agreed), ("已终止", ended), ("涉暴停止", red)),
    ):
        assert await column(bench, label) == [await code_of(bench, number)], label


async def test_a_line_of_it_says_who_has_the_case_and_opens_its_card(bench: Bench) -> None:
    (number,) = await cases(bench, 1)
    await accepted(bench, WORKER, number)
    await read_all(bench)
    await board(bench)
    await bench.person(HEAD).press("网格 1")
    shown = await bench.person(HEAD).press("调解中 1")
    assert "陈秀兰" in shown.labels[0]
    card = await bench.person(HEAD).press(await code_of(bench, number))
    assert "院墙" in card.text
    assert "‹ 这一级" in shown.labels


async def test_what_was_closed_last_year_is_counted_no_more(bench: Bench) -> None:
    (number,) = await cases(bench, 1)
    await accepted(bench, WORKER, number)
    await attempted(bench, WORKER, number, AttemptResult.REFUSED)
    await read_all(bench)
    assert "终止 1" in (await board(bench)).text
    await change(bench, number, closed_at=bench.clock.now - timedelta(days=400))
    assert "终止 0" in (await board(bench)).text


async def test_a_column_has_pages(bench: Bench) -> None:
    await cases(bench, 9)
    await read_all(bench)
    await board(bench)
    await bench.person(HEAD).press("网格 9")
    shown = await bench.person(HEAD).press("待受理 9")
    assert "第 1/2 页" in shown.text
    assert "第 2/2 页" in (await bench.person(HEAD).press("下一页")).text
    again = await bench.person(HEAD).press_data(shown.message_id, "dboard:grid:waiting:77")
    assert "第 1/2 页" in again[0].text


async def test_each_head_sees_the_rungs_below_her_and_no_others(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await read_all(bench)
    assert "网格：在办 1" in (await board(bench)).text
    assert "网格：在办 0" in (await board(bench, OTHER_HEAD)).text
    for who, name in ((TOWNSHIP, "乡镇综治中心"), (COUNTY, "县级综治中心")):
        shown = await board(bench, who)
        assert name in shown.text
        assert "网格" not in shown.text
    person = bench.person(TOWNSHIP)
    menu = await person.say("/help")
    assert await person.press_data(menu.message_id, "dboard:grid:waiting:0") == []
    assert "失效" in person.toast()
    code = await code_of(bench, number)
    assert not [said for said in bench.all_unread() if code in said.text]


async def test_nobody_else_has_a_board(bench: Bench) -> None:
    await add_ladder(bench)
    await a_dispute(bench)
    await read_all(bench)
    for who in (GROUP_WORKER, ELDER):
        person = bench.person(who)
        listed = await person.say("/disputes")
        assert "看板" not in str(listed.labels)
        for data in ("dboard:all", "dboard:grid", "dboard:grid:waiting:0", "dboard"):
            assert await person.press_data(listed.message_id, data) == []


async def test_forged_buttons_never_fail(bench: Bench) -> None:
    await cases(bench, 1)
    await read_all(bench)
    shown = await board(bench)
    for data in ("dboard", "dboard:", "dboard:x", "dboard:grid:x:0", "dboard:all:waiting"):
        said = await bench.person(HEAD).press_data(shown.message_id, data)
        assert not [one for one in said if "我们这边的问题" in one.text]
