"""Midnight passes in the middle of a form: a visit belongs to the day on which she began to write it down."""

from datetime import UTC, datetime

from sqlalchemy import select

from models.household import Household
from models.visit import Visit
from tests.support.county import WORKER, days_from_saturday
from tests.support.hands import Bench, Person, Said

# Two minutes before midnight in Shanghai.
LATE = datetime(2026, 11, 21, 15, 58, tzinfo=UTC)


async def begins_late(bench: Bench) -> Person:
    """A worker who begins a check-in at 23:58."""
    bench.clock.now = LATE
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await worker.press("单小红")
    await worker.press("电话")
    return worker


async def to_the_end(worker: Person) -> Said:
    """The rest of the form, up to its summary."""
    await worker.press("无人在家")
    return await worker.press("跳过")


async def the_visit(bench: Bench) -> Visit:
    """The only visit on record."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Visit))).scalar_one()


async def test_a_check_in_begun_before_midnight_and_saved_after_it_counts_for_the_day_it_was_begun(
    bench: Bench,
) -> None:
    worker = await begins_late(bench)
    bench.pass_time(minutes=5)
    assert "11月21日" in (await to_the_end(worker)).text
    assert "11月21日" in (await worker.press("保存")).text
    visit = await the_visit(bench)
    assert (visit.visited_on, visit.backdated) == (days_from_saturday(0), True)
    async with bench.database.transaction() as session:
        household = await session.get_one(Household, visit.household_id)
    assert household.next_due_on == days_from_saturday(2)  # the retry counts from the day of the try


async def test_a_draft_that_was_kept_over_night_still_says_its_day(bench: Bench) -> None:
    worker = await begins_late(bench)
    await worker.press("稍后再填")
    bench.pass_time(hours=10)
    await worker.say("草稿")
    await worker.press("▶")
    assert "11月21日" in (await to_the_end(worker)).text


async def test_the_day_can_still_be_changed_after_midnight(bench: Bench) -> None:
    worker = await begins_late(bench)
    bench.pass_time(minutes=5)
    await to_the_end(worker)
    await worker.press("修改")
    await worker.press("日期")
    assert "11月22日" in (await worker.press("11月22日")).text
    await worker.press("保存")
    assert (await the_visit(bench)).visited_on == days_from_saturday(1)


async def test_an_ordinary_check_in_names_its_day_and_is_not_filed_later(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await worker.press("单小红")
    await worker.press("电话")
    assert "11月21日" in (await to_the_end(worker)).text
    await worker.press("保存")
    assert not (await the_visit(bench)).backdated
