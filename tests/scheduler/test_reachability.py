"""Every night: on which posts would nobody answer an alert? Administrators hear of it, once, without cases."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update
from sqlmodel import col

from domain.rules.chains import PostOf, shipped_chains
from domain.usecases.reachability import Gap, Silence, all_gaps, posts_rung
from models.area import Area, AreaKind
from models.invite import Invite
from models.member import Appointment, Leave, Member, Role
from models.outbox import OutboxMessage
from models.session import Database
from scheduler.sweep import Sweep
from tests.support.county import (
    ADMIN,
    AUDITOR,
    COUNTY,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    POLICY,
    RIGHTS,
    TOWNSHIP,
    WORKER,
    days_from_saturday,
)
from tests.support.hands import Bench

NOBODY_FOR_B = "西河社区第1网格 T-B-01 · 网格指导员：没有任命"


async def gaps(bench: Bench) -> list[tuple[str, Role, Silence]]:
    """All of today's."""
    day = POLICY.today(bench.clock())
    async with bench.database.transaction() as session:
        found, total = await all_gaps(session, day=day, policy=POLICY, limit=100)
    assert total == len(found)
    return [(gap.area_code, gap.role, gap.reason) for gap in found]


async def change(bench: Bench, person: int, **values: object) -> int:
    """Change somebody's account; her number."""
    async with bench.database.transaction() as session:
        if values:
            await session.execute(update(Member).where(col(Member.telegram_id) == person).values(**values))
        return (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == person))).scalar_one()


async def on_leave(bench: Bench, person: int, first: int, last: int) -> None:
    """She is away from one day after Saturday to another."""
    member_id = await change(bench, person)
    async with bench.database.transaction() as session:
        days = days_from_saturday(first), days_from_saturday(last)
        session.add(Leave(member_id=member_id, starts_on=days[0], ends_on=days[1], noted_at=bench.clock()))


async def nobody(bench: Bench, person: int) -> None:
    """She holds no post any more."""
    member_id = await change(bench, person)
    async with bench.database.transaction() as session:
        await session.execute(delete(Appointment).where(col(Appointment.member_id) == member_id))


async def test_the_administrator_gets_one_notice_with_a_list_behind_it(bench: Bench) -> None:
    await bench.sweep.reachability()
    await bench.deliverer.deliver_all()
    admin = bench.person(ADMIN)
    told = admin.reads()
    assert len(told) == 1
    assert "有 1 处岗位" in told[0].text
    assert NOBODY_FOR_B in (await admin.press("打开名单")).text
    assert bench.all_unread() == []


async def test_once_a_day_whatever_restarts_and_replicas_do(bench: Bench) -> None:
    replica = Sweep(bench.database, clock=bench.clock, policy=POLICY)
    await asyncio.gather(bench.sweep.reachability(), replica.reachability())
    await bench.restart()
    await bench.sweep.reachability()
    await bench.deliverer.deliver_all()
    assert len(bench.person(ADMIN).reads()) == 1
    bench.pass_time(days=1)
    await bench.sweep.reachability()
    await bench.deliverer.deliver_all()
    assert len(bench.person(ADMIN).reads()) == 1


async def test_it_looks_after_midnight_and_tells_when_the_night_is_over(bench: Bench) -> None:
    bench.clock.now = datetime(2026, 11, 21, 20, 59, tzinfo=UTC)  # 04:59 in Shanghai
    await bench.sweep.reachability()
    bench.clock.now = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
    await bench.sweep.reachability()
    await bench.deliverer.deliver_all()
    assert bench.person(ADMIN).reads() == []
    bench.pass_time(hours=2)
    await bench.deliverer.deliver_all()
    assert len(bench.person(ADMIN).reads()) == 1


async def test_leave_makes_a_gap_on_its_days_only(bench: Bench) -> None:
    await on_leave(bench, HEAD, 1, 2)
    away = ("T-A", Role.HEAD, Silence.ON_LEAVE)
    found = []
    for _ in range(4):
        found.append(away in await gaps(bench))
        bench.pass_time(days=1)
    assert found == [False, True, True, False]


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"unreachable_since": datetime(2026, 11, 1, tzinfo=UTC)}, Silence.BLOCKED),
     ({"frozen_at": datetime(2026, 11, 1, tzinfo=UTC)}, Silence.FROZEN)],
)  # fmt: skip
async def test_whoever_cannot_be_told_answers_nothing(bench: Bench, values: dict[str, object], reason: Silence) -> None:
    await change(bench, HEAD, **values)
    assert ("T-A", Role.HEAD, reason) in await gaps(bench)


async def test_whoever_is_invited_and_has_not_come_is_named_so(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        area = (await session.execute(select(Area).where(col(Area.code) == "T-B-01"))).scalar_one()
        session.add(
            Invite(
                code_hash="x", role=Role.INSTRUCTOR, area_id=area.id, created_at=bench.clock(), expires_at=bench.clock()
            )
        )
    assert await gaps(bench) == [("T-B-01", Role.INSTRUCTOR, Silence.NEVER_JOINED)]


async def test_one_of_two_is_enough(bench: Bench) -> None:
    head = await change(bench, HEAD, unreachable_since=bench.clock())
    worker = await change(bench, WORKER)
    async with bench.database.transaction() as session:
        area_id = (
            await session.execute(select(col(Appointment.area_id)).where(col(Appointment.member_id) == head))
        ).scalar_one()
        session.add(Appointment(member_id=worker, area_id=area_id, role=Role.HEAD, starts_on=days_from_saturday(0)))
    assert ("T-A", Role.HEAD, Silence.BLOCKED) not in await gaps(bench)


async def test_a_rung_of_two_posts_is_silent_when_both_are(bench: Bench) -> None:
    """Nobody is the township's federation officer in this county, and no rung is silent for it."""
    assert not [gap for gap in await gaps(bench) if gap[0] == "T-X"]
    await nobody(bench, TOWNSHIP)
    assert [gap for gap in await gaps(bench) if gap[0] == "T-X"] == [
        ("T-X", Role.FEDERATION_OFFICER, Silence.EMPTY),
        ("T-X", Role.TOWNSHIP_CENTRE, Silence.EMPTY),
    ]
    await nobody(bench, RIGHTS)
    assert not [gap for gap in await gaps(bench) if gap[0] == "T"]
    await nobody(bench, COUNTY)
    assert [gap[:2] for gap in await gaps(bench) if gap[0] == "T"] == [
        ("T", Role.COUNTY_CENTRE),
        ("T", Role.FEDERATION_OFFICER),
    ]


async def test_where_everybody_answers_nobody_is_told(bench: Bench) -> None:
    instructor = await change(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        area = (await session.execute(select(Area).where(col(Area.code) == "T-B-01"))).scalar_one()
        session.add(
            Appointment(member_id=instructor, area_id=area.id, role=Role.INSTRUCTOR, starts_on=days_from_saturday(0))
        )
    await bench.sweep.reachability()
    await bench.deliverer.deliver_all()
    admin = bench.person(ADMIN)
    assert admin.reads() == []
    hello = await admin.say("/help")
    assert "都有人能接预警" in (await admin.press_data(hello.message_id, "gaps:new"))[0].text


async def test_an_administrator_hears_of_her_own_subtree_and_of_each_post_once(bench: Bench) -> None:
    admin = await change(bench, ADMIN)
    await nobody(bench, OTHER_HEAD)
    async with bench.database.transaction() as session:
        codes = {row[0]: row[1] for row in (await session.execute(select(col(Area.code), col(Area.id)))).all()}
        await session.execute(delete(Appointment).where(col(Appointment.member_id) == admin))
        for code in ("T-A", "T-B", "T-B-01"):
            session.add(
                Appointment(
                    member_id=admin, area_id=codes[code], role=Role.ADMINISTRATOR, starts_on=days_from_saturday(0)
                )
            )
    await nobody(bench, TOWNSHIP)
    await bench.sweep.reachability()
    await bench.deliverer.deliver_all()
    person = bench.person(ADMIN)
    assert ["有 2 处岗位" in said.text for said in person.reads()] == [True]
    page = await person.press("打开名单")
    assert "共 2 处" in page.text
    assert "T-X" not in page.text


@pytest.mark.parametrize("who", [WORKER, HEAD, COUNTY, AUDITOR])
async def test_nobody_else_sees_the_list(bench: Bench, who: int) -> None:
    person = bench.person(who)
    hello = await person.say("/help")
    for data in ("gaps:new", "gaps:0", "gaps"):
        for said in await person.press_data(hello.message_id, data):
            assert "T-B-01" not in said.text


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_three_hundred_communities_are_a_handful_of_statements(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        township = (await session.execute(select(Area).where(col(Area.code) == "T-X"))).scalar_one()
        communities = [
            Area(code=f"T-C{number:03}", parent_id=township.id, kind=AreaKind.COMMUNITY, name=f"第{number}村")
            for number in range(300)
        ]
        session.add_all(communities)
        await session.flush()
        for area in communities:
            area.path = f"{township.path}{area.id}/"
    with statements(bench.database) as seen:
        await bench.sweep.reachability()
    assert len(seen) < 8
    async with bench.database.transaction() as session:
        notices = list((await session.execute(select(col(OutboxMessage.payload)))).scalars())
    assert [notice["count"] for notice in notices] == [301]
    await bench.deliverer.deliver_all()
    admin = bench.person(ADMIN)
    admin.reads()
    first = await admin.press("打开名单")
    assert "第 1/31 页" in first.text
    assert "第 2/31 页" in (await admin.press("下一页")).text


def test_every_post_of_the_chains_is_looked_at_where_its_rung_is_lowest() -> None:
    posts = posts_rung(shipped_chains())
    assert {(post.role, post.kind) for post in posts} == {
        (Role.INSTRUCTOR, AreaKind.GRID),
        (Role.HEAD, AreaKind.COMMUNITY),
        (Role.TOWNSHIP_CENTRE, AreaKind.TOWNSHIP),
        (Role.FEDERATION_OFFICER, AreaKind.TOWNSHIP),
        (Role.COUNTY_CENTRE, AreaKind.COUNTY),
        (Role.FEDERATION_OFFICER, AreaKind.COUNTY),
    }
    assert [] in posts[PostOf(Role.HEAD, AreaKind.COMMUNITY)]


def test_a_gap_names_no_case() -> None:
    assert list(Gap.__annotations__) == ["area_code", "area_name", "role", "reason"]
