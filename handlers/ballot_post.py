"""A ballot's message in its council's group: the card, the three buttons, and a way to one's own vote."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.channel import Button
from domain.rules.policy import Policy
from domain.usecases.group_posts import GroupView
from handlers.ballot_card import ballot_card, is_running
from handlers.ballot_paper import choice_row
from messages.render import label
from models.agenda import AgendaItem
from models.ballot import Ballot
from models.council import Council


async def ballot_view(session: AsyncSession, ballot_id: int, now: datetime, policy: Policy) -> GroupView | None:
    """The message as it is at `now`; its buttons go when votes are no longer taken."""
    ballot = await session.get(Ballot, ballot_id, populate_existing=True)
    if ballot is None:
        return None
    item = await session.get_one(AgendaItem, ballot.item_id)
    council = await session.get_one(Council, ballot.council_id)
    card = await ballot_card(session, ballot, item, now=now, policy=policy)
    rows = choice_row(ballot.id, council.locale) if is_running(ballot, now) else ()
    own = (Button(label("open_own_paper", council.locale), f"vote:mine:{ballot.id}"),)
    return GroupView(card, council.locale, (*rows, own))
