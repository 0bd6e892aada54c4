"""Purging by hand and at night, and what a hold keeps."""

import argparse
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from console.command_line import build_parser
from console.desk import Desk
from console.errors import CommandError
from console.holding import hold
from console.purging import purge
from console.recount import recount_ballots
from models.agenda import AgendaItem, ItemEntry, ItemEvent, ItemState
from models.erasing import Erasure, LegalHold
from models.household import Household
from models.member import Appointment, Member
from models.project import CouncilProject, ProjectRating, ProjectState
from models.visit import Visit, VisitMode, VisitOutcome
from scheduler.sweep import Sweep
from tests.storage.council_rows import found_council
from tests.support.county import HEAD, WORKER

HELD, FREE = "T-A-01-001", "T-A-01-002"


async def visited(desk: Desk, *days_ago: int) -> None:
    """Two households were visited so many days ago, and it is known where the worker stood."""
    async with desk.database.transaction() as session:
        worker = (await session.execute(select(Member).where(col(Member.telegram_id) == WORKER))).scalar_one()
        for code in (HELD, FREE):
            home = (await session.execute(select(Household).where(col(Household.code) == code))).scalar_one()
            for days in days_ago:
                session.add(
                    Visit(
                        household_id=home.id, member_id=worker.id, visited_on=desk.today - timedelta(days=days),
                        recorded_at=desk.now, mode=VisitMode.DOOR, outcome=VisitOutcome.MET, counts=True,
                        latitude=35.5, longitude=104.5,
                    )
                )  # fmt: skip


async def left(desk: Desk) -> list[tuple[date, bool]]:
    """The visits that are there, and whether their place is known."""
    async with desk.database.transaction() as session:
        found = (await session.execute(select(Visit).order_by(col(Visit.visited_on), col(Visit.id)))).scalars()
        return [(one.visited_on, one.latitude is not None) for one in found]


def held(**given: object) -> argparse.Namespace:
    """The options of `hold`."""
    none = dict.fromkeys(("household", "lead", "dispute", "item", "lift", "reason", "by"))
    return argparse.Namespace(**(none | given))


async def test_a_dry_run_counts_a_purge_forgets_and_a_hold_keeps(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    await visited(desk, 10, 100, 2000)
    assert await purge(desk, argparse.Namespace(dry_run=True)) == 0
    said = capsys.readouterr().out
    assert "走访位置：2026-08-23 及以前，4 条" in said
    assert "走访记录：2021-11-22 及以前，2 条" in said
    assert "共 6 条" in said
    assert len(await left(desk)) == 6

    with pytest.raises(CommandError):
        await hold(desk, held(household=HELD, by="周静"))
    with pytest.raises(CommandError):
        await hold(desk, held(household="T-A-99-999", by="周静", reason="法院来函"))
    assert await hold(desk, held(household=HELD, by="周静", reason="法院来函")) == 0
    assert await hold(desk, held()) == 0
    said = capsys.readouterr().out
    assert f"{HELD}  2026-11-21 由周静保全：法院来函" in said

    assert await purge(desk, argparse.Namespace(dry_run=False)) == 0
    said = capsys.readouterr().out
    assert "已删 1 条" in said
    assert "保全中 1 项" in said
    assert [place for _, place in await left(desk)] == [True, True, False, True, True]
    assert await hold(desk, held(lift=1, by="周静")) == 0
    await Sweep(desk.database, clock=lambda: desk.now, policy=desk.policy).purge()  # the night does the same
    assert [place for _, place in await left(desk)] == [False, False, True, True]
    async with desk.database.transaction() as session:
        records = (await session.execute(select(Erasure))).scalars().all()
        assert {one.ordered_by for one in records} == {"bot.py purge", None}
        assert (await session.execute(select(func.count()).select_from(LegalHold))).scalar_one() == 1


async def test_a_dry_run_counts_items_projects_and_names_and_a_purge_forgets_them(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    async with desk.database.transaction() as session:
        worker = (await session.execute(select(Member).where(col(Member.telegram_id) == WORKER))).scalar_one()
        head = (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == HEAD))).scalar_one()
        await found_council(session, first=head, second=head + 1)
        session.add(ItemEntry(item_id=4, kind=ItemEvent.PROPOSED, at=desk.now, by_id=head, body="装路灯"))
        dropped = update(AgendaItem).where(col(AgendaItem.id) == 4).values(state=ItemState.DROPPED)
        stopped = {"state": ProjectState.STOPPED, "ended_on": desk.today}
        for change in (
            dropped,
            update(CouncilProject).values(**stopped),
            update(ProjectRating).values(over=True),
            update(Appointment).where(col(Appointment.member_id) == worker.id).values(ends_on=desk.today),
        ):
            await session.execute(change)
    later = Desk(desk.settings, desk.database, desk.now + timedelta(days=3650), desk.bot_name)
    assert await hold(desk, held(item="t-a-26-004", by="周静", reason="法院来函")) == 0
    assert await hold(desk, held()) == 0
    assert "T-A-26-004  2026-11-21 由周静保全：法院来函" in capsys.readouterr().out
    await purge(later, argparse.Namespace(dry_run=True))
    assert "议题内容（保留编号与结果）：2031-11-20 及以前，0 条" in capsys.readouterr().out
    assert await hold(desk, held(lift=1, by="周静")) == 0
    capsys.readouterr()
    lines = [
        "项目内容（保留天数与满意度）：2031-11-20 及以前，{}1 条",
        "议题内容（保留编号与结果）：2031-11-20 及以前，{}1 条",
        "离任人员姓名（保留经办记录）：2026-11-21 及以前，{}1 条",
    ]
    for dry in (True, True, False):
        assert await purge(later, argparse.Namespace(dry_run=dry)) == 0
        said = capsys.readouterr().out
        assert not [line for line in lines if line.format("" if dry else "已删 ") not in said]
    await purge(later, argparse.Namespace(dry_run=True))
    assert "共 0 条" in capsys.readouterr().out
    async with desk.database.transaction() as session:
        left = await session.get_one(Member, worker.id)
    assert (left.name, left.telegram_id) == (f"已离任人员{worker.id}", -worker.id)


async def test_a_recount_says_that_a_ballot_s_list_was_forgotten(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    async with desk.database.transaction() as session:
        first, second = (await session.execute(select(col(Member.id)).limit(2))).scalars().all()
        await found_council(session, first=first, second=second)
    later = Desk(desk.settings, desk.database, desk.now + timedelta(days=1200), desk.bot_name)
    await purge(later, argparse.Namespace(dry_run=False))
    capsys.readouterr()
    await recount_ballots(later, argparse.Namespace(ballot=3, item=None, all=False))
    assert "不能再重算" in capsys.readouterr().out


def test_the_command_line_knows_both() -> None:
    assert build_parser("purge").parse_args(["purge", "--dry-run"]).dry_run
    assert build_parser("hold").parse_args(["hold", "--lift", "3", "--by", "x"]).lift == 3
