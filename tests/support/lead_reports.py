"""Reports of leads with a mark in every field, and with words and files where none are asked for."""

from models.lead import Lead
from tests.support.canaries import a_picture, a_voice, mark
from tests.support.county import WORKER
from tests.support.hands import Bench

HOUSE_NAME = mark("housename")


async def draws_up(bench: Bench, house: str = HOUSE_NAME) -> None:
    """A red lead of the household up to its summary, with everything that can be told, in the wrong places too."""
    worker, picture = bench.person(WORKER), a_picture()
    await worker.say("上报线索")
    await worker.say(mark("wrong"))
    for label in ("④ 有性侵害", "没有危险", "不涉及孩子", "能自己做主", "没有拐卖", "我网格里的一户"):
        await worker.press(label)
    await worker.say(mark("searched"))
    await worker.say("T-A-01-004")
    await worker.press(house)
    await worker.does("photo", ("door.jpg", "image/jpeg", picture), caption=mark("caption"))
    await worker.does("document", (f"{mark('filename')}.jpg", "image/jpeg", picture), caption=mark("caption"))
    await worker.does("voice", ("a.ogg", "audio/ogg", a_voice()))
    await worker.say(mark("narrative"))
    for label, name in (("受影响的人", "persons"), ("安全住处", "refuge")):
        await worker.press("修改")
        await worker.press(label)
        await worker.say(mark(name))
    await worker.press("修改")
    await worker.press("安全联系")
    await worker.press("可以打电话")
    await worker.say(mark("terms"))


async def reports(bench: Bench, house: str = HOUSE_NAME) -> None:
    """It is sent, after something else came up, on which she typed on all the same."""
    await draws_up(bench, house)
    worker = bench.person(WORKER)
    mine = [one for one in bench.box.messages(WORKER) if not one["from"]["is_bot"]][-1]
    await worker.does("edit", message_id=mine["message_id"], text=mark("edited"))
    await worker.say("今日走访")
    await worker.say_all(mark("astray"))
    await worker.press("接着填")
    await worker.press("保存")


async def reports_an_ordinary_one(bench: Bench) -> None:
    """A yellow lead of the household, with a consent."""
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    for label in ("没有危险", "不涉及孩子", "能自己做主", "没有性侵", "没有拐卖"):
        await worker.press(label)
    for label in ("妇女权益", "就业歧视", "我网格里的一户"):
        await worker.press(label)
    await worker.say("T-A-01-004")
    await worker.press(mark("housename"))
    await worker.say(mark("narrative"))
    await worker.press("可以打电话")
    await worker.say(mark("terms"))
    await worker.press("修改")
    await worker.press("本人同意")
    await worker.press("解纷专家")
    await worker.press("完成")
    await worker.press("保存")


async def leaves_a_draft(bench: Bench, _lead: Lead) -> None:
    """A report that is never sent, and lies among the drafts."""
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    for label in ("② 涉及孩子", "没有危险", "能自己做主", "没有性侵", "没有拐卖", "不是某一户"):
        await worker.press(label)
    await worker.say(mark("unsent"))
    await worker.press("稍后再填")
    await worker.press("打开草稿")
