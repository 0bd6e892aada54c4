"""A women's council whose group the bot writes in, and a ballot that its chair opens there."""

from datetime import timedelta
from secrets import token_urlsafe

from sqlalchemy.ext.asyncio import AsyncSession

from bench.processes import now
from domain.access import Actor
from domain.rules.policy import Policy
from domain.usecases.ballot_opening import open_ballot
from models.agenda import AgendaItem, ItemSource, ItemState, Urgency
from models.council import Council, CouncilGroup

STILL_OPEN = timedelta(hours=20)  # longer than anything here takes


async def add_council(session: AsyncSession, chair: Actor, area_id: int, name: str, chat_id: int) -> Council:
    """The council of an area, with its group bound."""
    council = Council(area_id=area_id, name=name, founded_at=now())
    session.add(council)
    await session.flush()
    session.add(
        CouncilGroup(council_id=council.id, chat_id=chat_id, bound_by_id=chair.member_id, bound_at=now(), free_at=now())
    )
    return council


async def begin_ballot(
    session: AsyncSession, chair: Actor, council_id: int, number: int, *, secret: bool, policy: Policy
) -> int:
    """The council's item of this number, put to the vote; the ballot's number."""
    item = AgendaItem(
        code=f"K-{council_id}-26-{number:03d}",
        conversation_id=f"item-{council_id}-{number}",
        council_id=council_id,
        year=2026,
        number=number,
        title="修整小广场的长椅",
        body="给在那里歇脚的老人",
        urgency=Urgency.SMALL,
        source=ItemSource.MEMBER,
        state=ItemState.ACCEPTED,
        proposer_id=chair.member_id,
        proposed_at=now(),
        changed_at=now(),
    )
    session.add(item)
    await session.flush()
    ballot = await open_ballot(
        session,
        actor=chair,
        item_id=item.id,
        secret=secret,
        closes_at=now() + STILL_OPEN,
        conversation_id=f"ballot-{council_id}-{number}",
        now=now(),
        token=token_urlsafe,
        policy=policy,
    )
    return ballot.id
