"""Asking others about a matter: one expert (转介), or several partner units at once (吹哨) (spec 4).

Nothing is passed on without the person's recorded consent or a duty of the law that is named (spec 3).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import WHISTLES, Actor, lead_for
from domain.notices import ReferralAsked
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.search_text import normalise_query, person_search_text, search_text
from domain.rules.whistles import next_climb
from domain.usecases.availability import not_tied
from domain.usecases.outbox import tell
from domain.usecases.posts import chain_of
from domain.usecases.timeline import note
from models.area import Area
from models.confidential import Tie
from models.lead import EntryKind, Lead, LeadConsent
from models.member import Appointment, Member, Role, in_force, on_leave
from models.referral import OPEN, Referral, ReferralGround, ReferralKind

ASKED_AS = {ReferralKind.EXPERT: Role.EXPERT, ReferralKind.WHISTLE: Role.PARTNER_UNIT}
# For whom a consent is recorded.
RECIPIENT = {ReferralKind.EXPERT: "expert", ReferralKind.WHISTLE: "unit"}
PURPOSE = "help"


@dataclass(frozen=True, slots=True)
class Basis:
    """Why the matter may be passed on. `agrees` is what she has said just now, None when she was not asked again;
    `law` names the duty that stands in the place of her consent.
    """

    agrees: bool | None = None
    law: str | None = None


async def matter_to_pass_on(
    session: AsyncSession, actor: Actor, lead_id: int, kind: ReferralKind, *, now: datetime
) -> Lead:
    """The lead, when `actor` works on it and may ask others in this way: only heads and centres whistle.

    Raises RefusedError(NOT_YOURS).
    """
    sight = await lead_for(session, actor, lead_id, now=now)
    if not sight.handles:
        raise RefusedError(Reason.NOT_YOURS)
    if kind is ReferralKind.WHISTLE:
        area = await session.get_one(Area, sight.lead.area_id)
        if not actor.covers(area.path, WHISTLES):
            raise RefusedError(Reason.NOT_YOURS)
    return sight.lead


async def whom_to_ask(
    session: AsyncSession, actor: Actor, lead: Lead, kind: ReferralKind, *, now: datetime, policy: Policy
) -> list[tuple[Member, Area]]:
    """Who can be asked about the lead, the nearest first: she is appointed for its area, can be reached, is not bound
    to the household, and has no open request about it.
    """
    asked = select(col(Referral.member_id)).where(col(Referral.lead_id) == lead.id, col(Referral.state).in_(OPEN))
    not_again = {actor.member_id, *(await session.execute(asked)).scalars()}
    people = await reachable(session, lead, ASKED_AS[kind], policy.today(now))
    return [(member, area) for member, area in people if member.id not in not_again]


async def reachable(session: AsyncSession, lead: Lead, role: Role, today: date) -> list[tuple[Member, Area]]:
    """Who holds `role` for the lead's area today, can be reached, and is not bound to the household; the nearest
    first.
    """
    chain = await chain_of(session, lead.area_id)
    tied = select(col(Tie.member_id)).where(
        col(Tie.member_id) == col(Member.id), col(Tie.household_id) == lead.household_id, col(Tie.ended_at).is_(None)
    )
    query = (
        select(Member, Area)
        .join(Appointment, and_(col(Appointment.member_id) == col(Member.id), in_force(today)))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(
            col(Appointment.role) == role,
            col(Appointment.area_id).in_(chain),
            col(Member.frozen_at).is_(None),
            col(Member.unreachable_since).is_(None),
            ~on_leave(today),
            ~tied.exists(),
        )
    )
    rows = [(row[0], row[1]) for row in (await session.execute(query)).all()]
    rows.sort(key=lambda row: (chain.index(row[1].id), row[0].name, row[0].id))
    nearest: dict[int, tuple[Member, Area]] = {}
    for member, area in rows:
        nearest.setdefault(member.id, (member, area))
    return list(nearest.values())


def found_by(query: str, people: Collection[tuple[Member, Area]]) -> list[tuple[Member, Area]]:
    """Those of `people` whose name (in characters, pinyin or initials) or place the query is found in."""
    wanted = normalise_query(query)
    return [
        (member, area)
        for member, area in people
        if wanted in person_search_text(member.name) or wanted in search_text(area.name)
    ]


async def consent_of(session: AsyncSession, lead: Lead, kind: ReferralKind) -> bool | None:
    """What the person concerned has last said about asking such others; None when nobody has recorded it."""
    query = (
        select(col(LeadConsent.given))
        .where(col(LeadConsent.lead_id) == lead.id, col(LeadConsent.recipient) == RECIPIENT[kind])
        .order_by(col(LeadConsent.id).desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def record_consent(
    session: AsyncSession, *, actor: Actor, lead_id: int, kind: ReferralKind, given: bool, now: datetime
) -> Lead:
    """Write down what the person concerned wants, in a row of its own and on the timeline; the newest one holds.

    Raises RefusedError(NOT_YOURS).
    """
    lead = await matter_to_pass_on(session, actor, lead_id, kind, now=now)
    session.add(
        LeadConsent(
            lead_id=lead.id,
            recipient=RECIPIENT[kind],
            purpose=PURPOSE,
            given=given,
            recorded_at=now,
            recorded_by_id=actor.member_id,
        )
    )
    await note(session, lead, EntryKind.CONSENT, actor=actor, now=now, recipient=RECIPIENT[kind], given=given)
    return lead


async def ask_for_help(
    session: AsyncSession,
    *,
    actor: Actor,
    lead_id: int,
    kind: ReferralKind,
    member_ids: Collection[int],
    request: str,
    basis: Basis,
    now: datetime,
    policy: Policy,
) -> list[Referral]:
    """Refer the lead to an expert, or whistle for units. Each is told that she is asked, and nothing of the matter.

    Raises RefusedError: NOT_YOURS, NO_CONSENT (neither consent nor a named duty), CANNOT_BE_ASKED (any more).
    """
    lead = await matter_to_pass_on(session, actor, lead_id, kind, now=now)
    # Two who ask at once ask one after the other: nobody is asked the same twice.
    await session.refresh(lead, with_for_update={"key_share": True})
    ground = await _ground(session, actor, lead, kind, basis, now=now)
    possible = {member.id for member, _ in await whom_to_ask(session, actor, lead, kind, now=now, policy=policy)}
    wanted = list(dict.fromkeys(member_ids))
    if not wanted or not possible.issuperset(wanted) or (kind is ReferralKind.EXPERT and len(wanted) != 1):
        raise RefusedError(Reason.CANNOT_BE_ASKED)
    whistle = kind is ReferralKind.WHISTLE
    made = [
        Referral(
            lead_id=lead.id,
            kind=kind,
            member_id=member_id,
            asked_by_id=actor.member_id,
            asked_at=now,
            ground=ground,
            law=basis.law,
            request=request,
            until=now + timedelta(days=policy.referral_days),
            climbs_at=next_climb(now, lead.colour, 0, policy) if whistle else None,
        )
        for member_id in wanted
    ]
    session.add_all(made)
    await session.flush()
    entry = EntryKind.WHISTLED if whistle else EntryKind.REFERRED
    await note(session, lead, entry, actor=actor, now=now, body=request, members=wanted, ground=ground.value)
    for referral in made:
        await ring(session, referral, lead, now=now, policy=policy)
    return made


async def ring(session: AsyncSession, referral: Referral, lead: Lead, *, now: datetime, policy: Policy) -> None:
    """Tell the one who is asked that she is; a whistle that has climbed rings her again."""
    notice = ReferralAsked(lead.code, lead.colour, referral.id, referral.kind)
    key = f"referral-asked:{referral.id}:{referral.climbs}"
    await tell(session, await not_tied(session, lead, [referral.member_id]), notice, key, now=now, policy=policy)


async def _ground(
    session: AsyncSession, actor: Actor, lead: Lead, kind: ReferralKind, basis: Basis, *, now: datetime
) -> ReferralGround:
    if basis.agrees is not None:
        await record_consent(session, actor=actor, lead_id=lead.id, kind=kind, given=basis.agrees, now=now)
    if basis.law:
        return ReferralGround.LAW
    if not await consent_of(session, lead, kind):
        raise RefusedError(Reason.NO_CONSENT)
    return ReferralGround.CONSENT
