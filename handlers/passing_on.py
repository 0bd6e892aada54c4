"""On what ground a matter is passed on: the questions that come before anybody is asked for help (spec 3).

The person's own wish decides, apart from duties of the law; her "no" is written down too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.usecases.referrals import Basis, consent_of, matter_to_pass_on, record_consent, whom_to_ask
from handlers.flow import Finished, Step
from handlers.lead_pick import LeadPick
from handlers.questions import Answers, Choice, Facts, Text
from handlers.scene import Scene
from handlers.shortened import short_name
from messages.render import label
from models.area import Area
from models.lead import Colour, Lead
from models.member import Member
from models.referral import ReferralKind

REQUEST_LIMIT = 1000
_LAW_LIMIT = 200
_MOST_UNITS = 40


class Agreement(StrEnum):
    """What the person concerned says about asking others."""

    RECORDED = "recorded"  # she has agreed before
    AGREES = "agrees"
    DECLINES = "declines"
    NOT_ASKED = "not_asked"  # she cannot be asked (safely)


class Duty(StrEnum):
    """A duty of the law to report. `NONE` ends it: her "no" is written down, and nobody is asked."""

    DOMESTIC_VIOLENCE = "domestic_violence"  # 反家庭暴力法, article 14
    MINOR = "minor"  # 未成年人保护法, article 11
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AskAgreement:
    """Does the person concerned agree?"""

    code: str
    colour: Colour
    kind: ReferralKind


@dataclass(frozen=True, slots=True)
class AskDuty:
    """Which duty of the law stands in the place of her consent?"""

    declined: bool


@dataclass(frozen=True, slots=True)
class AskLaw:
    """The law and its article, in words."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """What is asked of them? Only what they need for it."""

    kind: ReferralKind


@dataclass(frozen=True, slots=True)
class PassingOnSummary:
    """Who will be asked for what, on which ground; or that nobody will be."""

    code: str
    colour: Colour
    kind: ReferralKind
    agreement: Agreement
    law: str
    whom: tuple[str, ...]
    request: str


@dataclass(frozen=True, slots=True)
class NotPassedOn:
    """Nobody is asked: she does not agree, and no duty of the law says otherwise. Her wish is written down."""

    code: str


def needs_duty(answers: Answers) -> bool:
    """Whether only a duty of the law can be the ground."""
    return answers.get("agreement") in (Agreement.DECLINES, Agreement.NOT_ASKED)


def names_law(answers: Answers) -> bool:
    """Whether the law is written in words."""
    return needs_duty(answers) and answers.get("duty") == Duty.OTHER


def has_ground(answers: Answers) -> bool:
    """Whether somebody can be asked at all."""
    return "agreement" in answers and not (needs_duty(answers) and answers.get("duty", Duty.NONE) == Duty.NONE)


def line_of(member: Member, area: Area) -> str:
    """Somebody who can be asked, on a button."""
    return f"{short_name(member.name)} · {short_name(area.name)}"


def _agreements(_answers: Answers, facts: Facts) -> Sequence[StrEnum]:
    return [one for one in Agreement if one is not Agreement.RECORDED or facts["agreed"]]


def _duties(answers: Answers, facts: Facts) -> Sequence[StrEnum]:
    """The two duties to report are for key matters; who could not be asked has not said no."""
    ready = (Duty.DOMESTIC_VIOLENCE, Duty.MINOR) if facts["key_matter"] else ()
    ending = (Duty.NONE,) if answers.get("agreement") == Agreement.DECLINES else ()
    return [*ready, Duty.OTHER, *ending]


@dataclass(frozen=True, slots=True)
class PassingOn:
    """The steps that asking an expert and whistling share."""

    kind: ReferralKind

    @property
    def first(self) -> tuple[Step, ...]:
        """The matter, and the ground for passing it on."""
        return (
            self.pick.step,
            Step(
                "agreement",
                lambda _a, f: AskAgreement(f["code"], Colour(f["colour"]), self.kind),
                Choice(Agreement, only=_agreements, columns=1),
            ),
            Step(
                "duty",
                lambda a, _f: AskDuty(a["agreement"] == Agreement.DECLINES),
                Choice(Duty, only=_duties, columns=1),
                when=needs_duty,
            ),
            Step("law", lambda _a, _f: AskLaw(), Text(_LAW_LIMIT), when=names_law),
        )

    @property
    def request(self) -> Step:
        """What is asked."""
        return Step("request", lambda _a, _f: AskRequest(self.kind), Text(REQUEST_LIMIT), when=has_ground)

    @property
    def pick(self) -> LeadPick:
        """Picks the matter."""
        return LeadPick(self._load)

    def summary(self, answers: Answers, facts: Facts, whom: Sequence[str]) -> PassingOnSummary:
        """What will happen."""
        asked = has_ground(answers)
        return PassingOnSummary(
            code=facts["code"],
            colour=Colour(facts["colour"]),
            kind=self.kind,
            agreement=Agreement(answers["agreement"]),
            law=_law(answers) or "",
            whom=tuple(whom) if asked else (),
            request=answers["request"] if asked else "",
        )

    async def stop(self, scene: Scene, answers: Answers, facts: Facts) -> Finished:
        """Write her "no" down; nobody is asked."""
        await record_consent(
            scene.session, actor=scene.actor, lead_id=answers["lead"], kind=self.kind, given=False, now=scene.now
        )
        return Finished(NotPassedOn(facts["code"]), [[("open_lead", f"lead:show:{answers['lead']}")]])

    async def people(self, scene: Scene, lead_id: int) -> list[tuple[Member, Area]]:
        """Who can be asked. Raises RefusedError(NOT_YOURS)."""
        lead = await matter_to_pass_on(scene.session, scene.actor, lead_id, self.kind, now=scene.now)
        return await whom_to_ask(scene.session, scene.actor, lead, self.kind, now=scene.now, policy=scene.policy)

    async def _load(self, scene: Scene, lead_id: int) -> tuple[Lead, dict[str, Any]]:
        lead = await matter_to_pass_on(scene.session, scene.actor, lead_id, self.kind, now=scene.now)
        people = await whom_to_ask(scene.session, scene.actor, lead, self.kind, now=scene.now, policy=scene.policy)
        if not people:
            raise RefusedError(Reason.NOBODY_TO_ASK)
        return lead, {
            "key_matter": lead.key_matter,
            "agreed": await consent_of(scene.session, lead, self.kind) is True,
            # Units stand on one card, several may be chosen; experts are many, and searched.
            "people": [[str(member.id), line_of(member, area)] for member, area in people[:_MOST_UNITS]]
            if self.kind is ReferralKind.WHISTLE
            else [],
        }


def basis_of(answers: Answers) -> Basis:
    """The ground as the use-case takes it; only what she said just now is written down anew."""
    said = {Agreement.AGREES: True, Agreement.DECLINES: False}
    return Basis(said.get(Agreement(answers["agreement"])), _law(answers))


def _law(answers: Answers) -> str | None:
    """The law in its own language, whichever one the form was filled in."""
    if not needs_duty(answers):
        return None
    duty = Duty(answers["duty"])
    if duty is Duty.NONE:
        return None
    return str(answers["law"]) if duty is Duty.OTHER else label(duty, "zh")
