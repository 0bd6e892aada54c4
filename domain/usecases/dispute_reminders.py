"""Reminders of planned mediations: on the eve, on the morning, and the day after when nothing is recorded (spec 4).

Each once: by a row of `sweep_run` for the mediation and the occasion, and by the outbox's own keys.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import String, bindparam, cast, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.dispute_notices import MediationUnrecorded
from domain.rules.policy import Policy
from domain.usecases.dispute_moving import rung_people
from domain.usecases.dispute_plans import tell_of_plan
from domain.usecases.outbox import insert_ignoring, tell
from models.dispute import Dispute, DisputeKind
from models.looking import Reader
from models.mediation import Mediation, MediationStage
from models.sweep_run import SweepRun

EVE_AT = time(18, 0)
_EVE, _MORNING, _UNRECORDED = "eve", "morning", "unrecorded"
_RULE = "mediation-{}"
# What waits for its record for weeks is not looked at again at every sweep.
_ASKED = select(col(SweepRun.rule)).where(
    col(SweepRun.rule) == _RULE.format(_UNRECORDED), col(SweepRun.period) == cast(col(Mediation.id), String)
)
_PLANNED = (
    col(Mediation.stage) == MediationStage.PLANNED,
    col(Mediation.planned_at) < bindparam("until"),
    ~_ASKED.exists(),
)
_TIMES = select(col(Mediation.planned_at)).where(*_PLANNED)
_BY_TIME = (
    select(Mediation, Dispute)
    .join(Dispute, col(Dispute.id) == col(Mediation.dispute_id))
    .where(*_PLANNED)
    .order_by(col(Mediation.planned_at))
)


def occasions(planned_at: datetime, now: datetime, policy: Policy) -> list[str]:
    """The occasions of a mediation whose time has come by `now`, in their order."""
    day = policy.today(planned_at)
    return [occasion for occasion, at in _times(day, policy) if now >= at]


def reminders_ahead(planned_at: datetime, now: datetime, policy: Policy) -> tuple[datetime, ...]:
    """When those who come will be reminded of a mediation that they are told of at `now`; where it is near, never."""
    times = [at for occasion, at in _times(policy.today(planned_at), policy) if occasion != _UNRECORDED and at > now]
    heard = (policy.after_quiet(at) for at in times)
    return tuple(at.astimezone(policy.zone) for at in heard if at < planned_at)


def _times(day: date, policy: Policy) -> list[tuple[str, datetime]]:
    one = timedelta(days=1)
    return [
        (_EVE, policy.at(day - one, EVE_AT)),
        (_MORNING, policy.at(day, policy.digest_at)),
        (_UNRECORDED, policy.at(day + one, policy.digest_at)),
    ]


async def mediations_wait(reader: Reader, *, now: datetime, policy: Policy) -> bool:
    """Whether there may be anything to remind of: the time of a mediation has come, perhaps long since."""
    times = (await reader.execute(_TIMES, {"until": _until(now, policy)})).scalars()
    return any(_occasion(at, now, policy) for at in times)


async def remind_of_mediations(session: AsyncSession, *, now: datetime, policy: Policy) -> int:
    """Remind of every planned mediation whose occasion has come; how many were reminded of.

    What was missed is not caught up but by the next occasion: on the day itself nobody hears of the eve.
    """
    reminded = 0
    for mediation, dispute in (await session.execute(_BY_TIME, {"until": _until(now, policy)})).all():
        occasion = _occasion(mediation.planned_at, now, policy)
        if occasion is not None and await _first_time(session, mediation, occasion, now):
            await _remind(session, dispute, mediation, occasion, now=now, policy=policy)
            reminded += 1
    return reminded


def _until(now: datetime, policy: Policy) -> datetime:
    """Before when a mediation is planned of whose eve it may be time to remind."""
    return policy.at(policy.today(now) + timedelta(days=2), time(0))


def _occasion(planned_at: datetime | None, now: datetime, policy: Policy) -> str | None:
    """What is to be reminded of now, unless it has been."""
    come = occasions(planned_at, now, policy) if planned_at is not None else []
    if not come or planned_at is None:
        return None
    # A mediation that has begun is nothing to be reminded of; how it was is asked the day after.
    return None if now >= planned_at and come[-1] != _UNRECORDED else come[-1]


async def reminded_already(session: AsyncSession, mediation: Mediation, *, now: datetime, policy: Policy) -> None:
    """Whoever has just been told of a plan is not reminded in the next minute: what has come by now is done."""
    if mediation.planned_at is not None:
        for occasion in occasions(mediation.planned_at, now, policy):
            await _first_time(session, mediation, occasion, now)


async def _first_time(session: AsyncSession, mediation: Mediation, occasion: str, now: datetime) -> bool:
    """Take note of an occasion; whether nobody has done so before."""
    noted = insert_ignoring(session, SweepRun).values(
        rule=_RULE.format(occasion), period=str(mediation.id), swept_at=now
    )
    return bool((await session.execute(noted)).rowcount)  # type: ignore[attr-defined]


async def _remind(
    session: AsyncSession, dispute: Dispute, mediation: Mediation, occasion: str, *, now: datetime, policy: Policy
) -> None:
    if occasion != _UNRECORDED:
        await tell_of_plan(session, dispute, mediation, occasion, now=now, policy=policy)
        return
    people = await rung_people(session, dispute, now=now, policy=policy)
    there = people.all_who_may if people else ()
    asked = mediation.leader_id if mediation.leader_id in there else dispute.owner_id
    if asked is not None and mediation.planned_at is not None:
        counselling = dispute.kind is DisputeKind.COUNSELLING
        notice = MediationUnrecorded(dispute.code, dispute.id, policy.today(mediation.planned_at), counselling)
        await tell(session, [asked], notice, f"mediation-unrecorded:{mediation.id}", now=now, policy=policy)
