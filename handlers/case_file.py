"""The case file of a dispute (调解卷宗) as a Word document: put together, written in a thread, sent to who asked."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.channel import Upload, UploadKind
from domain.usecases.case_files import CaseRecords, take_case_file
from domain.usecases.matters import Person
from handlers.dispute_card import CROWD
from handlers.dispute_words import detail_words
from handlers.scene import Scene
from handlers.turn import Turn, pressed_number
from messages.documents import render_document
from messages.render import label
from models.dispute import DisputeEntry, DisputeEntryKind, DisputeKind, DisputeOutcome, DisputeSource, DisputeState
from models.lead import Colour
from models.mediation import Agreement, AttemptResult, CourtState, Mediation, MediationMethod


@dataclass(frozen=True, slots=True)
class FileParty:
    """A party: without consent nobody contacts her, and the file says so."""

    number: int
    name: str
    phone: str
    consent: bool
    wishes: str


@dataclass(frozen=True, slots=True)
class FileStep:
    """One entry of the history."""

    number: int
    on: date
    at: datetime
    what: str
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class FileAttempt:
    """One mediation that was held. `told`: who was told of it or invited; who came, nobody wrote down."""

    number: int
    on: date | None
    rung: str
    method: MediationMethod | None
    leader: str
    told: str
    absent: str
    public: bool
    result: AttemptResult | None
    counted: bool
    matter: str
    feelings: str
    promises: str
    recorder: str
    recorded_on: date | None


@dataclass(frozen=True, slots=True)
class FileAgreement:
    """An agreement, and what became of it."""

    agreed_on: date
    text: str
    court: CourtState
    court_on: date | None
    broken_on: date | None


@dataclass(frozen=True, slots=True)
class FilePicture:
    """A picture with the words under it."""

    caption: str
    picture: bytes


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The whole file: cover, register, course, attempts, agreements, follow-ups, closing, pictures."""

    code: str
    kind: DisputeKind
    item: str
    colour: Colour
    state: DisputeState
    outcome: DisputeOutcome | None
    rung: str
    owner: str
    taken_on: date
    taken_by: str
    source: DisputeSource
    registered_on: date
    registrar: str
    area: str
    household: str
    address: str
    place: str
    facts: str
    people: int
    crowd: bool
    again: int
    linked: str
    parties: tuple[FileParty, ...]
    steps: tuple[FileStep, ...]
    attempts: tuple[FileAttempt, ...]
    agreements: tuple[FileAgreement, ...]
    follow_ups: tuple[FileStep, ...]
    closing: tuple[FileStep, ...]
    closed_on: date | None
    pictures: tuple[FilePicture, ...]
    more_pictures: int
    voices: int


@dataclass(frozen=True, slots=True)
class CaseFileSent:
    """What stands below the file."""

    code: str
    minutes: int


async def send_case_file(turn: Turn, args: Sequence[str]) -> None:
    """The press `disp:file:<dispute>`. Raises RefusedError(NOT_YOURS)."""
    scene = turn.scene
    records = await take_case_file(
        scene.session, actor=scene.actor, dispute_id=pressed_number(args) or 0, now=scene.now, policy=scene.policy
    )
    content = await asyncio.to_thread(render_document, case_file(records, scene), turn.locale)
    code = records.case.sight.dispute.code
    upload = Upload(UploadKind.DOCUMENT, content, f"{code}.docx")
    turn.show_secret(CaseFileSent(code, scene.policy.details_minutes), upload=upload)


def case_file(records: CaseRecords, scene: Scene) -> CaseFile:
    """The file's words, from the records."""
    case, policy, locale = records.case, scene.policy, scene.actor.locale
    dispute, household = case.sight.dispute, case.household
    return CaseFile(
        code=dispute.code,
        kind=dispute.kind,
        item=policy.catalogue.name(dispute.item, locale),
        colour=dispute.colour,
        state=dispute.state,
        outcome=dispute.outcome,
        rung=policy.ladder.name(dispute.rung, locale),
        owner=_person(case.owner, locale),
        taken_on=scene.today,
        taken_by=scene.actor.name,
        source=dispute.source,
        registered_on=policy.today(dispute.registered_at),
        registrar=_person(case.registrar, locale),
        area=case.area.name,
        household=f"{household.name} {household.code}" if household else "",
        address=household.address if household else "",
        place=dispute.place or "",
        facts=dispute.facts,
        people=dispute.people,
        crowd=dispute.people >= CROWD,
        again=case.again,
        linked=" ".join(other.code for other, _ in case.linked),
        parties=tuple(
            FileParty(one.position, one.name, one.phone or "", one.consent, one.wishes or "") for one in case.parties
        ),
        steps=_steps(records, scene, lambda _: True),
        attempts=tuple(_attempt(number, one, records, scene) for number, one in enumerate(case.attempts, 1)),
        agreements=tuple(_agreement(one) for one in records.agreements),
        follow_ups=_steps(records, scene, lambda entry: entry.kind is DisputeEntryKind.FOLLOWED_UP),
        closing=_steps(records, scene, lambda entry: entry.kind in _CLOSING),
        closed_on=policy.today(dispute.closed_at) if dispute.closed_at else None,
        pictures=tuple(FilePicture(one.caption, one.content) for one in records.pictures),
        more_pictures=records.more_pictures,
        voices=records.voices,
    )


_CLOSING = frozenset(
    {DisputeEntryKind.CLOSING, DisputeEntryKind.NOT_CLOSED, DisputeEntryKind.CLOSED, DisputeEntryKind.ENDED}
    | {DisputeEntryKind.REOPENED}
)

# Who stood back for which kinship, which telephone somebody had before: it stays in the program, for a paper is lent.
_UNSAID = frozenset({DisputeEntryKind.PARTY, DisputeEntryKind.RECUSED})


def _steps(records: CaseRecords, scene: Scene, wanted: Callable[[DisputeEntry], bool]) -> tuple[FileStep, ...]:
    """The entries of the history that are wanted, each under its number there."""
    return tuple(
        _step(number, entry, records, scene) for number, entry in enumerate(records.history, 1) if wanted(entry)
    )


def _step(number: int, entry: DisputeEntry, records: CaseRecords, scene: Scene) -> FileStep:
    local, locale = entry.at.astimezone(scene.policy.zone), scene.actor.locale
    what = label(entry.kind.value, locale, "dispute_entry")
    words = detail_words(entry, scene.policy.ladder, locale)
    who = _person(records.people.get(entry.by_id or 0), locale)
    body = "" if entry.kind in _UNSAID else entry.body or ""
    return FileStep(number, local.date(), local, " · ".join(part for part in (what, words) if part), who, body)


def _attempt(number: int, one: Mediation, records: CaseRecords, scene: Scene) -> FileAttempt:
    locale, names = scene.actor.locale, records.people
    absent = [party.name for party in records.case.parties if party.position in one.absent]
    return FileAttempt(
        number=number,
        on=one.held_on,
        rung=scene.policy.ladder.name(one.rung, locale),
        method=one.method,
        leader=_person(names.get(one.leader_id), locale),
        told=_listed([_person(names.get(member), locale) for member in records.guests.get(one.id, ())], locale),
        absent=_listed(absent, locale),
        public=one.public,
        result=one.result,
        counted=one.counted,
        matter=one.matter or "",
        feelings=one.feelings or "",
        promises=one.promises or "",
        recorder=_person(names.get(one.recorded_by_id or 0), locale),
        recorded_on=scene.policy.today(one.recorded_at) if one.recorded_at else None,
    )


def _agreement(one: Agreement) -> FileAgreement:
    return FileAgreement(one.agreed_on, one.text, one.court, one.court_on, one.broken_on)


def _listed(words: Sequence[str], locale: str) -> str:
    return ("、" if locale == "zh" else ", ").join(word for word in words if word)


def _person(person: Person | None, locale: str) -> str:
    if person is None:
        return ""
    return f"{label(person.role, locale)} {person.name}" if person.role else person.name
