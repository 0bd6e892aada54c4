"""What a party of a dispute says of herself anew: may she be contacted, her telephone, her wishes (spec 4)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_changes import dispute_at_work
from domain.usecases.dispute_notes import PartyChange, change_party, read_parties
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Choice, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene
from handlers.text_questions import TextAnew
from models.dispute import Dispute, DisputeParty

PHONE_LIMIT = 40
WISHES_LIMIT = 300


class PartyConsent(StrEnum):
    """Whether a party may be contacted."""

    AGREES = "agrees"
    DECLINES = "declines"


@dataclass(frozen=True, slots=True)
class AskWhichParty:
    """Which party?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskPartyAnew:
    """What is written down of her; may she be contacted?"""

    name: str
    consent: PartyConsent
    phone: str
    wishes: str


@dataclass(frozen=True, slots=True)
class AskPartyPhone:
    """Her telephone, if it is another one."""

    name: str


@dataclass(frozen=True, slots=True)
class AskPartyWishes:
    """What does she want, if it is something else by now?"""

    name: str


@dataclass(frozen=True, slots=True)
class PartySummary:
    """What will be written down; what is empty stays as it is, but for a telephone that goes."""

    code: str
    name: str
    consent: PartyConsent
    phone: str
    phone_goes: bool
    wishes: str


@dataclass(frozen=True, slots=True)
class PartySaved:
    """It is written down."""

    code: str


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    sight = await dispute_at_work(scene.session, scene.actor, dispute_id, now=scene.now, policy=scene.policy)
    return sight.dispute, {}


_PICK = DisputePick(_load)
_PHONE = TextAnew(PHONE_LIMIT, "remove_phone", lambda facts: bool(facts.get("phone")))


async def _parties(scene: Scene, answers: Answers) -> list[DisputeParty]:
    return await read_parties(
        scene.session, actor=scene.actor, dispute_id=answers["dispute"], now=scene.now, policy=scene.policy
    )


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    lines = [(party.position, f"{party.position}. {party.name}") for party in await _parties(scene, answers)]
    found = [line for line in lines if query in line[1]]
    return Found(found[offset : offset + limit], len(found))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    party = next((one for one in await _parties(scene, answers) if one.position == value), None)
    if party is None:
        raise RefusedError(Reason.STEP_PASSED)
    return {"name": party.name, "consent": party.consent, "phone": party.phone or "", "wishes": party.wishes or ""}


def _consent(given: bool) -> PartyConsent:
    return PartyConsent.AGREES if given else PartyConsent.DECLINES


def _ask_consent(_answers: Answers, facts: Facts) -> AskPartyAnew:
    return AskPartyAnew(facts["name"], _consent(facts["consent"]), facts["phone"], facts["wishes"])


def _summary(answers: Answers, facts: Facts) -> PartySummary:
    return PartySummary(
        facts["code"],
        facts["name"],
        PartyConsent(answers["consent"]),
        answers.get("phone") or "",
        answers.get("phone") == "",
        answers.get("wishes") or "",
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    agrees = said.consent is PartyConsent.AGREES
    await change_party(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        change=PartyChange(answers["party"], agrees, answers.get("phone"), said.wishes or None),
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(PartySaved(said.code), [[("open_dispute", f"disp:show:{answers['dispute']}")]])


PARTY = Flow(
    name="party",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("party", lambda _a, f: AskWhichParty(f["code"]), Pick(_search, _resolve), editable=False),
        Step("consent", _ask_consent, Choice(PartyConsent)),
        Step("phone", lambda _a, f: AskPartyPhone(f["name"]), _PHONE, optional=True),
        Step("wishes", lambda _a, f: AskPartyWishes(f["name"]), Text(WISHES_LIMIT), optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
