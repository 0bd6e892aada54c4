"""Which posts there are and until when, and letting a term go on."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from console.errors import CommandError
from models.member import Appointment, Role
from models.outbox import OutboxMessage
from tests.console.conftest import Operator
from tests.support.alerts import id_of
from tests.support.councils import CHAIR, add_council
from tests.support.county import ENGLISH, WORKER
from tests.support.hands import Bench
from tests.support.posts import WHY, number_of, set_days


async def test_terms_are_listed_and_renewed(bench: Bench, operator: Operator, caplog: pytest.LogCaptureFixture) -> None:
    number = await number_of(bench, WORKER)
    await set_days(bench, number, ends_on=30)
    assert "共 0 项" in await operator("--ending", "29")
    assert "陈秀兰" in await operator("--ending", "30")
    with caplog.at_level(logging.WARNING):
        assert "续到 2029-12-21" in await operator("--renew", number, "--by", "吴平")
    assert f"post_renewed number={number} until=2029-12-21 by='吴平'" in caplog.text
    with pytest.raises(CommandError, match="一年以上"):
        await operator("--renew", number, "--by", "吴平")
    assert "2029-11-20" in await operator("--renew", await number_of(bench, ENGLISH), "--by", "Wu", locale="en")
    async with bench.database.transaction() as session:
        assert not (await session.execute(select(OutboxMessage))).scalars().all()


async def test_posts_are_found_by_name_and_place_in_english_too(bench: Bench, operator: Operator) -> None:
    said = (await operator("--area", "t-b", locale="en")).splitlines()
    assert [line.split("  ")[1:4] for line in said[:-1]] == [
        ["孙丽", "Community head", "T-B 西河社区"],
        ["Lin Aimin", "Grid worker", "T-B-01 西河社区第1网格"],
    ]
    assert said[-1] == "2 posts."
    assert "1 posts" in await operator("AIMIN", locale="en")
    assert "共 0 项" in await operator("%")


async def test_seats_of_x_are_no_posts_of_this_list(bench: Bench, operator: Operator) -> None:
    await add_council(bench)
    chair = await id_of(bench, CHAIR)
    async with bench.database.transaction() as session:
        hers = update(Appointment).where(col(Appointment.member_id) == chair)
        await session.execute(hers.values(role=Role.COUNCIL_GUEST))
    assert "黄慧" not in await operator()
    with pytest.raises(CommandError, match="没有编号"):
        await operator("--end", await number_of(bench, CHAIR), *WHY)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--end", "1", "--by", "吴平"), "--reason"),
        (("--end", "1", "--reason", "调走"), "--by"),
        (("--renew", "1", "--by", " "), "--by"),
        (("--end", "7777", *WHY), "没有编号为 7777"),
        (("--renew", "7777", *WHY), "没有编号为 7777"),
        (("--end", "99999999999", *WHY), "没有编号为 99999999999"),
        (("--area", "X-9"), "没有区域 X-9"),
        (("--ending", "-1"), "--ending"),
    ],
)
async def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    bench: Bench, operator: Operator, words: tuple[str, ...], why: str
) -> None:
    with pytest.raises(CommandError, match=why):
        await operator(*words)
    assert "共 14 项" in await operator()


async def test_a_term_that_ends_by_itself_needs_nobody(bench: Bench, operator: Operator) -> None:
    number = await number_of(bench, ENGLISH)
    await set_days(bench, number, ends_on=0)
    bench.clock.now += timedelta(days=1)
    assert "Lin Aimin" not in await operator()
