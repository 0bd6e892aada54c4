"""Finding a household and reading its card, through the user's hands."""

import pytest
from sqlalchemy import update

from domain.rules.search_text import household_search_text
from models.household import Household
from tests.support.county import ADMIN, ENGLISH, HEAD, INSTRUCTOR, OTHER_HEAD, OTHER_WORKER, WORKER
from tests.support.hands import Bench

EVERYBODY_OF_GRID_1 = ["🔴 王秀英", "🟡 单小红", "🟢 张伟", "🟢 刘洋"]


def names_in(labels: list[str]) -> list[str]:
    """What the buttons of a list say before the door."""
    return [label.split(" · ")[0] for label in labels if " · " in label]


async def test_the_menu_lists_her_households_with_the_most_urgent_first(bench: Bench) -> None:
    listed = await bench.person(WORKER).say("查一户")
    assert names_in(listed.labels) == EVERYBODY_OF_GRID_1


@pytest.mark.parametrize("words", ["单小红", "小红", "sxh", "shanxiaohong", "2号", "T-A-01-002", "ta01002", "单强"])
async def test_a_household_is_found_by_name_door_code_or_pinyin(bench: Bench, words: str) -> None:
    found = await bench.person(WORKER).say(words)
    assert names_in(found.labels) == ["🟡 单小红"]
    assert "共 1 条" in found.text


async def test_words_that_find_nothing_get_a_clear_sentence_and_can_be_tried_again(bench: Bench) -> None:
    worker = bench.person(WORKER)
    missed = await worker.say("<b>王&</b>")
    assert "没有找到“<b>王&</b>”" in missed.text
    assert any("登记新住户" in label for label in missed.labels)
    assert names_in((await worker.say("王秀英")).labels) == ["🔴 王秀英"]


async def test_the_visit_says_alike_that_nothing_was_found(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    assert "没有找到“何平”" in (await worker.say("何平")).text
    assert names_in((await worker.say("张伟")).labels) == ["🟢 张伟"]


async def test_a_long_text_out_of_the_blue_is_no_search(bench: Bench) -> None:
    assert "从下方菜单选择" in (await bench.person(WORKER).say("王" * 41)).text


async def test_the_card_shows_what_is_known_and_what_is_due(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("王秀英")
    card = await worker.press("王秀英")
    for words in ("王秀英", "T-A-01-001", "东关村1号", "重点户（独居）", "逾期 3 天", "还没有走访记录", "19000000001"):
        assert words in card.text
    assert "已登记 3/5 项" in card.text  # people, contact and members; neither situation nor needs
    assert "王秀英（户主，1960年生）" in card.text
    assert "政治面貌" not in card.text


async def test_the_card_shows_the_last_three_visits_and_by_whom(bench: Bench) -> None:
    worker = bench.person(WORKER)
    for _ in range(4):
        await worker.say("走访登记")
        await worker.press("张伟")
        await worker.press("电话")
        await worker.press("无人在家")
        await worker.press("跳过")
        await worker.press("保存")
        bench.pass_time(minutes=1)
    await worker.say("张伟")
    card = await worker.press("张伟")
    assert card.text.count("电话 · 无人在家 · 陈秀兰") == 3
    await bench.deliverer.deliver_all()
    assert "T-A-01-003" in bench.person(INSTRUCTOR).reads()[0].text


async def test_the_card_leads_to_the_check_in_and_to_another_search(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("张伟")
    await worker.press("张伟")
    assert names_in((await worker.press("再查一户")).labels) == EVERYBODY_OF_GRID_1
    await worker.press("张伟")
    assert "怎么走访的" in (await worker.press("走访登记")).text
    await worker.press("取消")


async def test_a_search_can_be_left_without_a_word_and_is_no_draft(bench: Bench) -> None:
    worker = bench.person(WORKER)
    asked = await worker.say("查一户")
    assert not any("稍后再填" in label for label in asked.labels)
    assert "没有草稿" in (await worker.say("草稿")).text
    await worker.say("查一户")
    bench.pass_time(days=2)
    await bench.sweep.drafts()
    await bench.deliverer.deliver_all()
    assert worker.reads() == []


async def test_many_households_are_paged_and_a_forged_page_shows_the_last_one(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        model = await session.get_one(Household, 4)
        for number in range(10, 20):
            session.add(
                Household(**(model.model_dump() | {"id": 100 + number, "code": f"T-A-01-0{number}", "name": "刘洋"}))
            )
    worker = bench.person(WORKER)
    first = await worker.say("刘洋")
    assert "共 11 条" in first.text
    assert len(names_in(first.labels)) == 8
    second = await worker.press("下一页")
    assert len(names_in(second.labels)) == 3
    data = second.button("上一页").rsplit(".", 1)[0] + ".999999"
    await worker.press("上一页")
    assert len(names_in((await worker.press_data(second.message_id, data))[0].labels)) == 3


async def test_a_head_sees_her_community_and_no_other(bench: Bench) -> None:
    head = bench.person(HEAD)
    assert len(names_in((await head.say("查一户")).labels)) == 5
    assert "没有找到" in (await head.say("高翔")).text
    other = bench.person(OTHER_HEAD)
    assert names_in((await other.say("查一户")).labels) == ["🔴 高翔"]


async def test_an_administrator_sees_no_household(bench: Bench) -> None:
    admin = bench.person(ADMIN)
    assert "不能做这件事" in (await admin.say("查一户")).text
    assert "从下方菜单选择" in (await admin.say("王秀英")).text
    hello = await admin.say("/help")
    assert await admin.press_data(hello.message_id, "hh:show:1") == []
    assert admin.toast() == "这条记录不在您的范围内。"


@pytest.mark.parametrize(
    "data",
    ["hh:show:1", "hh:show:2147483647", "go:1"],
)
async def test_a_worker_of_another_grid_is_refused_clearly(bench: Bench, data: str) -> None:
    other = bench.person(OTHER_WORKER)
    hello = await other.say("/help")
    assert await other.press_data(hello.message_id, data) == []
    assert other.toast() == "这条记录不在您的范围内。"


@pytest.mark.parametrize(
    "data",
    ["hh", "hh:show", "hh:show:", "hh:show:x", "hh:show:-1", "hh:show:１", "hh:show:2147483648", "hh:show:99999999999",
     "hh:nothing:1", "go:2147483648", "today:99999999999", "hh:show:1:1:1:1"],
)  # fmt: skip
async def test_forged_numbers_never_fail(bench: Bench, data: str) -> None:
    other = bench.person(OTHER_WORKER)
    hello = await other.say("/help")
    news = await other.press_data(hello.message_id, data)
    assert not [said for said in news if "我们这边的问题" in said.text]
    assert other.toast() or news


async def test_a_forged_pick_of_a_household_elsewhere_is_refused(bench: Bench) -> None:
    other = bench.person(OTHER_WORKER)
    listed = await other.say("查一户")
    prefix = listed.button("何平").rsplit(":", 1)[0]
    for value in ("1", "2147483648", "99999999999999999999"):
        news = await other.press_data(listed.message_id, f"{prefix}:{value}")
        assert "⚠️" in news[-1].text
        assert "东关村1号" not in news[-1].text


async def test_hostile_names_are_shown_as_they_are(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        values = {"name": "<b>&", "search_text": household_search_text("T-A-01-003", "<i>门</i>", ["<b>&"])}
        await session.execute(update(Household).where(Household.code == "T-A-01-003").values(**values))  # type: ignore[arg-type]
    worker = bench.person(WORKER)
    await worker.say("<b>&")
    card = await worker.press("<b>&")
    assert card.text.startswith("<b>& T-A-01-003")


async def test_finding_and_the_card_work_in_english(bench: Bench) -> None:
    worker = bench.person(ENGLISH)
    assert "Nothing found" in (await worker.say("nobody")).text
    await worker.say("gx")
    card = await worker.press("高翔")
    assert "key household (Lives alone)" in card.text
    assert "3 of 5 items filled" in card.text
    assert any("Check in" in label for label in card.labels)
