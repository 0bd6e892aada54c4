"""What the chair enters for somebody: on paper or by proxy, labelled for all to see (spec 5)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.council_notices import PaperPutForHer, VoteEnteredForHer
from domain.refusals import Reason, RefusedError
from domain.rules.ballot import FEWEST_TOGETHER, Tally
from domain.rules.policy import Policy
from domain.usecases.ballot_casting import Cast, elector_for, put_papers_in, write_votes
from domain.usecases.ballot_log import log_ballot
from domain.usecases.ballots import hold_open_ballot, led_ballot
from domain.usecases.group_posts import show_in_group
from domain.usecases.outbox import tell
from models.ballot import Ballot, BallotChoice, BallotEvent, Vote, VoteWay
from models.council import PostKind

FEWEST_PAPERS = FEWEST_TOGETHER  # put in together


async def enter_vote(
    session: AsyncSession,
    *,
    actor: Actor,
    ballot_id: int,
    member_id: int,
    choice: BallotChoice,
    way: VoteWay,
    now: datetime,
    policy: Policy,
) -> Cast:
    """Enter a paper or a proxy for somebody on the list of an OPEN ballot; her own press goes before it at any time.

    She is told, so that nobody votes for her without her knowledge.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, BALLOT_OVER, PAPERS_TOGETHER (a secret ballot), NOT_ELECTOR, SEAT_LOST,
    VOTED_HERSELF. Raises ValueError for a way that is no paper and no proxy.
    """
    if way is VoteWay.PRESS:
        raise ValueError("a press is nobody else's")
    seen = await led_ballot(session, actor, ballot_id)
    ballot = await hold_open_ballot(session, ballot_id, now)
    if ballot.secret:
        raise RefusedError(Reason.PAPERS_TOGETHER)
    await elector_for(session, ballot_id, member_id, policy.today(now))
    own = await session.get(Vote, (ballot_id, member_id), populate_existing=True)
    if own is not None and own.way is VoteWay.PRESS:
        raise RefusedError(Reason.VOTED_HERSELF)
    entered = await write_votes(session, ballot, {member_id: choice}, way=way, now=now, entered_by_id=actor.member_id)
    cast = entered[member_id]
    if cast.changed:
        await show_in_group(session, ballot.council_id, PostKind.BALLOT, ballot.id, now=now)
        whose = [member_id] if member_id != actor.member_id else []
        told = VoteEnteredForHer(seen.item.code, ballot.id)
        await tell(session, whose, told, f"vote:{ballot.id}:entered:{now.timestamp():.0f}", now=now, policy=policy)
    return cast


async def put_papers(
    session: AsyncSession,
    *,
    actor: Actor,
    ballot_id: int,
    member_ids: Sequence[int],
    tally: Tally,
    now: datetime,
    policy: Policy,
) -> Ballot:
    """Put folded papers of several people into the box of a SECRET ballot, with their sum; who voted what is unknown.

    The log says how many papers, not what was on them. Each of them is told, so that nobody is voted for without her
    knowledge. There are no proxies: whoever carries a vote knows it.
    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, BALLOT_OVER, PAPERS_SINGLY (an open ballot), TOO_FEW_PAPERS,
    PAPERS_DISAGREE (not as many choices as people), NOT_ELECTOR, SEAT_LOST, VOTE_IS_FINAL (one of them has voted).
    """
    seen = await led_ballot(session, actor, ballot_id)
    ballot = await hold_open_ballot(session, ballot_id, now)
    if not ballot.secret:
        raise RefusedError(Reason.PAPERS_SINGLY)
    people = list(dict.fromkeys(member_ids))
    if len(people) < FEWEST_PAPERS:
        raise RefusedError(Reason.TOO_FEW_PAPERS)
    if tally.turnout != len(people) or min(tally.favour, tally.against, tally.abstain) < 0:
        raise RefusedError(Reason.PAPERS_DISAGREE)
    electors = [await elector_for(session, ballot_id, member_id, policy.today(now)) for member_id in people]
    counts = [tally.favour, tally.against, tally.abstain]
    await put_papers_in(session, ballot, [elector.position for elector in electors], counts)
    await log_ballot(session, ballot, BallotEvent.PAPERS, at=now, by_id=actor.member_id, detail={"papers": len(people)})
    await show_in_group(session, ballot.council_id, PostKind.BALLOT, ballot.id, now=now)
    told = PaperPutForHer(seen.item.code, ballot.id)
    whose = [one for one in people if one != actor.member_id]
    await tell(session, whose, told, f"vote:{ballot.id}:paper", now=now, policy=policy)
    return ballot
