"""An alert's own copy of its colour's chain: posts become people, once, when it is opened (spec 3)."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.chains import Chain, PostOf
from domain.rules.policy import Policy
from models.alert import Alert, AlertRung
from models.area import Area, AreaKind
from models.lead import Colour
from models.member import Appointment, Role, in_force

DUTY = PostOf(Role.COUNTY_CENTRE, AreaKind.COUNTY)  # who is rung when nobody on the chain can be


async def build_rungs(
    session: AsyncSession, alert: Alert, above: Sequence[int], first: int | None, *, today: date, policy: Policy
) -> list[AlertRung]:
    """Copy the chain of the alert's colour for the areas `above`, its own and those over it, the nearest first.

    A level that is missing there is a rung without posts. `first` is rung before everybody else: she had it before.
    """
    chain = policy.chains[alert.colour]
    nearest = await _nearest_of_each_kind(session, above)
    wanted = [[(post.role, nearest[post.kind]) for post in rung.posts if post.kind in nearest] for rung in chain.rungs]
    holding = await holders_of(session, {post for posts in wanted for post in posts}, today)
    rungs = [
        AlertRung(
            alert_id=alert.id,
            position=position,
            after_minutes=rung.after_minutes,
            phones=rung.phones,
            posts=[[role.value, area] for role, area in posts],
            members=_members(posts, holding),
        )
        for position, (rung, posts) in enumerate(zip(chain.rungs, wanted, strict=True))
    ]
    if first is not None:
        rungs = _with_first(rungs, first, chain, alert)
    session.add_all(rungs)
    await session.flush()
    return rungs


async def holders_of(
    session: AsyncSession, posts: Iterable[tuple[Role, int]], today: date
) -> dict[tuple[Role, int], list[int]]:
    """Who holds each of the posts (role and area) today, the longest appointed first."""
    wanted = set(posts)
    query = (
        select(col(Appointment.role), col(Appointment.area_id), col(Appointment.member_id))
        .where(
            col(Appointment.area_id).in_({area for _, area in wanted}),
            col(Appointment.role).in_({role for role, _ in wanted}),
            in_force(today),
        )
        .order_by(col(Appointment.id))
    )
    found: dict[tuple[Role, int], list[int]] = {post: [] for post in wanted}
    for role, area, member in (await session.execute(query)).all() if wanted else ():
        if (role, area) in found:
            found[role, area].append(member)
    return found


def posts_of(rung: AlertRung) -> list[tuple[Role, int]]:
    """The posts that a rung stands for."""
    return [(Role(role), int(area)) for role, area in rung.posts]


async def duty_rung(
    session: AsyncSession, alert: Alert, above: Sequence[int], position: int, today: date
) -> AlertRung | None:
    """A rung of its own for the county's duty holders, after the last one of the chain; None where no county is."""
    nearest = await _nearest_of_each_kind(session, above)
    if DUTY.kind not in nearest:
        return None
    posts = [(DUTY.role, nearest[DUTY.kind])]
    rung = AlertRung(
        alert_id=alert.id,
        position=position,
        after_minutes=0,
        posts=[[role.value, area] for role, area in posts],
        members=_members(posts, await holders_of(session, posts, today)),
    )
    session.add(rung)
    await session.flush()
    return rung


async def _nearest_of_each_kind(session: AsyncSession, above: Sequence[int]) -> dict[AreaKind, int]:
    query = select(col(Area.id), col(Area.kind)).where(col(Area.id).in_(above))
    kinds: dict[int, AreaKind] = {row[0]: row[1] for row in (await session.execute(query)).all()}
    return {kinds[area]: area for area in reversed(above)}


def _members(posts: Iterable[tuple[Role, int]], holding: dict[tuple[Role, int], list[int]]) -> list[int]:
    return list(dict.fromkeys(member for post in posts for member in holding[post]))


def _with_first(rungs: list[AlertRung], first: int, chain: Chain, alert: Alert) -> list[AlertRung]:
    """Whoever had it before comes first. A red one waits for nobody: the first rung of the chain is rung with her."""
    for rung in rungs:
        rung.position += 1
    if alert.colour is not Colour.RED:
        rungs[0].after_minutes = rungs[1].after_minutes if len(rungs) > 1 else int(chain.repeat.total_seconds() // 60)
    return [AlertRung(alert_id=alert.id, position=0, after_minutes=0, members=[first]), *rungs]
