"""Thirty people with long names at a long address: everything still arrives, and buttons stay readable."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers.flows.visit import NOTE_LIMIT
from models.household import Household, Resident
from tests.support.county import WORKER
from tests.support.hands import Bench, Person

NAME = "阿卜杜热合曼·买买提托合提" + "长" * 67
DOOR = "东乡镇东关村第一村民小组" + "很" * 95 + "12号楼3单元1502室"
# What a narrow telephone still shows of a button.
READABLE = 60


@pytest.fixture
async def worker(bench: Bench) -> Person:
    """A worker whose key household has the longest of everything."""
    async with bench.database.transaction() as session:
        household = (await session.execute(select(Household).where(col(Household.code) == "T-A-01-001"))).scalar_one()
        household.name, household.address = NAME, DOOR
        household.situation = household.needs = "情" * 500
        household.contact = "联" * 100
        names = (f"{number:02d}{'名' * 78}" for number in range(30))
        session.add_all(Resident(household_id=household.id, name=name, relation="other") for name in names)
    return bench.person(WORKER)


async def test_a_list_says_who_which_door_and_how_late_whatever_the_names(worker: Person) -> None:
    for asked in ("今日走访", "T-A-01-001", "走访登记"):
        listed = await worker.say(asked)
        (label,) = [label for label in listed.labels if "阿卜杜" in label]
        assert len(label) <= READABLE
        assert "1502室" in label
        assert "逾期3天" in label
        await worker.press_all("取消") if "取消" in "".join(listed.labels) else None


async def test_the_card_arrives(worker: Person) -> None:
    await worker.say("T-A-01-001")
    card = await worker.press("阿卜杜")
    assert NAME in card.text
    assert DOOR in card.text
    people = await worker.press("家庭成员")
    assert "➖ 有人搬走" in people.labels
    assert max(map(len, (await worker.press("有人搬走")).labels)) <= READABLE


async def test_the_longest_check_in_arrives_to_its_receipt(worker: Person) -> None:
    await worker.say("走访登记")
    await worker.press("阿卜杜")
    await worker.press("上门")
    await worker.press("见到了")
    await worker.press("走一遍")
    asked = await worker.press("完成")
    assert max(map(len, asked.labels)) <= READABLE
    everybody = [label for label, data in asked.buttons if not data.split(":")[-1].startswith("!")]
    assert len(everybody) == 20
    for _, data in asked.buttons[:20]:
        await worker.press_data(asked.message_id, data)
    await worker.say("邻" * 200)
    await worker.press("完成")
    await worker.say("事" * NOTE_LIMIT)
    for label in ("看病", "照料", "上学", "完成", "跳过", "跳过"):
        await worker.press(label)
    summary = await worker.press("不变")
    assert "事" * NOTE_LIMIT in summary.text
    assert "已保存" in (await worker.press("保存")).text


async def test_a_draft_of_it_has_a_readable_button(worker: Person) -> None:
    await worker.say("走访登记")
    await worker.press("阿卜杜")
    await worker.press("稍后再填")
    listed = await worker.press("打开草稿")
    assert max(map(len, listed.labels)) <= READABLE
