"""What is added to a dispute without moving it: a note, a correction, what a party says of herself anew (spec 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import dispute_for, read_dispute
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import DisputeEvent
from domain.rules.policy import Policy
from domain.usecases.dispute_cases import CORRECTABLE
from domain.usecases.dispute_changes import change_dispute, dispute_at_work
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import tell_rung
from domain.usecases.late_records import frozen_case, keep_for_red_lead
from models.confidential import DisputeGround
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeParty, DisputeState
from models.lead import FileKind
from models.mediation import DisputeFile


async def add_dispute_note(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    body: str | None,
    files: Sequence[tuple[FileKind, str, str]] = (),
    now: datetime,
    policy: Policy,
) -> DisputeEntry:
    """Whoever works on the case, has had it, or registered it adds words or files; its rung is told of it.

    The clock goes on: a note is no progress. What was being written when violence ended the case is a late record,
    and its red lead has it too. Raises RefusedError: NOT_YOURS, DISPUTE_OVER.
    """
    frozen = await frozen_case(session, actor, dispute_id, now=now, policy=policy)
    if frozen is not None:
        return await keep_for_red_lead(session, frozen, body, files, actor=actor, now=now)
    dispute = await dispute_to_add_to(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    session.add_all(
        DisputeFile(
            dispute_id=dispute.id, kind=kind, file_id=file_id, caption=caption or None, sent_by_id=actor.member_id
        )
        for kind, file_id, caption in files
    )
    detail = {"files": len(files)} if files else {}
    entry = await note_dispute(session, dispute, DisputeEntryKind.NOTE, actor=actor, now=now, body=body, **detail)
    await tell_rung(
        session,
        dispute,
        DisputeEvent.NOTE_ADDED,
        key=f"dispute-note:{entry.id}",
        besides={actor.member_id},
        now=now,
        policy=policy,
    )
    return entry


async def dispute_to_add_to(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> Dispute:
    """An open case to which `actor` may add. Raises RefusedError: NOT_YOURS, DISPUTE_OVER, DISPUTE_FROZEN."""
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    if not sight.adds:
        raise RefusedError(Reason.NOT_YOURS)
    if sight.dispute.state is DisputeState.FROZEN:
        raise RefusedError(Reason.DISPUTE_FROZEN)
    if sight.dispute.state in (DisputeState.CLOSED, DisputeState.ENDED):
        raise RefusedError(Reason.DISPUTE_OVER)
    return sight.dispute


async def own_dispute_entries(session: AsyncSession, *, actor: Actor, dispute: Dispute) -> list[DisputeEntry]:
    """What `actor` has written about the case and may correct, the newest first."""
    query = (
        select(DisputeEntry)
        .where(col(DisputeEntry.dispute_id) == dispute.id, col(DisputeEntry.by_id) == actor.member_id)
        .where(col(DisputeEntry.kind).in_(CORRECTABLE))
        .order_by(col(DisputeEntry.id).desc())
    )
    return list((await session.execute(query)).scalars())


async def correct_dispute(
    session: AsyncSession, *, actor: Actor, dispute_id: int, entry_id: int, body: str, now: datetime, policy: Policy
) -> DisputeEntry:
    """Put right an entry of one's own: by a further one, and the first one stays.

    Raises RefusedError: NOT_YOURS, DISPUTE_OVER, DISPUTE_FROZEN, NOT_YOUR_ENTRY.
    """
    dispute = await dispute_to_add_to(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    if entry_id not in {entry.id for entry in await own_dispute_entries(session, actor=actor, dispute=dispute)}:
        raise RefusedError(Reason.NOT_YOUR_ENTRY)
    kind = DisputeEntryKind.CORRECTION
    return await note_dispute(session, dispute, kind, actor=actor, now=now, body=body, corrects=entry_id)


@dataclass(frozen=True, slots=True)
class PartyChange:
    """What a party says of herself now; None stays as it is, and a telephone of no character is taken out."""

    position: int
    consent: bool
    phone: str | None = None
    wishes: str | None = None


async def read_parties(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> list[DisputeParty]:
    """The parties of a case that stands on the actor's rung; the reading is logged. Raises RefusedError(NOT_YOURS)."""
    sight = await read_dispute(session, actor, dispute_id, now=now, policy=policy)
    if sight.ground is not DisputeGround.RUNG:
        raise RefusedError(Reason.NOT_YOURS)
    query = select(DisputeParty).where(col(DisputeParty.dispute_id) == dispute_id)
    return list((await session.execute(query.order_by(col(DisputeParty.position)))).scalars())


async def change_party(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    seen: int,
    change: PartyChange,
    now: datetime,
    policy: Policy,
) -> DisputeParty:
    """Write down anew whether a party may be contacted, her telephone, her wishes; the history keeps what was there.

    Raises RefusedError: NOT_YOURS, HAS_CLIMBED, DISPUTE_OVER, DISPUTE_FROZEN, STEP_PASSED (no such party),
    CHANGED_MEANWHILE.
    """
    dispute = (await dispute_at_work(session, actor, dispute_id, now=now, policy=policy)).dispute
    query = select(DisputeParty).where(
        col(DisputeParty.dispute_id) == dispute.id, col(DisputeParty.position) == change.position
    )
    party = (await session.execute(query)).scalar_one_or_none()
    if party is None:
        raise RefusedError(Reason.STEP_PASSED)
    await change_dispute(session, dispute, seen)
    texts = [(party.phone, change.phone), (party.wishes, change.wishes)]
    said = [
        f"{before or '—'} → {after or '—'}" for before, after in texts if after is not None and after != (before or "")
    ]
    party.phone = party.phone if change.phone is None else change.phone or None
    party.wishes = change.wishes or party.wishes
    party.consent, party.consent_at = change.consent, now
    await session.flush()
    await note_dispute(
        session, dispute, DisputeEntryKind.PARTY, actor=actor, now=now, body="\n".join(said) or None,
        position=party.position, consent=party.consent,
    )  # fmt: skip
    return party
