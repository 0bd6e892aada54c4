"""The reply got lost after the commit: she does what anybody does and presses again."""

import json
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, Post
from domain.channel import Button, Outgoing
from handlers.book import ConversationBook
from handlers.conversations import FLOWS, hushed_flows
from handlers.flow import Finished, Flow
from handlers.last_words import show_and_keep
from handlers.scene import Scene
from handlers.talking import FlowKept, ending_of, show_receipt
from handlers.turn import Press, Turn
from models.flow_receipt import FlowReceipt
from models.member import Role
from models.session import Database
from models.visit import Visit
from tests.support.county import OTHER_WORKER, POLICY, SATURDAY, WORKER
from tests.support.hands import Bench, Person, Said


async def at_the_summary(bench: Bench, name: str = "王秀英") -> tuple[Person, Said]:
    """The shortest check-in, up to its summary."""
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await worker.press(name)
    await worker.press("电话")
    await worker.press("无人在家")
    return worker, await worker.press("跳过")


async def presses_and_hears_nothing(worker: Person, shown: Said, label: str) -> None:
    """Telegram fails once just when the answer is sent."""
    worker.bench.box.fault("server_error", method="editMessageText")
    assert not await worker.press_data(shown.message_id, shown.button(label))


async def visits(bench: Bench) -> list[Visit]:
    """All that were filed."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(Visit).order_by(col(Visit.id)))).scalars())


async def test_the_save_button_pressed_again_shows_the_same_receipt(bench: Bench) -> None:
    worker, summary = await at_the_summary(bench)
    await presses_and_hears_nothing(worker, summary, "保存")
    again = (await worker.press_data(summary.message_id, summary.button("保存")))[-1]
    (visit,) = await visits(bench)
    assert visit.receipt in again.text
    assert again.message_id == summary.message_id
    assert again.labels == ["今日走访"]


@pytest.mark.parametrize("word", ["/menu", "/start"])
async def test_the_menu_comes_with_the_question_that_is_open(bench: Bench, word: str) -> None:
    """The next question was lost on its way: whoever saw a bare menu would think that her words were gone."""
    worker, summary = await at_the_summary(bench)
    said = await worker.say_all(word)
    assert len(said) == 2
    assert said[-1].labels == summary.labels
    await worker.press("保存")
    assert len(await visits(bench)) == 1


async def test_a_tick_that_is_pressed_again_stays(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("单小红", "电话", "见到了"):
        await worker.press(label)
    shown = await worker.press("跳过")
    option = shown.labels[0]
    assert option.startswith("▫️")
    await presses_and_hears_nothing(worker, shown, option)
    again = (await worker.press_data(shown.message_id, shown.button(option)))[-1]
    assert again.labels[0] == option.replace("▫️", "✅")
    assert not await worker.press_data(shown.message_id, shown.button(option))  # nothing to change
    taken_back = await worker.press(again.labels[0])
    assert taken_back.labels[0] == option


async def test_the_receipt_comes_again_word_for_word(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("单小红", "电话", "见到了", "跳过", "都没有", "跳过", "跳过", "调为一般户"):
        await worker.press(label)
    summary = await worker.press("情况稳定")
    saved = await worker.press("保存")
    assert "分级已调整" in saved.text
    bench.pass_time(minutes=5)
    # Word for word: Telegram finds nothing to change.
    assert not await worker.press_data(summary.message_id, summary.button("保存"))


async def test_an_older_save_button_shows_its_own_receipt_while_the_next_form_is_open(bench: Bench) -> None:
    worker, summary = await at_the_summary(bench)
    await presses_and_hears_nothing(worker, summary, "保存")
    bench.pass_time(seconds=1)
    await worker.say("走访登记")
    await worker.press("张伟")
    again = (await worker.press_data(summary.message_id, summary.button("保存")))[-1]
    (visit,) = await visits(bench)
    assert visit.receipt in again.text
    assert "见到了" in (await worker.press("电话")).labels


async def test_a_form_that_was_dropped_has_no_receipt(bench: Bench) -> None:
    worker, first = await at_the_summary(bench)
    await worker.press_data(first.message_id, first.button("保存"))
    bench.pass_time(seconds=1)
    worker, second = await at_the_summary(bench, "张伟")
    await worker.say("今日走访")
    await worker.press_all("放弃，离开")
    news = await worker.press_data(second.message_id, second.button("保存"))
    assert "已经结束" in news[-1].text
    assert len(await visits(bench)) == 1


async def test_somebody_elses_save_button_shows_no_receipt(bench: Bench) -> None:
    worker, summary = await at_the_summary(bench)
    await worker.press("保存")
    other = bench.person(OTHER_WORKER)
    hello = await other.say("/help")
    news = await other.press_data(hello.message_id, summary.button("保存"))
    assert "已经结束" in news[-1].text


async def test_a_double_tap_on_save_is_one_visit_and_one_receipt(bench: Bench) -> None:
    worker, summary = await at_the_summary(bench)
    for _ in range(2):
        bench.box.act(WORKER, WORKER, "press", message_id=summary.message_id, data=summary.button("保存"))
    await bench.settle()
    (saved,) = worker.reads()
    assert "已保存" in saved.text
    assert len(await visits(bench)) == 1


async def test_an_answer_pressed_again_brings_the_next_question(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    asked = await worker.press("王秀英")
    await presses_and_hears_nothing(worker, asked, "电话")
    again = (await worker.press_data(asked.message_id, asked.button("电话")))[-1]
    assert "这次结果如何" in again.text
    assert again.message_id == asked.message_id


async def test_quick_fingers_never_make_an_old_button_fit_a_new_form(bench: Bench) -> None:
    """Sixteen answers within a second: the next form must not begin inside the numbers of the last one."""
    worker, summary = await at_the_summary(bench)
    await worker.press("取消")
    bench.pass_time(milliseconds=500)
    worker, _ = await at_the_summary(bench, "张伟")
    await worker.press_data(summary.message_id, summary.button("保存"))
    assert worker.toast() != ""
    assert not await visits(bench)


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told at the end, or when she presses again: the words, and in place of which message."""

    text: str
    buttons: tuple[tuple[Button, ...], ...]
    edit: int | None


def at_the_end(session: AsyncSession, flow: Flow, who: int = WORKER, role: Role | None = None) -> Turn:
    """Somebody has just pressed "save" under the summary."""
    post = Post(role or min(flow.roles, key=str), 1, "/1/", "测试县")
    scene = Scene(session, Actor(who, who, "陈秀兰", "zh", (post,)), SATURDAY, POLICY)
    return Turn(scene, who, who, ConversationBook(hushed_flows()), Press("1", "", 5))


async def told_again(turn: Turn, flow: Flow) -> list[Told]:
    """What she is told when she presses it once more; nothing when the conversation has ended for her."""
    shown = await show_receipt(turn, flow, "7")
    replies = [Told(one.text, one.buttons, one.edit) for one in turn.replies if isinstance(one, Outgoing)]
    assert len(replies) == shown
    return replies


async def test_every_conversation_that_saves_says_again_how_it_ended(database: Database) -> None:
    kept = [flow for flow in FLOWS.values() if flow.saves and flow.receipt is None]
    assert len(kept) > 30
    async with database.transaction() as session:
        for flow in kept:
            turn = at_the_end(session, flow)
            end = Finished(FlowKept(24), [[("open_drafts", "drafts:0")]])
            await show_and_keep(turn, flow, end, ending_of(turn, flow, "7"))
            (first,) = turn.replies
            assert isinstance(first, Outgoing)
            same = Told(first.text, first.buttons, None if flow.hush else 5)
            assert "草稿" in same.buttons[0][0].label
            assert await told_again(at_the_end(session, flow), flow) == [same]
            assert await told_again(at_the_end(session, flow, who=OTHER_WORKER), flow) == []
            for role in set(Role) - flow.roles:
                assert await told_again(at_the_end(session, flow, role=role), flow) == []


async def test_what_is_kept_goes_after_a_week(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("/freeze")
    await worker.say("李桂芳")
    await worker.press("李桂芳")
    summary = await worker.press("丢了")
    await presses_and_hears_nothing(worker, summary, "保存")
    for _ in range(2):  # the second time there is nothing to change
        news = await worker.press_data(summary.message_id, summary.button("保存"))
        assert ["已冻结" in said.text for said in news] in ([True], [])
    again = bench.box.messages(WORKER)[-1]
    assert "已冻结" in again["text"]
    assert again["message_id"] == summary.message_id
    async with bench.database.transaction() as session:
        (kept,) = (await session.execute(select(FlowReceipt))).scalars()
        assert "李桂芳" in json.loads(kept.reply)[0]
        assert kept.user_id == WORKER
    bench.pass_time(days=6)
    await bench.sweep.forget()
    assert "已冻结" in bench.box.messages(WORKER)[-1]["text"]
    bench.pass_time(days=2)
    await bench.sweep.forget()
    (gone,) = await worker.press_data(summary.message_id, summary.button("保存"))
    assert "已经结束" in gone.text
    bench.all_unread()
