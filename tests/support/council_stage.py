"""A council with a record for every button, and people who stand to it in every way; all in the tables alone."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import actors_by_telegram_id
from domain.rules.urn import Urn
from domain.usecases.minutes import send_round
from models.agenda import AgendaItem, GuestKind, ItemEntry, ItemEvent, ItemGuest, ItemSource, ItemState, Urgency
from models.area import Area
from models.ballot import Ballot, BallotBox, BallotChoice, BallotState, BallotWords, Elector, Seat, Vote, VoteWay
from models.council import Council, CouncilGroup, Majority
from models.meeting import (
    Attendance,
    CouncilMeeting,
    MeetingItem,
    MeetingMode,
    MeetingState,
    Minutes,
    MinutesCorrection,
    SignedBy,
)
from models.member import Appointment, Member, Role
from models.project import CouncilProject, ProjectRating, ProjectState, RatingAsked
from tests.support.ballots import member_id
from tests.support.councils import CHAIR, FIRST, VOTERS, add_council_rows
from tests.support.county import POLICY, SATURDAY

# What is written in the records, and must not reach anybody whom they do not concern.
WORDS = ("秘字议题", "秘字内容", "秘字意见", "秘字项目", "秘字会场", "秘字更正")
PERSON = 700
_numbers = count(1)


@dataclass(slots=True)
class Stage:
    """The records by the name of what is to be done with them."""

    council: int = 0
    items: dict[str, int] = field(default_factory=dict)
    ballots: dict[str, int] = field(default_factory=dict)
    meetings: dict[str, int] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)
    correction: int = 0
    guest_rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody, what she holds, and what she is to the records."""

    telegram_id: int
    member_id: int


# item to do something with: its state, and its urgency
_ITEMS: dict[str, ItemState] = {
    "accept": ItemState.PROPOSED,
    "ask": ItemState.PROPOSED,
    "withdrawn": ItemState.PROPOSED,
    "answer": ItemState.ASKED,
    "discuss": ItemState.ACCEPTED,
    "open": ItemState.ACCEPTED,
    "talk": ItemState.DISCUSSING,
    "link": ItemState.DISCUSSING,
    "again": ItemState.NO_QUORUM,
    "project": ItemState.PASSED,
    "cast": ItemState.VOTING,
    "close": ItemState.VOTING,
    "secret": ItemState.VOTING,
    "ongoing": ItemState.PASSED,
    "done": ItemState.PASSED,
}


async def add_person(session: AsyncSession, telegram_id: int, *posts: tuple[Role, str], **values: Any) -> Subject:
    """Somebody new with these posts, each a role and the code of its area."""
    member = Member(telegram_id=telegram_id, name="林小满", joined_at=SATURDAY, **values)
    session.add(member)
    await session.flush()
    for role, code in posts:
        area = (await session.execute(select(col(Area.id)).where(col(Area.code) == code))).scalar_one()
        session.add(Appointment(member_id=member.id, area_id=area, role=role, starts_on=POLICY.today(SATURDAY)))
    await session.flush()
    return Subject(telegram_id, member.id)


async def set_stage(session: AsyncSession, *, proposer: int, owner: int, guest: int, past: int) -> Stage:
    """The council of 东关村 with its records. `guest` is one of X for every item and votes; `past` is on each list of
    electors and on each project's list of those asked, and has lost her seat since.
    """
    stage = Stage()
    council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
    stage.council = council.id
    chair, first = await member_id(session, CHAIR), await member_id(session, FIRST)
    session.add(CouncilGroup(council_id=council.id, chat_id=-4, bound_by_id=chair, bound_at=SATURDAY, free_at=SATURDAY))
    for name, state in _ITEMS.items():
        stage.items[name] = await _item(session, council, state, proposer, guest, first)
        row = select(col(ItemGuest.id)).where(col(ItemGuest.item_id) == stage.items[name])
        stage.guest_rows[name] = (await session.execute(row)).scalar_one()
    voters = [await member_id(session, one) for one in VOTERS]
    for name in ("cast", "close", "secret"):
        stage.ballots[name] = await _ballot(session, council, stage.items[name], [*voters, past, guest], chair, name)
    await _meetings(session, council, stage, chair, first)
    for name in ("ongoing", "done"):
        stage.projects[name] = await _project(session, council, stage.items[name], owner, name, [*voters, guest, past])
    await session.flush()
    return stage


async def _item(  # noqa: PLR0917 - called once
    session: AsyncSession, council: Council, state: ItemState, proposer: int, guest: int, speaker: int
) -> int:
    number = next(_numbers)
    item = AgendaItem(
        code=f"T-A-26-{number:03}", conversation_id=f"stage-{number}", council_id=council.id, year=2026,
        number=number, title=f"{WORDS[0]}{number}", body=WORDS[1], urgency=Urgency.SMALL, source=ItemSource.VISIT,
        state=state, proposer_id=proposer, proposed_at=SATURDAY, changed_at=SATURDAY,
    )  # fmt: skip
    session.add(item)
    await session.flush()
    session.add(ItemEntry(item_id=item.id, kind=ItemEvent.OPINION, at=SATURDAY, by_id=speaker, body=WORDS[2]))
    session.add(
        ItemGuest(
            item_id=item.id, kind=GuestKind.RESIDENT, invited_by_id=speaker, invited_at=SATURDAY,
            member_id=guest, joined_at=SATURDAY, code_hash=f"stage-{number}",
        )
    )  # fmt: skip
    await session.flush()
    return item.id


async def _ballot(  # noqa: PLR0917 - called once
    session: AsyncSession, council: Council, item: int, voters: list[int], chair: int, name: str
) -> int:
    secret, seats = name == "secret", [*[Seat.STANDING] * (len(voters) - 1), Seat.INVITED]
    ballot = Ballot(
        conversation_id=f"stage-ballot-{item}", item_id=item, council_id=council.id, secret=secret,
        state=BallotState.OPEN, opened_by_id=chair, opened_at=SATURDAY - timedelta(hours=1),
        closes_at=SATURDAY + timedelta(hours=5), quorum_num=2, quorum_den=3, majority=Majority.MORE_THAN_HALF,
        abstain_counts=True, standing=len(voters) - 1, invited=1,
    )  # fmt: skip
    session.add(ballot)
    await session.flush()
    session.add(BallotWords(ballot_id=ballot.id, title="路灯", body="路灯", salt="s"))
    session.add_all(
        Elector(ballot_id=ballot.id, member_id=member, position=place, seat=seat)
        for place, (member, seat) in enumerate(zip(voters, seats, strict=True))
    )
    await session.flush()
    if secret:
        session.add(BallotBox(ballot_id=ballot.id, contents=Urn.empty(len(voters), 3).dump()))
    if name == "close":
        session.add_all(
            Vote(
                ballot_id=ballot.id, member_id=member, choice=BallotChoice.FAVOUR, way=VoteWay.PRESS,
                at=SATURDAY - timedelta(minutes=5),
            )
            for member in voters
        )  # fmt: skip
    await session.flush()
    return ballot.id


async def _meetings(session: AsyncSession, council: Council, stage: Stage, chair: int, first: int) -> None:
    states = {
        "begin": MeetingState.PLANNED, "off": MeetingState.PLANNED, "sign": MeetingState.RUNNING,
        "end": MeetingState.RUNNING, "draft": MeetingState.HELD, "out": MeetingState.HELD,
    }  # fmt: skip
    for name, state in states.items():
        number = next(_numbers)
        begun = SATURDAY - timedelta(hours=2) if state is not MeetingState.PLANNED else None
        meeting = CouncilMeeting(
            code=f"M261121-{number:04}", conversation_id=f"stage-meeting-{number}", council_id=council.id,
            mode=MeetingMode.TOGETHER, planned_at=SATURDAY + timedelta(hours=3), place=WORDS[4], chair_id=chair,
            recorder_id=chair, state=state, begun_at=begun, sign_code="3807" if begun else None,
            ended_at=SATURDAY if state is MeetingState.HELD else None,
        )  # fmt: skip
        session.add(meeting)
        await session.flush()
        session.add(MeetingItem(meeting_id=meeting.id, item_id=stage.items["talk"], position=1))
        stage.meetings[name] = meeting.id
    session.add(Minutes(meeting_id=stage.meetings["draft"], opinions="议过", decisions="定了"))
    out = stage.meetings["out"]
    session.add(Minutes(meeting_id=out, opinions="议过", decisions="定了"))
    session.add(Attendance(meeting_id=out, member_id=first, seat=Seat.STANDING, how=SignedBy.BUTTON, at=SATURDAY))
    chairs = await actors_by_telegram_id(session, [CHAIR], POLICY.today(SATURDAY))
    await send_round(session, actor=chairs[CHAIR], meeting_id=out, now=SATURDAY, policy=POLICY)
    correction = MinutesCorrection(
        meeting_id=out, version=1, conversation_id="stage-fix", member_id=first, at=SATURDAY, body=WORDS[5]
    )
    session.add(correction)
    await session.flush()
    stage.correction = correction.id


async def _project(  # noqa: PLR0917 - called once
    session: AsyncSession, council: Council, item: int, owner: int, name: str, asked: list[int]
) -> int:
    done = name == "done"
    today = POLICY.today(SATURDAY)
    project = CouncilProject(
        conversation_id=f"stage-project-{item}", item_id=item, council_id=council.id, owner_id=owner, what=WORDS[3],
        state=ProjectState.DONE if done else ProjectState.ONGOING, started_on=today, due_on=today + timedelta(days=9),
        ended_on=today if done else None, result=WORDS[3] if done else None,
    )  # fmt: skip
    session.add(project)
    await session.flush()
    if done:
        session.add(
            ProjectRating(
                project_id=project.id, asked_at=SATURDAY, until=SATURDAY + timedelta(days=14),
                contents=Urn.empty(len(asked), 5).dump(),
            )
        )  # fmt: skip
        await session.flush()
        session.add_all(
            RatingAsked(project_id=project.id, member_id=member, position=place) for place, member in enumerate(asked)
        )
        await session.flush()
    return project.id
