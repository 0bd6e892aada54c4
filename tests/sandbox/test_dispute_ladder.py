"""A dispute on the real chat page: it fails twice on each of the five rungs, and is settled at the county in the end.

And one in which violence comes to light: its mediation ends for good, and the red alert rings. The real program in a
process of its own, the real page in a real browser. With SUOZI_SCREENSHOTS set to a folder the pictures of the
documents are written there: `SUOZI_SCREENSHOTS=docs/images uv run --group dev pytest -k dispute_ladder`.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.page import DESKTOP, ChatPage

# Long on a slow machine, and still no hanging: the usual limit is for a test of seconds.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]

TALL, WHOLE = (1280, 1180), (1120, 1800)  # the second for a whole card
FACTS = "翻修院墙，两家为排水沟归谁吵了三回。"
MATTER, FEELINGS = "排水沟归谁，各有说法", "老人觉得没被当回事"
PROMISES = "沟归两家共用，东边出料，西边出工，月底前修好。"
OUTSIDER = "西邻老秦"
TOLD_PARTIES = "Auntie Chen 19000000003\nMr Luo from next door"
TOLD = "They have been shouting about the noise upstairs for a week."


async def as_(browser: Browser, address: str, person: str, size: tuple[int, int] = DESKTOP) -> ChatPage:
    """A window of her own for each of them."""
    page = await ChatPage.new(browser, size)
    await page.open(address)
    await page.be(person)
    return page


async def called(page: ChatPage, words: str, *secrets: str) -> None:
    """Wait for the notice, and see that it says nothing that an onlooker must not read."""
    notice = await page.wait_for_text(words, seconds=60)
    said = await notice.inner_text()
    assert not [secret for secret in secrets if secret in said], said


async def registered(page: ChatPage, door: str, facts: str) -> str:
    """Register a quarrel of a household with somebody from outside; the name of the household."""
    await page.say("/dispute")
    await page.press("没有，登记纠纷")
    await page.answer(
        ("登记的是哪一种", "矛盾纠纷"), ("怎么知道的", "上门反映"), ("是册上哪一户的事", "我网格里的一户")
    )
    await page.wait_for_text("主要是哪一户")
    await page.say(door)
    household = page.page.get_by_test_id("inline-button").filter(has_text=door).first
    name = (await household.inner_text()).split()[1]
    await household.click()
    await page.answer(("先点类别", "邻里、土地与房屋"), ("再点具体一项", "邻里矛盾"))
    await page.wait_for_text("当事人有哪些")
    await page.press(name)
    await page.say(f"{OUTSIDER} 19000000002")
    await page.press("都写好了")
    await page.answer(("为调解联系", "都同意"), ("为调解联系", "完成"), ("各人想要什么结果", "跳过"))
    await page.wait_for_text("起因和经过是什么")
    await page.say(facts)
    await page.wait_for_text("请核对，再登记")
    await page.press("保存")
    await page.wait_for_text("已登记")
    await page.wait_until_gone(facts)
    return name


async def mediated(page: ChatPage, result: str, *, last: bool = False) -> None:
    """Record a mediation face to face, from the card that is open, up to its receipt.

    After the rung's `last` try nobody is asked when it goes on.
    """
    await page.press("记录调解")
    await page.answer(("结果怎么样", result), ("怎么调的", "面对面"))
    await page.wait_for_text("争的是什么")
    await page.say(MATTER)
    await page.wait_for_text("各方心里怎么样")
    await page.say(FEELINGS)
    if result == "达成协议":
        await page.wait_for_text("各方答应了什么")
        await page.say(PROMISES)
        await page.answer(("签了字的协议", "跳过"))
    elif not last:
        await page.answer(("下次哪天再谈", "跳过"))
    await page.wait_for_text("请核对")
    await page.press("保存")
    await page.wait_until_gone("请核对")
    await page.wait_until_gone(MATTER)


async def fails_twice(page: ChatPage) -> None:
    """Accept the case, and record two mediations that come to nothing."""
    await page.press("受理")
    await page.wait_for_text("调解中")
    await mediated(page, "没有调成")
    await page.wait_for_text("下一个日子")
    await page.press("查看案情")
    await page.wait_for_text(FACTS)
    await mediated(page, "没有调成", last=True)


async def test_a_dispute_fails_twice_on_each_of_five_rungs_and_is_settled_at_the_county(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("SUOZI_SCREENSHOTS", tmp_path))
    worker = await as_(browser, address, "赵春梅", TALL)
    await worker.wait_for_text("早上好", seconds=60)
    name = await registered(worker, "东关村一组9号", FACTS)
    secrets = (name, OUTSIDER, "东关村", "排水沟", "邻里")
    await worker.screenshot(pictures / "dispute-receipt-zh.png")
    await fails_twice(worker)
    await worker.wait_for_text("已自动上报到村民小组")
    await worker.screenshot(pictures / "dispute-climbs-zh.png")

    for person in ("任德厚", "宋永福", "邓勇"):
        page = await as_(browser, address, person, TALL)
        await called(page, "已自动上报到您这一级", *secrets)
        if person == "任德厚":
            await page.screenshot(pictures / "dispute-called-zh.png")
        await fails_twice(page)
        await page.wait_for_text("本级调不成")
        await page.close()

    county = await as_(browser, address, "程晓东", TALL)
    await called(county, "已自动上报到您这一级", *secrets)
    await fails_twice(county)
    await county.wait_for_text("各级都没有调成")
    await county.press("其他合法途径")
    await county.wait_for_text("12348")
    await county.screenshot(pictures / "dispute-ways-zh.png")
    await called(worker, "调解已终止", *secrets)

    # A month later both come back: opened again where it ended, it has the county's tries anew.
    await county.press("查看案情")
    await county.wait_for_text("各级都没有调成")
    await county.press("重新打开")
    await county.wait_for_text("为什么重新打开")
    await county.say("两家都愿意再谈一次。")
    await county.answer(("请核对", "保存"), ("已重新打开", "查看案情"))
    await county.press("受理")
    await county.wait_for_text("调解中")
    await mediated(county, "达成协议")
    await county.wait_for_text("第一次回访")
    await county.screenshot(pictures / "dispute-agreed-zh.png")
    assert county.errors == []
    await county.close()

    county = await as_(browser, address, "程晓东", WHOLE)
    await county.press("查看案情")
    await county.wait_for_text("共同向法院申请")
    await (await county.wait_for_text(PROMISES)).scroll_into_view_if_needed()
    await county.screenshot(pictures / "dispute-card-zh.png")
    await county.press("时间线")
    await county.wait_for_text("分钟后从聊天里删除。")
    await county.screenshot(pictures / "dispute-line-zh.png")
    await called(worker, "已达成协议", *secrets)

    head = await as_(browser, address, "宋永福", TALL)
    await head.tap_keyboard("纠纷调解")
    await head.press("各级看板")
    await head.wait_for_text("：在办")
    await head.screenshot(pictures / "dispute-board-zh.png")
    for page in (worker, county, head):
        assert page.errors == []
        await page.close()


async def test_violence_that_comes_to_light_ends_mediation_and_rings_in_english(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("SUOZI_SCREENSHOTS", tmp_path))
    worker = await as_(browser, address, "林爱敏", TALL)
    await worker.wait_for_text("Good morning", seconds=60)
    await worker.say("/dispute")
    await worker.press("register the dispute")
    await worker.answer(("What is it?", "dispute"), ("come to light", "office"))
    await worker.answer(("of the register", "No household"), ("In which grid", "第1网格"))
    await worker.answer(("What is it about", "Neighbours"), ("What is it about", "A quarrel between neighbours"))
    await worker.wait_for_text("parties")
    await worker.say(TOLD_PARTIES)
    await worker.press("All are named")
    await worker.answer(("agrees", "All of them"), ("agrees", "Done"), ("What does each of them want", "Skip"))
    await worker.answer(("Where exactly", "Skip"))
    await worker.wait_for_text("how did it begin")
    await worker.say(TOLD)
    await worker.wait_for_text("Please check")
    await worker.press("Save")
    await worker.wait_for_text("Registered")
    await worker.wait_until_gone(TOLD)
    await worker.screenshot(pictures / "dispute-receipt-en.png")
    await worker.press("Accept it")
    await worker.wait_for_text(TOLD)
    assert worker.errors == []
    await worker.close()

    worker = await as_(browser, address, "林爱敏", WHOLE)
    await worker.wait_for_text(TOLD)
    await worker.screenshot(pictures / "dispute-card-en.png")

    await worker.press("Violence")
    await worker.wait_for_text("does this at once")
    await worker.screenshot(pictures / "dispute-violence-en.png")
    await worker.press("Save")
    await worker.wait_for_text("all mediation has ended")
    await worker.wait_until_gone("does this at once")
    await worker.screenshot(pictures / "dispute-frozen-en.png")
    head = await as_(browser, address, "解芳", TALL)
    await called(head, "Red alert", "锦绣", "Chen", "neighbour", "shouting")
    await worker.press("Open it")
    card = await worker.wait_for_text("mediation stopped")
    buttons = card.get_by_test_id("inline-button")
    await expect(buttons.filter(has_text="Timeline")).to_have_count(1)
    await expect(buttons.filter(has_text="mediation")).to_have_count(0)
    for page in (worker, head):
        assert page.errors == []
        await page.close()
