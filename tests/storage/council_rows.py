"""A council with a row of every table that hangs on one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.agenda import (
    AgendaItem,
    CouncilFile,
    GuestKind,
    ItemEntry,
    ItemEvent,
    ItemGuest,
    ItemSource,
    ItemState,
    Urgency,
)
from models.area import Area
from models.ballot import (
    Ballot,
    BallotBox,
    BallotChoice,
    BallotEntry,
    BallotEvent,
    BallotOutcome,
    BallotState,
    BallotWords,
    ClosedBy,
    Elector,
    Seat,
    Vote,
    VoteWay,
)
from models.council import Council, CouncilGroup, GroupCode, GroupPost, Majority, PostKind
from models.flow_receipt import FlowReceipt
from models.lead import FileKind
from models.meeting import (
    Attendance,
    CouncilMeeting,
    MeetingItem,
    MeetingMode,
    MeetingState,
    Minutes,
    MinutesCorrection,
    MinutesVersion,
    SignedBy,
)
from models.project import CouncilProject, ProjectEntry, ProjectEvent, ProjectRating, ProjectStep, RatingAsked
from tests.support.county import SATURDAY

# Items: two are voted on, openly and secretly; one is passed; one is accepted; the last was merged into the first.
OPEN_ITEM, SECRET_ITEM, PASSED_ITEM, ACCEPTED_ITEM, MERGED_ITEM = range(1, 6)
# Ballots: the two that are open, and two on the passed item that are closed.
OPEN, SECRET, CLOSED, CLOSED_SECRET = range(1, 5)
_SOON = SATURDAY + timedelta(hours=2)
_STATES = (ItemState.VOTING, ItemState.VOTING, ItemState.PASSED, ItemState.ACCEPTED, ItemState.MERGED)


async def found_council(session: AsyncSession, *, first: int, second: int) -> None:
    """Two councils, of which the first has everything; two members by their numbers."""
    for number, code in enumerate(("T-A", "T-B"), 1):
        area = (await session.execute(select(col(Area.id)).where(col(Area.code) == code))).scalar_one()
        session.add(Council(area_id=area, name=f"议事会{number}", founded_at=SATURDAY))
        await session.flush()
    session.add(CouncilGroup(council_id=1, chat_id=-1, bound_by_id=first, bound_at=SATURDAY, free_at=SATURDAY))
    session.add(GroupCode(code_hash="a", council_id=1, issued_by_id=first, expires_at=_SOON))
    session.add(GroupPost(council_id=1, kind=PostKind.BALLOT, subject_id=1, wanted_at=SATURDAY))
    for number, state in enumerate(_STATES, 1):
        session.add(_item(number, state, first))
        await session.flush()
    session.add(ItemEntry(item_id=OPEN_ITEM, kind=ItemEvent.PROPOSED, at=SATURDAY, by_id=first))
    session.add(
        ItemGuest(item_id=OPEN_ITEM, kind=GuestKind.ELDER, invited_by_id=first, invited_at=SATURDAY, code_hash="g",
                  member_id=first, joined_at=SATURDAY)
    )  # fmt: skip
    await _meetings(session, first)
    await _ballots(session, first, second)
    await _project(session, first)
    session.add(CouncilFile(item_id=OPEN_ITEM, kind=FileKind.PHOTO, file_id="f", sent_by_id=first, sent_at=SATURDAY))
    session.add(FlowReceipt(id="r", user_id=1, at=SATURDAY, reply="{}"))
    await session.flush()


def _item(number: int, state: ItemState, member_id: int) -> AgendaItem:
    return AgendaItem(
        code=f"T-A-26-{number:03}", conversation_id=f"item-{number}", council_id=1, year=2026, number=number,
        title="装路灯", body="晚上看不清", urgency=Urgency.SMALL, source=ItemSource.MEMBER, state=state,
        proposer_id=member_id, proposed_at=SATURDAY, changed_at=SATURDAY,
        merged_into_id=OPEN_ITEM if state is ItemState.MERGED else None,
    )  # fmt: skip


async def _meetings(session: AsyncSession, member_id: int) -> None:
    session.add(
        CouncilMeeting(code="M1", conversation_id="m1", council_id=1, mode=MeetingMode.TOGETHER, planned_at=SATURDAY,
                       chair_id=member_id, recorder_id=member_id, state=MeetingState.RUNNING, begun_at=SATURDAY)
    )  # fmt: skip
    await session.flush()
    session.add(MeetingItem(meeting_id=1, item_id=OPEN_ITEM, position=1))
    session.add(Attendance(meeting_id=1, member_id=member_id, seat=Seat.STANDING, how=SignedBy.BUTTON))
    session.add(Minutes(meeting_id=1))
    session.add(MinutesVersion(meeting_id=1, version=1, at=SATURDAY, facts="{}"))
    session.add(
        MinutesCorrection(meeting_id=1, version=1, conversation_id="k", member_id=member_id, at=SATURDAY, body="x")
    )
    await session.flush()


async def _ballots(session: AsyncSession, first: int, second: int) -> None:
    """The closed ones are opened and closed, since nothing can be put into them afterwards."""
    for number, item_id, secret in (
        (OPEN, OPEN_ITEM, False),
        (SECRET, SECRET_ITEM, True),
        (CLOSED, PASSED_ITEM, False),
        (CLOSED_SECRET, PASSED_ITEM, True),
    ):
        ballot = Ballot(
            conversation_id=f"b{number}", item_id=item_id, council_id=1, meeting_id=1, secret=secret,
            opened_by_id=first, opened_at=SATURDAY, closes_at=_SOON, quorum_num=2, quorum_den=3,
            majority=Majority.MORE_THAN_HALF, abstain_counts=True, standing=2, invited=0,
        )  # fmt: skip
        session.add(ballot)
        await session.flush()
        await _hang_on_ballot(session, ballot, first, second)
        if number in (CLOSED, CLOSED_SECRET):
            ends: dict[str, Any] = {
                "state": BallotState.CLOSED, "ended_at": _SOON, "closed_by": ClosedBy.DEADLINE, "favour": 1,
                "against": 0, "abstain": 0, "outcome": BallotOutcome.PASSED, "seal": "s",
            }  # fmt: skip
            for name, value in ends.items():
                setattr(ballot, name, value)
            await session.flush()


async def _hang_on_ballot(session: AsyncSession, ballot: Ballot, first: int, second: int) -> None:
    for position, member_id in enumerate((first, second)):
        session.add(Elector(ballot_id=ballot.id, member_id=member_id, position=position, seat=Seat.STANDING))
    session.add(BallotWords(ballot_id=ballot.id, title="t", body="b", salt="s"))
    await session.flush()
    opened: dict[str, Any] = {"ballot_id": ballot.id, "ballot_secret": ballot.secret, "at": SATURDAY, "chain": "c"}
    session.add(BallotEntry(number=1, kind=BallotEvent.OPENED, by_id=first, **opened))
    if ballot.secret:
        session.add(BallotBox(ballot_id=ballot.id, contents="10|00001|00000|00000"))
    else:
        choice, way = BallotChoice.FAVOUR, VoteWay.PRESS
        session.add(Vote(ballot_id=ballot.id, member_id=first, choice=choice, way=way, at=SATURDAY))
        session.add(
            BallotEntry(number=2, kind=BallotEvent.CAST, by_id=first, voter_id=first, choice=choice, way=way, **opened)
        )
    await session.flush()


async def _project(session: AsyncSession, member_id: int) -> None:
    session.add(
        CouncilProject(conversation_id="p", item_id=PASSED_ITEM, council_id=1, owner_id=member_id, what="x",
                       started_on=SATURDAY.date(), due_on=SATURDAY.date())
    )  # fmt: skip
    await session.flush()
    session.add(ProjectStep(project_id=1, position=1, what="x"))
    session.add(
        ProjectEntry(project_id=1, kind=ProjectEvent.STARTED, at=SATURDAY, by_id=member_id, conversation_id="e")
    )
    session.add(ProjectRating(project_id=1, asked_at=SATURDAY, until=_SOON, contents="0|00000"))
    session.add(RatingAsked(project_id=1, member_id=member_id, position=0))
    await session.flush()
