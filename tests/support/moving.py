"""A case on its way: from the card to each button of moving, and what time does to it."""

from sqlalchemy import select
from sqlmodel import col

from models.dispute import DisputeEntry, DisputeEntryKind
from tests.support.alerts import bells
from tests.support.attempts import accept
from tests.support.hands import Bench, Person, Said
from tests.support.ladder import GROUP_HOME, GROUP_WORKER, a_dispute
from tests.support.matters import forges, look_away


async def card(bench: Bench, who: int, number: int) -> Said:
    """Open the case's card as from any notice."""
    news = await forges(bench.person(who), f"disp:show:{number}")
    assert len(news) == 1, [said.text for said in news]
    return news[0]


async def sees_nothing(bench: Bench, who: int, number: int) -> bool:
    """Whether the case is none of hers."""
    person = bench.person(who)
    return await forges(person, f"disp:show:{number}") == [] and "不" in person.toast()


async def refused(bench: Bench, who: int, data: str) -> str:
    """The word with which a forged or an old press is declined."""
    person = bench.person(who)
    assert await forges(person, data) == []
    return person.toast()


async def mediated(bench: Bench, by: int = GROUP_WORKER, household: str = GROUP_HOME) -> int:
    """A case that somebody has accepted on its lowest rung; everything is read."""
    number = await a_dispute(bench, by=by, household=household)
    await accept(bench, number, by)
    await look_away(bench)
    return number


async def says(person: Person, button: str, *answers: str) -> Said:
    """Press a button of the newest card, type the answers, and save."""
    await person.press(button)
    for answer in answers:
        await person.say(answer)
    return await person.press("保存")


async def passes_up(bench: Bench, who: int, number: int, reason: str = "两家都不肯再谈") -> Said:
    """Somebody passes the case up; the others have read what they were told."""
    await card(bench, who, number)
    said = await says(bench.person(who), "上报", reason)
    await look_away(bench)
    return said


async def later(bench: Bench, **units: float) -> dict[int, list[str]]:
    """Let time go by, and read what comes of disputes."""
    bench.pass_time(**units)
    await bench.sweep.disputes()
    return await bells(bench)


async def entries(bench: Bench, number: int, *kinds: DisputeEntryKind) -> list[DisputeEntry]:
    """The entries of these kinds (or all), in their order."""
    async with bench.database.transaction() as session:
        query = select(DisputeEntry).where(col(DisputeEntry.dispute_id) == number).order_by(col(DisputeEntry.id))
        return [entry for entry in (await session.execute(query)).scalars() if not kinds or entry.kind in kinds]
