"""Ringing one rung of an alert: who is called, who is passed over and why, and what the timeline says of it (spec 3).

Whoever calls holds the alert's row: two processes never ring for one alert at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.lead_notices import Doorbell
from domain.rules.chains import Chain
from domain.rules.handling import Pace, asked_again_at, pace_of, time_to_answer
from domain.rules.policy import Policy
from domain.usecases.availability import PassedOver, passed_over
from domain.usecases.chain_building import holders_of, posts_of
from domain.usecases.outbox import tell_each
from domain.usecases.posts import chain_of
from domain.usecases.timeline import note, was_supported
from models.alert import Alert, AlertBell, AlertRung, NextStep, RungState
from models.lead import Colour, EntryKind, Lead
from models.member import Role

Holding = Mapping[tuple[Role, int], list[int]]
Reasons = Mapping[int, PassedOver | None]


@dataclass(slots=True)
class Ringing:
    """An open alert with its chain, at `now`. `above` are the lead's area and those over it, the nearest first.

    `supported`: help was given; it matters for a red lead that is verified.
    """

    session: AsyncSession
    alert: Alert
    lead: Lead
    rungs: list[AlertRung]
    above: list[int]
    now: datetime
    policy: Policy
    supported: bool = False

    @classmethod
    async def of(cls, session: AsyncSession, alert: Alert, lead: Lead, *, now: datetime, policy: Policy) -> Self:
        """The alert with its rungs as they are stored."""
        query = select(AlertRung).where(col(AlertRung.alert_id) == alert.id).order_by(col(AlertRung.position))
        fresh = query.execution_options(populate_existing=True)
        rungs = list((await session.execute(fresh)).scalars())
        matters = pace_of(lead.stage, lead.colour, supported=False) != pace_of(lead.stage, lead.colour, supported=True)
        supported = matters and await was_supported(session, lead)
        return cls(session, alert, lead, rungs, await chain_of(session, lead.area_id), now, policy, supported)

    @property
    def chain(self) -> Chain:
        """The figures of its colour."""
        return self.policy.chains[self.alert.colour]

    @property
    def today(self) -> date:
        """The county's local day."""
        return self.policy.today(self.now)

    def heard(self, rung_at: datetime) -> datetime:
        """When a bell of `rung_at` really rings: quiet hours hold all but red."""
        return rung_at if self.alert.colour is Colour.RED else self.policy.after_quiet(rung_at)

    @property
    def asks_at(self) -> datetime:
        """When whoever has it is asked whether she is still on it."""
        return asked_again_at(self._pace, self.lead.revisit_on, self.chain.still_on_it, self.now, self.policy)

    @property
    def lapses_at(self) -> datetime:
        """When it lapses, if she is asked now and says nothing."""
        return self.heard(self.now) + time_to_answer(self._pace, self.chain.answer_within)

    @property
    def _pace(self) -> Pace:
        return pace_of(self.lead.stage, self.lead.colour, supported=self.supported)

    def next(self, step: NextStep, at: datetime) -> None:
        """Say what happens next, and when."""
        self.alert.next_step, self.alert.next_step_at = step, at

    @property
    def is_silent(self) -> bool:
        """Whoever is called first by a quiet chain finds it in her morning's list; those after her are rung."""
        return self.chain.quiet and all(rung.state is not RungState.RUNG for rung in self.rungs)

    async def note(self, kind: EntryKind, **detail: Any) -> None:
        """Add what the program itself did to the timeline."""
        await note(self.session, self.lead, kind, actor=None, now=self.now, **detail)


async def ring(ringing: Ringing, rung: AlertRung, without: int | None = None) -> bool:
    """Ring everybody on the rung who can be rung; False when that is nobody. Whoever is passed over is recorded.

    Those who held the posts when the alert was opened; for a post of which none of them can be, those who hold it now.
    """
    holding = await holders_of(ringing.session, posts_of(rung), ringing.today)
    there = list(dict.fromkeys(member for members in holding.values() for member in members))
    reasons = await passed_over(ringing.session, {*rung.members, *there}, ringing.lead, ringing.above, ringing.today)
    called = _free(rung.members, reasons, without)
    for members in holding.values():
        called += [] if set(members) & set(called) else _free(members, reasons, without)
    rung.members = list(dict.fromkeys([*rung.members, *called]))
    rung.passed_over = {str(member): reason.value for member in rung.members if (reason := reasons.get(member))}
    if called:
        if rung.state is RungState.WAITING:
            await _note_missing(ringing, rung, _missing(holding, reasons, called))
        await _ring_bells(ringing, rung, called)
        await _note_rung(ringing, rung, [role for (role, _), members in holding.items() if set(members) & set(called)])
    elif rung.state is not RungState.SKIPPED and without not in {*rung.members, *there}:
        await _note_missing(ringing, rung, _missing(holding, reasons, called) or [("", _why_nobody(rung, reasons))])
    rung.state = RungState.RUNG if called else RungState.SKIPPED
    rung.at = ringing.now
    return bool(called)


def note_bell(ringing: Ringing, bell: AlertBell | None, member: int, position: int) -> AlertBell:
    """Remember that a member is rung now, for the first time when there is no `bell` of hers."""
    now = ringing.now
    if bell is None:
        bell = AlertBell(alert_id=ringing.alert.id, member_id=member, position=position, first_at=now, last_at=now)
        ringing.session.add(bell)
    elif bell.last_at < now:
        bell.position, bell.last_at, bell.times = position, now, bell.times + 1
    return bell


def _free(members: list[int], reasons: Reasons, without: int | None) -> list[int]:
    left = PassedOver.LEFT_POST  # whoever is not even known any more
    return [member for member in members if reasons.get(member, left) is None and member != without]


def _missing(holding: Holding, reasons: Reasons, called: list[int]) -> list[tuple[str, PassedOver]]:
    """The posts that nobody is rung for, each with the reason."""
    missing = []
    for (role, _), members in holding.items():
        if not set(members) & set(called):
            found = [reason for member in members if (reason := reasons.get(member))]
            missing.append((role.value, found[0] if found else PassedOver.NEVER_JOINED))
    return sorted(missing)


def _why_nobody(rung: AlertRung, reasons: Reasons) -> PassedOver:
    """Why a rung without posts is not rung: there is no such level here, or whoever comes first cannot be."""
    return next((reason for member in rung.members if (reason := reasons.get(member))), PassedOver.EMPTY)


async def _note_missing(ringing: Ringing, rung: AlertRung, missing: list[tuple[str, PassedOver]]) -> None:
    for role, reason in missing:
        roles = [role] if role else []
        await ringing.note(EntryKind.SKIPPED, position=rung.position, roles=roles, reason=reason.value)


async def _note_rung(ringing: Ringing, rung: AlertRung, roles: list[Role]) -> None:
    await ringing.note(
        EntryKind.ALERTED,
        position=rung.position,
        roles=sorted({role.value for role in roles}),
        again=rung.state is RungState.RUNG,
        silent=ringing.is_silent,
    )


async def _ring_bells(ringing: Ringing, rung: AlertRung, members: list[int]) -> None:
    alert, lead = ringing.alert, ringing.lead
    query = select(AlertBell).where(col(AlertBell.alert_id) == alert.id, col(AlertBell.member_id).in_(members))
    bells = {bell.member_id: bell for bell in (await ringing.session.execute(query)).scalars()}
    notices = {
        member: Doorbell(alert.id, lead.id, lead.code, alert.colour, member in bells, rung.phones) for member in members
    }
    for member in members:
        note_bell(ringing, bells.get(member), member, rung.position)
    await ringing.session.flush()
    if not ringing.is_silent:
        key = f"bell:{alert.id}:{alert.round}"
        await tell_each(ringing.session, notices, key, now=ringing.now, policy=ringing.policy)
