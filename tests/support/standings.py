"""How somebody can stand to a lead, written straight into the tables: the access matrix tries each with every role."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.alert import Alert, AlertBell, AlertRung, AlertState, NextStep, RungState
from models.area import Area, AreaKind
from models.confidential import BreakGlass, Tie, TieKind
from models.conversation import Conversation
from models.lead import Colour, EntryKind, Lead, LeadEntry, LeadSource, LeadStage, Where
from models.member import Appointment, Member, Role
from models.referral import Referral, ReferralGround, ReferralKind, ReferralState
from tests.support.county import COUNTY, POLICY, RIGHTS, SATURDAY, WORKER
from tests.support.numbers import area_number, house_number, member_number

ME, OTHER, THIRD = "me", "other", "third"
HOUSE = "T-A-01-004"
WORDS = "她说孩子不敢回家"
# Where each role is appointed so that it covers the household, and where so that it does not.
PLACES: dict[Role, tuple[str, str]] = {
    Role.GRID_WORKER: ("T-A-01", "T-B-01"),
    Role.INSTRUCTOR: ("T-A-01", "T-B-01"),
    **dict.fromkeys((Role.EXECUTIVE, Role.MEDIATOR, Role.HEAD), ("T-A", "T-B")),
    **dict.fromkeys((Role.COUNCIL_CHAIR, Role.COUNCIL_MEMBER), ("T-A", "T-B")),
    **dict.fromkeys((Role.TOWNSHIP_CENTRE, Role.PARTNER_UNIT), ("T-X", "T-Y")),
    **dict.fromkeys((Role.COUNTY_CENTRE, Role.FEDERATION_OFFICER, Role.EXPERT), ("T", "U")),
    **dict.fromkeys((Role.ADMINISTRATOR, Role.AUDITOR), ("T", "U")),
}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How she stands to a lead. `holder`, `handler`, `closing` and `closed` say who: she, another, or nobody."""

    stage: LeadStage = LeadStage.REPORTED
    bell: bool = False
    post_rung: bool = False  # her post was rung before it was hers
    holder: str = ""
    working: bool = False
    handler: str = ""
    reporter: str = OTHER
    conflict: bool = False
    closing: str = ""
    closed: str = ""
    wrote: bool = False
    referral: ReferralState | None = None
    glass: bool = False
    over: bool = False  # the referral's days, or the glass's minutes
    tied: bool = False
    frozen: bool = False
    elsewhere: bool = False  # her post is in another place


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody with one post, or none."""

    telegram_id: int
    member_id: int
    role: Role | None
    area_id: int | None


async def far_places(session: AsyncSession) -> None:
    """Another township of the county, and another county."""
    top = (await session.execute(select(Area).where(col(Area.code) == "T"))).scalar_one()
    township = Area(code="T-Y", kind=AreaKind.TOWNSHIP, name="西乡镇", parent_id=top.id)
    county = Area(code="U", kind=AreaKind.COUNTY, name="邻县")
    session.add_all([township, county])
    await session.flush()
    township.path, county.path = f"{top.path}{township.id}/", f"/{county.id}/"


async def appoint(session: AsyncSession, telegram_id: int, role: Role | None, *, elsewhere: bool) -> Subject:
    """Somebody new with this post."""
    member = Member(telegram_id=telegram_id, name="林小满", joined_at=SATURDAY)
    session.add(member)
    await session.flush()
    if role is None:
        return Subject(telegram_id, member.id, None, None)
    code = PLACES[role][elsewhere]
    area = (await session.execute(select(col(Area.id)).where(col(Area.code) == code))).scalar_one()
    session.add(Appointment(member_id=member.id, area_id=area, role=role, starts_on=POLICY.today(SATURDAY)))
    return Subject(telegram_id, member.id, role, area)


async def enter(session: AsyncSession, subject: Subject, standing: Standing) -> None:
    """What holds of her and the household, whatever the lead."""
    if standing.tied:
        session.add(
            Tie(
                member_id=subject.member_id,
                household_id=await house_number(session, HOUSE),
                kind=TieKind.KIN,
                declared_at=SATURDAY,
            )
        )
    if standing.frozen:
        frozen = update(Member).where(col(Member.id) == subject.member_id)
        await session.execute(frozen.values(frozen_at=SATURDAY))


async def leave(session: AsyncSession, subject: Subject) -> None:
    """As before, and no lead has anything to do with her any more."""
    for table in (AlertBell, Referral, BreakGlass, Tie, Conversation):
        await session.execute(delete(table))
    other = await member_number(session, WORKER)
    nobody: dict[str, Any] = {"closing_by_id": None, "closed_by_id": None, "closed_at": None, "handler_id": None}
    await session.execute(update(Lead).values(stage=LeadStage.REPORTED, reporter_id=other, **nobody))
    await session.execute(update(Member).where(col(Member.id) == subject.member_id).values(frozen_at=None))


async def lead_of(session: AsyncSession, subject: Subject, standing: Standing) -> tuple[Lead, Alert]:
    """A new lead to which she stands like this."""
    others = {
        ME: subject.member_id,
        OTHER: await member_number(session, COUNTY),
        THIRD: await member_number(session, RIGHTS),
    }
    number = next(_numbers)
    lead = Lead(
        code=f"L261121-{number:04}",
        conversation_id=f"matrix-{number}",
        item="child_alone",
        colour=Colour.YELLOW,
        key_matter=False,
        mediable=True,
        stage=standing.stage,
        area_id=await area_number(session, "T-A-01"),
        whereabouts=Where.HOUSEHOLD,
        household_id=await house_number(session, HOUSE),
        source=LeadSource.SEEN,
        reporter_id=subject.member_id if standing.reporter == ME else await member_number(session, WORKER),
        reported_at=SATURDAY,
        conflict=standing.conflict,
        narrative=WORDS,
        handler_id=others.get(standing.handler),
        closing_by_id=others.get(standing.closing),
        closed_by_id=others.get(standing.closed),
        closed_at=SATURDAY if standing.closed else None,
    )
    session.add(lead)
    await session.flush()
    alert = await _alert(session, lead, subject, standing, others.get(standing.holder))
    _add_what_hangs_on_it(session, lead, subject, standing, others[OTHER])
    return lead, alert


async def _alert(session: AsyncSession, lead: Lead, subject: Subject, standing: Standing, holder: int | None) -> Alert:
    state = AlertState.CLOSED if standing.closed else AlertState.HELD if holder else AlertState.RINGING
    is_open = state is not AlertState.CLOSED
    alert = Alert(
        lead_id=lead.id,
        colour=lead.colour,
        state=state,
        opened_at=SATURDAY,
        rung=0,
        holder_id=holder if is_open else None,
        working=standing.working,
        next_step=(NextStep.ASK if holder else NextStep.CLIMB) if is_open else None,
        next_step_at=SATURDAY + timedelta(days=1) if is_open else None,
    )
    session.add(alert)
    await session.flush()
    posts = [[subject.role.value, subject.area_id]] if standing.post_rung and subject.role else []
    session.add(AlertRung(alert_id=alert.id, position=0, after_minutes=0, posts=posts, state=RungState.RUNG))
    if standing.bell:
        session.add(
            AlertBell(alert_id=alert.id, member_id=subject.member_id, position=0, first_at=SATURDAY, last_at=SATURDAY)
        )
    return alert


def _add_what_hangs_on_it(session: AsyncSession, lead: Lead, subject: Subject, standing: Standing, other: int) -> None:
    until = SATURDAY - timedelta(minutes=5) if standing.over else SATURDAY + timedelta(minutes=20)
    if standing.stage not in (LeadStage.REPORTED, LeadStage.VERIFYING):
        session.add(LeadEntry(lead_id=lead.id, kind=EntryKind.VERIFIED, at=SATURDAY, by_id=other))
    if standing.wrote:
        session.add(LeadEntry(lead_id=lead.id, kind=EntryKind.NOTE, at=SATURDAY, by_id=subject.member_id, body="x"))
    if standing.referral:
        session.add(
            Referral(
                lead_id=lead.id,
                kind=ReferralKind.EXPERT,
                member_id=subject.member_id,
                asked_by_id=other,
                asked_at=SATURDAY - timedelta(days=3),
                ground=ReferralGround.CONSENT,
                state=standing.referral,
                until=until,
            )
        )
    if standing.glass:
        at = SATURDAY - timedelta(minutes=30)
        session.add(BreakGlass(lead_id=lead.id, member_id=subject.member_id, at=at, until=until, reason="急"))
