"""Items of the council of 东关村: proposed, taken up and discussed by its people's own hands."""

from sqlalchemy import select
from sqlmodel import col

from models.agenda import AgendaItem, ItemEntry, ItemEvent
from tests.support.councils import CHAIR, FIRST
from tests.support.hands import Bench, Said

TITLE, BODY = "三组公厕门口夜里太黑", "装两盏太阳能路灯，方便晚上去公厕的老人和孩子。"


async def propose(
    bench: Bench, who: int = FIRST, *, title: str = TITLE, body: str = BODY, urgency: str = "小事快议"
) -> int:
    """Somebody proposes it, the chair is told and both have read everything; the item's number."""
    person = bench.person(who)
    await person.say("/propose")
    await person.say(title)
    await person.say(body)
    await person.press(urgency)
    await person.press("跳过")
    await person.press("保存")
    await told(bench)
    bench.pass_time(seconds=5)
    return (await newest_item(bench)).id


async def accepted(bench: Bench, *, urgency: str = "小事快议", title: str = TITLE) -> int:
    """An item that is on the agenda; its number."""
    number = await propose(bench, urgency=urgency, title=title)
    await press(bench, CHAIR, "accept", number)
    await told(bench)
    return number


async def told(bench: Bench) -> list[Said]:
    """What everybody is told by now, read."""
    await bench.tick()
    return bench.all_unread()


async def press(bench: Bench, who: int, what: str, number: int, more: str = "") -> list[Said]:
    """Press a button of an item by its data; what the person sees."""
    return await press_data(bench, who, f"item:{what}:{number}{more}")


async def press_data(bench: Bench, who: int, data: str) -> list[Said]:
    """Press any button by its data, under whatever message of the bot's she has; what she sees."""
    ours = [one for one in bench.box.messages(who) if one["from"]["is_bot"]] if who in bench.box.world.chats else []
    if not ours:
        ours = [(await bench.person(who).say("/me")).raw]
    return await bench.person(who).press_data(ours[-1]["message_id"], data)


async def newest_item(bench: Bench) -> AgendaItem:
    """The item that was proposed last."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(AgendaItem).order_by(col(AgendaItem.id).desc()).limit(1))).scalar_one()


async def item_entries(bench: Bench, number: int, *kinds: ItemEvent) -> list[ItemEntry]:
    """The entries of an item's history, of these kinds or all."""
    query = select(ItemEntry).where(col(ItemEntry.item_id) == number).order_by(col(ItemEntry.id))
    if kinds:
        query = query.where(col(ItemEntry.kind).in_(kinds))
    async with bench.database.transaction() as session:
        return list((await session.execute(query)).scalars())
