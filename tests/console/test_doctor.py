"""A line for each check, and what to do next."""

import argparse
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlmodel import col

from console.desk import Desk
from console.doctor import doctor
from domain.access import actors_by_telegram_id
from domain.rules.ladder_file import SHIPPED
from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from domain.usecases.restore_drills import note_drill
from models import keyring
from models.area import Area, AreaKind
from models.dispute import DisputeSource
from models.household import Household
from models.inbox import InboxUpdate
from models.member import Appointment, Member, Role
from models.outbox import OutboxMessage
from models.session import Database
from tests.console.conftest import desk_at
from tests.support.county import HEAD, OTHER_WORKER, POLICY, SATURDAY, TOWNSHIP, WORKER, days_from_saturday

TOKEN = "123456:very-secret-token"


async def told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = await doctor(desk, argparse.Namespace())
    return status, capsys.readouterr().out


async def staff_the_county(desk: Desk) -> None:
    async with desk.database.transaction() as session:
        await session.execute(select(Household))
        grid = (await session.execute(select(Area).where(col(Area.code) == "T-B-01"))).scalar_one()
        member = (await session.execute(select(Member).where(col(Member.telegram_id) == WORKER))).scalar_one()
        session.add(
            Appointment(member_id=member.id, area_id=grid.id, role=Role.INSTRUCTOR, starts_on=days_from_saturday(0))
        )


async def test_a_county_that_is_well_gets_a_tick_on_every_line(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_at(database, tmp_path, secret_keys=keyring.new_key())
    await staff_the_county(desk)
    async with database.transaction() as session:
        await note_drill(session, day=desk.today, now=desk.now)
    status, said = await told(desk, capsys)
    assert {line[0] for line in said.splitlines()} == {"✓"}, said
    assert status == 0


async def test_what_is_wrong_is_named_with_what_to_do(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_at(database, tmp_path, locale="en", bot_token=TOKEN, secret_keys=keyring.new_key())
    async with database.transaction() as session:
        member = (await session.execute(select(Member).where(col(Member.telegram_id) == WORKER))).scalar_one()
        member.unreachable_since = SATURDAY
        post = (await session.execute(select(Appointment).where(col(Appointment.member_id) == member.id))).scalar_one()
        post.ends_on = days_from_saturday(30)
        session.add(InboxUpdate(update_id=77, chat_id=1, received_at=SATURDAY, set_aside=True))
        session.add(InboxUpdate(update_id=78, chat_id=1, received_at=SATURDAY - timedelta(hours=2)))
        session.add(
            OutboxMessage(
                dedupe_key="x",
                member_id=member.id,
                lane=1,
                kind="MorningDigest",
                payload={},
                created_at=SATURDAY,
                not_before=SATURDAY - timedelta(hours=2),
            )
        )
    status, said = await told(desk, capsys)
    lines = said.splitlines()
    assert status == 1
    assert "✗ Telegram cannot be used: SUOZI_BOT_API_URL: https://api.telegram.org gives no answer (NotSent)" in lines
    assert any(line.startswith("✗ 1 grids have no instructor: T-B-01. Invite one") for line in lines)
    assert any(line.startswith("✗ 1 people cannot be reached") and "陈秀兰" in line for line in lines)
    assert any(line.startswith("! 1 terms end within 60 days: 陈秀兰") for line in lines)
    assert any(line.startswith("✗ 1 updates failed again and again and were set aside (77)") for line in lines)
    assert any(line.startswith("✗ 1 updates have waited for more than an hour") for line in lines)
    assert any(line.startswith("✗ 1 notices are more than an hour late") for line in lines)


async def test_a_clock_that_is_behind_is_noticed(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with database.transaction() as session:
        session.add(InboxUpdate(update_id=1, chat_id=1, received_at=SATURDAY + timedelta(hours=1), done_at=SATURDAY))
    _, said = await told(desk_at(database, tmp_path, locale="en"), capsys)
    assert "✗ the clock (UTC 2026-11-21 01:00) is behind the last record (2026-11-21 02:00)" in said


async def test_keys_that_do_not_fit_are_noticed(
    desk: Desk, capsys: pytest.CaptureFixture[str], other_keys: None
) -> None:
    status, said = await told(desk, capsys)
    assert status == 1
    assert "✗ 密钥读不出已存的内容" in said


async def test_no_token_and_no_key_is_ever_printed(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = keyring.new_key()
    desk = desk_at(database, tmp_path, bot_token=TOKEN, secret_keys=key)
    _, said = await told(desk, capsys)
    assert "secret-token" not in said
    assert key not in said
    assert "postgresql://" not in said


async def test_tables_that_are_missing_end_the_checks_there(
    empty_postgres: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = await told(desk_at(empty_postgres, tmp_path, locale="en"), capsys)
    assert status == 1
    assert said.splitlines()[-1].startswith("✗ the tables are not up to date")
    assert "✗ SUOZI_SECRET_KEYS is not set" in said


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "suozi.db"
    status, said = await told(desk_at(Database(f"sqlite:///{file}"), tmp_path, locale="en"), capsys)
    assert status == 1
    assert f"there is no database yet ({file})" in said
    assert not file.exists()


async def test_a_database_that_does_not_answer_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = desk_at(Database("postgresql://me:hidden@127.0.0.1:9/x"), tmp_path, locale="en")
    status, said = await told(desk, capsys)
    assert status == 1
    assert "✗ the database cannot be used" in said
    assert "hidden" not in said


async def test_posts_that_would_not_answer_an_alert_are_named(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with database.transaction() as session:
        head = (await session.execute(select(Member).where(col(Member.telegram_id) == HEAD))).scalar_one()
        head.unreachable_since = SATURDAY
    _, said = await told(desk_at(database, tmp_path), capsys)
    names = "T-A 村（社区）负责人: 收不到消息、T-B-01 网格指导员: 没有任命"
    assert f"! 2处岗位没有人能接预警：{names}。请邀请或任命" in said


async def test_rungs_of_the_ladder_on_which_nobody_is_are_named(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with database.transaction() as session:
        for who, gone in ((TOWNSHIP, "frozen_at"), (OTHER_WORKER, "unreachable_since")):
            member = (await session.execute(select(Member).where(col(Member.telegram_id) == who))).scalar_one()
            setattr(member, gone, SATURDAY)
        await session.execute(delete(Appointment).where(col(Appointment.role) == Role.INSTRUCTOR))
    _, said = await told(desk_at(database, tmp_path), capsys)
    assert "✓ 本地的调解层级：网格、村(社区)、乡镇综治中心、县级综治中心" in said
    assert "! 2处调解层级今天没有人，纠纷会越过这一级：T-A-02 网格、T-X 乡镇综治中心" in said


async def test_disputes_on_a_rung_that_the_county_has_removed_are_named(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with database.transaction() as session:
        actor = (await actors_by_telegram_id(session, [WORKER], days_from_saturday(0)))[WORKER]
        facts = DisputeFacts(
            mediable_matter("neighbours", None, POLICY), DisputeSource.OFFICE, "吵了", (PartyFacts("甲", consent=True),)
        )
        dispute = await register_dispute(
            session, actor=actor, facts=facts, conversation_id="c", now=SATURDAY, policy=POLICY
        )
    ladder = tmp_path / "ladder.toml"
    ladder.write_text(SHIPPED.read_text("utf-8").replace('key = "grid"', 'key = "our_grid"'), "utf-8")
    desk = desk_at(database, tmp_path, locale="en", mediation_ladder=str(ladder))
    _, said = await told(desk, capsys)
    assert f"! 1 disputes stand on a rung that the ladder no longer has: {dispute.code}. The bot brings" in said


async def test_a_ladder_of_which_nothing_exists_is_wrong(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with database.transaction() as session:
        await session.execute(update(Area).values(kind=AreaKind.MICROGRID))
    status, said = await told(desk_at(database, tmp_path, locale="en"), capsys)
    assert status == 1
    assert "✗ no rung of the mediation ladder exists here, so no dispute can be registered" in said
