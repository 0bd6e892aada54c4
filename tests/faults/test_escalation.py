"""The bot is killed in the middle of the second failed attempt: there is exactly one escalation (spec 4)."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from bench.nursery import Child, Nursery
from bench.processes import ROOT, now, zone_at_noon
from domain.rules.policy import Policy
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeState
from models.mediation import Mediation
from models.outbox import OutboxMessage
from models.schema import migrate
from models.session import Database
from tests.conftest import _KEY, _on_server, _run, _uri_of
from tests.faults.dying import CALL, MOMENTS, RECEIPT
from tests.flows.test_attempt_form import begins, tells
from tests.support.attempts import accept, attempt
from tests.support.county import NAMES, found_county
from tests.support.hands import TOKEN, Bench, Person, open_bench
from tests.support.ladder import ELDER, GROUP_WORKER, OTHER_ELDER, a_dispute, add_ladder

# Long on a slow machine, and still no hanging: the usual limit is for a test of seconds.
# One loop for all of them, since the programs are forked from one process that has loaded everything.
pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

PATIENCE = 90


@dataclass(frozen=True, slots=True)
class Stage:
    """A county in a database that processes share, the clock of the wall, and people in front of a sandbox."""

    bench: Bench
    folder: Path
    database_url: str
    nursery: Nursery


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nursery() -> AsyncIterator[Nursery]:
    """Where the programs come from: each is a process of its own, and need not load everything anew."""
    opened = await Nursery.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory, _keys: None) -> Path:
    """An empty SQLite database with its tables, to copy from."""

    async def make(file: Path) -> None:
        database = Database(f"sqlite:///{file}")
        await migrate(database)
        await database.close()

    file = tmp_path_factory.mktemp("migrated") / "suozi.db"
    _run(make(file))
    return file


@pytest_asyncio.fixture(loop_scope="module")
async def stage(request: pytest.FixtureRequest, tmp_path: Path, nursery: Nursery) -> AsyncIterator[Stage]:
    """The stage on SQLite or PostgreSQL, as the test's first parameter says."""
    url = ""
    if request.param == "postgresql":
        uri = request.getfixturevalue("postgres_uri")
        await _on_server(uri, "CREATE DATABASE escalation")
        url = _uri_of(uri, "escalation")
    else:
        shutil.copy(request.getfixturevalue("migrated"), tmp_path)
    database = Database(url or f"sqlite:///{tmp_path / 'suozi.db'}")
    if url:
        await migrate(database)
    at = now()
    async with database.transaction() as session:
        await found_county(session, at)
    bench = await open_bench(database, at, Policy(zone=ZoneInfo(zone_at_noon(at))), NAMES)
    yield Stage(bench, tmp_path, url, nursery)
    await bench.box.stop()
    await database.close()
    if url:
        await _on_server(uri, "DROP DATABASE escalation WITH (FORCE)")


async def start(stage: Stage, *command: str | Path) -> Child:
    """A bot in a process of its own, on the stage's database and sandbox."""
    settings = {
        "SUOZI_BOT_TOKEN": TOKEN,
        "SUOZI_BOT_API_URL": stage.bench.box.url,
        "SUOZI_DATA_DIR": str(stage.folder),
        "SUOZI_DATABASE_URL": stage.database_url,
        "SUOZI_SECRET_KEYS": _KEY,
        "SUOZI_MESSAGES_PER_SECOND": "0",
        "SUOZI_TIMEZONE": stage.bench.policy.zone.key,
    }
    return await stage.nursery.start(settings, stage.folder / "log.txt", command=command)


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


@pytest.mark.parametrize(
    ("stage", "moment"), [*(("sqlite", moment) for moment in MOMENTS), ("postgresql", "climbed")], indirect=["stage"]
)
async def test_a_bot_that_is_killed_while_the_last_try_is_recorded_escalates_once(stage: Stage, moment: str) -> None:
    bench = stage.bench
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    await attempt(bench, number, GROUP_WORKER)
    worker = await begins(bench, GROUP_WORKER, number)
    await tells(worker, "没有调成")
    await bench.program.stop()

    dying = await start(stage, ROOT / "tests" / "faults" / "dying.py", moment, "run")
    presses_save(bench, worker)
    async with asyncio.timeout(PATIENCE):
        assert await dying.ended == -signal.SIGKILL
    bot = await start(stage, ROOT / "bot.py", "run")
    try:
        assert await until(lambda: all(heard(bench, who, CALL) for who in (ELDER, OTHER_ELDER)), PATIENCE)
        await asyncio.sleep(2)  # whatever is left to be delivered has its tick
    finally:
        await bot.stop()
    await escalated_once(bench, number)
    # What was committed before its receipt was sent stands on the card; she can press for the receipt until then.
    assert heard(bench, GROUP_WORKER, RECEIPT) == (moment != "committed")


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
