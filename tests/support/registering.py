"""Registering a dispute by hand, for the tests that begin or end there."""

from sqlalchemy import select
from sqlmodel import col

from models.dispute import Dispute, DisputeParty
from models.mediation import DisputeFile
from tests.support.hands import Bench, Person, Said
from tests.support.reports import presses

NEIGHBOURS = ("邻里、土地与房屋", "邻里矛盾")
TWO = "老黄 13800000001\n外村的老白"


async def disputes(bench: Bench) -> list[Dispute]:
    """All disputes, in the order in which they were registered."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(Dispute).order_by(col(Dispute.id)))).scalars())


async def the_dispute(bench: Bench) -> Dispute:
    """The only dispute."""
    (dispute,) = await disputes(bench)
    return dispute


async def parties_of(bench: Bench, dispute_id: int) -> list[DisputeParty]:
    """Its parties, in order."""
    query = select(DisputeParty).where(col(DisputeParty.dispute_id) == dispute_id)
    async with bench.database.transaction() as session:
        return list((await session.execute(query.order_by(col(DisputeParty.position)))).scalars())


async def files_of(bench: Bench, dispute_id: int) -> list[DisputeFile]:
    """Its pictures and voice messages."""
    query = select(DisputeFile).where(col(DisputeFile.dispute_id) == dispute_id).order_by(col(DisputeFile.id))
    async with bench.database.transaction() as session:
        return list((await session.execute(query)).scalars())


async def to_the_parties(
    person: Person, *where: str, item: tuple[str, ...] = NEIGHBOURS, source: str = "上门反映"
) -> Said:
    """Up to the question who the parties are."""
    await person.say("/dispute")
    await presses(person, "没有，登记纠纷", "矛盾纠纷", source)
    return await presses(person, *(where or ("不是某一户",)), *item)


async def to_the_summary(person: Person, *where: str, parties: str = TWO, place: bool = True) -> Said:
    """A dispute between two outsiders, up to its summary."""
    await to_the_parties(person, *where)
    await person.say(parties)
    await presses(person, "都写好了", "都同意", "完成", "跳过")
    if place:
        await person.press("跳过")
    return await person.say("为院墙吵了三天")
