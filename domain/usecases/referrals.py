"""Asking others about a lead or a dispute: one expert (转介), or several partner units at once (吹哨) (spec 4).

Nothing is passed on without the recorded consent of the person concerned (of all parties, for a dispute) or a duty of
the law that is named (spec 3).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import WHISTLES, Actor
from domain.referral_notices import ReferralAsked
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.search_text import normalise_query, person_search_text, search_text
from domain.rules.whistles import next_climb
from domain.usecases.help_subject import Passing, Subject
from domain.usecases.help_subjects import subject_of
from domain.usecases.outbox import tell
from domain.usecases.posts import chain_of
from models.area import Area
from models.dispute import Dispute
from models.lead import Lead
from models.member import Appointment, Member, Role, in_force, on_leave
from models.referral import OPEN, About, Referral, ReferralGround, ReferralKind

ASKED_AS = {ReferralKind.EXPERT: Role.EXPERT, ReferralKind.WHISTLE: Role.PARTNER_UNIT}


@dataclass(frozen=True, slots=True)
class Basis:
    """Why the matter may be passed on. `agrees` is what was said just now, None when nobody was asked again; `law`
    names the duty that stands in the place of consent.
    """

    agrees: bool | None = None
    law: str | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """Which lead or dispute is meant."""

    about: About
    id: int


async def matter_to_pass_on(
    session: AsyncSession, actor: Actor, which: Matter, kind: ReferralKind, *, now: datetime, policy: Policy
) -> Subject:
    """The lead or dispute, when `actor` works on it and may ask others in this way.

    Only heads and centres whistle; the head of a dispute's rung does so although it is not hers to mediate.

    Raises RefusedError(NOT_YOURS).
    """
    is_lead = which.about is About.LEAD
    found = await session.get(Lead, which.id) if is_lead else await session.get(Dispute, which.id)
    if found is None:
        raise RefusedError(Reason.NOT_YOURS)
    subject = subject_of(found)
    stance = await subject.stance_of(session, actor, now=now, policy=policy)
    whistles = kind is ReferralKind.WHISTLE
    if not stance.works and not (whistles and stance.leads):
        raise RefusedError(Reason.NOT_YOURS)
    if whistles and not actor.covers((await session.get_one(Area, subject.area_id)).path, WHISTLES):
        raise RefusedError(Reason.NOT_YOURS)
    return subject


async def whom_to_ask(
    session: AsyncSession, actor: Actor, subject: Subject, kind: ReferralKind, *, now: datetime, policy: Policy
) -> list[tuple[Member, Area]]:
    """Who can be asked about it, the nearest first: she is appointed for its area, can be reached, it does not go past
    her, and she has no open request about it.
    """
    asked = select(col(Referral.member_id)).where(_is_about(subject), col(Referral.state).in_(OPEN))
    not_again = {actor.member_id, *(await session.execute(asked)).scalars()}
    people = await reachable(session, subject, ASKED_AS[kind], policy.today(now))
    return [(member, area) for member, area in people if member.id not in not_again]


async def reachable(session: AsyncSession, subject: Subject, role: Role, today: date) -> list[tuple[Member, Area]]:
    """Who holds `role` for its area today, can be reached, and may hear of it; the nearest first."""
    chain = await chain_of(session, subject.area_id)
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
        )
    )
    rows = [(row[0], row[1]) for row in (await session.execute(query)).all()]
    hearing = set(await subject.may_hear(session, [member.id for member, _ in rows]))
    rows.sort(key=lambda row: (chain.index(row[1].id), row[0].name, row[0].id))
    nearest: dict[int, tuple[Member, Area]] = {}
    for member, area in rows:
        if member.id in hearing:
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


async def record_consent(
    session: AsyncSession,
    *,
    actor: Actor,
    which: Matter,
    kind: ReferralKind,
    given: bool,
    now: datetime,
    policy: Policy,
) -> None:
    """Write down what the people concerned want; the newest answer holds.

    Raises RefusedError(NOT_YOURS).
    """
    subject = await matter_to_pass_on(session, actor, which, kind, now=now, policy=policy)
    await subject.record_consent(session, actor, kind, given=given, now=now)


async def ask_for_help(
    session: AsyncSession,
    *,
    actor: Actor,
    which: Matter,
    kind: ReferralKind,
    member_ids: Collection[int],
    request: str,
    basis: Basis,
    now: datetime,
    policy: Policy,
) -> list[Referral]:
    """Refer it to an expert, or whistle for units. Each is told that she is asked, and nothing of the matter.

    Raises RefusedError: NOT_YOURS, NO_CONSENT (neither consent nor a named duty), CANNOT_BE_ASKED (any more).
    """
    subject = await matter_to_pass_on(session, actor, which, kind, now=now, policy=policy)
    await subject.hold(session)  # two who ask at once ask one after the other: nobody is asked the same twice
    ground = await _ground(session, actor, subject, kind, basis, now=now)
    possible = {member.id for member, _ in await whom_to_ask(session, actor, subject, kind, now=now, policy=policy)}
    wanted = list(dict.fromkeys(member_ids))
    if not wanted or not possible.issuperset(wanted) or (kind is ReferralKind.EXPERT and len(wanted) != 1):
        raise RefusedError(Reason.CANNOT_BE_ASKED)
    climbs = next_climb(now, subject.colour, 0, policy) if kind is ReferralKind.WHISTLE else None
    made = [
        Referral(
            lead_id=subject.id if subject.about is About.LEAD else None,
            dispute_id=subject.id if subject.about is About.DISPUTE else None,
            kind=kind,
            member_id=member_id,
            asked_by_id=actor.member_id,
            asked_at=now,
            ground=ground,
            law=basis.law,
            request=request,
            until=now + timedelta(days=policy.referral_days),
            climbs_at=climbs,
        )
        for member_id in wanted
    ]
    session.add_all(made)
    await session.flush()
    await subject.note(
        session, Passing.ASKED, kind, actor=actor, now=now, body=request, members=wanted, ground=ground.value
    )
    for referral in made:
        await ring(session, referral, subject, now=now, policy=policy)
    return made


async def ring(session: AsyncSession, referral: Referral, subject: Subject, *, now: datetime, policy: Policy) -> None:
    """Tell the one who is asked that she is; a whistle that has climbed rings her again."""
    notice = ReferralAsked(subject.code, subject.about, subject.colour, referral.id, referral.kind)
    key = f"referral-asked:{referral.id}:{referral.climbs}"
    hearing = await subject.may_hear(session, [referral.member_id])
    await tell(session, hearing, notice, key, now=now, policy=policy)


def _is_about(subject: Subject) -> ColumnElement[bool]:
    column = Referral.lead_id if subject.about is About.LEAD else Referral.dispute_id
    return col(column) == subject.id


async def _ground(
    session: AsyncSession, actor: Actor, subject: Subject, kind: ReferralKind, basis: Basis, *, now: datetime
) -> ReferralGround:
    if basis.agrees is not None:
        await subject.record_consent(session, actor, kind, given=basis.agrees, now=now)
    if basis.law:
        return ReferralGround.LAW
    if not await subject.consent_to(session, kind):
        raise RefusedError(Reason.NO_CONSENT)
    return ReferralGround.CONSENT
