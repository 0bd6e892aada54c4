"""The real program is told to stop in the middle of traffic, as every deployment does: nobody notices.

Nobody presses twice here: a reply that got lost would leave its reader waiting, and fail the test.
"""

import random
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bench.crowd import CHECK_IN, Crowd
from bench.processes import TOKEN, Bot, found_county, free_port, now, spawn, suozi
from models import keyring
from sandbox.server import Sandbox

PEOPLE = 8
SECRET = "a-secret_word-1"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _keys_as_before() -> Iterator[None]:
    """Founding the county installs keys of its own."""
    kept = keyring.keyring()
    yield
    keyring.install(kept)


async def told_to_stop(bot: Bot) -> int:
    """Send what a service manager sends; the exit status."""
    bot.info.send_signal(signal.SIGTERM)
    return await bot.ended()


def brought_to(port: int) -> Mapping[str, str]:
    """The settings of a program whose updates are brought."""
    here = f"127.0.0.1:{port}"
    return {"SUOZI_WEBHOOK_URL": f"http://{here}", "SUOZI_WEBHOOK_SECRET": SECRET, "SUOZI_LISTEN": here}


async def test_a_stop_in_the_middle_of_traffic_loses_no_update_and_no_reply(tmp_path: Path) -> None:
    people = await found_county(tmp_path, people=PEOPLE, now=now())
    box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN)
    for person in people:
        box.add_person(person, "陈秀兰", started=True)
    crowd = Crowd(box, people, CHECK_IN)
    command, settings = suozi(tmp_path, await box.start())
    log = tmp_path / "log.txt"
    try:
        first = await spawn(command, log, {**settings, **brought_to(free_port())})
        crowd.begin()
        crowd.stop()
        await crowd.until(lambda: crowd.replies > 3 * PEOPLE, 60)
        assert await told_to_stop(first) == 0
        half = crowd.replies
        assert half < len(CHECK_IN) * PEOPLE

        # The next one asks for its updates, so it takes the webhook away. Those that were turned away are still there.
        second = await spawn(command, log, settings)
        await crowd.until(lambda: crowd.busy == 0, 90)
        assert box.world.settings["webhook"] is None
        assert await told_to_stop(second) == 0
    finally:
        await box.stop()
    assert crowd.replies == len(CHECK_IN) * PEOPLE
    assert "level='error'" not in log.read_text()
    with sqlite3.connect(tmp_path / "suozi.db") as rows:
        assert rows.execute("SELECT count(*), count(DISTINCT household_id) FROM visit").fetchone() == (PEOPLE, PEOPLE)
        assert rows.execute("SELECT count(*) FROM inbox WHERE done_at IS NULL").fetchone() == (0,)
