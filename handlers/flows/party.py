"""What a party of a dispute says of herself anew, who she is after all, and a further party (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.access import FILES_VISITS
from domain.refusals import Reason, RefusedError
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_changes import dispute_at_work
from domain.usecases.dispute_notes import PartyChange, change_party, read_parties
from domain.usecases.dispute_parties import resident_in_register
from domain.usecases.party_names import PartyName, add_party, name_party
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.dispute_loading import search_people
from handlers.flows.party_answers import (
    ADD,
    PartyConsent,
    PartyWork,
    adds,
    adds_of_register,
    is_found,
    is_known,
    is_named,
    name_of,
    new_party,
    says,
    works,
)
from handlers.party_questions import NAME_LIMIT
from handlers.questions import Answers, Choice, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene
from handlers.text_questions import TextAnew
from messages.render import label
from models.dispute import Dispute, DisputeParty

PHONE_LIMIT = 40
_ON_FIRST_PAGE = 7  # below as many parties, however many there are
WISHES_LIMIT = 300


@dataclass(frozen=True, slots=True)
class AskWhichParty:
    """Which party?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskPartyWork:
    """What about her?"""

    name: str


@dataclass(frozen=True, slots=True)
class AskPartyName:
    """Her right name; or that of a further party."""

    name: str


@dataclass(frozen=True, slots=True)
class AskPartyInRegister:
    """Who of the register is she?"""

    name: str


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
    resident: str
    consent: PartyConsent
    phone: str
    phone_goes: bool
    wishes: str


@dataclass(frozen=True, slots=True)
class PartyNameSummary:
    """Who she was thought to be, and who she is."""

    code: str
    was: str
    name: str
    resident: str


@dataclass(frozen=True, slots=True)
class PartySaved:
    """It is written down."""

    code: str


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    sight = await dispute_at_work(scene.session, scene.actor, dispute_id, now=scene.now, policy=scene.policy)
    return sight.dispute, {"register": scene.actor.covers(sight.path, FILES_VISITS)}


_PICK = DisputePick(_load)
_PHONE = TextAnew(PHONE_LIMIT, "remove_phone", lambda facts: bool(facts.get("phone")))


async def _parties(scene: Scene, answers: Answers) -> list[DisputeParty]:
    return await read_parties(
        scene.session, actor=scene.actor, dispute_id=answers["dispute"], now=scene.now, policy=scene.policy
    )


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    lines = [(party.position, f"{party.position}. {party.name}") for party in await _parties(scene, answers)]
    found = [line for line in lines if query in line[1]]
    if not query:
        found.insert(_ON_FIRST_PAGE, (ADD, label("add_party", scene.actor.locale)))
    return Found(found[offset : offset + limit], len(found))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    if value == ADD:
        return {"name": "", "consent": False, "phone": "", "wishes": ""}
    party = next((one for one in await _parties(scene, answers) if one.position == value), None)
    if party is None:
        raise RefusedError(Reason.STEP_PASSED)
    return {"name": party.name, "consent": party.consent, "phone": party.phone or "", "wishes": party.wishes or ""}


async def _resolve_resident(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    person, household = await resident_in_register(scene.session, scene.actor, value)
    return {"resident": f"{person.name} · {household.code}"}


async def _in_reach(scene: Scene, answers: Answers) -> bool:
    """Whether the dispute, and who was found in the register, are still hers to see."""
    resident = answers.get("resident") or answers.get("known")
    if resident is not None:
        try:
            await resident_in_register(scene.session, scene.actor, resident)
        except RefusedError:
            return False
    return await _PICK.in_reach(scene, answers)


def _consent(given: bool) -> PartyConsent:
    return PartyConsent.AGREES if given else PartyConsent.DECLINES


def _ask_consent(answers: Answers, facts: Facts) -> AskPartyAnew:
    return AskPartyAnew(name_of(answers, facts), _consent(facts["consent"]), facts["phone"], facts["wishes"])


def _resident(answers: Answers, facts: Facts) -> str:
    return str(facts.get("resident", "")) if answers.get("resident") or answers.get("known") else ""


def _summary(answers: Answers, facts: Facts) -> PartySummary | PartyNameSummary:
    return _said(answers, facts) if says(answers) else _named(answers, facts)


def _named(answers: Answers, facts: Facts) -> PartyNameSummary:
    return PartyNameSummary(facts["code"], facts["name"], answers.get("name") or "", _resident(answers, facts))


def _said(answers: Answers, facts: Facts) -> PartySummary:
    return PartySummary(
        facts["code"],
        name_of(answers, facts),
        _resident(answers, facts),
        PartyConsent(answers["consent"]),
        answers.get("phone") or "",
        answers.get("phone") == "",
        answers.get("wishes") or "",
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    about: dict[str, Any] = {
        "actor": scene.actor,
        "dispute_id": answers["dispute"],
        "seen": facts["rev"],
        "now": scene.now,
        "policy": scene.policy,
    }
    if not says(answers):
        name = PartyName(answers["party"], answers.get("name"), answers.get("resident"))
        await name_party(scene.session, name=name, **about)
    elif adds(answers):
        await add_party(scene.session, facts=new_party(answers), **about)
    else:
        agrees, wishes = answers["consent"] == PartyConsent.AGREES, answers.get("wishes")
        change = PartyChange(answers["party"], agrees, answers.get("phone"), wishes or None)
        await change_party(scene.session, change=change, **about)
    return Finished(PartySaved(facts["code"]), [[("open_dispute", f"disp:show:{answers['dispute']}")]])


def _ask_who(answers: Answers, facts: Facts) -> AskPartyInRegister:
    return AskPartyInRegister(name_of(answers, facts))


_PEOPLE = Pick(search_people, _resolve_resident)
PARTY = Flow(
    name="party",
    version=2,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("party", lambda _a, f: AskWhichParty(f["code"]), Pick(_search, _resolve), editable=False),
        Step("work", lambda _a, f: AskPartyWork(f["name"]), Choice(PartyWork, only=works, columns=1), when=is_known),
        Step("name", lambda _a, f: AskPartyName(f["name"]), Text(NAME_LIMIT, one_line=True), when=is_named),
        Step("known", _ask_who, _PEOPLE, possible=adds_of_register, optional=True),
        Step("resident", _ask_who, _PEOPLE, when=is_found),
        Step("consent", _ask_consent, Choice(PartyConsent), when=says),
        Step("phone", lambda a, f: AskPartyPhone(name_of(a, f)), _PHONE, when=says, optional=True),
        Step("wishes", lambda a, f: AskPartyWishes(name_of(a, f)), Text(WISHES_LIMIT), when=says, optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_in_reach,
)
