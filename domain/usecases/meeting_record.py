"""What the record of a council's meeting (妇女议事会活动记录表) says, from what was written down (spec 5; D).

One that is sent round is kept as it was. No address of a door at which the council met stands in it.
"""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_access import standing_members
from domain.rules.ballot import Tally, needed_in_favour, needed_to_vote
from domain.rules.policy import Policy
from domain.usecases.ballot_counting import is_nameless, tally_now
from domain.usecases.ballot_log import rules_of, turnout_of, words_of
from domain.usecases.council_meetings import items_of_meeting
from domain.usecases.meeting_people import attendance_of, names_of
from domain.usecases.record_facts import (
    RecordBallot,
    RecordFacts,
    RecordItem,
    RecordOpinion,
    RecordPeople,
    RecordProject,
)
from models.agenda import AgendaItem, CouncilFile, ItemEntry, ItemEvent, ItemGuest
from models.area import Area
from models.ballot import Ballot, BallotState, Elector, Seat, Vote, VoteWay
from models.council import Council
from models.lead import FileKind
from models.meeting import CouncilMeeting, Minutes
from models.project import CouncilProject


async def record_of(session: AsyncSession, meeting: CouncilMeeting, minutes: Minutes, policy: Policy) -> RecordFacts:
    """The record of a meeting that was held, as everything is now."""
    council = await session.get_one(Council, meeting.council_id)
    names = await names_of(session, [meeting.chair_id, meeting.recorder_id or meeting.chair_id])
    photos = select(col(CouncilFile.id)).where(
        col(CouncilFile.meeting_id) == meeting.id, col(CouncilFile.kind) == FileKind.PHOTO
    )
    items = await items_of_meeting(session, meeting.id)
    return RecordFacts(
        code=meeting.code,
        council=council.name,
        area=(await session.get_one(Area, council.area_id)).name,
        alliance=council.alliance or "",
        mode=meeting.mode,
        quick=meeting.quick,
        planned_at=meeting.planned_at,
        begun_at=meeting.begun_at or meeting.planned_at,
        ended_at=meeting.ended_at or meeting.planned_at,
        place=meeting.public_place,
        chair=names[meeting.chair_id],
        recorder=names[meeting.recorder_id or meeting.chair_id],
        people=await _people(session, meeting, council, items, policy),
        items=tuple([await _item(session, meeting, item) for item in items]),
        notes=minutes.opinions or "",
        decisions=minutes.decisions or "",
        pictures=tuple((await session.execute(photos.order_by(col(CouncilFile.id)))).scalars()),
    )


async def _people(
    session: AsyncSession, meeting: CouncilMeeting, council: Council, items: Sequence[AgendaItem], policy: Policy
) -> RecordPeople:
    if meeting.quick:
        return await _voters(session, meeting)
    attended = await attendance_of(session, meeting.id)
    there = [one.member_id for one in attended if one.seat is Seat.STANDING]
    invited = [one.member_id for one in attended if one.seat is Seat.INVITED]
    due = await standing_members(session, council, policy.today(meeting.begun_at or meeting.planned_at))
    due = list(dict.fromkeys([*due, *there]))
    guests = [one for one in await _guests_then(session, meeting, items) if one not in due]
    names = await names_of(session, [*due, *guests, *invited])
    return RecordPeople(
        standing_due=len(due),
        standing_there=len(there),
        invited_due=len({*guests, *invited}),
        invited_there=len(invited),
        there=tuple(names[one] for one in there),
        invited=tuple(names[one] for one in invited),
        absent=tuple(names[one] for one in due if one not in there),
        named=True,
    )


async def _voters(session: AsyncSession, meeting: CouncilMeeting) -> RecordPeople:
    """Those of a ballot's own meeting: the electorate, and whoever voted."""
    ballot = (await session.execute(select(Ballot).where(col(Ballot.meeting_id) == meeting.id))).scalars().first()
    if ballot is None:  # one is made with it
        return RecordPeople(0, 0, 0, 0, (), (), (), named=False)
    turnout = turnout_of(ballot)
    if ballot.secret or await is_nameless(session, ballot):
        # Who voted secretly is told by nobody: where all voted alike it would tell how.
        return RecordPeople(ballot.standing, turnout, ballot.invited, 0, (), (), (), named=False)
    attended = await attendance_of(session, meeting.id)
    there = [one.member_id for one in attended if one.seat is Seat.STANDING]
    invited = [one.member_id for one in attended if one.seat is Seat.INVITED]
    query = select(col(Elector.member_id)).where(col(Elector.ballot_id) == ballot.id)
    electors = list((await session.execute(query.order_by(col(Elector.position)))).scalars())
    names = await names_of(session, electors)
    return RecordPeople(
        standing_due=ballot.standing,
        standing_there=len(there),
        invited_due=ballot.invited,
        invited_there=len(invited),
        there=tuple(names[one] for one in there),
        invited=tuple(names[one] for one in invited),
        absent=tuple(names[one] for one in electors if one not in {*there, *invited}),
        named=True,
    )


async def _guests_then(session: AsyncSession, meeting: CouncilMeeting, items: Sequence[AgendaItem]) -> list[int]:
    """X as they were at the meeting: joined before its end, not uninvited before it began."""
    query = select(col(ItemGuest.member_id)).where(
        col(ItemGuest.item_id).in_([item.id for item in items]),
        col(ItemGuest.joined_at) <= meeting.ended_at,
        or_(col(ItemGuest.ended_at).is_(None), col(ItemGuest.ended_at) >= meeting.begun_at),
    )
    found = (await session.execute(query.order_by(col(ItemGuest.id)))).scalars()
    return list(dict.fromkeys(one for one in found if one is not None))


async def _item(session: AsyncSession, meeting: CouncilMeeting, item: AgendaItem) -> RecordItem:
    query = select(ItemEntry).where(col(ItemEntry.item_id) == item.id, col(ItemEntry.kind) == ItemEvent.OPINION)
    said = (await session.execute(query.order_by(col(ItemEntry.id)))).scalars().all()
    names = await names_of(session, [item.proposer_id, *(entry.by_id for entry in said if entry.by_id is not None)])
    votes = select(Ballot).where(
        col(Ballot.meeting_id) == meeting.id,
        col(Ballot.item_id) == item.id,
        col(Ballot.state) == BallotState.CLOSED,
    )
    ballots = (await session.execute(votes.order_by(col(Ballot.id)))).scalars().all()
    # What was decided is what stood there then, however the item reads since.
    last = await words_of(session, ballots[-1]) if ballots else None
    title, body = (last.title, last.body) if last else (item.title, item.body)
    return RecordItem(
        code=item.code,
        title=title,
        body=body,
        urgency=item.urgency,
        source=item.source,
        proposer=names[item.proposer_id],
        state=item.state,
        opinions=tuple(RecordOpinion(names.get(entry.by_id or 0, ""), entry.body or "") for entry in said),
        ballots=tuple([await _ballot(session, ballot, (title, body)) for ballot in ballots]),
        project=await _project(session, item),
    )


async def _ballot(session: AsyncSession, ballot: Ballot, above: tuple[str, str]) -> RecordBallot:
    if ballot.outcome is None or ballot.closed_by is None or ballot.ended_at is None:
        raise AssertionError(f"ballot {ballot.id} is closed and was not counted")
    words = await words_of(session, ballot)
    title, body = (words.title, words.body) if words and (words.title, words.body) != above else ("", "")
    rules = rules_of(ballot)
    count = await tally_now(session, ballot)
    counted, entered = count.tally, count.papers
    tally = counted or Tally()
    by_proxy = select(func.count()).where(col(Vote.ballot_id) == ballot.id, col(Vote.way) == VoteWay.PROXY)
    proxies = (await session.execute(by_proxy)).scalar_one()
    return RecordBallot(
        secret=ballot.secret,
        standing=ballot.standing,
        invited=ballot.invited,
        quorum_num=ballot.quorum_num,
        quorum_den=ballot.quorum_den,
        needed=needed_to_vote(ballot.standing + ballot.invited, rules),
        favour=tally.favour,
        against=tally.against,
        abstain=tally.abstain,
        majority=ballot.majority,
        abstain_counts=ballot.abstain_counts,
        needed_favour=needed_in_favour(tally, rules),
        shows=counted is not None,
        turnout=turnout_of(ballot),
        outcome=ballot.outcome,
        closed_by=ballot.closed_by,
        ended_at=ballot.ended_at,
        papers=entered - proxies,
        proxies=proxies,
        title=title,
        body=body,
    )


async def _project(session: AsyncSession, item: AgendaItem) -> RecordProject | None:
    query = select(CouncilProject).where(col(CouncilProject.item_id) == item.id)
    project = (await session.execute(query)).scalar_one_or_none()
    if project is None:
        return None
    owner = (await names_of(session, [project.owner_id]))[project.owner_id]
    return RecordProject(project.what, owner, project.due_on, project.state)
