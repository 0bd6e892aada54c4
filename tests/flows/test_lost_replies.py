"""The reply got lost after the commit: she does what anybody does and presses again."""

from sqlalchemy import select
from sqlmodel import col

from models.visit import Visit
from tests.support.county import OTHER_WORKER, WORKER
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
