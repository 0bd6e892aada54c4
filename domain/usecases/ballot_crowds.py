"""Many who vote in the same moment, in one trip: what each of them would have come to alone (spec 5; docs/adr/0010)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.refusals import Reason
from domain.rules.policy import Policy
from domain.usecases.ballot_casting import Cast, put_votes, seated, write_votes
from domain.usecases.ballots import hold_open_ballot
from domain.usecases.group_posts import show_in_group
from models.ballot import Ballot, BallotChoice, Elector, VoteWay
from models.council import Council, PostKind
from models.member import Member

Casts = dict[int, Cast | Reason]


async def cast_together(
    session: AsyncSession, *, ballot_id: int, choices: Mapping[int, BallotChoice], now: datetime, policy: Policy
) -> Casts:
    """Cast the votes of several members, each like `cast_vote`; what each came to, or why it was declined.

    Only of those who stand on the list, hold their seat and are not frozen: whoever else has pressed is left out, and
    `cast_vote` tells her why. In a secret ballot nothing but the box is written, once for all of them.
    Raises RefusedError: NOT_YOURS, BALLOT_OVER; then nobody's vote was cast. (spec 5)
    """
    casts: Casts
    places = await _who_may(session, ballot_id, choices, policy, now)
    ballot = await hold_open_ballot(session, ballot_id, now)
    wanted = {member: choice for member, choice in choices.items() if member in places}
    if ballot.secret:
        taken = await put_votes(session, ballot, {places[member]: choice for member, choice in wanted.items()})
        voted = Cast(ballot, changed=True, secret=True)
        casts = {member: voted if places[member] in taken else Reason.VOTE_IS_FINAL for member in wanted}
    else:
        casts = {**await write_votes(session, ballot, wanted, way=VoteWay.PRESS, now=now)}
    if any(map(_is_new, casts.values())):
        await show_in_group(session, ballot.council_id, PostKind.BALLOT, ballot.id, now=now)
    return casts


async def _who_may(
    session: AsyncSession, ballot_id: int, choices: Mapping[int, BallotChoice], policy: Policy, now: datetime
) -> dict[int, int]:
    """The places on the list of those who may vote by themselves."""
    query = (
        select(col(Elector.member_id), col(Elector.position))
        .join(Ballot, col(Ballot.id) == col(Elector.ballot_id))
        .join(Council, col(Council.id) == col(Ballot.council_id))
        .join(Member, col(Member.id) == col(Elector.member_id))
        .where(
            col(Elector.ballot_id) == ballot_id,
            col(Elector.member_id).in_(list(choices)),
            col(Member.frozen_at).is_(None),
            seated(policy.today(now)),
        )
    )
    return {row.member_id: row.position for row in (await session.execute(query)).all()}


def _is_new(cast: Cast | Reason) -> bool:
    return isinstance(cast, Cast) and cast.changed
