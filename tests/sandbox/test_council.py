"""A women's council on the real chat page: nine people in the group, one of them no member; an open and a secret vote;
a project to its end; and the Word record, downloaded and read.

The real program in a process of its own, the real page in a real browser. With SUOZI_SCREENSHOTS set to a folder the
pictures of the documents are written there: `SUOZI_SCREENSHOTS=docs/images uv run --group dev pytest -k test_council`.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.sandbox.conftest import png
from tests.support.meetings import words_of
from tests.support.page import DESKTOP, PICTURES_WANTED, ChatPage

# Long on a slow machine, and still no hanging: the usual limit is for a test of seconds.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]

TALL, WHOLE = (1280, 1000), (1120, 1500)
GROUP, BOT = "锦绣社区妇女议事会", "梭子"
CHAIR, PROPOSER, OWNER, ENGLISH = "黄慧玲", "欧阳静", "周丽萍", "林爱敏"
# In the group; one more of the council is not, and votes in private.
IN_GROUP = (CHAIR, ENGLISH, "曾丽华", PROPOSER, OWNER, "徐嘉莹", "朱淑英", "方静")
PRIVATELY = "上官雯"
OUTSIDER = ("高雪梅", 7010)  # of another community
TITLE, BODY = "院子里拉两根晒被子的绳子", "天晴的时候被子没有地方晒，老人抱着上下楼不方便。"
RESULT = "两根绳子都拉好了，承重试过，十床被子没问题。"


async def as_(browser: Browser, address: str, person: str, size: tuple[int, int] = DESKTOP) -> ChatPage:
    """A window of her own."""
    page = await ChatPage.new(browser, size)
    await page.open(address)
    await page.be(person)
    return page


async def in_the_group(page: ChatPage, person: str, label: str) -> None:
    """Somebody presses a button of the newest message in the group that has it, and sees her own answer."""
    await page.be(person)
    await page.open_chat(GROUP)
    await page.press(label)


async def privately(page: ChatPage, person: str) -> None:
    """Somebody in her private chat, whatever was said last elsewhere."""
    await page.be(person)
    await page.open_chat(BOT)


async def shown(page: ChatPage, words: str, picture: Path) -> None:
    """The newest message that says this, in a picture."""
    message = await page.wait_for_text(words)
    if PICTURES_WANTED:
        await message.get_by_test_id("inline-keyboard").or_(message).last.scroll_into_view_if_needed()
        await page.screenshot(picture)


async def quiet(page: ChatPage) -> None:
    """No short note is over the page any more."""
    await expect(page.page.get_by_test_id("toast")).to_have_count(0)


async def act(page: ChatPage, address: str, person: int, chat: int, action: str) -> None:
    """Something that on Telegram is done outside a chat."""
    answer = await page.page.request.post(
        f"{address}/sandbox/act", data={"person_id": person, "chat_id": chat, "action": action}
    )
    assert answer.ok, await answer.text()


async def bound(page: ChatPage, words: str = "已绑定") -> None:
    """The chair binds the group by the link that her council's card gives her; `words` say so there."""
    await privately(page, CHAIR)
    await page.tap_keyboard("妇女议事会")
    card = await page.wait_for_text("一月一议")
    await expect(card).to_contain_text("还没有绑定")
    await page.press("绑定")
    link = (await page.wait_for_text("startgroup")).get_by_role("link").first
    await link.click()
    await page.page.get_by_test_id("choose").get_by_role("button", name=GROUP).click()
    await page.wait_for_text(words)


async def test_a_council_of_nine_decides_in_its_group_and_sees_it_done(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("SUOZI_SCREENSHOTS", tmp_path))
    page = await as_(browser, address, CHAIR, TALL)
    await page.open_chat(GROUP)
    group = int(await page.page.get_by_test_id("chat").filter(has_text=GROUP).first.get_attribute("data-chat-id") or 0)
    await act(page, address, 7048, group, "leave")
    await act(page, address, OUTSIDER[1], group, "join")
    await bound(page)
    # What was open already is shown there at once.
    await page.wait_for_text("门口的电动车停成一排")
    await page.screenshot(pictures / "council-bound-zh.png")

    await proposed(page)
    await put_to_the_vote(page, TITLE)
    await page.open_chat(GROUP)
    await page.wait_for_text("已投 0 人")
    for place, person in enumerate(IN_GROUP, 1):
        await in_the_group(page, person, {7: "反对", 8: "弃权"}.get(place, "赞成"))
        await page.wait_for_change(TITLE, f"已投 {place} 人")
    # Whoever only stands by is told so, and nobody else sees it.
    await in_the_group(page, OUTSIDER[0], "赞成")
    await page.page.get_by_test_id("alert").wait_for()
    await page.screenshot(pictures / "council-bystander-zh.png")
    assert "议事会" in await page.accept_alert()
    await voted_in_private(page, TITLE, "赞成")
    await closed_early(page, TITLE)
    await page.open_chat(GROUP)
    for word in ("赞成 7 · 反对 1 · 弃权 1", "应到 9 人", "实到 9 人"):
        await page.wait_for_change(TITLE, word)
    await quiet(page)
    await page.screenshot(pictures / "council-passed-zh.png")

    (tmp_path / "rope.png").write_bytes(png(640, 480))
    await carried_out(page, tmp_path / "rope.png")
    await rated(page)
    await privately(page, CHAIR)
    await page.tap_keyboard("妇女议事会")
    await page.press("领办项目")
    await page.wait_for_text("领办项目")
    await page.press("26-009")
    await shown(page, RESULT, pictures / "council-project-zh.png")
    await recorded(page, tmp_path, pictures)
    await secretly(page, pictures)
    assert page.errors == []


async def proposed(page: ChatPage) -> None:
    """A member begins in the group, with a title, and goes on in private; the chair takes it up."""
    await page.be(PROPOSER)
    await page.open_chat(GROUP)
    await page.say(f"/propose {TITLE}")
    await privately(page, PROPOSER)
    await page.wait_for_text("具体想做什么")
    await page.say(BODY)
    await page.answer(("有多急", "小事快议"), ("有照片吗", "跳过"), ("请核对", "保存"))
    await page.wait_for_text("已经提给")
    await privately(page, CHAIR)
    notice = await page.wait_for_text("有新议题")
    assert TITLE not in await notice.inner_text()


async def put_to_the_vote(page: ChatPage, title: str) -> None:
    """The chair takes the newest item up and opens its vote."""
    await privately(page, CHAIR)
    await page.press("打开议题")
    await page.wait_for_text(title)
    await page.press("列入议程")
    await page.press("发起表决")
    await page.wait_for_text("请核对：发起表决")
    await page.press("保存")
    await page.wait_for_text("开始表决")


async def voted_in_private(page: ChatPage, title: str, label: str) -> None:
    """The member who is not in the group votes from her private paper."""
    await privately(page, PRIVATELY)
    await page.tap_keyboard("等我表决")
    await page.press(title[:6])
    await expect(page.bubble(title)).to_contain_text("须 6 人参加")  # the paper, not the list it is on
    await page.press(label)


async def closed_early(page: ChatPage, title: str) -> None:
    """Everybody has voted: the chair need not wait for the deadline."""
    await privately(page, CHAIR)
    await page.say("/votes")
    await page.press(title[:6])
    await page.wait_for_text("已投 9 人")
    await page.press("召集人操作")
    # In the newest message: an earlier vote's has the same button.
    await page.last_bubble().get_by_test_id("inline-button").filter(has_text="提前截止").click()
    # Her chat is the newest from then on, and the list of chats stands still.
    await page.wait_for_change(title, "实到 9 人")


async def carried_out(page: ChatPage, picture: Path) -> None:
    """What has passed gets an owner and a day; she writes down how it goes, with a picture, and what came of it."""
    await privately(page, CHAIR)
    await page.press("打开议题")
    await page.press("安排领办")
    await page.wait_for_text("请谁领办")
    await page.say(OWNER)
    await page.press(OWNER)
    await page.wait_for_text("哪天前办完")
    await page.say("12-31")
    await page.wait_for_text("要做什么")
    await page.say("在两排香樟树之间拉好两根绳子，先试承重")
    await page.wait_for_text("分几步做")
    await page.say("量长度\n买绳子\n拉好试承重")
    await page.answer(("请核对", "保存"))
    await page.wait_for_text("领办人和提议人会收到通知")

    await privately(page, OWNER)
    await page.wait_for_text("请您领办")
    await page.press("打开项目")
    await page.press("记进展")
    await page.wait_for_text("到哪一步了")
    await page.say("绳子买到了，周末拉")
    await page.answer(("哪几步做完了", "量长度"), ("哪几步做完了", "买绳子"), ("哪几步做完了", "完成"))
    await page.wait_for_text("有照片吗")
    await page.press("跳过")
    await page.answer(("请核对", "保存"), ("进展记下了", "打开项目"))
    await page.press("办完了")
    await page.wait_for_text("办得怎么样")
    await page.say(RESULT)
    await page.wait_for_text("办完后的照片")
    await page.attach("photo", picture)
    await page.answer(("办完后的照片", "照片发完了"), ("请核对", "保存"))
    await page.wait_for_text("人不记名评价")


async def rated(page: ChatPage) -> None:
    """Those whom it concerns say how satisfied they are; each is asked in private, and answers with one press."""
    for person, mark in zip((*IN_GROUP, PRIVATELY), "5455x4555", strict=True):
        if person == OWNER:
            continue
        await privately(page, person)
        if person == ENGLISH:
            await page.press(f"{mark} satisfied")
            await page.wait_for_text("has been taken")
        else:
            await page.press({"5": "5 很满意", "4": "4 满意"}[mark])
            await page.wait_for_text("评价已收到")


async def secretly(page: ChatPage, pictures: Path) -> None:
    """A secret vote on what a worker noticed on her visits: the turnout alone is seen, and a press is final."""
    await privately(page, CHAIR)
    await page.tap_keyboard("妇女议事会")
    await page.press("📋 议题")
    await page.press("楼梯扶手")
    await page.press("发起表决")
    await page.wait_for_text("请核对：发起表决")
    for label in ("修改", "表决方式", "无记名"):
        await page.press(label)
    await page.wait_for_text("无记名表决")
    await page.press("保存")
    await page.wait_for_text("开始表决")
    await page.open_chat(GROUP)
    await page.wait_for_text("楼梯扶手")
    for number, person in enumerate(IN_GROUP):
        await in_the_group(page, person, "反对" if number == 3 else "赞成")
        await page.page.get_by_test_id("alert").wait_for()
        if number == 3:
            await page.wait_for_change("楼梯扶手", "已投 4 人")
            await page.screenshot(pictures / "council-secret-zh.png")
        assert ("in the box" if person == ENGLISH else "票箱") in await page.accept_alert()
    await voted_in_private(page, "楼梯扶手", "赞成")
    await page.press("确定，投赞成")
    assert "票箱" in await page.accept_alert()
    await closed_early(page, "楼梯扶手")
    await page.open_chat(GROUP)
    await page.wait_for_text("赞成 8 · 反对 1 · 弃权 0")
    await page.screenshot(pictures / "council-secret-result-zh.png")


async def recorded(page: ChatPage, folder: Path, pictures: Path) -> None:
    """The record of the vote: written, sent round, and downloaded as a Word file that says what was done."""
    await privately(page, CHAIR)
    await page.tap_keyboard("妇女议事会")
    await page.press("🗓 会议")
    listed = await page.wait_for_text(f"{GROUP} · 会议")
    await listed.get_by_test_id("inline-button").filter(has_text="记录待发").first.click()
    await page.wait_for_text(TITLE)
    await page.press("写记录")
    await page.wait_for_text("还有什么发言")
    await page.say("大家说好：谁家先晒，写在公告栏上。")
    await page.wait_for_text("会议照片")
    await page.attach("photo", folder / "rope.png")
    await page.answer(("会议照片", "照片发完了"), ("请核对", "保存"))
    await page.wait_for_text("还是草稿")
    await page.press("发给大家核对")
    await page.press("📄 活动记录表")
    link = page.page.locator("a[download$='.docx']").last
    await link.wait_for()
    await page.screenshot(pictures / "council-record-sent-zh.png")
    answer = await page.page.request.get(await link.evaluate("link => link.href"))
    content = await answer.body()
    said = words_of(content)
    for word in ("妇女议事会活动记录表", GROUP, TITLE, BODY, CHAIR, OWNER, "赞成 7", "公告栏", "香樟树"):
        assert word in said, f"{word} is not in: {said}"
    drawn(content, folder / "record.docx", pictures / "council-record-zh.png")


def drawn(content: bytes, file: Path, picture: Path) -> None:
    """The first page of a Word file as a picture, where there is a program that can draw it."""
    office, pdf = shutil.which("soffice"), shutil.which("pdftoppm")
    if office is None or pdf is None:
        return
    file.write_bytes(content)
    writing = [office, "--headless", "--convert-to", "pdf", "--outdir", str(file.parent), str(file)]
    drawing = [pdf, "-png", "-r", "70", "-f", "1", "-l", "1", "-singlefile", str(file.with_suffix(".pdf"))]
    for command in (writing, [*drawing, str(picture.with_suffix(""))]):
        subprocess.run(command, check=True, capture_output=True, timeout=120)


async def test_the_same_in_english(address: str, browser: Browser, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("SUOZI_SCREENSHOTS", tmp_path))
    page = await as_(browser, address, CHAIR, TALL)
    await page.tap_keyboard("妇女议事会")
    await page.press("表决规则")
    await page.answer(("从下一次表决起", "修改"), ("从下一次表决起", "语言"), ("群里和记录表", "English"))
    await page.answer(("语言：English", "保存"))
    await page.wait_for_text("规则定好了")
    await bound(page, "This group")
    await privately(page, ENGLISH)
    await page.tap_keyboard("Women's council")
    await shown(page, "You are here: member", pictures / "council-card-en.png")
    await page.say("/propose Two ropes for airing quilts in the yard")
    await page.wait_for_text("for whom")
    await page.say("On sunny days there is nowhere to air quilts, and the old have to carry them upstairs.")
    await page.answer(("How urgent", "Small matter"), ("pictures", "Skip"), ("Please check", "Save"))
    await put_to_the_vote(page, "Two ropes")
    await page.open_chat(GROUP)
    await page.wait_for_text("Two ropes")
    for place, (person, label) in enumerate(((CHAIR, "For"), (OWNER, "For"), ("方静", "Against"), (ENGLISH, "For")), 1):
        await in_the_group(page, person, label)
        await page.wait_for_change("Two ropes", f"must; {place} ha")
    await quiet(page)
    await page.screenshot(pictures / "council-en.png")
    await privately(page, ENGLISH)
    await page.tap_keyboard("Votes for me")
    await page.press("Two ropes")
    await shown(page, "Two ropes", pictures / "council-paper-en.png")
    assert page.errors == []
