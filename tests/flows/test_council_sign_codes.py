"""Signing in by the four digits shown in the room: wrong ones, and while something else is being done (spec 5)."""

from datetime import date

from sqlalchemy import select
from sqlmodel import col

from models.meeting import Attendance
from models.member import Role
from tests.support.alerts import takes_post
from tests.support.councils import CHAIR, FOURTH, SECOND, add_council
from tests.support.hands import Bench
from tests.support.matters import forges
from tests.support.meetings import an_item, calls, meeting_of


async def running(bench: Bench) -> tuple[int, str]:
    """A meeting that runs, and its code."""
    number = await calls(bench, await council_with_an_item(bench))
    bench.clock.now = (await meeting_of(bench, number)).planned_at
    await forges(bench.person(CHAIR), f"meet:begin:{number}")
    return number, (await meeting_of(bench, number)).sign_code or ""


async def council_with_an_item(bench: Bench) -> int:
    council = await add_council(bench)
    await an_item(bench, council)
    return council


def not_the(code: str) -> str:
    """Four other digits."""
    return "1000" if code != "1000" else "1001"


async def on_the_list(bench: Bench, number: int) -> int:
    async with bench.database.transaction() as session:
        query = select(Attendance).where(col(Attendance.meeting_id) == number)
        return len((await session.execute(query)).scalars().all())


async def test_whoever_mistypes_the_code_is_told_so_and_types_it_again(bench: Bench) -> None:
    """She also works in a grid, where four digits may be a household: while she is waited for they are a code."""
    number, code = await running(bench)
    await takes_post(bench, SECOND, Role.GRID_WORKER, "T-A", date(2020, 1, 1))
    for who in (SECOND, FOURTH):
        before = await on_the_list(bench, number)
        assert "没有开着的会用这个签到码" in (await bench.person(who).say(not_the(code))).text
        assert await on_the_list(bench, number) == before
        assert "签到好了" in (await bench.person(who).say(code)).text
        assert await on_the_list(bench, number) == before + 1
    # Once she is there, digits are again something to look for.
    assert "签到码" not in (await bench.person(SECOND).say(not_the(code))).text


async def test_whoever_looks_for_a_household_signs_in_by_the_code_all_the_same(bench: Bench) -> None:
    number, code = await running(bench)
    await takes_post(bench, SECOND, Role.GRID_WORKER, "T-A", date(2020, 1, 1))
    second = bench.person(SECOND)
    await second.say("/find")
    assert "签到码" not in (await second.say(not_the(code))).text
    assert "签到好了" in (await second.say(code)).text
    assert await on_the_list(bench, number) == 2
