"""The world outlives the process."""

import random
from pathlib import Path

import pytest
from telegram import Bot

from sandbox import keeping
from sandbox.server import Sandbox
from tests.sandbox.conftest import TOKEN, WANG, Clock, png


def opened(path: Path, clock: Clock) -> Sandbox:
    """A sandbox on a state file. The same seed each time: chance must not help."""
    return Sandbox(clock, random.Random(1), TOKEN, state_file=path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state.db"


async def test_everything_is_there_again_after_a_restart(path: Path, clock: Clock) -> None:
    first = opened(path, clock)
    url = await first.start()
    first.add_person(WANG, "王芳", note="网格员", started=True)
    group = first.add_group("执委群", [WANG])["id"]
    picture = first.act(WANG, WANG, "photo", file=("a.png", "image/png", png()))
    async with Bot(TOKEN, base_url=url + "/bot") as bot:
        poll = await bot.send_poll(group, "?", ["甲", "乙"], is_anonymous=False)
        await bot.set_my_commands([("visit", "走访登记")])
        await bot.get_updates(allowed_updates=["message", "callback_query", "poll_answer", "my_chat_member"])
    first.act(WANG, group, "vote", message_id=poll.message_id, option_ids=[1])
    pressed = first.act(WANG, group, "press", message_id=poll.message_id, data="x")
    before = [update["update_id"] for update in first.world.updates.pending.values()]
    seq = first.world.feed.seq
    await first.stop()

    second = opened(path, clock)
    assert second.world.people == first.world.people
    assert second.world.chats == first.world.chats
    assert second.world.polls == first.world.polls
    assert second.world.blobs == first.world.blobs
    assert second.world.presses[pressed["callback_query_id"]].message_id == poll.message_id
    assert second.world.files[picture["photo"][-1]["file_id"]].mime_type == "image/png"
    assert second.world.settings["commands"] == first.world.settings["commands"]
    assert [update["update_id"] for update in second.world.updates.pending.values()] == before
    assert second.world.feed.seq == seq
    assert second.act(WANG, WANG, "text", text="一")["message_id"] == picture["message_id"] + 1
    assert list(second.world.updates.pending)[-1] == before[-1] + 1
    await second.stop()


async def test_after_a_kill_no_number_is_given_twice(path: Path, clock: Clock) -> None:
    killed = opened(path, clock)
    killed.add_person(WANG, "王芳", started=True)
    killed.act(WANG, WANG, "text", text="一")
    keeping.save(killed.world)
    unsaved = killed.act(WANG, WANG, "text", text="二")
    given = list(killed.world.updates.pending)

    again = opened(path, clock)
    assert list(again.world.updates.pending) == given[:1]
    written = again.act(WANG, WANG, "text", text="三")
    assert written["message_id"] > unsaved["message_id"]
    assert list(again.world.updates.pending)[-1] > given[-1]
    assert again.world.feed.seq > killed.world.feed.seq
    await again.stop()
    killed.world.journal.close()  # type: ignore[union-attr]


async def test_confirmed_updates_and_deleted_messages_stay_away(path: Path, clock: Clock) -> None:
    first = opened(path, clock)
    first.add_person(WANG, "王芳", started=True)
    sent = first.act(WANG, WANG, "text", text="一")
    keeping.save(first.world)
    first.world.updates.confirm_before(list(first.world.updates.pending)[-1] + 1)
    first.act(WANG, WANG, "delete", message_id=sent["message_id"])
    await first.stop()
    second = opened(path, clock)
    assert not second.world.updates.pending
    assert second.messages(WANG) == []
    await second.stop()


async def test_the_state_file_is_written_while_the_sandbox_runs(path: Path, clock: Clock) -> None:
    running = opened(path, clock)
    await running.start()
    running.add_person(WANG, "王芳")
    while running.world.changed:
        await running.saved.wait()
    reader = opened(path, clock)
    assert WANG in reader.world.people
    reader.world.journal.close()  # type: ignore[union-attr]
    await running.stop()
