"""The case file of a dispute (调解卷宗): everything that was written down of it, for those who answer for it (spec 4).

Who has read the case is not part of it: that is the auditor's to see, and no party's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import read_dispute
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.dispute_cases import Case, case_of, people_by_id
from domain.usecases.dispute_history import history_of, note_dispute
from domain.usecases.kept_files import Shelf
from domain.usecases.lead_files import KeptFile
from domain.usecases.matters import Person
from models.confidential import DisputeGround
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind
from models.keyring import keyring
from models.lead import FileKind
from models.mediation import Agreement, DisputeFile, Mediation, MediationGuest

# Whoever works on it, the head of its rung, and the second person of its closing; nobody who merely follows it.
TAKES_THE_FILE = frozenset({DisputeGround.RUNG, DisputeGround.HEAD, DisputeGround.SECOND})
MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class CaseRecords:
    """All of a dispute's records, and who those are that they name.

    `guests`: who was told of which mediation or invited to it; who came is nowhere written down. `voices`: so many
    voice messages are kept, which no paper can hold.
    """

    case: Case
    history: Sequence[DisputeEntry]
    agreements: Sequence[Agreement]
    guests: Mapping[int, Sequence[int]]
    pictures: Sequence[KeptFile]
    more_pictures: int
    voices: int
    people: Mapping[int, Person]


async def take_case_file(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> CaseRecords:
    """All of a dispute's records. That she has taken them stands in the log of readings and in the case's history.

    Raises RefusedError(NOT_YOURS), also for its registrar, for those who follow it, and for an expert.
    """
    sight = await read_dispute(session, actor, dispute_id, now=now, policy=policy, exported=True)
    if sight.ground not in TAKES_THE_FILE:
        raise RefusedError(Reason.NOT_YOURS)
    dispute = sight.dispute
    history = await history_of(session, dispute)
    await note_dispute(session, dispute, DisputeEntryKind.EXPORTED, actor=actor, now=now)
    case = await case_of(session, sight, actor=actor, now=now, policy=policy)
    guests = await _guests(session, case.attempts)
    agreements = await _agreements(session, dispute)
    kept = await _kept(session, dispute)
    photos = _most_telling_first([one for one in kept if one.kind is FileKind.PHOTO], agreements)
    return CaseRecords(
        case=case,
        history=history,
        agreements=agreements,
        guests=guests,
        pictures=[await _opened(session, photo) for photo in photos[:MOST_PICTURES]],
        more_pictures=max(0, len(photos) - MOST_PICTURES),
        voices=len(kept) - len(photos),
        people=await people_by_id(session, _named(case, history, guests), sight.path, now, policy),
    )


def _named(case: Case, history: Sequence[DisputeEntry], guests: Mapping[int, Sequence[int]]) -> set[int]:
    """Everybody whom the file names."""
    dispute = case.sight.dispute
    members = {entry.by_id for entry in history} | {dispute.closing_by_id, dispute.closed_by_id}
    members |= {member for one in case.attempts for member in (one.leader_id, one.recorded_by_id)}
    members |= {member for found in guests.values() for member in found}
    return {member for member in members if member is not None}


async def _agreements(session: AsyncSession, dispute: Dispute) -> list[Agreement]:
    """All of them, also those that were broken."""
    query = select(Agreement).where(col(Agreement.dispute_id) == dispute.id).order_by(col(Agreement.id))
    return list((await session.execute(query)).scalars())


async def _guests(session: AsyncSession, attempts: Sequence[Mediation]) -> dict[int, list[int]]:
    query = select(MediationGuest).where(col(MediationGuest.mediation_id).in_([one.id for one in attempts]))
    found: dict[int, list[int]] = {}
    for guest in (await session.execute(query.order_by(col(MediationGuest.member_id)))).scalars():
        found.setdefault(guest.mediation_id, []).append(guest.member_id)
    return found


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was kept, without its content: there may be many, and few of them are opened."""

    id: int
    kind: FileKind
    mediation_id: int | None


async def _kept(session: AsyncSession, dispute: Dispute) -> list[_File]:
    query = select(col(DisputeFile.id), col(DisputeFile.kind), col(DisputeFile.mediation_id)).where(
        col(DisputeFile.dispute_id) == dispute.id, col(DisputeFile.content).is_not(None)
    )
    return [_File(row[0], row[1], row[2]) for row in (await session.execute(query)).all()]


def _most_telling_first(photos: Sequence[_File], agreements: Sequence[Agreement]) -> list[_File]:
    """Those of an agreement (the paper that was signed), then the rest; of each the newest first."""
    signed = {one.mediation_id for one in agreements}
    return sorted(photos, key=lambda photo: (photo.mediation_id not in signed, -photo.id))


async def _opened(session: AsyncSession, photo: _File) -> KeptFile:
    one = await session.get_one(DisputeFile, photo.id)
    return KeptFile(one.kind, one.caption or "", keyring().open(one.content or b"", Shelf.DISPUTE.content))
