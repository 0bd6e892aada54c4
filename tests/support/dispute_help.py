"""Asking for help with a dispute as the tests do it: from its card to the saved request."""

from sqlalchemy import select
from sqlmodel import col

from models.dispute import Dispute, DisputeEntry, DisputeEntryKind
from tests.support.county import INSTRUCTOR, WORKER
from tests.support.hands import Bench, Person, Said
from tests.support.ladder import a_dispute, dispute_of, past_the_morning
from tests.support.referrals import ASKED, CALLED

FACTS, WISH, PARTY = "两家为了院墙争执", "把墙退回来", "外村的老黄"
SECRETS = (FACTS, WISH, PARTY, ASKED, CALLED, "东关村", "陈秀兰", "王秀英")


async def case_at_hand(bench: Bench, who: int = INSTRUCTOR) -> tuple[Dispute, Person]:
    """A case on its lowest rung, whose card `who` opens."""
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await bench.tick()
    bench.all_unread()
    person, dispute = bench.person(who), await dispute_of(bench, number)
    await dispute_card(person, dispute)
    return dispute, person


async def dispute_card(person: Person, dispute: Dispute) -> Said:
    """The case's card, opened as from any notice."""
    hello = await person.say("/help")
    return (await person.press_data(hello.message_id, f"disp:show:{dispute.id}"))[0]


async def refers_dispute(person: Person, *ground: str) -> Said:
    """From the open card: the ground, the expert, the request."""
    await person.press("请专家")
    for label in ground or ("各方都同意",):
        await person.press(label)
    await person.press("冯律师")
    await person.say(ASKED)
    return await person.press("保存")


async def whistles_for_dispute(person: Person, ground: str = "各方都同意") -> Said:
    """From the open card: the ground, the unit, the request."""
    await person.press("吹哨")
    await person.press(ground)
    await person.press("派出所值班")
    await person.press("完成")
    await person.say(CALLED)
    return await person.press("保存")


async def dispute_news(bench: Bench, *people: int) -> list[Said]:
    """The notices that these people find; none of them may tell anything of the case."""
    await bench.deliverer.deliver_all()
    found = [said for person in people for said in bench.person(person).reads()]
    for said in found:
        assert not [secret for secret in SECRETS if secret in said.text + str(said.buttons)], said.text
    return found


async def noted(bench: Bench, *kinds: DisputeEntryKind) -> list[DisputeEntry]:
    """The entries of these kinds, in order."""
    async with bench.database.transaction() as session:
        query = select(DisputeEntry).where(col(DisputeEntry.kind).in_(kinds)).order_by(col(DisputeEntry.id))
        return list((await session.execute(query)).scalars())
