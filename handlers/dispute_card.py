"""The card of a dispute: what it is about, how far it has come, and what she may do with it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.usecases.dispute_cases import Case, read_case
from handlers.dispute_buttons import SHOWN_PARTIES, buttons_of
from handlers.scene import Scene
from handlers.turn import Turn, pressed_number
from models.confidential import DisputeGround
from models.dispute import DisputeKind, DisputeOutcome, DisputeSource, DisputeState, DisputeStep
from models.lead import Colour
from models.mediation import AttemptResult, CourtState
from models.member import Role

CROWD = 5  # so many people make it a matter of many (群体性)
SHOWN_ATTEMPTS = 4
# As much of each as fits into one message with the rest; all of it stands in the timeline and in the case file.
FACTS, WISHES, NAME, PHONE, PLACE, AGREEMENT = 900, 80, 24, 30, 80, 500


@dataclass(frozen=True, slots=True)
class DisputeCard:
    """A dispute as whoever may read it sees it; only in her private chat, and not for long.

    `people` is 0 where it is no matter of many; `follow_ups` is how many are due, `tries` 0 for a counselling.
    """

    code: str
    colour: Colour
    kind: DisputeKind
    state: DisputeState
    outcome: DisputeOutcome | None
    minutes: int
    item: str
    rung: str
    tried: int
    tries: int
    owner: str
    owner_role: Role | None
    accepted: bool
    next_on: date | None
    next_step: DisputeStep | None
    overdue: bool
    area: str
    household: str
    household_code: str
    address: str
    place: str
    facts: str
    people: int
    again: int
    parties: tuple[tuple[str, bool, str], ...]  # name and telephone, consent, wishes
    more_parties: int
    plan_on: date | None
    plan_at: datetime | None
    plan_place: str
    plan_leader: str
    plan_open: bool
    plan_guests: int
    attempts: tuple[tuple[int, date, AttemptResult, str, bool], ...]  # number, day, result, rung, counted
    agreed_on: date | None
    agreement: str
    court: CourtState | None
    court_on: date | None
    follow_ups_done: int
    follow_ups: int
    linked: str
    files: int
    source: DisputeSource
    registered_on: date
    registrar_role: Role | None


@dataclass(frozen=True, slots=True)
class DisputeGuestCard:
    """A dispute for somebody who is invited to a mediation: when and where, and nothing of what it is about."""

    code: str
    on: date
    at: datetime
    place: str
    minutes: int


async def show_dispute(turn: Turn, args: Sequence[str]) -> None:
    """The card of a dispute: a new message, that vanishes. Raises RefusedError(NOT_YOURS)."""
    scene = turn.scene
    case = await read_case(
        scene.session, actor=scene.actor, dispute_id=pressed_number(args) or 0, now=scene.now, policy=scene.policy
    )
    if case.sight.reads_all:
        turn.show_secret(_card(case, scene), buttons_of(case, turn))
    elif case.plan is not None:
        turn.show_secret(_guest_card(case, scene), buttons_of(case, turn))


def _guest_card(case: Case, scene: Scene) -> DisputeGuestCard:
    mediation = case.plan.mediation if case.plan else None
    at = (mediation.planned_at if mediation and mediation.planned_at else scene.now).astimezone(scene.policy.zone)
    return DisputeGuestCard(
        code=case.sight.dispute.code,
        on=at.date(),
        at=at,
        place=(mediation.place if mediation else None) or "",
        minutes=scene.policy.details_minutes,
    )


def _card(case: Case, scene: Scene) -> DisputeCard:
    dispute, policy, locale = case.sight.dispute, scene.policy, scene.actor.locale
    plan = case.plan.mediation if case.plan else None
    planned_at = plan.planned_at.astimezone(policy.zone) if plan and plan.planned_at else None
    # Not the registrar: neither the attempts nor that there is an agreement, of which day, and what a court said of it.
    sees = case.works or case.sight.ground is DisputeGround.REFERRAL
    agreement = case.agreement
    return DisputeCard(
        code=dispute.code,
        colour=dispute.colour,
        kind=dispute.kind,
        state=dispute.state,
        outcome=dispute.outcome,
        minutes=policy.details_minutes,
        item=policy.catalogue.name(dispute.item, locale),
        rung=policy.ladder.name(dispute.rung, locale),
        tried=dispute.tried.get(dispute.rung, 0),
        tries=0 if dispute.kind is DisputeKind.COUNSELLING else _tries(case, scene),
        owner=case.owner.name if case.owner and case.works else "",
        owner_role=case.owner.role if case.owner else None,
        accepted=dispute.accepted_at is not None,
        next_on=dispute.next_on,
        next_step=dispute.next_step,
        overdue=dispute.next_on is not None and dispute.next_on < scene.today,
        area=case.area.name,
        household=case.household.name if case.household else "",
        household_code=case.household.code if case.household else "",
        address=case.household.address if case.household else "",
        place=_cut(dispute.place, PLACE),
        facts=_cut(dispute.facts, FACTS),
        people=dispute.people if dispute.people >= CROWD else 0,
        again=case.again,
        parties=tuple(
            (f"{_cut(one.name, NAME)} {_cut(one.phone, PHONE)}".strip(), one.consent, _cut(one.wishes, WISHES))
            for one in case.parties[:SHOWN_PARTIES]
        ),
        more_parties=max(0, len(case.parties) - SHOWN_PARTIES),
        plan_on=planned_at.date() if planned_at else None,
        plan_at=planned_at,
        plan_place=_cut(plan.place if plan else None, PLACE),
        plan_leader=case.plan.leader.name if case.plan else "",
        plan_open=plan is not None and plan.public,
        plan_guests=case.plan.guests if case.plan else 0,
        attempts=_attempts(case, scene) if sees else (),
        agreed_on=agreement.agreed_on if agreement and sees else None,
        agreement=_cut(agreement.text, AGREEMENT) if agreement and sees else "",
        court=agreement.court if agreement and sees and agreement.court is not CourtState.NONE else None,
        court_on=agreement.court_on if agreement and sees else None,
        follow_ups_done=dispute.follow_ups_done,
        follow_ups=len(policy.revisit_days) if sees and dispute.state is DisputeState.AGREED else 0,
        linked=" ".join(other.code for other, _ in case.linked),
        files=case.files,
        source=dispute.source,
        registered_on=policy.today(dispute.registered_at),
        registrar_role=case.registrar.role,
    )


def _tries(case: Case, scene: Scene) -> int:
    rungs = {rung.key: rung.tries for rung in scene.policy.ladder.rungs}
    return rungs.get(case.sight.dispute.rung, 0)


def _attempts(case: Case, scene: Scene) -> tuple[tuple[int, date, AttemptResult, str, bool], ...]:
    """The last ones, with their numbers."""
    name, locale = scene.policy.ladder.name, scene.actor.locale
    rows = [
        (number, one.held_on, one.result, name(one.rung, locale), one.counted)
        for number, one in enumerate(case.attempts, 1)
        if one.held_on is not None and one.result is not None
    ]
    return tuple(rows[-SHOWN_ATTEMPTS:])


def _cut(text: str | None, most: int) -> str:
    text = text or ""
    return text if len(text) <= most else text[: most - 1] + "…"
