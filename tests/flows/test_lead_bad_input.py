"""Whatever can be sent at each step of a lead's report: one clear sentence, the same question again, nothing lost."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers.question_kinds import LARGEST_FILE
from models.lead import Lead
from tests.support.county import EXPERT, HEAD, OTHER_WORKER, WORKER
from tests.support.hands import PNG, Bench, Person, Said
from tests.support.reports import NO, NOISE, leads, ordinary_to_the_summary, presses, red_to_the_summary, the_lead

PRESS, TELL, TYPE = "请点下面的按钮回答", "请打字，或发语音、照片", "请打字回答"
SEARCH = "请点一条，或输入文字查找"
HOSTILE = "<b>粗体</b> & {{7*7}} {% raw %} &lt;"


def sent(bench: Bench, person: Person, **content: Any) -> None:
    """A message of any shape, as Telegram would hand it over."""
    chat = {"id": person.id, "type": "private"}
    sender = {"id": person.id, "is_bot": False, "first_name": "X"}
    bench.box.world.updates.add("message", {"message_id": 8000, "date": 1, "chat": chat, "from": sender, **content})


async def answer_to(bench: Bench, person: Person, **content: Any) -> Said:
    """The one message that answers it."""
    sent(bench, person, **content)
    await bench.settle()
    (said,) = person.reads()
    return said


def document(mime: str, size: int | None) -> dict[str, Any]:
    """A file sent as such."""
    return {"file_id": "f", "file_unique_id": "u", "mime_type": mime, **({"file_size": size} if size else {})}


PHOTO = [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]
OF_ANOTHER = {"type": "hidden_user", "sender_user_name": "某人", "date": 1}
# Everything that is neither a text nor a pressed button.
THINGS: dict[str, dict[str, Any]] = {
    "photo": {"photo": PHOTO},
    "photo of an album": {"photo": PHOTO, "media_group_id": "7"},
    "voice": {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}},
    "document": {"document": document("application/pdf", 9)},
    "sticker": {
        "sticker": {
            **{"file_id": "s", "file_unique_id": "u", "type": "regular", "width": 9, "height": 9},
            **{"is_animated": False, "is_video": False},
        }
    },
    "location": {"location": {"latitude": 37.0, "longitude": 118.0}},
    "contact": {"contact": {"phone_number": "1", "first_name": "y"}},
    "video": {"video": {"file_id": "v", "file_unique_id": "u", "width": 1, "height": 1, "duration": 1}},
    "round video": {"video_note": {"file_id": "v", "file_unique_id": "u", "length": 1, "duration": 1}},
    "music": {"audio": {"file_id": "v", "file_unique_id": "u", "duration": 1}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "forwarded photo": {"photo": PHOTO, "forward_origin": OF_ANOTHER},
}
TAKEN_WHEN_TELLING = {"photo", "photo of an album", "voice", "forwarded photo"}
# The labels that lead to a step, and what a thing is answered with there.
STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "triage": ((), PRESS),
    "item": (NO, PRESS),
    "where": ((*NO, *NOISE), PRESS),
    "household": ((*NO, *NOISE, "我网格里的一户"), SEARCH),
    "telling": ((*NO, *NOISE, "不是某一户"), TELL),
}
TEXTS = ["随便写写", HOSTILE, "😀" * 300, "x" * 4096]


async def at(bench: Bench, step: str) -> Person:
    """A worker who is asked this."""
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    if STEPS[step][0]:
        await presses(worker, *STEPS[step][0])
    return worker


async def at_the_summary(bench: Bench, *labels: str) -> Person:
    """A worker at the summary of a red lead, or who changes what `labels` lead to."""
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    if labels:
        await presses(worker, *labels)
    return worker


@pytest.mark.parametrize("step", STEPS)
async def test_a_thing_that_was_not_asked_for_is_refused_with_one_sentence(bench: Bench, step: str) -> None:
    worker = await at(bench, step)
    before = worker.newest_with("取消").labels
    for name, thing in THINGS.items():
        if step == "telling" and name in TAKEN_WHEN_TELLING:
            continue
        sentence = "这个文件不是图片" if (step, name) == ("telling", "document") else STEPS[step][1]
        answer = await answer_to(bench, worker, **thing)
        assert f"⚠️ {sentence}" in answer.text, name
        assert answer.labels == before, name


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ((), PRESS),
        (("修改", "安全联系"), PRESS),
        (("修改", "来源"), PRESS),
        (("修改", "受影响的人"), TYPE),
        (("修改", "安全住处"), TYPE),
    ],
)
async def test_so_it_is_at_the_summary_and_at_what_is_changed_there(
    bench: Bench, labels: tuple[str, ...], sentence: str
) -> None:
    worker = await at_the_summary(bench, *labels)
    for name, thing in THINGS.items():
        answer = await answer_to(bench, worker, **thing)
        assert answer.text.startswith("🔴 先保人身安全"), name  # the guidance stays above it
        late = "⚠️ 这个文件不是图片" if name == "document" else f"⚠️ {sentence}"
        assert ("📎 已加进" if name in TAKEN_WHEN_TELLING else late) in answer.text, name
    if labels:
        await worker.press("上一步")
    await worker.press("保存")
    assert (await the_lead(bench)).narrative == "听见隔壁打人"


async def test_photos_albums_voice_and_forwarded_things_are_taken_as_they_come(bench: Bench) -> None:
    worker = await at(bench, "telling")
    for name in sorted(TAKEN_WHEN_TELLING):
        answer = await answer_to(bench, worker, **THINGS[name])
    assert "3 张照片 1 段语音" in answer.text
    assert "怎样联系" in (await worker.press("发完了")).text


@pytest.mark.parametrize("step", ["triage", "item", "where"])
async def test_text_where_a_button_is_asked_is_refused(bench: Bench, step: str) -> None:
    worker = await at(bench, step)
    for text in TEXTS:
        assert f"⚠️ {PRESS}" in (await worker.say(text)).text


async def test_text_at_the_summary_is_refused_and_the_summary_stays(bench: Bench) -> None:
    worker = await at_the_summary(bench)
    for text in TEXTS:
        answer = await worker.say(text)
        assert (f"⚠️ {PRESS}" in answer.text, "听见隔壁打人" in answer.text) == (True, True)
    await worker.press("保存")


async def test_any_text_where_a_household_is_asked_is_looked_for(bench: Bench) -> None:
    worker = await at(bench, "household")
    for text in TEXTS:
        assert "没有找到" in (await worker.say(text)).text


@pytest.mark.parametrize("text", [HOSTILE, "😀" * 700, "字" * 1500, "{{ code }}<script>alert(1)</script>"])
async def test_words_that_look_like_markup_are_kept_and_shown_as_they_are(bench: Bench, text: str) -> None:
    worker = bench.person(WORKER)
    summary = await red_to_the_summary(worker, text)
    assert text in summary.text
    bold = [one["offset"] for one in summary.raw["entities"] if one["type"] == "bold"]
    assert max(bold) < summary.text.index("情况：")
    await worker.press("保存")
    assert (await the_lead(bench)).narrative == text


async def test_four_thousand_characters_are_refused_with_what_to_do(bench: Bench) -> None:
    worker = await at(bench, "telling")
    assert "文字太长了" in (await worker.say("长" * 4000)).text
    assert "最多 1500 个字。" in (await worker.say("字" * 1501)).text
    assert "怎样联系" in (await worker.say("字" * 1500)).text


async def test_an_empty_text_is_no_telling(bench: Bench) -> None:
    worker = await at(bench, "telling")
    assert "没有收到文字" in (await answer_to(bench, worker, text=" \n ")).text


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (document("image/jpeg", LARGEST_FILE + 1), "最多 20 MB"),
        (document("image/png", 50_000_000), "最多 20 MB"),
        (document("application/pdf", 50_000_000), "最多 20 MB"),
        (document("video/mp4", 1000), "不是图片"),
        (document("text/html", 1000), "不是图片"),
        (document("", None), "不是图片"),
    ],
)
async def test_a_file_that_is_no_picture_or_too_large_is_refused_by_what_telegram_tells(
    bench: Bench, file: dict[str, Any], sentence: str
) -> None:
    worker = await at(bench, "telling")
    assert sentence in (await answer_to(bench, worker, document=file)).text
    assert "怎样联系" in (await worker.say("没有图片了")).text


@pytest.mark.parametrize(("size", "taken"), [(LARGEST_FILE, True), (LARGEST_FILE + 1, False), (None, True)])
async def test_a_voice_message_may_have_twenty_megabytes(bench: Bench, size: int | None, taken: bool) -> None:
    worker = await at(bench, "telling")
    voice = {"file_id": "v", "file_unique_id": "u", "duration": 3, **({"file_size": size} if size else {})}
    answer = await answer_to(bench, worker, voice=voice)
    assert ("1 段语音" in answer.text, "最多 20 MB" in answer.text) == (taken, not taken)


async def test_an_animation_is_no_picture(bench: Bench) -> None:
    worker = await at(bench, "telling")
    moving = {"file_id": "a", "file_unique_id": "u", "width": 1, "height": 1, "duration": 1}
    answer = await answer_to(bench, worker, animation=moving, document=document("video/mp4", 9))
    assert "不是图片" in answer.text


async def test_an_album_of_ten_is_taken_and_the_eleventh_photo_is_not(bench: Bench) -> None:
    worker = await at(bench, "telling")
    for number in range(11):
        sent(bench, worker, photo=PHOTO, media_group_id="7", caption=f"第{number}张")
    await bench.settle()
    answers = worker.reads()
    assert "10 张照片" in answers[-1].text
    assert "照片和语音够了" in answers[-1].text
    assert "怎样联系" in (await worker.press("发完了")).text


async def test_done_is_no_answer_while_nothing_is_told(bench: Bench) -> None:
    worker = await at(bench, "telling")
    card = worker.newest_with("取消")
    step = card.button("取消").rsplit(":", 1)[0]
    assert TELL in (await worker.press_data(card.message_id, f"{step}:!done"))[-1].text
    assert "不能跳过" in (await worker.press_data(card.message_id, f"{step}:!skip"))[-1].text


async def test_a_forwarded_text_is_taken_without_its_sender(bench: Bench) -> None:
    worker = await at(bench, "telling")
    assert "怎样联系" in (await answer_to(bench, worker, text="楼上半夜剁馅", forward_origin=OF_ANOTHER)).text
    assert "某人" not in (await worker.press("跳过")).text


async def test_a_forged_triage_is_no_answer(bench: Bench) -> None:
    worker = await at(bench, "triage")
    card = worker.newest_with("取消")
    step = card.button("取消").rsplit(":", 1)[0]
    for value in ("danger", "danger.maybe", "nothing.yes", ".yes", "!done", "!skip", "danger.yes.no"):
        assert "⚠️" in (await worker.press_data(card.message_id, f"{step}:{value}"))[-1].text, value
    assert "哪一类" in (await presses(worker, *NO)).text


async def test_a_forged_item_is_no_answer(bench: Bench) -> None:
    worker = await at(bench, "item")
    card = worker.newest_with("取消")
    step = card.button("取消").rsplit(":", 1)[0]
    for value in ("nothing", "rights", "!in.nothing", "!in.", "!in.x:y", "0", ""):
        await worker.press_data(card.message_id, f"{step}:{value}")
    assert "哪里的事" in (await presses(worker, *NOISE)).text


async def test_a_colleagues_lead_cannot_be_linked_by_a_forged_button(bench: Bench) -> None:
    head = bench.person(HEAD)
    await head.say("上报线索")
    await presses(head, *NO, *NOISE, "不是某一户")
    await head.say("别人的事")
    await presses(head, "跳过", "保存")
    foreign = await the_lead(bench)
    bench.pass_time(minutes=1)
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker, "我网格里的一户", "单小红")
    await worker.press("保存")
    bench.pass_time(minutes=1)
    await worker.say("上报线索")
    card = await presses(worker, *NO, *NOISE, "我网格里的一户", "单小红")
    step = card.button("取消").rsplit(":", 1)[0]
    assert "已失效" in (await worker.press_data(card.message_id, f"{step}:{foreign.id}"))[-1].text
    await worker.press("跳过")
    await worker.say("又来")
    await presses(worker, "跳过", "保存")
    assert [lead.linked_to_id for lead in await leads(bench)] == [None] * 3


async def test_a_forged_button_never_fails_and_reports_nothing(bench: Bench) -> None:
    worker = bench.person(WORKER)
    hello = await worker.say("/help")
    for data in ("go_lead", "go_lead:x", "go_lead:0", "go_lead:99999999999", "go_lead:-1", "go_lead:"):
        assert await worker.press_data(hello.message_id, data) == []
        assert worker.toast(), data
    for data in ("newlead:triage:1:danger.yes", "newlead:confirm:1:!done", "newlead:x:1:y", "newlead"):
        news = await worker.press_data(hello.message_id, data)
        assert not [said for said in news if "我们这边的问题" in said.text], data
    assert not await leads(bench)


async def test_somebody_elses_save_button_saves_nothing(bench: Bench) -> None:
    summary = await red_to_the_summary(bench.person(WORKER))
    other = bench.person(OTHER_WORKER)
    hello = await other.say("/help")
    assert "已经结束" in (await other.press_data(hello.message_id, summary.button("保存")))[-1].text
    assert not await leads(bench)


async def test_an_expert_reports_no_lead(bench: Bench) -> None:
    expert = bench.person(EXPERT)
    refused = await expert.say("/lead")
    assert "取消" not in refused.labels
    assert not await leads(bench)


async def test_a_command_in_the_middle_asks_first_and_tells_no_household(bench: Bench) -> None:
    worker = await at(bench, "household")
    await worker.press("单小红")
    asked = await worker.say("今日走访")
    assert ("上报线索" in asked.text, "单小红" in asked.text) == (True, False)
    await worker.press("接着填")


async def test_editing_the_story_in_the_chat_changes_nothing(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    mine = [message for message in bench.box.messages(WORKER) if not message["from"]["is_bot"]][-1]
    await worker.does("edit", message_id=mine["message_id"], text="别的")
    await worker.press("保存")
    async with bench.database.transaction() as session:
        assert (await session.execute(select(col(Lead.narrative)))).scalar_one() == "听见隔壁打人"


async def test_a_real_photo_and_a_real_file_are_taken(bench: Bench) -> None:
    worker = await at(bench, "telling")
    await worker.send_photo("门口")
    assert "2 张照片" in (await worker.does("document", ("a.png", "image/png", PNG))).text
    assert "不是图片" in (await worker.does("document", ("a.pdf", "application/pdf", b"%PDF-1.4"))).text
