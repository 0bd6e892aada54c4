"""Areas, invitations and made-up regions from the command line."""

import argparse
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from console.demo import demo_data, load_demo
from console.desk import Desk
from console.errors import CommandError
from console.register import areas, invite
from console.schema import migrate
from domain.usecases.joining import accept_invite
from models.area import Area
from models.household import Household
from models.invite import Invite
from models.member import Member, Role
from models.schema import revisions
from models.session import Database
from tests.console.conftest import desk_at
from tests.support.county import SATURDAY


def below(code: str | None) -> argparse.Namespace:
    return argparse.Namespace(below=code, source=None, template=None)


LISTED = below(None)


async def test_areas_are_a_tree_of_codes_and_names(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await areas(desk, LISTED) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "T  测试县",
        "  T-X  东乡镇",
        "    T-A  东关村",
        "      T-A-01  东关村第1网格",
    ]
    assert await areas(desk, below("t-b")) == 0
    assert capsys.readouterr().out.splitlines() == ["T-B  西河社区", "  T-B-01  西河社区第1网格"]
    with pytest.raises(CommandError, match="there is no area Q"):
        await areas(desk, below("Q"))


async def test_an_invitation_ends_with_its_code_which_opens_the_door(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await invite(desk, argparse.Namespace(role="Head", area="t-a", locale="en")) == 0
    said = capsys.readouterr().out
    code = said.split()[-1]
    assert f"http://127.0.0.1:8081/?person=7999&start={code}" in said
    assert f"https://t.me/suozi_bot?start={code}" in said
    async with desk.database.transaction() as session:
        member = await accept_invite(session, code=code, telegram_id=999, name="新人", now=SATURDAY, policy=desk.policy)
        assert (member.locale, member.name) == ("en", "新人")
        assert (await session.execute(select(col(Invite.role)))).scalar_one() is Role.HEAD


async def test_with_a_token_the_link_has_the_bots_real_name(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    laid = desk_at(database, tmp_path, bot_token="1:a")

    async def name() -> str:
        return "county_bot"

    desk = Desk(laid.settings, database, SATURDAY, name)
    assert await invite(desk, argparse.Namespace(role="head", area="T-A", locale=None)) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"https://t\.me/county_bot\?start=\S+", first)
    with pytest.raises(CommandError, match="SUOZI_BOT_API_URL"):
        await invite(laid, argparse.Namespace(role="head", area="T-A", locale=None))
    async with database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(Invite))).scalar_one() == 1


@pytest.mark.parametrize(
    ("role", "area", "words"), [("boss", "T-A", "there is no role boss"), ("head", "Q", "there is no area Q")]
)
async def test_a_wrong_role_or_area_is_a_clear_line(desk: Desk, role: str, area: str, words: str) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        await invite(desk, argparse.Namespace(role=role, area=area, locale=None))
    assert caught.value.status == 2
    assert "\n" not in str(caught.value)


async def test_migrating_what_is_up_to_date_says_so(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await migrate(desk, argparse.Namespace()) == 0
    assert "up to date already" in capsys.readouterr().out


async def test_an_empty_postgresql_is_migrated_by_command_alone(
    empty_postgres: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_at(empty_postgres, tmp_path)
    with pytest.raises(CommandError, match=r"run first: bot\.py migrate"):
        await areas(desk, LISTED)
    assert await migrate(desk, argparse.Namespace()) == 0
    assert "empty →" in capsys.readouterr().out
    current, newest = await revisions(empty_postgres)
    assert current == newest
    with pytest.raises(CommandError, match="demo-data"):
        await areas(desk, LISTED)
    assert await demo_data(desk, argparse.Namespace(households=30, workers=3)) == 0
    assert "30 户" in capsys.readouterr().out


async def test_a_database_of_a_newer_program_is_left_alone(desk: Desk) -> None:
    from sqlalchemy import text  # noqa: PLC0415

    async with desk.database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CommandError, match="update the program"):
        await areas(desk, LISTED)


async def test_demo_data_fills_an_empty_database_only(desk: Desk) -> None:
    with pytest.raises(CommandError, match="not empty"):
        await demo_data(desk, argparse.Namespace(households=10, workers=1))


async def test_a_made_up_region_has_as_many_households_as_asked_for(tmp_path: Path) -> None:
    desk = desk_at(Database(f"sqlite:///{tmp_path / 'suozi.db'}"), tmp_path)
    assert await demo_data(desk, argparse.Namespace(households=60, workers=5)) == 0
    async with desk.database.transaction() as session:
        assert (await session.execute(select(func.count(col(Household.id))))).scalar_one() == 60
        assert (await session.execute(select(func.count(col(Member.id))))).scalar_one() > 5
    await desk.database.close()


async def test_a_region_that_is_cut_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_at(Database(f"sqlite:///{tmp_path / 'suozi.db'}"), tmp_path)
    await migrate(desk, argparse.Namespace())

    async def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("domain.usecases.loading.CountyLoader.finish", cut_off)
    with pytest.raises(KeyboardInterrupt):
        await load_demo(desk.database, households=60, workers=5, now=SATURDAY, policy=desk.policy)
    async with desk.database.transaction() as session:
        assert (await session.execute(select(func.count(col(Area.id))))).scalar_one() == 0
    await desk.database.close()
