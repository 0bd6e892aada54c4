"""What the record of an attempt asks and shows."""

from dataclasses import dataclass
from datetime import date

from domain.rules.ladder import Course
from models.mediation import AttemptResult, MediationMethod


@dataclass(frozen=True, slots=True)
class AskOutcome:
    """What came of it? Who failed here before is said: the last try that fails climbs."""

    code: str
    rung: str
    tried: int
    tries: int
    last_on: date | None
    last_result: AttemptResult | None


@dataclass(frozen=True, slots=True)
class AskAbsent:
    """Who did not come?"""


@dataclass(frozen=True, slots=True)
class AskAbsentNumbers:
    """Who did not come, by the numbers on the list of parties?"""

    parties: int


@dataclass(frozen=True, slots=True)
class AskMethod:
    """How were they brought together?"""


@dataclass(frozen=True, slots=True)
class AskAttemptDay:
    """On which day was it?"""

    since: date


@dataclass(frozen=True, slots=True)
class AskMatter:
    """The matter: what was talked about?"""

    result: AttemptResult


@dataclass(frozen=True, slots=True)
class AskFeelings:
    """The feelings: how is each of them?"""


@dataclass(frozen=True, slots=True)
class AskPromises:
    """What has each promised?"""


@dataclass(frozen=True, slots=True)
class AskPartly:
    """What is settled already?"""


@dataclass(frozen=True, slots=True)
class AskPaper:
    """Photos of the signed agreement?"""


@dataclass(frozen=True, slots=True)
class AskNextDay:
    """When does it go on?"""

    days: int


@dataclass(frozen=True, slots=True)
class AskAttemptLeader:
    """Who led?"""


@dataclass(frozen=True, slots=True)
class AttemptSummary:
    """The record before it is saved. `climbs`: this failure uses up the rung's last try."""

    code: str
    rung: str
    result: AttemptResult
    held_on: date
    method: MediationMethod
    leader: str
    absent: tuple[str, ...]
    matter: str
    feelings: str
    promises: str
    photos: int
    next_on: date | None
    tried: int
    tries: int
    climbs: bool
    last_on: date | None
    last_result: AttemptResult | None


@dataclass(frozen=True, slots=True)
class AttemptSaved:
    """It is recorded; what becomes of the case now. `rung` is where it stands, `frozen`: by violence, meanwhile."""

    code: str
    late: bool
    frozen: bool
    course: Course
    rung: str
    next_on: date | None
