"""The record of a council's meeting (妇女议事会活动记录表) as facts, and as the JSON that is kept (spec 5)."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import TypeAdapter

from models.agenda import ItemSource, ItemState, Urgency
from models.ballot import BallotOutcome, ClosedBy
from models.council import Majority
from models.meeting import MeetingMode
from models.project import ProjectState


@dataclass(frozen=True, slots=True)
class RecordOpinion:
    """What somebody said of an item."""

    who: str
    words: str


@dataclass(frozen=True, slots=True)
class RecordBallot:
    """A vote that was taken, with its arithmetic; who voted how is in no record.

    `title` and `body` are what was voted on, where that is not what stands above: the item was worded anew between two
    votes of one meeting. Versions from before this was kept have neither.
    """

    secret: bool
    standing: int
    invited: int
    quorum_num: int
    quorum_den: int
    needed: int
    favour: int
    against: int
    abstain: int
    majority: Majority
    abstain_counts: bool
    needed_favour: int
    outcome: BallotOutcome
    closed_by: ClosedBy
    ended_at: datetime
    papers: int
    proxies: int
    turnout: int
    shows: bool  # whether the votes may be told: not those of a secret ballot without a quorum
    title: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class RecordProject:
    """What became of a decision, as far as it was known then."""

    what: str
    owner: str
    due_on: date
    state: ProjectState


@dataclass(frozen=True, slots=True)
class RecordItem:
    """An item that the meeting dealt with."""

    code: str
    title: str
    body: str
    urgency: Urgency
    source: ItemSource
    proposer: str
    state: ItemState
    opinions: tuple[RecordOpinion, ...]
    ballots: tuple[RecordBallot, ...]
    project: RecordProject | None


@dataclass(frozen=True, slots=True)
class RecordPeople:
    """Who should have been there and who was: N and X. Of a secret ballot's own meeting the numbers alone."""

    standing_due: int
    standing_there: int
    invited_due: int
    invited_there: int
    there: tuple[str, ...]
    invited: tuple[str, ...]
    absent: tuple[str, ...]
    named: bool


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """The whole record, without its version. `pictures` are the numbers of files."""

    code: str
    council: str
    area: str
    alliance: str
    mode: MeetingMode
    quick: bool
    planned_at: datetime
    begun_at: datetime
    ended_at: datetime
    place: str
    chair: str
    recorder: str
    people: RecordPeople
    items: tuple[RecordItem, ...]
    notes: str
    decisions: str
    pictures: tuple[int, ...]


_JSON = TypeAdapter(RecordFacts)


def to_json(facts: RecordFacts) -> str:
    """What is kept of a version."""
    return _JSON.dump_json(facts).decode()


def from_json(text: str) -> RecordFacts:
    """A version that was kept."""
    return _JSON.validate_json(text)
