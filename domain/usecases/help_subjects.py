"""A lead and a dispute as what others are asked about: who may ask, who agrees, what their histories say (spec 4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import dispute_for, stands_back
from domain.kept_away import who_may_hear
from domain.lead_access import lead_for
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import hold_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.help_subject import AGREES, DECLINES, PURPOSE, RECIPIENT, Passing, Stance, Subject
from domain.usecases.timeline import note
from models.area import Area
from models.confidential import DisputeGround, DisputeRead, Ground, LeadRead
from models.dispute import OPEN_STATES, Dispute, DisputeEntry, DisputeEntryKind, DisputeParty
from models.lead import EntryKind, Lead, LeadConsent, LeadStage
from models.referral import About, Referral, ReferralKind


class LeadSubject(Subject):
    """A lead: its person concerned agrees, and its handler works on it."""

    about = About.LEAD

    def __init__(self, lead: Lead) -> None:
        self.lead = lead
        self.id, self.code, self.colour, self.area_id = lead.id, lead.code, lead.colour, lead.area_id

    @property
    def is_open(self) -> bool:
        """Until it is closed."""
        return self.lead.stage is not LeadStage.CLOSED

    @property
    def worker_id(self) -> int | None:
        """Its handler."""
        return self.lead.handler_id

    async def stance_of(self, session: AsyncSession, actor: Actor, *, now: datetime, policy: Policy) -> Stance:
        """As she may open the lead. Raises RefusedError(NOT_YOURS)."""
        sight = await lead_for(session, actor, self.id, now=now)
        return Stance(sight.ground, sight.handles)

    async def may_hear(self, session: AsyncSession, members: Iterable[int]) -> list[int]:
        """Whom the lead does not go past."""
        return await who_may_hear(session, self.lead, members)

    async def hold(self, session: AsyncSession) -> None:
        """Its row, until the transaction ends, read anew."""
        await session.refresh(self.lead, with_for_update={"key_share": True})

    async def note(
        self,
        session: AsyncSession,
        what: Passing,
        kind: ReferralKind,
        *,
        actor: Actor | None,
        now: datetime,
        body: str | None = None,
        **detail: Any,
    ) -> None:
        """Into its timeline."""
        answered = what is Passing.ANSWERED
        entry = {
            ReferralKind.EXPERT: EntryKind.REFERRAL_ANSWERED if answered else EntryKind.REFERRED,
            ReferralKind.WHISTLE: EntryKind.WHISTLE_ANSWERED if answered else EntryKind.WHISTLED,
        }[kind]
        await note(session, self.lead, entry, actor=actor, now=now, body=body, **detail)

    async def log(self, session: AsyncSession, actor: Actor, ground: Ground | DisputeGround, now: datetime) -> None:
        """Among the readings of leads."""
        session.add(LeadRead(lead_id=self.id, member_id=actor.member_id, at=now, ground=Ground(ground.value)))
        await session.flush()

    async def consent_to(self, session: AsyncSession, kind: ReferralKind) -> bool | None:
        """The newest answer of the person concerned."""
        query = (
            select(col(LeadConsent.given))
            .where(col(LeadConsent.lead_id) == self.id, col(LeadConsent.recipient) == RECIPIENT[kind])
            .order_by(col(LeadConsent.id).desc())
            .limit(1)
        )
        return (await session.execute(query)).scalar_one_or_none()

    async def record_consent(
        self, session: AsyncSession, actor: Actor, kind: ReferralKind, *, given: bool, now: datetime
    ) -> None:
        """Her answer, and that it was given, in the timeline."""
        session.add(
            LeadConsent(
                lead_id=self.id,
                recipient=RECIPIENT[kind],
                purpose=PURPOSE,
                given=given,
                recorded_at=now,
                recorded_by_id=actor.member_id,
            )
        )
        entry = EntryKind.CONSENT
        await note(session, self.lead, entry, actor=actor, now=now, recipient=RECIPIENT[kind], given=given)


class DisputeSubject(Subject):
    """A dispute: all its parties agree, and its rung works on it.

    Asking others starts no clock anew: a case that waits for an expert still waits.
    """

    about = About.DISPUTE

    def __init__(self, dispute: Dispute) -> None:
        self.dispute = dispute
        self.id, self.code, self.colour, self.area_id = dispute.id, dispute.code, dispute.colour, dispute.area_id

    @property
    def is_open(self) -> bool:
        """While it stands on a rung."""
        return self.dispute.state in OPEN_STATES

    @property
    def worker_id(self) -> int | None:
        """Its owner."""
        return self.dispute.owner_id

    async def stance_of(self, session: AsyncSession, actor: Actor, *, now: datetime, policy: Policy) -> Stance:
        """As she may read the dispute. Raises RefusedError(NOT_YOURS), also for a guest."""
        sight = await dispute_for(session, actor, self.id, now=now, policy=policy)
        if not sight.reads_all:
            raise RefusedError(Reason.NOT_YOURS)  # a guest knows when and where, and nothing of what is asked
        return Stance(sight.ground, sight.handles, leads=self.is_open and sight.ground is DisputeGround.HEAD)

    async def may_hear(self, session: AsyncSession, members: Iterable[int]) -> list[int]:
        """Whoever does not stand back from it."""
        asked = list(dict.fromkeys(members))
        back = await stands_back(session, self.dispute, asked)
        return [member for member in asked if member not in back]

    async def hold(self, session: AsyncSession) -> None:
        """Its row, until the transaction ends."""
        await hold_dispute(session, self.id)

    async def note(
        self,
        session: AsyncSession,
        what: Passing,
        kind: ReferralKind,
        *,
        actor: Actor | None,
        now: datetime,
        body: str | None = None,
        **detail: Any,
    ) -> None:
        """Into its history."""
        answered = what is Passing.ANSWERED
        entry = DisputeEntryKind.REFERRAL_ANSWERED if answered else DisputeEntryKind.REFERRED
        await note_dispute(session, self.dispute, entry, actor=actor, now=now, body=body, asked=kind.value, **detail)

    async def log(self, session: AsyncSession, actor: Actor, ground: Ground | DisputeGround, now: datetime) -> None:
        """Among the readings of disputes."""
        read = DisputeRead(dispute_id=self.id, member_id=actor.member_id, at=now, ground=DisputeGround(ground.value))
        session.add(read)
        await session.flush()

    async def consent_to(self, session: AsyncSession, kind: ReferralKind) -> bool | None:
        """A party who has since said that she does not want to be contacted has taken it back for all."""
        query = (
            select(DisputeEntry)
            .where(col(DisputeEntry.dispute_id) == self.id, col(DisputeEntry.kind) == DisputeEntryKind.PARTY)
            .order_by(col(DisputeEntry.id).desc())
        )
        told = [entry for entry in (await session.execute(query)).scalars() if _is_about(entry, kind)]
        if not told:
            return None
        taken_back = select(col(DisputeParty.id)).where(
            col(DisputeParty.dispute_id) == self.id,
            col(DisputeParty.consent).is_(False),
            col(DisputeParty.consent_at) > told[0].at,
        )
        return told[0].detail["agreement"] == AGREES and (await session.execute(taken_back.limit(1))).first() is None

    async def record_consent(
        self, session: AsyncSession, actor: Actor, kind: ReferralKind, *, given: bool, now: datetime
    ) -> None:
        """The answer of all parties, in the history."""
        entry, said = DisputeEntryKind.PARTY, AGREES if given else DECLINES
        await note_dispute(session, self.dispute, entry, actor=actor, now=now, asked=kind.value, agreement=said)


def subject_of(found: Lead | Dispute) -> Subject:
    """Whichever of the two it is."""
    return LeadSubject(found) if isinstance(found, Lead) else DisputeSubject(found)


def requests(*wanted: Any) -> Select[Any]:
    """Requests for help with what each is about, lead or dispute, and its area."""
    return (
        select(*wanted)
        .select_from(Referral)
        .outerjoin(Lead, col(Lead.id) == col(Referral.lead_id))
        .outerjoin(Dispute, col(Dispute.id) == col(Referral.dispute_id))
        .join(Area, col(Area.id) == func.coalesce(col(Lead.area_id), col(Dispute.area_id)))
    )


def still_open() -> ColumnElement[bool]:
    """The condition that anybody can still help with it (see `requests`)."""
    return or_(col(Lead.stage) != LeadStage.CLOSED, col(Dispute.state).in_(OPEN_STATES))


def over() -> ColumnElement[bool]:
    """The condition that nobody can any more; not `~still_open()`, for one of the two is always NULL."""
    return or_(col(Lead.stage) == LeadStage.CLOSED, col(Dispute.state).not_in(OPEN_STATES))


def _is_about(entry: DisputeEntry, kind: ReferralKind) -> bool:
    return entry.detail.get("asked") == kind.value and "agreement" in entry.detail
