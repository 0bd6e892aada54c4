"""What did not go out: the operator sees it, lets it go once more, or drops it with a reason."""

import argparse
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from console.desk import Desk
from console.errors import CommandError
from console.outbox import outbox
from models.outbox import OutboxMessage, OutboxState
from tests.support.county import WORKER
from tests.support.hands import Bench


def options(**given: object) -> argparse.Namespace:
    """The command's options."""
    return argparse.Namespace(**({"retry": None, "drop": None, "reason": None} | given))


async def failed(bench: Bench) -> int:
    """The morning's digests, one of which has failed: its number."""
    await bench.sweep.morning()
    async with bench.database.transaction() as session:
        first = (await session.execute(select(OutboxMessage).order_by(OutboxMessage.id))).scalars().first()  # type: ignore[arg-type]
        assert first is not None
        values = {"state": OutboxState.FAILED, "attempts": 8, "settled_at": bench.clock.now}
        await session.execute(update(OutboxMessage).where(OutboxMessage.id == first.id).values(**values))  # type: ignore[arg-type]
    await bench.deliverer.deliver_all()
    bench.all_unread()
    return first.id


async def test_a_failed_notice_is_shown_without_its_words_and_goes_out_once_more(
    bench: Bench, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await failed(bench)
    assert await outbox(desk, options()) == 1
    told = capsys.readouterr().out
    assert f"\n{number}  " in told
    assert "MorningDigest" in told
    assert await outbox(desk, options(retry=[number])) == 0
    await bench.deliverer.deliver_all()
    assert len(bench.all_unread()) == 1
    assert await outbox(desk, options()) == 0
    with pytest.raises(CommandError):
        await outbox(desk, options(retry=[number]))  # it has gone out


async def test_a_notice_is_dropped_for_a_reason_that_the_log_keeps(
    bench: Bench, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    number = await failed(bench)
    with pytest.raises(CommandError):
        await outbox(desk, options(drop=[number], reason=" "))
    with pytest.raises(CommandError):
        await outbox(desk, options(drop=[number, 999_999], reason="moved away"))
    with caplog.at_level(logging.WARNING):
        assert await outbox(desk, options(drop=[number], reason="moved away")) == 0
    assert "moved away" in caplog.text
    await bench.deliverer.deliver_all()
    assert bench.all_unread() == []
    assert await outbox(desk, options()) == 0


async def test_a_notice_that_is_long_due_is_stuck_too(bench: Bench, desk: Desk) -> None:
    await bench.sweep.morning()
    assert await outbox(desk, options()) == 0
    async with bench.database.transaction() as session:
        late = {"not_before": desk.now - timedelta(minutes=11)}
        await session.execute(update(OutboxMessage).values(**late))
    assert await outbox(desk, options()) == 1
    await bench.deliverer.deliver_all()
    assert "早上好" in bench.person(WORKER).reads()[0].text
    bench.all_unread()
    assert await outbox(desk, options()) == 0
