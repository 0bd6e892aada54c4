"""What could not be handled: the operator sees it, has it handled once more when the fault is mended, or drops it."""

import argparse
import logging

import pytest
from sqlalchemy import select
from sqlmodel import col

from console.desk import Desk
from console.errors import CommandError
from console.updates import updates
from models.inbox import InboxUpdate
from models.visit import Visit
from tests.faults.test_inbox import at_the_summary
from tests.support.county import WORKER
from tests.support.hands import Bench

NOTE = "别让她丈夫知道"


def options(**given: object) -> argparse.Namespace:
    """The command's options."""
    return argparse.Namespace(**({"retry": None, "drop": None, "reason": None} | given))


async def set_aside(bench: Bench) -> list[int]:
    """The numbers of what is set aside."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(col(InboxUpdate.seq)).where(col(InboxUpdate.set_aside)))).scalars())


async def test_what_a_fault_of_ours_kept_from_being_saved_is_saved_when_it_is_brought_again(
    bench: Bench, desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worker, _ = await at_the_summary(bench)

    async def breaks(*_args: object, **_named: object) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr("domain.usecases.visits._move_cycle", breaks)
        await worker.press("保存")
    (number,) = await set_aside(bench)
    assert await updates(desk, options()) == 1
    assert f"{number}  来信 " in (told := capsys.readouterr().out)
    assert "callback_query" in told
    assert await updates(desk, options(retry=[number])) == 0
    await bench.settle()
    (saved,) = worker.reads()
    assert "已保存" in saved.text
    async with bench.database.transaction() as session:
        assert len((await session.execute(select(Visit))).all()) == 1
    assert await updates(desk, options()) == 0
    with pytest.raises(CommandError):
        await updates(desk, options(retry=[number]))  # it has been handled


async def test_what_is_dropped_is_forgotten_for_a_reason_that_the_log_keeps(
    bench: Bench, desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    poisoned = {"message_id": 1, "chat": {"id": WORKER, "type": "private"}, "text": {"said": NOTE}}
    vote = {"id": "1", "from": 7, "data": "vote:cast:1:favour"}
    await bench.inbox.store([{"update_id": 5000, "message": poisoned}, {"update_id": 5001, "callback_query": vote}])
    await bench.settle()
    bench.all_unread()
    message, press = await set_aside(bench)
    assert await updates(desk, options()) == 1
    assert NOTE not in capsys.readouterr().out
    for wrong in ({"drop": [message], "reason": " "}, {"drop": [message, 999], "reason": "x"}, {"retry": [press]}):
        with pytest.raises(CommandError):
            await updates(desk, options(**wrong))
    assert await set_aside(bench) == [message, press]
    with caplog.at_level(logging.WARNING):
        assert await updates(desk, options(drop=[message, press], reason="spam")) == 0
    assert "spam" in caplog.text
    async with bench.database.transaction() as session:
        left = (await session.execute(select(col(InboxUpdate.payload)).where(col(InboxUpdate.seq) == message))).one()
    assert left == (None,)
    assert await updates(desk, options()) == 0
