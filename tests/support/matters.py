"""Working on a lead as its handler does: from the doorbell to the card, and each step of handling from there."""

from sqlalchemy import select
from sqlmodel import col

from models.lead import EntryKind, Lead, LeadEntry
from tests.support.hands import Bench, Person, Said


async def look_away(bench: Bench) -> None:
    """Deliver everything and let everybody have read it."""
    await bench.deliverer.deliver_all()
    bench.all_unread()


async def opens(person: Person, lead: Lead) -> Said:
    """Open the lead's card as from any notice."""
    hello = await person.say("/help")
    news = await person.press_data(hello.message_id, f"lead:show:{lead.id}")
    assert len(news) == 1, [said.text for said in news]
    return news[0]


async def forges(person: Person, data: str) -> list[Said]:
    """Press what no button of hers offers."""
    hello = await person.say("/help")
    return await person.press_data(hello.message_id, data)


async def takes(bench: Bench, person: Person, lead: Lead) -> None:
    """Take the lead on, from its card; the others have read that she did."""
    await opens(person, lead)
    await person.press("我来处理")
    await look_away(bench)


async def does(person: Person, lead: Lead, button: str, *labels: str, note: str = "") -> Said:
    """A step of handling: the button of a fresh card, the labels, the note (or none), and save."""
    await opens(person, lead)
    await person.press(button)
    for label in labels:
        await person.press(label)
    if note:
        await person.say(note)
    else:
        await person.press("跳过")
    return await person.press("保存")


async def now_is(bench: Bench, lead: Lead) -> Lead:
    """The lead as it is stored now."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Lead).where(col(Lead.id) == lead.id))).scalar_one()


async def timeline(bench: Bench, lead: Lead, *kinds: EntryKind) -> list[LeadEntry]:
    """The entries of these kinds (or all), oldest first."""
    async with bench.database.transaction() as session:
        query = select(LeadEntry).where(col(LeadEntry.lead_id) == lead.id).order_by(col(LeadEntry.id))
        return [entry for entry in (await session.execute(query)).scalars() if not kinds or entry.kind in kinds]
