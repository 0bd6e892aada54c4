"""Opening a ballot: the electorate and the rules are fixed at that instant (spec 5)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import ItemSight, guests_of_item, hold_item, led_item, standing_members
from domain.council_notices import VoteWanted
from domain.refusals import Reason, RefusedError
from domain.rules.ballot import CHOICES, LONGEST, SHORTEST, may_open
from domain.rules.hash_chain import Place, Words, electorate_to_log, rules_to_log, words_hash
from domain.rules.policy import Policy
from domain.rules.urn import Urn
from domain.usecases.ballot_log import log_ballot, rules_of
from domain.usecases.council_meetings import meeting_of_ballot, met_on
from domain.usecases.group_posts import show_in_group
from domain.usecases.item_changes import move_item
from domain.usecases.item_history import note_item, tell_of_item
from domain.usecases.outbox import tell
from models.agenda import AgendaItem, ItemEntry, ItemEvent, ItemState
from models.ballot import Ballot, BallotBox, BallotEvent, BallotWords, Elector, Seat
from models.council import Council, CouncilGroup, GroupState, PostKind

SALT_BYTES = 16


async def electorate_now(
    session: AsyncSession, item: AgendaItem, council: Council, now: datetime, policy: Policy
) -> tuple[Sequence[int], Sequence[int]]:
    """Who would be on the list of a ballot opened now: N, and those of X who are not among N."""
    standing = await standing_members(session, council, policy.today(now))
    invited = [member for member in await guests_of_item(session, item.id) if member not in standing]
    return standing, list(dict.fromkeys(invited))


def check_deadline(closes_at: datetime, now: datetime) -> None:
    """Raises RefusedError: DEADLINE_TOO_SOON (or past), DEADLINE_TOO_FAR."""
    if closes_at < now + SHORTEST:
        raise RefusedError(Reason.DEADLINE_TOO_SOON)
    if closes_at > now + LONGEST:
        raise RefusedError(Reason.DEADLINE_TOO_FAR)


async def may_be_opened(session: AsyncSession, *, actor: Actor, item_id: int) -> ItemSight:
    """The item, when its chair can open a vote on it now.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_VOTING, DISCUSS_FIRST (难事共议, W), NOT_ON_AGENDA.
    """
    sight = await led_item(session, actor, item_id)
    item = sight.item
    if item.state is ItemState.VOTING:
        raise RefusedError(Reason.ITEM_VOTING)
    if not may_open(item.urgency, item.state, discussed=await _discussed(session, item)):
        talked_of = item.state in (ItemState.ACCEPTED, ItemState.DISCUSSING)
        raise RefusedError(Reason.DISCUSS_FIRST if talked_of else Reason.NOT_ON_AGENDA)
    return sight


async def open_ballot(
    session: AsyncSession,
    *,
    actor: Actor,
    item_id: int,
    secret: bool,
    closes_at: datetime,
    conversation_id: str,
    now: datetime,
    token: Callable[[int], str],
    policy: Policy,
) -> Ballot:
    """Put an item to the vote. The list of electors and the council's rules are copied and stay (spec 5: N+X, R).

    So do the words of the item: it may be worded otherwise afterwards. `token(n)` gives n random bytes as text.
    Whoever is invited (X) is told at once: she may not be in the group; where none is bound, everybody is.
    The same conversation opens one ballot.
    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_VOTING, DISCUSS_FIRST, NOT_ON_AGENDA, DEADLINE_TOO_SOON,
    DEADLINE_TOO_FAR, NOBODY_VOTES.
    """
    before = await _opened_before(session, actor, conversation_id)
    if before is not None:
        return before
    await hold_item(session, (await led_item(session, actor, item_id)).item)
    sight = await may_be_opened(session, actor=actor, item_id=item_id)
    item, council = sight.item, sight.council
    check_deadline(closes_at, now)
    standing, invited = await electorate_now(session, item, council, now, policy)
    if not standing and not invited:
        raise RefusedError(Reason.NOBODY_VOTES)
    meeting = await meeting_of_ballot(
        session, item, chair_id=actor.member_id, conversation_id=conversation_id, now=now, policy=policy
    )
    ballot = Ballot(
        conversation_id=conversation_id,
        item_id=item.id,
        council_id=council.id,
        meeting_id=meeting.id,
        secret=secret,
        opened_by_id=actor.member_id,
        opened_at=now,
        closes_at=closes_at,
        quorum_num=council.quorum_num,
        quorum_den=council.quorum_den,
        majority=council.majority,
        abstain_counts=council.abstain_counts,
        standing=len(standing),
        invited=len(invited),
    )
    session.add(ballot)
    await session.flush()
    words = Words(item.title, item.body, token(SALT_BYTES))
    await _freeze(session, ballot, words, standing, invited, came_from=item.state)
    await _tell_of_opening(session, ballot, item, standing, invited, policy=policy)
    return ballot


async def _opened_before(session: AsyncSession, actor: Actor, conversation_id: str) -> Ballot | None:
    query = select(Ballot).where(
        col(Ballot.conversation_id) == conversation_id, col(Ballot.opened_by_id) == actor.member_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _discussed(session: AsyncSession, item: AgendaItem) -> bool:
    """Whether an opinion was given on it, or a meeting has dealt with it."""
    opinion = exists().where(col(ItemEntry.item_id) == item.id, col(ItemEntry.kind) == ItemEvent.OPINION)
    return bool((await session.execute(select(opinion))).scalar_one()) or await met_on(session, item.id)


async def _freeze(
    session: AsyncSession,
    ballot: Ballot,
    words: Words,
    standing: Sequence[int],
    invited: Sequence[int],
    *,
    came_from: ItemState,
) -> None:
    """Write down what is voted on and by whom, the empty box of a secret ballot, and the log's first entry with it."""
    seats = [*((member, Seat.STANDING) for member in standing), *((member, Seat.INVITED) for member in invited)]
    places = [Place(position, member, seat) for position, (member, seat) in enumerate(seats)]
    session.add_all(
        Elector(ballot_id=ballot.id, member_id=place.member_id, position=place.position, seat=place.seat)
        for place in places
    )
    session.add(BallotWords(ballot_id=ballot.id, title=words.title, body=words.body, salt=words.salt))
    if ballot.secret:
        session.add(BallotBox(ballot_id=ballot.id, contents=Urn.empty(len(places), len(CHOICES)).dump()))
    await session.flush()
    await log_ballot(
        session,
        ballot,
        BallotEvent.OPENED,
        at=ballot.opened_at,
        by_id=ballot.opened_by_id,
        detail={
            "item": ballot.item_id,
            "words": words_hash(words),
            "secret": ballot.secret,
            "rules": rules_to_log(rules_of(ballot)),
            "electors": electorate_to_log(places),
            "closes_at": ballot.closes_at.isoformat(),
            "from": came_from.value,
        },
    )


async def _tell_of_opening(
    session: AsyncSession,
    ballot: Ballot,
    item: AgendaItem,
    standing: Sequence[int],
    invited: Sequence[int],
    *,
    policy: Policy,
) -> None:
    now = ballot.opened_at
    await move_item(session, item, ItemState.VOTING, now=now)
    entry = await note_item(
        session, item, ItemEvent.OPENED, at=now, by_id=ballot.opened_by_id, detail={"ballot": ballot.id}
    )
    await tell_of_item(session, item, entry, now=now, policy=policy)
    await show_in_group(session, ballot.council_id, PostKind.BALLOT, ballot.id, now=now, urgent=True)
    wanted = VoteWanted(item.code, ballot.id, ballot.closes_at.astimezone(policy.zone), ballot.secret, again=False)
    group = await session.get(CouncilGroup, ballot.council_id)
    shown = group is not None and group.state is GroupState.BOUND
    asked = [one for one in (*(() if shown else standing), *invited) if one != ballot.opened_by_id]
    await tell(session, asked, wanted, f"vote:{ballot.id}:opened", now=now, policy=policy)
