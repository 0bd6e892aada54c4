"""A year of women's councils in figures: when they met, what they decided and saw done (一月一议 W; figures R W)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import CouncilSight, Standing, council_for, councils_of
from domain.rules.policy import Policy
from domain.rules.urn import Urn
from domain.usecases.ballot_log import turnout_of
from domain.usecases.council_now import DEALT_WITH
from domain.usecases.satisfaction import SATISFIED, SHOWN_FROM
from models.agenda import AgendaItem, ItemEntry, ItemSource, ItemState
from models.ballot import Ballot, BallotOutcome, BallotState
from models.meeting import CouncilMeeting, MeetingMode, MeetingState
from models.project import CouncilProject, ProjectRating, ProjectState

MONTHS = 12


@dataclass(frozen=True, slots=True)
class YearFigures:
    """What one council, or several together, did in a year. They count matters, never people.

    `voted`/`entitled` add up the ballots that were closed. `answers`/`satisfied` add up only projects with five
    answers or more each: of a sum that held fewer, the rest could be taken away.
    """

    together: int = 0
    on_site: int = 0
    at_home: int = 0
    online: int = 0
    quick: int = 0  # votes outside a meeting
    proposed: int = 0
    from_visits: int = 0
    declined: int = 0
    passed: int = 0
    rejected: int = 0
    no_quorum: int = 0
    voted: int = 0
    entitled: int = 0
    begun: int = 0
    done: int = 0
    in_time: int = 0
    stopped: int = 0
    ongoing: int = 0
    late: int = 0
    rated: int = 0
    answers: int = 0
    satisfied: int = 0

    @property
    def meetings(self) -> int:
        """Those that were held, in whichever way."""
        return self.together + self.on_site + self.at_home + self.online

    @property
    def decided(self) -> int:
        """Ballots that were closed."""
        return self.passed + self.rejected + self.no_quorum

    @property
    def turnout(self) -> int | None:
        """Percent of those entitled who voted; None without a ballot."""
        return round(100 * self.voted / self.entitled) if self.entitled else None

    @property
    def share(self) -> int | None:
        """Percent of marks of 4 and 5 (R W: 98 %); None when nothing can be told."""
        return round(100 * self.satisfied / self.answers) if self.answers else None

    def plus(self, other: Self) -> Self:
        """Both together."""
        return type(self)(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class CouncilYear:
    """The year of one council; `months` says how many matters it dealt with in each."""

    sight: CouncilSight
    figures: YearFigures
    months: tuple[int, ...]


async def year_of_council(
    session: AsyncSession, *, actor: Actor, council_id: int, year: int, now: datetime, policy: Policy
) -> CouncilYear:
    """The year of a council, for whoever sits in it or oversees it. Raises RefusedError(NOT_YOURS)."""
    sight = await council_for(session, actor, council_id)
    (found,) = await _years(session, [sight], year, now=now, policy=policy)
    return found


async def year_of_alliance(
    session: AsyncSession, *, actor: Actor, council_id: int, year: int, now: datetime, policy: Policy
) -> list[CouncilYear]:
    """The years of all councils of this one's alliance (联盟, R) that `actor` oversees or sits in.

    Alone the council itself when it belongs to none. Raises RefusedError(NOT_YOURS).
    """
    own = await council_for(session, actor, council_id)
    if own.council.alliance is None:
        return await _years(session, [own], year, now=now, policy=policy)
    hers = [one for one in await councils_of(session, actor) if one.council.alliance == own.council.alliance]
    return await _years(session, hers, year, now=now, policy=policy)


def sees_alliance(sight: CouncilSight) -> bool:
    """Whether there is an alliance to look at: for those who oversee councils, not for a single one of them."""
    return sight.council.alliance is not None and sight.standing is Standing.OVERSEER


def months_used(year: CouncilYear) -> int:
    """In how many months it dealt with something."""
    return sum(count > 0 for count in year.months)


def months_so_far(year: int, today: date) -> int:
    """How many months of the year have begun."""
    return MONTHS if year < today.year else today.month if year == today.year else 0


async def _years(
    session: AsyncSession, sights: Sequence[CouncilSight], year: int, *, now: datetime, policy: Policy
) -> list[CouncilYear]:
    councils = [sight.council.id for sight in sights]
    since, until = policy.at(date(year, 1, 1), time(0)), policy.at(date(year + 1, 1, 1), time(0))
    counts: dict[int, Counter[str]] = {council: Counter() for council in councils}
    await _count_meetings(session, counts, since, until)
    await _count_items(session, counts, year)
    await _count_ballots(session, counts, since, until)
    await _count_projects(session, counts, year, policy.today(now))
    await _count_ratings(session, counts, year)
    months = await _months(session, councils, since, until, policy)
    return [CouncilYear(sight, YearFigures(**counts[sight.council.id]), months[sight.council.id]) for sight in sights]


Counts = Mapping[int, Counter[str]]
_MODES = {
    MeetingMode.TOGETHER: "together",
    MeetingMode.ON_SITE: "on_site",
    MeetingMode.AT_HOME: "at_home",
    MeetingMode.ONLINE: "online",
}
_OUTCOMES = {
    BallotOutcome.PASSED: "passed",
    BallotOutcome.REJECTED: "rejected",
    BallotOutcome.NO_QUORUM: "no_quorum",
}


async def _count_meetings(session: AsyncSession, counts: Counts, since: datetime, until: datetime) -> None:
    query = select(CouncilMeeting).where(
        col(CouncilMeeting.council_id).in_(counts),
        col(CouncilMeeting.state) == MeetingState.HELD,
        col(CouncilMeeting.begun_at) >= since,
        col(CouncilMeeting.begun_at) < until,
    )
    for meeting in (await session.execute(query)).scalars():
        counts[meeting.council_id]["quick" if meeting.quick else _MODES[meeting.mode]] += 1


async def _count_items(session: AsyncSession, counts: Counts, year: int) -> None:
    query = select(col(AgendaItem.council_id), col(AgendaItem.source), col(AgendaItem.state)).where(
        col(AgendaItem.council_id).in_(counts), col(AgendaItem.year) == year
    )
    for council, source, state in await session.execute(query):
        counts[council]["proposed"] += 1
        counts[council]["from_visits"] += source is ItemSource.VISIT
        counts[council]["declined"] += state is ItemState.DECLINED


async def _count_ballots(session: AsyncSession, counts: Counts, since: datetime, until: datetime) -> None:
    query = select(Ballot).where(
        col(Ballot.council_id).in_(counts),
        col(Ballot.state) == BallotState.CLOSED,
        col(Ballot.ended_at) >= since,
        col(Ballot.ended_at) < until,
    )
    for ballot in (await session.execute(query)).scalars():
        hers = counts[ballot.council_id]
        if ballot.outcome is not None:
            hers[_OUTCOMES[ballot.outcome]] += 1
        hers["voted"] += turnout_of(ballot)
        hers["entitled"] += ballot.standing + ballot.invited


async def _count_projects(session: AsyncSession, counts: Counts, year: int, today: date) -> None:
    """Those that began or ended in the year; what goes on is counted as it stands now, in this year alone."""
    query = select(CouncilProject).where(
        col(CouncilProject.council_id).in_(counts), col(CouncilProject.started_on) <= date(year, 12, 31)
    )
    for project in (await session.execute(query)).scalars():
        hers, ended_on = counts[project.council_id], project.ended_on
        hers["begun"] += project.started_on.year == year
        if ended_on is not None and ended_on.year == year:
            hers["done" if project.state is ProjectState.DONE else "stopped"] += 1
            hers["in_time"] += project.state is ProjectState.DONE and ended_on <= project.due_on
        if project.state is ProjectState.ONGOING and year == today.year:
            hers["ongoing"] += 1
            hers["late"] += project.due_on < today


async def _count_ratings(session: AsyncSession, counts: Counts, year: int) -> None:
    query = (
        select(col(CouncilProject.council_id), col(ProjectRating.contents))
        .join(CouncilProject, col(CouncilProject.id) == col(ProjectRating.project_id))
        .where(
            col(CouncilProject.council_id).in_(counts),
            col(ProjectRating.over),
            col(CouncilProject.ended_on) >= date(year, 1, 1),
            col(CouncilProject.ended_on) <= date(year, 12, 31),
        )
    )
    for council, contents in await session.execute(query):
        box = Urn.load(contents)
        if box.turnout >= SHOWN_FROM:
            counts[council]["rated"] += 1
            counts[council]["answers"] += box.turnout
            counts[council]["satisfied"] += sum(box.counts[SATISFIED - 1 :])


async def _months(
    session: AsyncSession, councils: Iterable[int], since: datetime, until: datetime, policy: Policy
) -> dict[int, tuple[int, ...]]:
    """How many items each council dealt with in each month."""
    items: dict[int, list[set[int]]] = {council: [set() for _ in range(MONTHS)] for council in councils}
    query = (
        select(col(AgendaItem.council_id), col(AgendaItem.id), col(ItemEntry.at))
        .join(ItemEntry, col(ItemEntry.item_id) == col(AgendaItem.id))
        .where(
            col(AgendaItem.council_id).in_(items),
            col(ItemEntry.kind).in_(DEALT_WITH),
            col(ItemEntry.at) >= since,
            col(ItemEntry.at) < until,
        )
    )
    for council, item, at in await session.execute(query):
        items[council][policy.today(at).month - 1].add(item)
    return {council: tuple(len(month) for month in months) for council, months in items.items()}
