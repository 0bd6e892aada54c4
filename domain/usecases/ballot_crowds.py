"""Many who vote in the same moment, in one trip: what each of them would have come to alone (spec 5; docs/adr/0010)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.refusals import Reason
from domain.rules.policy import Policy
from domain.rules.recount import CHOICES
from domain.rules.urn import Urn
from domain.usecases.ballot_casting import Cast, seated
from domain.usecases.ballot_log import log_votes
from domain.usecases.ballots import hold_open_ballot
from domain.usecases.group_posts import show_in_group
from models.ballot import Ballot, BallotBox, BallotChoice, Elector, Vote, VoteWay
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
    places = await _who_may(session, ballot_id, choices, policy, now)
    ballot = await hold_open_ballot(session, ballot_id, now)
    wanted = {member: choice for member, choice in choices.items() if member in places}
    if ballot.secret:
        casts = await _put_in(session, ballot, wanted, places)
    else:
        casts = await _write(session, ballot, wanted, now)
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


async def _write(session: AsyncSession, ballot: Ballot, choices: Mapping[int, BallotChoice], now: datetime) -> Casts:
    query = select(Vote).where(col(Vote.ballot_id) == ballot.id, col(Vote.member_id).in_(list(choices)))
    found = (await session.execute(query.execution_options(populate_existing=True))).scalars()
    votes = {vote.member_id: vote for vote in found}
    casts: Casts = {}
    for member_id, choice in choices.items():
        vote = votes.get(member_id)
        before = vote.choice if vote is not None else None
        changed = vote is None or (vote.choice, vote.way) != (choice, VoteWay.PRESS)
        casts[member_id] = Cast(ballot, changed=changed, secret=False, before=before)
        if vote is None:
            session.add(Vote(ballot_id=ballot.id, member_id=member_id, choice=choice, way=VoteWay.PRESS, at=now))
        elif changed:
            vote.choice, vote.way, vote.entered_by_id, vote.at = choice, VoteWay.PRESS, None, now
    await session.flush()
    cast = [(member, choice) for member, choice in choices.items() if _is_new(casts[member])]
    if cast:
        await log_votes(session, ballot, cast, at=now)
    return casts


def _is_new(cast: Cast | Reason) -> bool:
    return isinstance(cast, Cast) and cast.changed


async def _put_in(
    session: AsyncSession, ballot: Ballot, choices: Mapping[int, BallotChoice], places: Mapping[int, int]
) -> Casts:
    query = select(BallotBox).where(col(BallotBox.ballot_id) == ballot.id).with_for_update()
    box = (await session.execute(query.execution_options(populate_existing=True))).scalar_one()
    urn = Urn.load(box.contents)
    first = [member for member in choices if not urn.put_in[places[member]]]
    if first:
        counts = [sum(choices[member] is one for member in first) for one in CHOICES]
        box.contents = urn.put([places[member] for member in first], counts).dump()
        await session.flush()
    voted = Cast(ballot, changed=True, secret=True)
    return {member: voted if member in first else Reason.VOTE_IS_FINAL for member in choices}
