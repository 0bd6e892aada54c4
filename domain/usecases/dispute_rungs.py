"""Which rungs exist over a case, and who on each can have it today (M, spec 4)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.dispute_access import stands_back
from domain.rules.chains import PostOf
from domain.rules.ladder import rungs_above, rungs_from
from domain.rules.ladder_file import Ladder, LadderRung
from domain.usecases.availability import PassedOver
from domain.usecases.chain_building import holders_of
from domain.usecases.posts import chain_of, holders
from models.area import Area, AreaKind
from models.dispute import Dispute
from models.member import Member, Role, on_leave

# Whoever is away or out of reach for a while can still have a case where nobody else can.
_FOR_A_WHILE = (PassedOver.ON_LEAVE, PassedOver.BLOCKED)


@dataclass(frozen=True, slots=True)
class RungPeople:
    """Who holds a rung: those who can have the case today, in the order of the rung's roles, and why others cannot."""

    rung: LadderRung
    area_id: int
    able: tuple[int, ...]
    passed_over: dict[int, PassedOver]

    @property
    def why_nobody(self) -> PassedOver:
        """Why the rung is skipped when nobody on it can have the case."""
        return next(iter(self.passed_over.values()), PassedOver.NEVER_JOINED)

    @property
    def all_who_may(self) -> tuple[int, ...]:
        """Those who can today, and those who are only away."""
        away = (member for member, why in self.passed_over.items() if why in _FOR_A_WHILE)
        return (*self.able, *away)


async def existing_rungs(session: AsyncSession, area_id: int, ladder: Ladder) -> dict[str, int]:
    """The rungs that exist over an area, each with the area it stands at; a missing level has none."""
    above = await chain_of(session, area_id)
    query = select(col(Area.id), col(Area.kind)).where(col(Area.id).in_(above))
    kinds: dict[int, AreaKind] = {row[0]: row[1] for row in (await session.execute(query)).all()}
    nearest = {kinds[area]: area for area in reversed(above)}
    return {rung.key: nearest[rung.at] for rung in ladder.rungs if rung.at in nearest}


async def people_of(session: AsyncSession, dispute: Dispute, rung: LadderRung, area_id: int, today: date) -> RungPeople:
    """Who holds `rung` at the area today, and who of them can have the case."""
    holding = await holders_of(session, {(role, area_id) for role in rung.roles}, today)
    members = list(dict.fromkeys(member for role in rung.roles for member in holding[role, area_id]))
    query = select(
        col(Member.id), col(Member.frozen_at).is_not(None), on_leave(today), col(Member.unreachable_since).is_not(None)
    ).where(col(Member.id).in_(members))
    rows = {row[0]: row for row in (await session.execute(query)).all()} if members else {}
    back = await stands_back(session, dispute, members)
    over: dict[int, PassedOver] = {}
    for member in members:
        _, frozen, away, blocked = rows[member]
        reasons = (
            (frozen, PassedOver.FROZEN),
            (member in back, PassedOver.TIED),
            (away, PassedOver.ON_LEAVE),
            (blocked, PassedOver.BLOCKED),
        )
        reason = next((why for holds, why in reasons if holds), None)
        if reason is not None:
            over[member] = reason
    return RungPeople(rung, area_id, tuple(member for member in members if member not in over), over)


@dataclass(frozen=True, slots=True)
class Above:
    """The rungs over a case: those that can take it, the nearest first, and those that cannot, with the reason.

    The last one always can: where nobody is there today, the case waits there and keeps its owner.
    """

    can: tuple[RungPeople, ...]
    cannot: tuple[RungPeople, ...]

    @property
    def keys(self) -> list[str]:
        """The rungs that can take it."""
        return [people.rung.key for people in self.can]

    def skipped_below(self, key: str) -> list[RungPeople]:
        """The rungs that are passed over on the way to `key`, in order."""
        people = next(people for people in self.can if people.rung.key == key)
        kinds = list(AreaKind)
        return [one for one in self.cannot if kinds.index(one.rung.at) > kinds.index(people.rung.at)]


async def rungs_over(session: AsyncSession, dispute: Dispute, *, today: date, ladder: Ladder) -> Above:
    """The existing rungs over the one on which the case stands.

    Over one that the county has removed since: those of the level on which it stood, and above.
    """
    existing = await existing_rungs(session, dispute.area_id, ladder)
    if any(rung.key == dispute.rung for rung in ladder.rungs):
        rungs = rungs_above(ladder, dispute.rung, existing)
    else:
        stands_at = (await session.get_one(Area, dispute.rung_area_id)).kind
        rungs = rungs_from(ladder, stands_at, existing)
    return await _sorted_out(session, dispute, rungs, existing, today)


async def all_rungs(session: AsyncSession, dispute: Dispute, *, today: date, ladder: Ladder) -> Above:
    """Like `rungs_over`, for a case that stands nowhere yet."""
    existing = await existing_rungs(session, dispute.area_id, ladder)
    rungs = [rung for rung in ladder.rungs if rung.key in existing]
    return await _sorted_out(session, dispute, rungs, existing, today)


async def _sorted_out(
    session: AsyncSession, dispute: Dispute, rungs: list[LadderRung], existing: dict[str, int], today: date
) -> Above:
    found = [await people_of(session, dispute, rung, existing[rung.key], today) for rung in rungs]
    can = [people for place, people in enumerate(found) if people.able or place == len(found) - 1]
    return Above(tuple(can), tuple(people for people in found if people not in can))


async def head_of_rung(session: AsyncSession, dispute: Dispute, ladder: Ladder, today: date) -> list[int]:
    """The heads of the rung on which the case stands: its post nearest above the case's area; nobody stands back."""
    head = next((rung.head for rung in ladder.rungs if rung.key == dispute.rung), None)
    return await _holding(session, dispute, head, today) if head is not None else []


async def head_above(session: AsyncSession, dispute: Dispute, ladder: Ladder, today: date) -> list[int]:
    """Who hears in place of a rung's head whose post is empty: the next head above, at last the administrators."""
    existing = await existing_rungs(session, dispute.area_id, ladder)
    known = any(rung.key == dispute.rung for rung in ladder.rungs)
    for rung in rungs_above(ladder, dispute.rung, existing) if known else []:
        found = await _holding(session, dispute, rung.head, today)
        if found:
            return found
    return await holders(session, await chain_of(session, dispute.area_id), Role.ADMINISTRATOR, today)


async def _holding(session: AsyncSession, dispute: Dispute, head: PostOf, today: date) -> list[int]:
    above = await chain_of(session, dispute.area_id)
    query = select(col(Area.id)).where(col(Area.id).in_(above), col(Area.kind) == head.kind)
    areas = list((await session.execute(query)).scalars())
    members = await holders(session, areas, head.role, today)
    back = await stands_back(session, dispute, members)
    return [member for member in members if member not in back]
