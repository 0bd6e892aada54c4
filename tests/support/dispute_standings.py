"""How somebody can stand to a dispute, written straight into the tables; its access matrix tries each with any role."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.confidential import DisputeFollower, Recusal, Tie, TieKind
from models.conversation import Conversation
from models.dispute import (
    OPEN_STATES,
    Dispute,
    DisputeEntry,
    DisputeEntryKind,
    DisputeOutcome,
    DisputeParty,
    DisputeSource,
    DisputeState,
    DisputeStep,
)
from models.lead import Colour, Lead, LeadSource, Where
from models.mediation import MediationGuest
from models.member import Member, Role
from models.referral import Referral, ReferralGround, ReferralKind, ReferralState
from tests.support.county import COUNTY, POLICY, RIGHTS, SATURDAY, TOWNSHIP, WORKER
from tests.support.dispute_rows import add_agreement, add_plan
from tests.support.numbers import area_number, house_number, member_number
from tests.support.standings import HOUSE, ME, OTHER, Subject

WORDS = "两家为了院墙争执"
# On which rung each role stands, and where; whoever stands on none is put to cases of the grid.
RUNGS: dict[Role, tuple[str, str]] = {
    **dict.fromkeys((Role.GRID_WORKER, Role.INSTRUCTOR), ("grid", "T-A-01")),
    **dict.fromkeys((Role.EXECUTIVE, Role.MEDIATOR, Role.HEAD), ("community", "T-A")),
    Role.TOWNSHIP_CENTRE: ("township", "T-X"),
    Role.COUNTY_CENTRE: ("county", "T"),
}
HERS, GRID, ABOVE = "hers", "grid", "above"  # her own rung; the lowest; one that is none of hers, and no head's of hers
_ABOVE = {Role.COUNTY_CENTRE: ("grid", "T-A-01")}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How she stands to a dispute. `owner` and `closing` say who: she, or another."""

    state: DisputeState = DisputeState.MEDIATING
    rung: str = HERS
    owner: str = OTHER
    came_from: bool = False  # the rung below has passed it up
    planned: bool = False
    agreement: bool = False
    followed_up: bool = False
    closing: str = ""
    registrar: str = OTHER
    conflict: bool = False
    wrote: bool = False
    follower: bool = False
    guest: bool = False
    referral: ReferralState | None = None
    over: bool = False  # the referral's days
    recused: bool = False
    tied: bool = False
    frozen: bool = False  # her account
    elsewhere: bool = False  # her post is in another place


async def enter(session: AsyncSession, subject: Subject, standing: Standing) -> None:
    """What holds of her, whatever the dispute."""
    if standing.tied:
        house = await house_number(session, HOUSE)
        session.add(Tie(member_id=subject.member_id, household_id=house, kind=TieKind.KIN, declared_at=SATURDAY))
    if standing.frozen:
        frozen = update(Member).where(col(Member.id) == subject.member_id)
        await session.execute(frozen.values(frozen_at=SATURDAY))


async def leave(session: AsyncSession, subject: Subject) -> None:
    """As before, and no dispute has anything to do with her any more."""
    for table in (MediationGuest, DisputeFollower, Recusal, Referral, Tie, Conversation):
        await session.execute(delete(table))
    away = await area_number(session, "U")
    other = await member_number(session, WORKER)
    await session.execute(update(Dispute).values(rung_area_id=away, registered_by_id=other, area_id=away))
    await session.execute(update(Member).where(col(Member.id) == subject.member_id).values(frozen_at=None))


async def dispute_as(session: AsyncSession, subject: Subject, standing: Standing) -> tuple[Dispute, int]:
    """A new dispute to which she stands like this, and the number of its planned mediation (0: none)."""
    others = {ME: subject.member_id, OTHER: await member_number(session, COUNTY)}
    dispute = await _dispute(session, subject, standing, others)
    session.add(dispute)
    await session.flush()
    session.add(DisputeParty(dispute_id=dispute.id, position=1, name="外村的老黄", consent=True, consent_at=SATURDAY))
    _add_entries(session, dispute, subject, standing, others)
    if standing.agreement:
        await add_agreement(session, dispute, others[OTHER])
    guest = subject.member_id if standing.guest else None
    plan = await add_plan(session, dispute, others[OTHER], guest) if standing.planned else 0
    _add_her(session, dispute, subject, standing, others)
    await session.flush()
    return dispute, plan


async def _dispute(session: AsyncSession, subject: Subject, standing: Standing, others: dict[str, int]) -> Dispute:
    number, state = next(_numbers), standing.state
    rung, place = _rung(subject.role, standing.rung)
    is_open = state in OPEN_STATES
    values: dict[str, Any] = {}
    if state in (DisputeState.CLOSED, DisputeState.ENDED):
        values |= {"outcome": DisputeOutcome.SETTLED if standing.agreement else DisputeOutcome.REFUSED}
    if state is DisputeState.CLOSED:
        values |= {"closing_by_id": others[OTHER], "closed_by_id": await member_number(session, RIGHTS)}
    if state is DisputeState.FROZEN:
        values |= {"red_lead_id": await _red_lead(session, number)}
    if not is_open:
        values |= {"closed_at": SATURDAY - timedelta(days=1)}
    else:
        next_on = POLICY.today(SATURDAY) + timedelta(days=3)
        values |= {
            "owner_id": others[standing.owner],
            "next_on": next_on,
            "next_step": DisputeStep.REMIND,
            "next_step_at": SATURDAY + timedelta(days=3),
        }
    if standing.closing:
        values |= {"closing_by_id": others[standing.closing]}
    return Dispute(
        code=f"D261121-{number:04}",
        conversation_id=f"dispute-matrix-{number}",
        item="neighbours",
        colour=Colour.YELLOW,
        mediable=state in (DisputeState.REGISTERED, DisputeState.MEDIATING),
        state=state,
        source=DisputeSource.OFFICE,
        area_id=await area_number(session, "T-A-01"),
        household_id=await house_number(session, HOUSE),
        facts=WORDS,
        people=1,
        registered_by_id=subject.member_id if standing.registrar == ME else await member_number(session, TOWNSHIP),
        registered_at=SATURDAY - timedelta(days=2),
        conflict=standing.conflict,
        rung=rung,
        rung_area_id=await area_number(session, place),
        rung_since=SATURDAY - timedelta(days=2),
        tried={rung: 0},
        came_from="grid" if standing.came_from else None,
        accepted_at=None if state is DisputeState.REGISTERED else SATURDAY - timedelta(days=1),
        happened_on=POLICY.today(SATURDAY) - timedelta(days=1),
        follow_ups_done=len(POLICY.revisit_days) if standing.followed_up else 0,
        **values,
    )


def _rung(role: Role | None, which: str) -> tuple[str, str]:
    lowest = ("grid", "T-A-01")
    if which == HERS:
        return RUNGS.get(role, lowest) if role else lowest
    if which == GRID:
        return lowest
    return _ABOVE.get(role, ("county", "T")) if role else ("county", "T")


def _add_entries(
    session: AsyncSession, dispute: Dispute, subject: Subject, standing: Standing, others: dict[str, int]
) -> None:
    def entry(kind: DisputeEntryKind, by: int, **detail: Any) -> DisputeEntry:
        return DisputeEntry(dispute_id=dispute.id, kind=kind, at=SATURDAY, by_id=by, detail=detail)

    session.add(entry(DisputeEntryKind.REGISTERED, dispute.registered_by_id, colour="yellow"))
    if standing.closing:
        session.add(entry(DisputeEntryKind.CLOSING, others[standing.closing], outcome="withdrawn", before="mediating"))
    if standing.wrote:
        session.add(entry(DisputeEntryKind.NOTE, subject.member_id))


def _add_her(
    session: AsyncSession, dispute: Dispute, subject: Subject, standing: Standing, others: dict[str, int]
) -> None:
    me = subject.member_id
    if standing.follower:
        session.add(DisputeFollower(dispute_id=dispute.id, member_id=me, rung="grid", since=SATURDAY))
    if standing.recused:
        session.add(Recusal(member_id=me, dispute_id=dispute.id, at=SATURDAY, recorded_by_id=me))
    if standing.referral:
        until = SATURDAY - timedelta(minutes=5) if standing.over else SATURDAY + timedelta(days=3)
        session.add(
            Referral(
                dispute_id=dispute.id,
                kind=ReferralKind.EXPERT,
                member_id=me,
                asked_by_id=others[OTHER],
                asked_at=SATURDAY - timedelta(days=1),
                ground=ReferralGround.CONSENT,
                state=standing.referral,
                until=until,
            )
        )


async def _red_lead(session: AsyncSession, number: int) -> int:
    lead = Lead(
        code=f"L261121-R{number:03}",
        conversation_id=f"dispute-matrix-red-{number}",
        item="domestic_violence",
        colour=Colour.RED,
        key_matter=True,
        mediable=False,
        area_id=await area_number(session, "T-A-01"),
        whereabouts=Where.NO_HOUSEHOLD,
        source=LeadSource.SEEN,
        reporter_id=await member_number(session, WORKER),
        reported_at=SATURDAY,
    )
    session.add(lead)
    await session.flush()
    return lead.id
