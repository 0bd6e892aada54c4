"""A dispute on its way to the end, through the user's hands: its buttons, pressed from any message."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from models.dispute import DisputeEntry, DisputeEntryKind
from models.mediation import Agreement, AttemptResult
from tests.support.attempts import accept, attempt
from tests.support.hands import Bench, Person, Said
from tests.support.ladder import GROUP_WORKER, a_dispute, add_ladder
from tests.support.matters import forges, look_away


async def agreed(bench: Bench, by: int = GROUP_WORKER) -> int:
    """A dispute on which the parties have agreed today, on the lowest rung."""
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, by)
    await attempt(bench, number, by, AttemptResult.AGREED)
    await look_away(bench)
    return number


async def begins(person: Person, what: str, number: int) -> Said:
    """Press a button of the dispute's card; one question answers."""
    said = await forges(person, f"disp:{what}:{number}")
    assert len(said) == 1, (what, [one.text for one in said], person.toast())
    return said[0]


async def declined(person: Person, what: str, number: int) -> str:
    """Press a button that is declined at once, before anything is asked: the sentence."""
    said = await forges(person, f"disp:{what}:{number}")
    return said[0].text if said else person.toast()


async def does(person: Person, what: str, number: int, *labels: str, note: str) -> Said:
    """A whole conversation: the button, the labels, the words, and save."""
    await begins(person, what, number)
    for label in labels:
        await person.press(label)
    await person.say(note)
    return await person.press("保存")


async def days_later(bench: Bench, days: int) -> None:
    """Days go by; what the program sends meanwhile is read."""
    bench.clock.now += timedelta(days=days)
    await bench.tick()
    bench.all_unread()


async def followed_up_twice(bench: Bench, number: int, by: int = GROUP_WORKER) -> None:
    """The agreement holds after 7 and after 30 days."""
    person = bench.person(by)
    for days in (7, 23):
        await days_later(bench, days)
        await does(person, "followup", number, "在履行", note="墙已经退回来了")
    await look_away(bench)


async def entries(bench: Bench, number: int, kind: DisputeEntryKind) -> list[DisputeEntry]:
    """The entries of one kind, oldest first."""
    query = select(DisputeEntry).where(col(DisputeEntry.dispute_id) == number, col(DisputeEntry.kind) == kind)
    async with bench.database.transaction() as session:
        return list((await session.execute(query.order_by(col(DisputeEntry.id)))).scalars())


async def agreements(bench: Bench, number: int) -> list[Agreement]:
    """Its agreements, oldest first."""
    query = select(Agreement).where(col(Agreement.dispute_id) == number).order_by(col(Agreement.id))
    async with bench.database.transaction() as session:
        return list((await session.execute(query)).scalars())
