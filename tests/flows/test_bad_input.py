"""Whatever a tired thumb can send: one clear sentence, and nothing is lost."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from models.member import Member
from tests.support.county import OTHER_WORKER, STRANGER, WORKER
from tests.support.hands import PNG, Bench, Person


async def at_the_outcome(bench: Bench) -> Person:
    """A worker who has chosen the household and the way."""
    worker = bench.person(WORKER)
    await worker.say("今日走访")
    await worker.press("王秀英")
    await worker.press("上门")
    return worker


async def at_the_needs(bench: Bench) -> Person:
    """A worker who is asked for needs, where text is welcome."""
    worker = await at_the_outcome(bench)
    await worker.press("见到了")
    await worker.press("都没有")
    await worker.press("跳过")
    return worker


@pytest.mark.parametrize("text", ["见到了吧", "😀" * 300, "<b>粗体</b> & {{7*7}}", "x" * 4096])
async def test_text_where_a_button_is_asked_gets_one_sentence_and_the_question_again(bench: Bench, text: str) -> None:
    worker = await at_the_outcome(bench)
    answer = await worker.say(text)
    assert answer.text.startswith("⚠️ 请点下面的按钮回答。")
    assert "见到了" in answer.labels
    assert "五个一" in (await worker.press("见到了")).text


@pytest.mark.parametrize(
    ("action", "name", "mime", "content"),
    [
        ("photo", "a.png", "image/png", PNG),
        ("sticker", "a.webp", "image/webp", b"RIFF0000WEBP"),
        ("voice", "a.ogg", "audio/ogg", b"OggS"),
        ("document", "a.pdf", "application/pdf", b"%PDF-1.4"),
    ],
)
async def test_a_file_where_a_button_is_asked_is_refused_and_the_flow_goes_on(
    bench: Bench, action: str, name: str, mime: str, content: bytes
) -> None:
    worker = await at_the_outcome(bench)
    assert "请点下面的按钮回答" in (await worker.does(action, (name, mime, content))).text
    assert "五个一" in (await worker.press("见到了")).text


async def test_a_photo_where_text_is_asked_is_refused_and_the_text_so_far_stays(bench: Bench) -> None:
    worker = await at_the_needs(bench)
    await worker.say("想换一张医保卡")
    assert "⚠️" in (await worker.send_photo("看这里")).text
    await worker.press("完成")
    await worker.press("跳过")
    await worker.press("跳过")
    assert "想换一张医保卡" in (await worker.press("不变")).text


async def test_ten_thousand_characters_are_refused_with_what_to_do_and_the_flow_goes_on(bench: Bench) -> None:
    worker = await at_the_needs(bench)
    # Telegram splits a long text by itself; each part comes as a message.
    answers = [await worker.say("长" * 4096), await worker.say("长" * 4096), await worker.say("长" * 1808)]
    assert "太长" in answers[0].text
    assert "太长" in answers[1].text
    assert "太长" not in answers[2].text  # the last part fits, and is kept


async def test_a_flood_of_emoji_counts_as_long_as_it_is_and_the_summary_still_fits(bench: Bench) -> None:
    worker = await at_the_needs(bench)
    assert "太长" in (await worker.say("😀" * 1001)).text
    await worker.say("😀" * 999)
    for label in ("完成", "跳过", "跳过"):
        await worker.press(label)
    assert "😀" in (await worker.press("不变")).text


async def test_an_edited_message_is_answered_with_where_to_change_an_answer(bench: Bench) -> None:
    worker = await at_the_needs(bench)
    await worker.say("想换一张医保卡")
    mine = [m for m in bench.box.messages(WORKER) if not m["from"]["is_bot"]][-1]
    answer = await worker.does("edit", message_id=mine["message_id"], text="别的")
    assert "修改" in answer.text


async def edits(bench: Bench, person: Person, **content: object) -> list[str]:
    """What is said to a person whose message has changed to `content`."""
    chat = {"id": person.id, "type": "private"}
    sender = {"id": person.id, "is_bot": False, "first_name": "X"}
    message = {"message_id": 9000, "date": 1, "edit_date": 2, "chat": chat, "from": sender, **content}
    bench.box.world.updates.add("edited_message", message)
    await bench.settle()
    return [said.text for said in person.reads()]


@pytest.mark.parametrize("content", [{"location": {"latitude": 27.1, "longitude": 109.2, "live_period": 900}}, {}])
async def test_the_steps_of_a_live_location_are_no_edits_to_talk_about(bench: Bench, content: dict[str, Any]) -> None:
    worker = await at_the_needs(bench)
    assert await edits(bench, worker, **content) == []
    assert "修改" in (await edits(bench, worker, caption="门口"))[0]


async def test_an_edit_of_somebody_who_may_do_nothing_is_answered_like_any_message(bench: Bench) -> None:
    stranger, frozen = bench.person(STRANGER), bench.person(OTHER_WORKER)
    async with bench.database.transaction() as session:
        change = update(Member).where(col(Member.telegram_id) == OTHER_WORKER)
        await session.execute(change.values(frozen_at=bench.clock.now))
    for person in (stranger, frozen):
        assert await edits(bench, person, text="别的") == [(await person.say("你好")).text]


async def test_a_forwarded_text_is_taken_like_a_typed_one(bench: Bench) -> None:
    worker = await at_the_needs(bench)
    source = [m for m in bench.box.messages(WORKER) if not m["from"]["is_bot"]][-1]
    answer = await worker.does("forward", from_chat_id=WORKER, message_id=source["message_id"])
    assert "⚠️" not in answer.text


async def test_a_button_of_last_week_brings_the_present_question(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    old = worker.newest_with("见到了")
    await worker.press("取消")
    bench.pass_time(days=7)
    await bench.tick()
    bench.all_unread()  # a week's reminders
    await worker.say("走访登记")
    news = await worker.press_data(old.message_id, old.button("见到了"))
    assert "哪一户" in news[-1].text
    assert worker.toast() == "这是之前的问题，请看最新一条"


async def test_a_button_of_a_form_that_has_ended_says_so(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    old = worker.newest_with("见到了")
    data = old.button("见到了")
    await worker.press("取消")
    news = await worker.press_data(old.message_id, data)
    assert "已经结束" in news[-1].text


async def test_a_double_tap_is_one_answer(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    old = worker.newest_with("见到了")
    data = old.button("见到了")
    bench.box.act(WORKER, WORKER, "press", message_id=old.message_id, data=data)
    bench.box.act(WORKER, WORKER, "press", message_id=old.message_id, data=data)
    await bench.settle()
    news = worker.reads()
    assert [said.text.split("\n")[-1] for said in news] == ["王秀英：五个一做了哪些？可多选，选好点“完成”。"]
    assert worker.toast() == "已收到"


async def test_two_devices_answering_at_once_leave_one_answer_and_the_question_after_it(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    card = worker.newest_with("见到了")
    bench.box.act(WORKER, WORKER, "press", message_id=card.message_id, data=card.button("见到了"))
    bench.box.act(WORKER, WORKER, "press", message_id=card.message_id, data=card.button("无人在家"))
    await bench.settle()
    assert "五个一" in worker.reads()[-1].text


async def test_a_button_of_somebody_elses_question_does_nothing_to_her(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    data = worker.newest_with("见到了").button("见到了")
    other = bench.person(OTHER_WORKER)
    hello = await other.say("/help")
    news = await other.press_data(hello.message_id, data)
    assert "已经结束" in news[-1].text
    assert "五个一" in (await worker.press("见到了")).text


@pytest.mark.parametrize(
    "data",
    [
        "visit:outcome:1:met",
        "visit:nowhere:9999999999:met",
        "visit",
        "visit:::",
        "go:0",
        "go:99999999999999999999",
        "go:x",
        "go",
        "today:-1",
        "today:99999999999",
        "lang:xx",
        "lang",
        "draft:nothing",
        "leave:keep:today:0",
        "leave:drop:123456:today:0",
        "leave:x",
        "leave",
        "menu:nothing",
        "menu",
        "join:nothing",
        "nothing:at:all",
        "::::",
        "\x00",
    ],
)
async def test_a_forged_button_never_fails_and_never_tells(bench: Bench, data: str) -> None:
    worker = bench.person(WORKER)
    hello = await worker.say("/help")
    news = await worker.press_data(hello.message_id, data)
    assert not [said.text for said in news if "我们这边的问题" in said.text]


async def test_commands_in_the_middle_ask_whether_to_leave_or_go_on(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    asked = await worker.say("今日走访")
    assert "走访登记 · 王秀英" in asked.text
    assert "见到了" in (await worker.press("接着填")).labels
    await worker.say("/visit")
    listed = await worker.press_all("存为草稿，离开")
    assert "哪一户" in listed[-1].text
    await worker.press("取消")
    await worker.say("草稿")
    resumed = await worker.press("走访登记 · 王秀英")
    assert "见到了" in resumed.labels


async def test_help_in_the_middle_leaves_the_conversation_alone(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    assert "12338" in (await worker.say("/help")).text
    assert "五个一" in (await worker.press("见到了")).text


async def test_an_unknown_command_brings_the_help(bench: Bench) -> None:
    assert "走访登记" in (await bench.person(WORKER).say("/nonsense")).text


async def test_a_message_that_nobody_asked_for_gets_one_sentence(bench: Bench) -> None:
    assert "菜单" in (await bench.person(WORKER).send_photo()).text
