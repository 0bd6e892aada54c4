"""Asking for help as the tests do it: from a lead's card to the saved request."""

from sqlalchemy import select
from sqlmodel import col

from models.lead import EntryKind, Lead, LeadEntry
from models.referral import Referral
from tests.support.county import (
    HEAD,
)
from tests.support.hands import Bench, Person, Said
from tests.support.leads import NARRATIVE, a_lead, actor_of

ASKED = "孩子的抚养费该怎么算"
CALLED = "请到村里看一下路灯"
SECRETS = (NARRATIVE, ASKED, CALLED, "刘洋", "东关村", "赵敏", "陈秀兰")


async def drained(bench: Bench) -> None:
    """Deliver everything and look away."""
    await bench.deliverer.deliver_all()
    bench.all_unread()


async def news(bench: Bench, *people: int) -> list[Said]:
    """The notices that these people find; none of them may tell anything of the matter."""
    await bench.deliverer.deliver_all()
    found = [said for person in people for said in bench.person(person).reads()]
    for said in found:
        assert not [secret for secret in SECRETS if secret in said.text + str(said.buttons)], said.text
    return found


async def in_hand(bench: Bench, item: str = "child_alone", who: int = HEAD) -> tuple[Lead, Person]:
    """A lead that has rung for the head, whose card she opens."""
    lead = await a_lead(bench, item)
    await drained(bench)
    person = bench.person(who)
    await card(person, lead)
    return lead, person


async def card(person: Person, lead: Lead) -> Said:
    """The lead's card, opened as from any notice."""
    hello = await person.say("/help")
    return (await person.press_data(hello.message_id, f"lead:show:{lead.id}"))[0]


async def forges(person: Person, data: str) -> list[Said]:
    """A press that no button of hers offers."""
    hello = await person.say("/help")
    return await person.press_data(hello.message_id, data)


async def refers(person: Person, *ground: str) -> Said:
    """From the open card: the ground, the expert, the request."""
    await person.press("请专家")
    for label in ground or ("本人同意",):
        await person.press(label)
    await person.press("冯律师")
    await person.say(ASKED)
    return await person.press("保存")


async def whistles(person: Person, *units: str, ground: str = "本人同意") -> Said:
    """From the open card: the ground, the units, the request."""
    await person.press("吹哨")
    await person.press(ground)
    for unit in units or ("派出所值班",):
        await person.press(unit)
    await person.press("完成")
    await person.say(CALLED)
    return await person.press("保存")


async def the_request(bench: Bench) -> Referral:
    """The newest request."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Referral).order_by(col(Referral.id).desc()))).scalars().first()  # type: ignore[return-value]


async def entries(bench: Bench, *kinds: EntryKind) -> list[LeadEntry]:
    """The entries of these kinds."""
    async with bench.database.transaction() as session:
        query = select(LeadEntry).where(col(LeadEntry.kind).in_(kinds)).order_by(col(LeadEntry.id))
        return list((await session.execute(query)).scalars())


async def change(bench: Bench, statement: object) -> None:
    """Something happens behind the chat."""
    async with bench.database.transaction() as session:
        await session.execute(statement)  # type: ignore[call-overload]


async def id_of(bench: Bench, person: int) -> int:
    """The member's own number."""
    return (await actor_of(bench, person)).member_id
