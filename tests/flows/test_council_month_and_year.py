"""一月一议: the chair hears on the 20th, once; and a year of a council and of its alliance in figures."""

import io
from datetime import UTC, datetime

from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlmodel import col

from domain.rules.urn import Urn
from domain.usecases.council_month import plan_council_month
from models.agenda import ItemEntry, ItemEvent
from models.area import Area
from models.council import Council
from models.member import Appointment, Role
from models.outbox import OutboxMessage
from models.project import ProjectRating
from models.session import Database
from tests.support.ballots import add_item, member_id
from tests.support.councils import CHAIR, FIRST, GROUP_TITLE, SECOND, add_council, add_council_rows
from tests.support.county import HEAD, POLICY, RIGHTS, SATURDAY
from tests.support.hands import Bench, Said
from tests.support.matters import forges, look_away
from tests.support.projects import begun, done, passed_item


def at(month: int, day: int) -> datetime:
    """Nine in the morning of a day of 2026 or, after December, of 2027."""
    return datetime(2026 if month > 10 else 2027, month, day, 1, tzinfo=UTC)


async def told(database: Database, now: datetime) -> list[tuple[int, dict[str, object]]]:
    """Who is told what when the morning of `now` is planned."""
    async with database.transaction() as session:
        before = set((await session.execute(select(col(OutboxMessage.id)))).scalars())
        await plan_council_month(session, POLICY.today(now), now, POLICY)
        rows = (await session.execute(select(OutboxMessage))).scalars()
        return [(row.member_id, dict(row.payload)) for row in rows if row.id not in before]


async def test_a_council_that_dealt_with_nothing_is_reminded_on_the_20th_once_a_month(database: Database) -> None:
    async with database.transaction() as session:
        council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
        chair, number = await member_id(session, CHAIR), council.id
    assert await told(database, SATURDAY) == []  # founded after the 20th: it hears of the next month
    assert await told(database, at(12, 19)) == []
    told_of = {"area_code": "T-A", "planned": False}
    assert await told(database, at(12, 20)) == [(chair, told_of)]
    assert await told(database, at(12, 21)) == []
    # The machine was off for nine days.
    assert [who for who, _ in await told(database, at(1, 29))] == [chair]
    async with database.transaction() as session:
        item = await add_item(session, await session.get_one(Council, number), now=at(2, 1))
        session.add(ItemEntry(item_id=item.id, kind=ItemEvent.ACCEPTED, at=at(2, 3)))
        await session.flush()
    assert [who for who, _ in await told(database, at(2, 20))] == [chair]  # taken up is not yet dealt with
    async with database.transaction() as session:
        session.add(ItemEntry(item_id=item.id, kind=ItemEvent.OPINION, at=at(3, 1)))
    assert await told(database, at(3, 20)) == []
    assert [who for who, _ in await told(database, at(4, 30))] == [chair]


async def test_a_chair_who_never_opened_her_council_hears_too_and_of_each_council_she_chairs(
    database: Database,
) -> None:
    async with database.transaction() as session:
        council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
        await session.delete(council)
        chair = await member_id(session, CHAIR)
        other = (await session.execute(select(col(Area.id)).where(col(Area.code) == "T-B"))).scalar_one()
        session.add(
            Appointment(member_id=chair, area_id=other, role=Role.COUNCIL_CHAIR, starts_on=POLICY.today(SATURDAY))
        )
    found = await told(database, at(12, 20))
    assert sorted((who, payload["area_code"]) for who, payload in found) == [(chair, "T-A"), (chair, "T-B")]


async def test_the_reminder_comes_with_the_morning_and_opens_the_council(bench: Bench) -> None:
    await add_council(bench)
    bench.clock.now = at(12, 20)
    await bench.sweep.morning()
    await bench.deliverer.deliver_all()
    chair = bench.person(CHAIR)
    (reminded,) = chair.reads()
    assert "一月一议" in reminded.text
    assert "东关村" not in reminded.text  # a notice names nothing but codes
    assert "本月还没有议事" in (await chair.press("打开议事会")).text
    await look_away(bench)


async def test_the_year_of_a_council_and_of_its_alliance(bench: Bench) -> None:
    """Figures on a page and in a file; a project that fewer than five have rated is in none of them."""
    council = await add_council(bench, alliance="青梭联盟")
    few, many = [await passed_item(bench, council, number=number) for number in (1, 2)]
    for item, marks in ((few, (1, 0, 0, 0, 3)), (many, (0, 0, 1, 2, 3))):
        number = await begun(bench, item)
        await done(bench, number)
        box = Urn.empty(8, 5).put(list(range(sum(marks))), marks)
        async with bench.database.transaction() as session:
            rating = update(ProjectRating).where(col(ProjectRating.project_id) == number)
            await session.execute(rating.values(contents=box.dump(), over=True))
    await begun(bench, await passed_item(bench, council, number=3), owner=SECOND, days=10)
    await look_away(bench)
    bench.pass_time(days=12)
    page = (await forges(bench.person(FIRST), f"co:year:{council}"))[0]
    assert page.text.startswith(f"{GROUP_TITLE} · 2026 年")
    assert "通过 3" in page.text
    assert "新领办 3 件 · 办好 2 件（按期 2 件）· 正在办 1 件，过期 1 件" in page.text
    assert "满意率 83%（1 个项目" in page.text
    assert not [word for word in page.labels if "联盟" in word]
    assert "这一年" not in (await bench.person(FIRST).press("◀ 2025")).text
    officer = bench.person(RIGHTS)
    await forges(officer, f"co:year:{council}")
    union = await officer.press("联盟汇总")
    assert union.text.startswith("青梭联盟 · 2026 年")
    rows = sheet_of(bench, await officer.press("Excel"))
    heads, line = rows[1], rows[2]
    values = dict(zip(heads, line, strict=True))
    assert (values["议事会"], values["办好"], values["评价人次"], values["满意率 %"]) == (GROUP_TITLE, 2, 6, 83)
    assert (await forges(bench.person(HEAD), f"co:yearfile:{council}:2025"))[0].raw["document"]
    refused = await forges(officer, "co:year:4711")
    assert refused == []


def sheet_of(bench: Bench, said: Said) -> list[list[object]]:
    """The first sheet of the file that was sent."""
    world = bench.box.world
    content = world.blobs[world.files[said.raw["document"]["file_id"]].blob]
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(row) for row in book.get_sheet_by_index(0).to_python()]
