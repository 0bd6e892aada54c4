"""The bot is killed in the middle of the second failed attempt: there is exactly one escalation (spec 4)."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlmodel import col

from bench.processes import ROOT, Bot, now, spawn, zone_at_noon
from domain.rules.policy import Policy
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeState
from models.mediation import Mediation
from models.outbox import OutboxMessage
from models.schema import migrate
from models.session import Database
from tests.conftest import _KEY
from tests.faults.dying import CALL, MOMENTS, RECEIPT
from tests.flows.test_attempt_form import begins, tells
from tests.support.attempts import accept, attempt
from tests.support.county import NAMES, found_county
from tests.support.hands import TOKEN, Bench, Person, open_bench
from tests.support.ladder import ELDER, GROUP_WORKER, OTHER_ELDER, a_dispute, add_ladder

PATIENCE = 90


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Bench]:
    """A county in a file, the clock of the wall, and people in front of a sandbox."""
    database = Database(f"sqlite:///{tmp_path / 'suozi.db'}")
    await migrate(database)
    at = now()
    async with database.transaction() as session:
        await found_county(session, at)
    bench = await open_bench(database, at, Policy(zone=ZoneInfo(zone_at_noon(at))), NAMES)
    yield bench
    await bench.box.stop()
    await database.close()


async def start(folder: Path, bench: Bench, *command: str | Path) -> Bot:
    """A bot in a process of its own, on the stage's file and sandbox."""
    settings = {
        "SUOZI_BOT_TOKEN": TOKEN,
        "SUOZI_BOT_API_URL": bench.box.url,
        "SUOZI_DATA_DIR": str(folder),
        "SUOZI_DATABASE_URL": "",
        "SUOZI_SECRET_KEYS": _KEY,
        "SUOZI_MESSAGES_PER_SECOND": "0",
        "SUOZI_TIMEZONE": bench.policy.zone.key,
    }
    return await spawn(command, folder / "log.txt", settings)


def heard(bench: Bench, who: int, words: str) -> int:
    """In how many messages somebody reads these words."""
    return sum(words in (one.get("text") or "") for one in bench.box.messages(who) if one["from"]["is_bot"])


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition()` becomes true within so many seconds."""
    for _ in range(int(seconds * 10)):
        if condition():
            return True
        await asyncio.sleep(0.1)
    return False


def presses_save(bench: Bench, worker: Person) -> None:
    """She presses the summary's button; the program is in another process."""
    summary = worker.newest_with("保存")
    bench.box.act(GROUP_WORKER, GROUP_WORKER, "press", message_id=summary.message_id, data=summary.button("保存"))


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_bot_that_is_killed_while_the_last_try_is_recorded_escalates_once(
    stage: Bench, tmp_path: Path, moment: str
) -> None:
    await add_ladder(stage)
    number = await a_dispute(stage)
    await accept(stage, number, GROUP_WORKER)
    await attempt(stage, number, GROUP_WORKER)
    worker = await begins(stage, GROUP_WORKER, number)
    await tells(worker, "没有调成")
    await stage.program.stop()

    dying = await start(tmp_path, stage, ROOT / "tests" / "faults" / "dying.py", moment, "run")
    presses_save(stage, worker)
    async with asyncio.timeout(PATIENCE):
        assert await dying.ended() == -signal.SIGKILL
    bot = await start(tmp_path, stage, ROOT / "bot.py", "run")
    try:
        assert await until(lambda: all(heard(stage, who, CALL) for who in (ELDER, OTHER_ELDER)), PATIENCE)
        await asyncio.sleep(2)  # whatever is left to be delivered has its tick
    finally:
        await bot.stop()
    await escalated_once(stage, number)
    # What was committed before its receipt was sent stands on the card; she can press for the receipt until then.
    assert heard(stage, GROUP_WORKER, RECEIPT) == (moment != "committed")


async def escalated_once(bench: Bench, number: int) -> None:
    """Two attempts, one arrival on the next rung, one call for each elder."""
    async with bench.database.transaction() as session:
        dispute = await session.get_one(Dispute, number)
        assert (dispute.rung, dispute.state) == ("village_group", DisputeState.REGISTERED)
        assert dispute.tried == {"grid": 2, "village_group": 0}
        held = (await session.execute(select(Mediation).where(col(Mediation.counted)))).scalars().all()
        assert len(held) == 2
        arrived = select(DisputeEntry).where(col(DisputeEntry.kind) == DisputeEntryKind.ARRIVED)
        entries = (await session.execute(arrived.order_by(col(DisputeEntry.id)))).scalars().all()
        assert [entry.detail["rung"] for entry in entries] == ["grid", "village_group"]
        calls = (await session.execute(select(OutboxMessage).where(col(OutboxMessage.kind) == "DisputeCall"))).scalars()
        assert len([call for call in calls if call.payload["arrival"] == "failed"]) == 2
    for who in (ELDER, OTHER_ELDER):
        assert heard(bench, who, CALL) == 1
