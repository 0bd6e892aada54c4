"""Where the only administrator is frozen, the operator gives the account back."""

import argparse

import pytest
from sqlalchemy import select

from console.desk import Desk
from console.errors import CommandError
from console.freezing import frozen
from models.freeze import AccountFreeze
from models.member import Member
from tests.support.county import ADMIN, WORKER
from tests.support.hands import Bench


async def test_a_frozen_administrator_gets_her_account_back(
    bench: Bench, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = bench.person(WORKER)
    await worker.say("/freeze")
    for label in ("周静", "丢了", "保存"):
        await worker.press(label)
    assert await frozen(desk, argparse.Namespace(give_back=None)) == 0
    told = capsys.readouterr().out
    assert "周静" in told
    assert "陈秀兰" in told
    number = int(told.split()[0])
    assert await frozen(desk, argparse.Namespace(give_back=number)) == 0
    async with bench.database.transaction() as session:
        member = (await session.execute(select(Member).where(Member.telegram_id == ADMIN))).scalar_one()  # type: ignore[arg-type]
        freeze = (await session.execute(select(AccountFreeze))).scalar_one()
    assert member.frozen_at is None
    assert (freeze.lifted_at, freeze.lifted_by_id) == (desk.now, None)
    await bench.deliverer.deliver_all()
    assert "已恢复" in bench.person(ADMIN).reads()[0].text
    with pytest.raises(CommandError, match=str(number)):
        await frozen(desk, argparse.Namespace(give_back=number))
