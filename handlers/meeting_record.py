"""The record of a council's meeting (妇女议事会活动记录表) as a Word document in its language (spec 5; D)."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from domain.channel import Upload, UploadKind
from domain.usecases.record_facts import RecordBallot, RecordFacts, RecordItem
from domain.usecases.record_taking import Taken, take_record
from handlers.meeting_words import proposed_decisions
from handlers.turn import Turn, pressed_number
from messages.documents import render_document
from models.agenda import ItemSource, ItemState, Urgency
from models.ballot import BallotOutcome, ClosedBy
from models.council import Majority
from models.lead import FileKind
from models.meeting import MeetingMode, MinutesState
from models.project import ProjectState

MOST_PICTURES = 8


@dataclass(frozen=True, slots=True)
class MinutesOpinion:
    """What somebody said of an item."""

    who: str
    words: str


@dataclass(frozen=True, slots=True)
class MinutesBallot:
    """A vote with its arithmetic, and how it came in; its words, where they were other than those above."""

    title: str
    body: str
    secret: bool
    standing: int
    invited: int
    electors: int
    quorum: str
    needed: int
    turnout: int
    shows: bool
    favour: int
    against: int
    abstain: int
    majority: Majority
    abstain_counts: bool
    needed_favour: int
    outcome: BallotOutcome
    closed_by: ClosedBy
    ended_on: date
    ended_at: datetime
    papers: int
    proxies: int


@dataclass(frozen=True, slots=True)
class MinutesProject:
    """What is done about it, and by whom."""

    what: str
    owner: str
    due_on: date
    state: ProjectState


@dataclass(frozen=True, slots=True)
class MinutesItem:
    """An item and all that belongs to it."""

    number: int
    code: str
    title: str
    body: str
    urgency: Urgency
    source: ItemSource
    proposer: str
    state: ItemState
    opinions: tuple[MinutesOpinion, ...]
    ballots: tuple[MinutesBallot, ...]
    project: MinutesProject | None


@dataclass(frozen=True, slots=True)
class MinutesPicture:
    """A picture with the words under it."""

    caption: str
    picture: bytes


@dataclass(frozen=True, slots=True)
class CouncilMinutes:
    """The whole record: head, people, items, decisions, pictures."""

    code: str
    council: str
    area: str
    alliance: str
    version: int
    state: MinutesState
    made_on: date
    mode: MeetingMode
    quick: bool
    on: date
    planned_at: datetime
    begun_at: datetime
    ended_on: date
    ended_at: datetime
    place: str
    chair: str
    recorder: str
    standing_due: int
    standing_there: int
    invited_due: int
    invited_there: int
    there: str
    invited: str
    absent: str
    named: bool
    items: tuple[MinutesItem, ...]
    notes: str
    decisions: str
    pictures: tuple[MinutesPicture, ...]


@dataclass(frozen=True, slots=True)
class RecordFileSent:
    """What stands below the file."""

    code: str
    version: int
    state: MinutesState
    waiting: int  # pictures that are being kept still


async def send_record_file(turn: Turn, args: Sequence[str]) -> None:
    """The press `meet:file:<meeting>[:<version>]`. Raises RefusedError: NOT_YOURS, MEETING_NOT_HELD, RECORD_NOT_OUT."""
    scene = turn.scene
    taken = await take_record(
        scene.session,
        actor=scene.actor,
        meeting_id=pressed_number(args) or 0,
        version=pressed_number(args, 1),
        now=scene.now,
        policy=scene.policy,
    )
    view = council_minutes(taken, scene.policy.zone)
    content = await asyncio.to_thread(render_document, view, taken.locale)
    name = f"{view.code}-v{view.version}.docx" if view.version else f"{view.code}-draft.docx"
    sent = RecordFileSent(view.code, view.version, view.state, taken.files.waiting)
    turn.say_file(sent, Upload(UploadKind.DOCUMENT, content, name))


def council_minutes(taken: Taken, zone: tzinfo) -> CouncilMinutes:
    """The record's words, from its facts."""
    facts, people = taken.facts, taken.facts.people
    begun, ended = facts.begun_at.astimezone(zone), facts.ended_at.astimezone(zone)
    return CouncilMinutes(
        code=facts.code,
        council=facts.council,
        area=facts.area,
        alliance=facts.alliance,
        version=taken.version,
        state=taken.state,
        made_on=taken.at.astimezone(zone).date(),
        mode=facts.mode,
        quick=facts.quick,
        on=begun.date(),
        planned_at=facts.planned_at.astimezone(zone),
        begun_at=begun,
        ended_on=ended.date(),
        ended_at=ended,
        place=facts.place,
        chair=facts.chair,
        recorder=facts.recorder,
        standing_due=people.standing_due,
        standing_there=people.standing_there,
        invited_due=people.invited_due,
        invited_there=people.invited_there,
        there=_listed(people.there, taken.locale),
        invited=_listed(people.invited, taken.locale),
        absent=_listed(people.absent, taken.locale),
        named=people.named,
        items=tuple(_item(number, item, zone) for number, item in enumerate(facts.items, 1)),
        notes=facts.notes,
        decisions=facts.decisions or proposed_decisions(facts, taken.locale),
        pictures=tuple(_pictures(taken, facts)),
    )


def _item(number: int, item: RecordItem, zone: tzinfo) -> MinutesItem:
    project = item.project
    return MinutesItem(
        number=number,
        code=item.code,
        title=item.title,
        body=item.body,
        urgency=item.urgency,
        source=item.source,
        proposer=item.proposer,
        state=item.state,
        opinions=tuple(MinutesOpinion(one.who, one.words) for one in item.opinions),
        ballots=tuple(_ballot(one, zone) for one in item.ballots),
        project=MinutesProject(project.what, project.owner, project.due_on, project.state) if project else None,
    )


def _ballot(one: RecordBallot, zone: tzinfo) -> MinutesBallot:
    ended = one.ended_at.astimezone(zone)
    return MinutesBallot(
        title=one.title,
        body=one.body,
        secret=one.secret,
        standing=one.standing,
        invited=one.invited,
        electors=one.standing + one.invited,
        quorum=f"{one.quorum_num}/{one.quorum_den}",
        needed=one.needed,
        turnout=one.turnout,
        shows=one.shows,
        favour=one.favour,
        against=one.against,
        abstain=one.abstain,
        majority=one.majority,
        abstain_counts=one.abstain_counts,
        needed_favour=one.needed_favour,
        outcome=one.outcome,
        closed_by=one.closed_by,
        ended_on=ended.date(),
        ended_at=ended,
        papers=one.papers,
        proxies=one.proxies,
    )


def _pictures(taken: Taken, facts: RecordFacts) -> Iterable[MinutesPicture]:
    """Those that had been sent when the record was made; later ones belong to a later version."""
    kept = [one for one in taken.files.kept if one.kind is FileKind.PHOTO]
    for one in kept[: min(MOST_PICTURES, len(facts.pictures))]:
        yield MinutesPicture(one.caption, one.content)


def _listed(words: Sequence[str], locale: str) -> str:
    return ("、" if locale == "zh" else ", ").join(words)
