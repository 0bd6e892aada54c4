"""How satisfied people are with a project: asked of those concerned, told from five answers on, linked to nobody."""

import asyncio
import logging
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, Table, select, text, type_coerce
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel, col

from domain.refusals import Reason, RefusedError
from domain.rules.urn import Urn
from domain.usecases.satisfaction import rate
from models.project import ProjectEntry, ProjectRating, RatingAsked
from models.session import Database
from tests.support.councils import CHAIR, COUNCIL_NAMES, FIFTH, FIRST, FOURTH, SECOND, SIXTH, THIRD
from tests.support.county import OTHER_HEAD, WORKER
from tests.support.evidence import what_is_sealed
from tests.support.hands import Bench
from tests.support.ladder import actor_of
from tests.support.matters import forges, look_away
from tests.support.projects import a_project, declined, done, opens

CONCERNED = (CHAIR, SECOND, THIRD, FOURTH, FIFTH, SIXTH)  # all who could vote but the owner


async def asked(bench: Bench, proposer: int = WORKER) -> int:
    """A project that is done, and those concerned have just been asked; its number."""
    number = await a_project(bench, proposer=proposer)
    await done(bench, number)
    await bench.deliverer.deliver_all()
    return number


async def answers(bench: Bench, who: int, mark: int) -> str:
    """Press a mark under the notice; what stands there afterwards."""
    said = await bench.person(who).press(f"{mark} ")
    return said.text


async def box_of(bench: Bench, number: int) -> Urn:
    """What is in the box."""
    async with bench.database.transaction() as session:
        return Urn.load((await session.get_one(ProjectRating, number)).contents)


async def test_the_concerned_answer_with_one_press_and_hear_what_came_of_it(bench: Bench) -> None:
    number = await asked(bench)
    for who in (*CONCERNED, WORKER):
        words = "How satisfied" if who == THIRD else "您满意吗"
        assert [words in said.text for said in bench.person(who).reads()].count(True) == 1
    assert "您满意吗" not in str([said.text for said in bench.person(FIRST).reads()])  # her own work
    for who, mark in zip((CHAIR, SECOND, THIRD, FOURTH, FIFTH, SIXTH), (5, 5, 4, 4, 2, 5), strict=True):
        thanks = await answers(bench, who, mark)
        assert str(mark) not in thanks.replace("T-A-26-001", "")  # what it was is not said again
    card = (await opens(bench.person(CHAIR), number)).text
    assert "请了 7 人不记名评价，12月5日" in card
    assert "平均" not in card  # six of seven have answered, and nobody sees how
    await answers(bench, WORKER, 1)  # the last one: it is over
    await bench.deliverer.deliver_all()
    assert ["满意度有结果了" in said.text for who in (CHAIR, WORKER, FIRST) for said in bench.person(who).reads()] == [
        True
    ] * 3
    assert "7 人评价，平均 3.7 分，满意（4 分及以上）71%" in (await opens(bench.person(CHAIR), number)).text
    assert "已经评过了" in await declined(bench.person(CHAIR), f"proj:rate:{number}:1")


async def test_fewer_than_five_answers_are_never_told(bench: Bench) -> None:
    number = await asked(bench, SECOND)
    bench.all_unread()
    for who in (SECOND, FOURTH, FIFTH, SIXTH):
        await answers(bench, who, 1)
    for _ in range(2):
        bench.pass_time(days=4)
        await bench.tick()
        await bench.tick()
    for who in CONCERNED:  # a week later, once, whoever has not answered
        again = [said for said in bench.person(who).reads() if "再问一声" in said.text or "not answered" in said.text]
        assert len(again) == (who in (CHAIR, THIRD))
    bench.pass_time(days=7)
    await bench.tick()
    bench.all_unread()
    card = (await opens(bench.person(CHAIR), number)).text
    assert "评价不到 5 份，不公布" in card
    async with bench.database.transaction() as session:
        over = (await session.execute(select(ProjectEntry).order_by(col(ProjectEntry.id).desc()).limit(1))).scalar_one()
    assert over.detail == {"answered": 0, "average": None, "share": None}
    assert "已经结束" in await declined(bench.person(CHAIR), f"proj:rate:{number}:5")
    assert not [label for label in (await opens(bench.person(CHAIR), number)).labels if "评一评" in label]


async def test_an_answer_is_final_and_only_those_who_are_asked_answer(bench: Bench) -> None:
    number = await asked(bench, SECOND)
    bench.all_unread()
    assert "不在您的范围" in await declined(bench.person(FIRST), f"proj:rate:{number}:5")  # whose work it is
    assert "不在您的范围" in await declined(bench.person(WORKER), f"proj:rate:{number}:5")
    assert "不在您的范围" in await declined(bench.person(OTHER_HEAD), f"proj:rating:{number}")
    for mark in ("0", "6", "-1", "x", "99999999999"):
        assert await declined(bench.person(CHAIR), f"proj:rate:{number}:{mark}") != ""
    assert (await box_of(bench, number)).turnout == 0
    chair = bench.person(CHAIR)
    asked_ = chair.newest_with("5 很满意")
    for mark in ("3", "3", "1", "5"):  # quick fingers: the first one counts
        bench.box.act(CHAIR, CHAIR, "press", message_id=asked_.message_id, data=f"proj:rate:{number}:{mark}")
    await bench.settle()
    assert ["不记名" in said.text for said in chair.reads()] == [True]
    assert (await box_of(bench, number)).counts == (0, 0, 1, 0, 0)
    await opens(bench.person(SECOND), number)
    (question,) = await bench.person(SECOND).press_all("评一评")
    assert "路灯不亮" in question.text
    await bench.person(SECOND).press("4 满意")
    assert (await box_of(bench, number)).counts == (0, 0, 1, 1, 0)
    await look_away(bench)


async def test_nothing_that_is_stored_links_her_to_her_mark(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the database sees who is asked, and a box of one length; no row, no time and no order of what one
    of them has answered. With the keys the box tells who has answered and how often each mark was given.
    """
    number = await asked(bench, SECOND)
    bench.all_unread()
    caplog.set_level(logging.DEBUG)
    before = await _everything(bench.database)
    length = await _sealed(bench.database)
    with what_is_sealed(monkeypatch) as sealed:
        await answers(bench, SECOND, 1)
        bench.pass_time(minutes=1)
        await answers(bench, FOURTH, 5)
    changed = _difference(before, await _everything(bench.database))
    # What an update leaves behind: that she has sent something. And the box, as a whole.
    assert changed == {"project_rating", "inbox", "chat_message"}
    assert await _sealed(bench.database) == length
    async with bench.database.transaction() as session:
        payloads = list((await session.execute(text("SELECT payload FROM inbox WHERE done_at IS NOT NULL"))).scalars())
        people = (await session.execute(select(RatingAsked).order_by(col(RatingAsked.member_id)))).scalars().all()
    assert set(payloads) == {None}
    assert all(one.position < other.position for one, other in pairwise(people))  # by their numbers, whoever came first
    box = await box_of(bench, number)
    assert (box.turnout, box.counts) == (2, (1, 0, 0, 0, 1))
    names = {*(name for name in COUNCIL_NAMES.values()), f"proj:rate:{number}"}
    assert not {name for name in names if name in caplog.text}
    await bench.sweep.ballots()  # every five seconds: then the box before the last mark is nowhere
    if bench.database.is_sqlite:
        file = str(make_url(bench.database.url).database)
        held = Path(file).read_bytes() + Path(f"{file}-wal").read_bytes()  # noqa: ASYNC240
        boxes = [made[4:36] for label, made in sealed if label == "project_rating.contents"]
        assert [one in held for one in boxes] == [False, True]
    await look_away(bench)


async def test_all_press_at_once_on_two_replicas_and_each_counts_once(bench: Bench) -> None:
    number = await asked(bench, SECOND)
    bench.all_unread()
    elsewhere = Database(bench.database.url)
    actors = [await actor_of(bench, who) for who in CONCERNED]

    async def press(place: int) -> Reason | None:
        database = (bench.database, elsewhere)[place % 2]
        try:
            async with database.transaction() as session:
                await rate(
                    session, actor=actors[place % len(actors)], project_id=number, mark=1 + place % 5,
                    now=bench.clock.now, policy=bench.policy,
                )  # fmt: skip
        except RefusedError as refused:
            return refused.reason
        return None

    ends = await asyncio.gather(*(press(place) for place in range(18)))
    await elsewhere.close()
    assert ends.count(None) == len(CONCERNED)
    assert set(ends) <= {None, Reason.RATED_ALREADY}
    box = await box_of(bench, number)
    assert (box.turnout, box.sound) == (len(CONCERNED), True)
    await bench.deliverer.deliver_all()
    told = [said for said in bench.person(SECOND).reads() if "满意度有结果了" in said.text]
    assert len(told) == 1
    bench.all_unread()


async def test_a_guest_of_nobody_is_not_asked_twice(bench: Bench) -> None:
    """The proposer votes as well, and is asked once; a press from before the end is answered kindly after it."""
    number = await asked(bench, SECOND)
    async with bench.database.transaction() as session:
        assert len((await session.execute(select(RatingAsked))).scalars().all()) == len(CONCERNED)
    bench.all_unread()
    late = bench.person(SIXTH).newest_with("5 很满意")
    bench.pass_time(days=15)
    await bench.tick()
    bench.all_unread()
    assert not await bench.person(SIXTH).press_data(late.message_id, late.button("5 很满意"))
    assert "已经结束" in bench.person(SIXTH).toast()
    assert (await forges(bench.person(SIXTH), f"proj:show:{number}"))[0].text


async def _everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as it is stored."""
    async with database.transaction() as session:
        tables = SQLModel.metadata.sorted_tables
        return {
            table.name: [
                tuple(row)
                for row in (await session.execute(text(f"SELECT * FROM {table.name} ORDER BY {_key(table)}"))).all()
            ]
            for table in tables
        }


def _key(table: Table) -> str:
    return ", ".join(column.name for column in table.primary_key)


def _difference(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> set[str]:
    return {name for name in after if _rows(before[name]) != _rows(after[name])}


def _rows(rows: Sequence[tuple[object, ...]]) -> list[str]:
    return [str(row) for row in rows]


async def _sealed(database: Database) -> int:
    """How long the sealed box is."""
    async with database.transaction() as session:
        raw = type_coerce(col(ProjectRating.contents), LargeBinary)
        return len(bytes((await session.execute(select(raw))).scalar_one()))
