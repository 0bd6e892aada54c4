"""Words that may reach a group chat name nobody: the question says which word, and keeps what was typed (spec 5, 8)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.usecases.register_words import word_of_register
from handlers.inputs import Typed
from handlers.questions import Answered, Asked, Refusal, Text
from models.agenda import AgendaItem
from models.area import Area, AreaKind, GridKind
from models.household import Household, Resident
from tests.support.council_items import newest_item, told
from tests.support.councils import FIRST, GROUP_CHAT, SECOND, THIRD, add_council
from tests.support.hands import Bench


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        *((hidden, Refusal.TEXT_EMPTY) for hidden in ("\u200b\u200b", "\u3164", "\u2800 \u2800", "\u2060", "\u200d")),
        ("修\u202e灯", Answered("修灯")),
        ("\u200b修\u200d灯", Answered("修灯")),
        ("👩\u200d🌾 好👍🏽", Answered("👩\u200d🌾 好👍🏽")),
        ("❤\ufe0f", Answered("❤\ufe0f")),
    ],
)
def test_what_shows_nothing_is_no_text(typed: str, taken: object) -> None:
    asked = Asked({}, {}, None, date.min)
    assert Text(60, one_line=True).take(Typed(typed), asked) == Text(60).take(Typed(typed), asked) == taken


async def test_names_doors_and_numbers_of_the_register_are_found_as_typed(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        village = (await session.execute(select(Area).where(col(Area.code) == "T-A"))).scalar_one()
        school = Area(code="T-A-S", parent_id=village.id, kind=AreaKind.GRID, grid_kind=GridKind.EXCLUSIVE, name="小学")
        session.add(school)
        await session.flush()
        school.path = f"{village.path}{school.id}/"
        (home,) = (await session.execute(select(Household).where(col(Household.code) == "T-A-01-001"))).scalars()
        home.address = "东关小区3栋2单元501室"
        like: dict[str, Any] = {
            "tier_since": home.tier_since,
            "registered_on": home.registered_on,
            "next_due_on": home.next_due_on,
        }
        named = Household(
            code="T-A-S-001", grid_id=school.id, name="东关小学", address="东关大道一号", search_text="", **like
        )
        session.add(named)
        await session.flush()
        session.add(Resident(household_id=named.id, name="阿依古丽·买买提", relation="head"))
        session.add(Resident(household_id=home.id, name="100%", relation="child"))
        await session.flush()
        found = {
            text: await word_of_register(session, village.path, text)
            for text in (
                "单 小 红家的门口",
                "给张伟修灯",
                "３栋２单元５０１漏水",
                "东关村21号门口",
                "阿依古丽说太黑",
                "打13912345678",
                "给东关小学门口修灯",
                "高翔家",  # of another village
                "太黑了，满意的有一百人",
                "给王\u200b秀、英修灯",
                "三幢二单元501漏水",
                "3-2-501漏水",
                "东关、村２１\u200b号门口",
            )
        }
    assert list(found.values()) == [
        "单 小 红",
        "张伟",
        "3栋2单元501",
        "东关村21号",
        "阿依古丽",
        "13912345678",
        None,
        None,
        None,
        "王秀、英",
        "三幢二单元501",
        "3-2-501",
        "东关、村21号",
    ]


async def test_the_word_is_shown_the_text_is_kept_and_one_press_writes_somebody(bench: Bench) -> None:
    await add_council(bench)
    first = bench.person(FIRST)
    await first.say("/propose")
    question = await first.say("王秀英和张伟门口修路灯")
    assert "「王秀英」" in question.text
    assert "王秀英和张伟门口修路灯" in question.text
    question = await first.press("某某")
    assert "「张伟」" in question.text
    assert "某某和张伟门口修路灯" in question.text
    assert "某某和某某门口修路灯" in (await first.press("某某")).text
    assert "电话：1234567" in (await first.say("电话：1234567，问我")).text  # by now it is the next question
    question = await first.press("清空")
    assert "1234567" not in question.text
    assert "1000 个字，这里最多 800 个" in (await first.say("长" * 1000)).text
    await first.say("夜里看不见")
    await first.press("小事快议")
    # The register has changed meanwhile: what was let through then is not let through now.
    async with bench.database.transaction() as session:
        home = (await session.execute(select(Household).where(col(Household.code) == "T-A-01-001"))).scalar_one()
        session.add(Resident(household_id=home.id, name="夜里", relation="child"))
    await first.press("跳过")
    assert "人名、住址或号码" in (await first.press("保存")).text
    await first.press("修改")
    await first.press("内容")
    await first.say("晚上看不见")
    await first.press("保存")
    assert (await newest_item(bench)).body == "晚上看不见"
    await told(bench)


async def test_a_proposal_begins_in_the_group_with_its_title_and_goes_on_in_private(bench: Bench) -> None:
    await add_council(bench)
    for who, said, shown in (
        (FIRST, "/propose 要一条长椅", "要一条长椅"),
        (SECOND, "/propose 给王秀英修灯", "「王秀英」"),
        (THIRD, f"/propose {'x' * 61}", "61"),
    ):
        bench.box.act(who, GROUP_CHAT, "text", text=said)
        await bench.settle()
        (question,) = bench.unread(who)
        assert shown in question.text
    assert not bench.unread(GROUP_CHAT)  # in the group nothing is said
    first = bench.person(FIRST)
    await first.say("坐一坐")
    await first.press("小事快议")
    await first.press("跳过")
    await first.press("保存")
    async with bench.database.transaction() as session:
        item = (await session.execute(select(AgendaItem))).scalar_one()
    assert item.title == "要一条长椅"
    await told(bench)
