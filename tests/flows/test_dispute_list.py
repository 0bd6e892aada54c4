"""My disputes: the most urgent first, those that left my rung and those I registered apart, any of them by its code."""

from typing import Any

import pytest
from sqlalchemy.event import listen, remove

from models.dispute import DisputeState
from tests.support.county import ADMIN, INSTRUCTOR, OTHER_WORKER, WORKER
from tests.support.hands import Bench
from tests.support.ladder import (
    ELDER,
    GROUP_WORKER,
    OTHER_ELDER,
    a_dispute,
    add_ladder,
    change,
    dispute_of,
    past_the_morning,
)

HOME = "T-A-01-001"


async def cases(bench: Bench, who: int) -> list[str]:
    """The buttons of her list."""
    said = await bench.person(who).say("/disputes")
    return said.labels


async def test_what_waits_on_her_rung_is_on_her_list_and_opens_its_card(bench: Bench) -> None:
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household=HOME)
    await bench.tick()
    bench.all_unread()
    code = (await dispute_of(bench, number)).code
    said = await bench.person(INSTRUCTOR).say("/disputes")
    assert "共 1 件" in said.text
    assert code in said.labels[0]
    assert "待受理" in said.labels[0]
    card = await bench.person(INSTRUCTOR).press(code)
    assert code in card.text
    assert "两家为了院墙争执" in card.text


async def test_the_menu_has_an_entry_for_it(bench: Bench) -> None:
    await past_the_morning(bench)
    worker = bench.person(WORKER)
    await worker.say("/menu")
    assert "纠纷调解" in worker.keyboard()
    assert "没有要您办理的纠纷" in (await worker.say("纠纷调解")).text


async def test_the_overdue_come_first_then_colour_then_the_next_date(bench: Bench) -> None:
    await past_the_morning(bench)
    blue = await a_dispute(bench, by=WORKER, household=HOME)
    orange = await a_dispute(bench, by=WORKER, household=HOME)
    late = await a_dispute(bench, by=WORKER, household=HOME)
    await bench.tick()
    bench.all_unread()
    today = bench.policy.today(bench.clock.now)
    await change(bench, orange, colour="orange", next_on=today.replace(day=30))
    await change(bench, blue, colour="blue", next_on=today.replace(day=30))
    await change(bench, late, colour="blue", next_on=today.replace(day=18))
    codes = [(await dispute_of(bench, number)).code for number in (late, orange, blue)]
    shown = await cases(bench, WORKER)
    assert [code for label in shown for code in codes if code in label] == codes
    assert "逾期3天" in shown[0]
    assert "11-30" in shown[1]


async def test_a_colleague_sees_who_has_it(bench: Bench) -> None:
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household=HOME)
    await bench.tick()
    await bench.person(INSTRUCTOR).press_all("受理")
    await bench.tick()
    bench.all_unread()
    assert "同级在办" in (await cases(bench, WORKER))[0]
    assert "王建国" in (await cases(bench, WORKER))[0]
    assert "我在办" in (await cases(bench, INSTRUCTOR))[0]
    assert (await dispute_of(bench, number)).state is DisputeState.MEDIATING


async def test_what_left_her_rung_and_what_she_registered_are_lists_of_their_own(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    code = (await dispute_of(bench, number)).code
    elsewhere = await a_dispute(bench, by=ELDER, household=None)
    await bench.tick()
    bench.all_unread()
    await change(bench, number, rung="village_group", rung_area_id=(await dispute_of(bench, elsewhere)).rung_area_id)
    worker = bench.person(GROUP_WORKER)
    said = await worker.say("/disputes")
    assert "没有要您办理的纠纷" in said.text
    registered = await worker.press("我登记的 1")
    assert code in registered.labels[0]
    assert "我登记的" in registered.labels[0]
    elder = bench.person(OTHER_ELDER)
    assert len([label for label in (await elder.say("/disputes")).labels if "D26" in label]) == 2


async def test_what_is_over_is_on_the_last_list(bench: Bench) -> None:
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household=HOME)
    await bench.tick()
    bench.all_unread()
    await change(
        bench, number, state="ended", outcome="refused", mediable=False, owner_id=None, next_on=None, next_step=None,
        next_step_at=None,
    )  # fmt: skip
    worker = bench.person(WORKER)
    await worker.say("/disputes")
    over = await worker.press("已结束的 1")
    assert "调解终止" in over.labels[0]


async def test_a_case_is_found_by_its_code_or_a_part_of_it(bench: Bench) -> None:
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household=HOME)
    await bench.tick()
    bench.all_unread()
    code = (await dispute_of(bench, number)).code
    worker = bench.person(WORKER)
    assert code in (await worker.say(code.lower())).labels[0]
    assert code in (await worker.say(f"/disputes {code[-4:]}")).labels[0]
    assert "没有编号含" in (await worker.say("/disputes %")).text
    assert "没有编号含" in (await worker.say("/disputes D999999-ZZZZ")).text
    assert "没有编号含" in (await bench.person(OTHER_WORKER).say(code)).text


async def test_pages_turn_and_a_page_too_far_is_the_first_one(bench: Bench) -> None:
    await past_the_morning(bench)
    for _ in range(9):
        await a_dispute(bench, by=WORKER, household=HOME)
    await bench.tick()
    bench.all_unread()
    worker = bench.person(WORKER)
    said = await worker.say("/disputes")
    assert "第 1/2 页" in said.text
    assert "第 2/2 页" in (await worker.press("下一页")).text
    again = await worker.press_data(said.message_id, "disps:mine:99")
    assert "第 1/2 页" in again[0].text
    assert await worker.press_data(said.message_id, "disps:nothing:0") == []
    assert "失效" in worker.toast()


async def test_whoever_looks_after_accounts_has_no_such_list(bench: Bench) -> None:
    await past_the_morning(bench)
    await a_dispute(bench, by=WORKER, household=HOME)
    await bench.tick()
    bench.all_unread()
    said = await bench.person(ADMIN).say("/disputes")
    assert "D26" not in said.text
    assert said.labels == []


# PostgreSQL reads a small table as a whole, whatever its indexes: its plans would show nothing here.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_no_list_reads_all_disputes(bench: Bench) -> None:
    await past_the_morning(bench)
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    worker = bench.person(WORKER)
    listen(bench.database.engine.sync_engine, "before_cursor_execute", note)
    await worker.say("/disputes")
    remove(bench.database.engine.sync_engine, "before_cursor_execute", note)
    lists = [one for one in asked if "min(" in one[0] and "dispute_follower" in one[0]]
    assert len(lists) == 2, "one page, and how many there are on each list"
    async with bench.database.transaction() as session:
        connection = await session.connection()
        for statement, parameters in lists:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [str(tuple(row)[3]) for row in plan]
            assert not [step for step in steps if step.startswith("SCAN dispute")], "\n".join(steps)
