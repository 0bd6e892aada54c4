"""An old card pressed again never costs what she is filling in now."""

from tests.support.county import WORKER
from tests.support.hands import Bench


async def test_an_old_question_whether_to_leave_does_not_drop_the_form_that_is_open_now(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await worker.press("单小红")
    old = await worker.say("今日走访")
    await worker.press("接着填")
    await worker.press("取消")
    bench.pass_time(minutes=1)
    await worker.say("走访登记")
    await worker.press("张伟")
    await worker.press("电话")
    await worker.press("无人在家")
    await worker.say("门口有两天的报纸")
    for label in ("放弃，离开", "存为草稿，离开"):
        news = await worker.press_data(old.message_id, old.button(label))
        assert "门口有两天的报纸" in news[-1].text
        assert worker.toast() == "这是之前的问题，请看最新一条"
    assert "已保存" in (await worker.press("保存")).text


async def test_leaving_pressed_twice_leaves_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await worker.press("单小红")
    asked = await worker.say("/add")
    for _ in range(2):
        bench.box.act(WORKER, WORKER, "press", message_id=asked.message_id, data=asked.button("放弃，离开"))
    await bench.settle()
    assert "门牌" in worker.reads()[-1].text
    assert "叫什么" in (await worker.say("东关村9号")).text


async def test_words_and_photos_kept_by_mistake_can_be_taken_back(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("单小红", "电话", "见到了", "跳过"):
        await worker.press(label)
    assert "听说她家" in (await worker.say("听说她家……")).text
    emptied = await worker.press("清空重来")
    assert "听说她家" not in emptied.text
    await worker.press("看病")
    assert not any("清空" in label for label in (await worker.press("完成")).labels)
    await worker.send_photo()
    assert "已收到" not in (await worker.press("清空重来")).text
    await worker.press("跳过")
    await worker.press("跳过")
    summary = await worker.press("不变")
    assert "照片" not in summary.text
    assert "听说" not in summary.text
