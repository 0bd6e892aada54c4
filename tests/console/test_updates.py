"""What could not be handled: the operator sees it, has it handled once more when the fault is mended, or drops it."""

import argparse
import logging
from datetime import timedelta

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
from tests.support.hands import Bench, Person

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


async def at_the_note(bench: Bench, household: str) -> Person:
    """The shortest check-in, up to the question for a note."""
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in (household, "电话", "无人在家"):
        await worker.press(label)
    return worker


async def test_words_that_were_meant_for_one_household_do_not_become_the_note_of_another(
    bench: Bench, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_args: object, **_named: object) -> None:
        raise RuntimeError("a fault of ours")

    async def fails_to_take(words: str) -> int:
        with monkeypatch.context() as patched:
            patched.setattr("handlers.rounds.handle", breaks)
            await worker.say(words)
        bench.pass_time(minutes=5)
        return (await set_aside(bench))[0]

    # Nothing was done since: it is what she answers, and when it came stays known.
    worker = await at_the_note(bench, "王秀英")
    number, came = await fails_to_take("她在女儿家"), bench.clock() - timedelta(minutes=5)
    await updates(desk, options(retry=[number]))
    await bench.settle()
    (summary,) = worker.reads()
    assert "她在女儿家" in summary.text
    async with bench.database.transaction() as session:
        when = select(col(InboxUpdate.received_at)).where(col(InboxUpdate.seq) == number)
        assert (await session.execute(when)).scalar_one() == came
    await worker.press("保存")

    # She went on without it, to another household.
    bench.pass_time(minutes=1)
    worker = await at_the_note(bench, "张伟")
    number = await fails_to_take(NOTE)
    await worker.press("跳过")
    await worker.press("保存")
    worker = await at_the_note(bench, "单小红")
    await updates(desk, options(retry=[number]))
    await bench.settle()
    anew, question = worker.reads()
    assert "11月21日（周六）09:06" in anew.text
    assert NOTE not in anew.text
    assert "到要填它的那一步再发" in anew.text  # and not as the answer to the question that is open now
    assert "有什么要补充的" in question.text  # which stands below that: what she sends next is its answer
    summary = await worker.say("她在家")
    assert "单小红" in summary.text
    assert "她在家" in summary.text
    await worker.press("保存")

    # Nor is it looked for when she is at no question any more.
    worker = await at_the_note(bench, "单小红")
    number = await fails_to_take(NOTE)
    await worker.press("取消")
    await updates(desk, options(retry=[number]))
    await bench.settle()
    (anew,) = worker.reads()
    assert "到要填它的那一步再发" in anew.text
    async with bench.database.transaction() as session:
        saved = [visit.note for visit in (await session.execute(select(Visit).order_by(col(Visit.id)))).scalars()]
    assert [note or "" for note in saved] == ["她在女儿家", "", "她在家"]
    assert await set_aside(bench) == []
