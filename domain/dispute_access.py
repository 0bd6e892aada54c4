"""Who may see and work on a dispute: need to know by rung, not by rank (spec 4 and 8)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ASKED_FOR_HELP, Actor, is_frozen
from domain.refusals import Reason, RefusedError
from domain.rules.ladder_file import MAY_MEDIATE, Ladder
from domain.rules.policy import Policy
from models.area import Area
from models.confidential import DisputeFollower, DisputeGround, DisputeRead, Recusal, Tie
from models.dispute import OPEN_STATES, Dispute, DisputeParty, DisputeState
from models.household import Resident
from models.mediation import Mediation, MediationGuest, MediationStage
from models.member import Role
from models.referral import Referral, ReferralState

REGISTERS_DISPUTES = MAY_MEDIATE
CLOSES_DISPUTES = frozenset({Role.INSTRUCTOR, Role.HEAD, Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE})
MAY_BE_INVITED = frozenset({Role.MEDIATOR, Role.EXECUTIVE, Role.EXPERT})  # elders, executives, the experts' pool


@dataclass(frozen=True, slots=True)
class DisputeSight:
    """A dispute that somebody may open, and why. `path` is its area's.

    `had_it` and `registered` hold besides the ground: the head of its rung may have had the case as well.
    """

    dispute: Dispute
    ground: DisputeGround
    path: str
    had_it: bool
    registered: bool

    @property
    def handles(self) -> bool:
        """Whether she may work on it: it stands open on her rung."""
        return self.ground is DisputeGround.RUNG and self.dispute.state in OPEN_STATES

    @property
    def reads_all(self) -> bool:
        """Whether she sees what was said; a guest learns when and where, and nothing else."""
        return self.ground is not DisputeGround.GUEST

    @property
    def took_part(self) -> bool:
        """Whether it stood on a rung of hers, or she registered it."""
        return self.had_it or self.registered

    @property
    def adds(self) -> bool:
        """Whether she may add to it what she knows, while it is open."""
        return self.ground is DisputeGround.RUNG or self.took_part


async def dispute_for(
    session: AsyncSession, actor: Actor, dispute_id: int, *, now: datetime, policy: Policy
) -> DisputeSight:
    """The dispute, when `actor` may open it at `now`.

    Whoever stands on its rung, the rung's head, those of the rungs it has left, its registrar, the second person of a
    closing, an expert or unit that took it on, a guest of a planned mediation; each only as long as her
    posts cover the place. Nobody who is a party's kin or neighbour or stands back from it, whatever else she is.

    Raises RefusedError(NOT_YOURS) alike for one that is none of hers and one that does not exist.
    """
    query = (
        select(Dispute, col(Area.path))
        .join(Area, col(Area.id) == col(Dispute.area_id))
        .where(col(Dispute.id) == dispute_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or not actor.is_member or await is_frozen(session, actor):
        raise RefusedError(Reason.NOT_YOURS)
    dispute: Dispute = row[0]
    if await stands_back(session, dispute, [actor.member_id]):
        raise RefusedError(Reason.NOT_YOURS)
    return await _sight(session, actor, dispute, row[1], now=now, ladder=policy.ladder)


async def read_dispute(
    session: AsyncSession, actor: Actor, dispute_id: int, *, now: datetime, policy: Policy, exported: bool = False
) -> DisputeSight:
    """Like `dispute_for`, for showing what was said: the reading is logged in this same transaction.

    Raises RefusedError(NOT_YOURS).
    """
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    session.add(
        DisputeRead(dispute_id=dispute_id, member_id=actor.member_id, at=now, ground=sight.ground, exported=exported)
    )
    await session.flush()
    return sight


async def stands_back(session: AsyncSession, dispute: Dispute, members: Collection[int]) -> set[int]:
    """Those of `members` whom the case goes past: they stand back from it, or are tied to a party's household."""
    recused = select(col(Recusal.member_id)).where(
        col(Recusal.dispute_id) == dispute.id, col(Recusal.member_id).in_(members)
    )
    parties = col(DisputeParty.dispute_id) == dispute.id
    homes = select(col(DisputeParty.household_id)).where(parties, col(DisputeParty.household_id).is_not(None))
    # Whoever has moved since is kin to both: to those she lived with, and to those she lives with.
    live_now = select(col(Resident.household_id)).join(DisputeParty, _is_the_party()).where(parties)
    tied = select(col(Tie.member_id)).where(
        col(Tie.member_id).in_(members),
        col(Tie.ended_at).is_(None),
        or_(
            col(Tie.household_id) == dispute.household_id,
            col(Tie.household_id).in_(homes),
            col(Tie.household_id).in_(live_now),
        ),
    )
    return set((await session.execute(recused.union(tied))).scalars()) if members else set()


def _is_the_party() -> ColumnElement[bool]:
    return col(DisputeParty.resident_id) == col(Resident.id)


def on_rungs_of(actor: Actor, ladder: Ladder) -> ColumnElement[bool]:
    """The condition that a dispute stands on a rung that `actor` holds."""
    held = [
        and_(col(Dispute.rung) == rung.key, col(Dispute.rung_area_id) == post.area_id)
        for rung in ladder.rungs
        for post in actor.posts
        if post.role in rung.roles
    ]
    return or_(false(), *held)


def heads_of(actor: Actor, ladder: Ladder, keys: Sequence[str] | None = None) -> ColumnElement[bool]:
    """The condition that a dispute stands on a rung whose head `actor` is; it speaks of the dispute's `Area`."""
    headed = [
        and_(
            col(Dispute.rung) == rung.key, col(Area.path) >= post.area_path, col(Area.path) < post.area_path[:-1] + "0"
        )
        for rung in ladder.rungs
        for post in actor.posts
        if post.role is rung.head.role and (keys is None or rung.key in keys)
    ]
    return or_(false(), *headed)


def _holds_rung(actor: Actor, dispute: Dispute, ladder: Ladder) -> bool:
    roles = {role for rung in ladder.rungs if rung.key == dispute.rung for role in rung.roles}
    return any(post.role in roles and post.area_id == dispute.rung_area_id for post in actor.posts)


def _heads_rung(actor: Actor, dispute: Dispute, path: str, ladder: Ladder) -> bool:
    return any(actor.covers(path, {rung.head.role}) for rung in ladder.rungs if rung.key == dispute.rung)


async def _sight(
    session: AsyncSession, actor: Actor, dispute: Dispute, path: str, *, now: datetime, ladder: Ladder
) -> DisputeSight:
    had_it = actor.covers(path, MAY_MEDIATE) and await _follows(session, actor, dispute)
    hers = dispute.registered_by_id == actor.member_id and not dispute.conflict
    registered = hers and actor.covers(path, REGISTERS_DISPUTES)
    ground = _ground_by_post(actor, dispute, path, ladder)
    if ground is None and had_it:
        ground = DisputeGround.FOLLOWER
    elif ground is None and registered:
        ground = DisputeGround.REGISTRAR
    elif ground is None and await _took_it_on(session, actor, dispute, path, now):
        ground = DisputeGround.REFERRAL
    elif ground is None and await _is_invited(session, actor, dispute):
        ground = DisputeGround.GUEST
    if ground is None:
        raise RefusedError(Reason.NOT_YOURS)
    return DisputeSight(dispute, ground, path, had_it, registered)


def _ground_by_post(actor: Actor, dispute: Dispute, path: str, ladder: Ladder) -> DisputeGround | None:
    if _holds_rung(actor, dispute, ladder):
        return DisputeGround.RUNG
    if _heads_rung(actor, dispute, path, ladder):
        return DisputeGround.HEAD
    seconds = dispute.state is DisputeState.CLOSING and dispute.closing_by_id != actor.member_id
    return DisputeGround.SECOND if seconds and actor.covers(path, CLOSES_DISPUTES) else None


async def _follows(session: AsyncSession, actor: Actor, dispute: Dispute) -> bool:
    query = select(col(DisputeFollower.member_id)).where(
        col(DisputeFollower.dispute_id) == dispute.id, col(DisputeFollower.member_id) == actor.member_id
    )
    return (await session.execute(query)).first() is not None


async def _took_it_on(session: AsyncSession, actor: Actor, dispute: Dispute, path: str, now: datetime) -> bool:
    query = select(col(Referral.id)).where(
        col(Referral.dispute_id) == dispute.id,
        col(Referral.member_id) == actor.member_id,
        col(Referral.state) == ReferralState.ACCEPTED,
        col(Referral.until) > now,
    )
    asked_for = actor.covers(path, ASKED_FOR_HELP) and dispute.state in OPEN_STATES
    return asked_for and (await session.execute(query.limit(1))).first() is not None


async def _is_invited(session: AsyncSession, actor: Actor, dispute: Dispute) -> bool:
    query = (
        select(col(MediationGuest.member_id))
        .join(Mediation, col(Mediation.id) == col(MediationGuest.mediation_id))
        .where(
            col(Mediation.dispute_id) == dispute.id,
            col(Mediation.stage) == MediationStage.PLANNED,
            col(MediationGuest.member_id) == actor.member_id,
        )
    )
    return actor.has_role(MAY_BE_INVITED) and (await session.execute(query.limit(1))).first() is not None
