"""What would be reminded on a day."""

import argparse
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from console.desk import Desk
from console.errors import CommandError
from console.sweeping import declare_sweep, sweep
from domain.access import actors_by_telegram_id
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.reminders import Planned
from models.dispute import DisputeSource
from models.outbox import OutboxMessage
from models.sweep_run import LateMark, SweepRun
from tests.support.county import HOUSEHOLDS, WORKER

TODAY = date(2026, 11, 21)


async def rows(desk: Desk) -> list[int]:
    async with desk.database.transaction() as session:
        return [
            (await session.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (OutboxMessage, SweepRun, LateMark)
        ]


async def test_a_dry_run_tells_all_and_leaves_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await sweep(desk, argparse.Namespace(on=TODAY, dry_run=True)) == 0
    said = capsys.readouterr().out
    assert "陈秀兰：共3户 · 重点户 今日0 逾期1 · 监测户 今日1 逾期0 · 一般户 今日1 逾期0" in said
    assert "预演" in said
    assert not any(home.address in said or home.residents[0].name in said for home in HOUSEHOLDS)
    assert await rows(desk) == [0, 0, 0]


async def test_the_lines_add_up_to_the_total(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await sweep(desk, argparse.Namespace(on=TODAY, dry_run=True)) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    kinds = [line for line in lines if line.startswith("  ") and "）：" in line]
    assert len(kinds) == len(Planned.__dataclass_fields__)
    assert f"共{sum(int(line.rpartition('：')[2]) for line in kinds)}条" in head


async def test_disputes_whose_day_has_come_are_counted_by_what_is_to_do(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    await register_one(desk)
    assert await sweep(desk, argparse.Namespace(on=TODAY, dry_run=True)) == 0
    assert "受理期限 0 " in capsys.readouterr().out
    assert await sweep(desk, argparse.Namespace(on=date(2026, 12, 1), dry_run=True)) == 0
    assert "受理期限 1 · 提醒 0 " in capsys.readouterr().out


async def register_one(desk: Desk) -> None:
    """A dispute that waits to be accepted."""
    facts = DisputeFacts(
        matter=mediable_matter("neighbours", None, desk.policy),
        source=DisputeSource.OFFICE,
        facts="两家为了院墙争执",
        parties=(PartyFacts("外村的老黄", consent=True),),
    )
    async with desk.database.transaction() as session:
        found = await actors_by_telegram_id(session, [WORKER], TODAY)
        await register_dispute(
            session,
            actor=found[WORKER],
            facts=facts,
            conversation_id="of-the-office",
            now=desk.now,
            policy=desk.policy,
        )


async def test_it_is_written_once(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await sweep(desk, argparse.Namespace(on=TODAY, dry_run=False)) == 0
    assert "已写入待发" in capsys.readouterr().out
    written = await rows(desk)
    assert written[0] > 0
    assert await sweep(desk, argparse.Namespace(on=TODAY, dry_run=False)) == 0
    assert "以前已经安排过" in capsys.readouterr().out
    assert await rows(desk) == written


async def test_a_day_to_come_is_not_told_of_before_its_morning(desk: Desk) -> None:
    day = date(2026, 11, 30)
    assert await sweep(desk, argparse.Namespace(on=day, dry_run=False)) == 0
    async with desk.database.transaction() as session:
        earliest = (await session.execute(select(func.min(col(OutboxMessage.not_before))))).scalar_one()
    assert earliest >= desk.policy.at(day, desk.policy.digest_at)


async def test_a_day_that_is_over_can_only_be_looked_at(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    past = date(2026, 11, 20)
    with pytest.raises(CommandError, match="已经过去"):
        await sweep(desk, argparse.Namespace(on=past, dry_run=False))
    assert await sweep(desk, argparse.Namespace(on=past, dry_run=True)) == 0
    assert "2026-11-20" in capsys.readouterr().out


def test_a_day_is_written_in_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    declare_sweep(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--on", "tomorrow"])
    assert "a day is written like 2026-11-21" in capsys.readouterr().err
