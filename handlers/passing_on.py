"""On what ground a matter is passed on: the questions that come before anybody is asked for help (spec 3).

The wish of the person concerned decides, or of all parties to a dispute, apart from duties of the law; a "no" is
written down too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.usecases.help_subject import Subject
from domain.usecases.referrals import Matter, matter_to_pass_on, record_consent, whom_to_ask
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Step
from handlers.grounds import (
    AGREEMENT_OF,
    Agreement,
    Duty,
    agreements,
    duties,
    has_ground,
    law_of,
    names_law,
    needs_duty,
)
from handlers.lead_pick import LeadPick
from handlers.questions import Answers, Choice, Facts, Text
from handlers.scene import Scene
from handlers.shortened import short_name
from models.area import Area
from models.dispute import Dispute
from models.lead import Colour, Lead
from models.member import Member
from models.referral import About, ReferralKind

REQUEST_LIMIT = 1000
_LAW_LIMIT = 200
_MOST_UNITS = 40


@dataclass(frozen=True, slots=True)
class AskAgreement:
    """Does the person concerned agree, or do all parties?"""

    code: str
    colour: Colour
    kind: ReferralKind
    about: About


@dataclass(frozen=True, slots=True)
class AskDuty:
    """Which duty of the law stands in the place of her consent?"""

    declined: bool
    about: About


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
    about: About
    agreement: Agreement
    law: str
    whom: tuple[str, ...]
    request: str


@dataclass(frozen=True, slots=True)
class NotPassedOn:
    """Nobody is asked: there is a "no", and no duty of the law says otherwise. The wish is written down."""

    code: str
    about: About


def opens(which: Matter) -> list[list[tuple[str, str]]]:
    """The button that opens a lead or a dispute."""
    if which.about is About.LEAD:
        return [[("open_lead", f"lead:show:{which.id}")]]
    return [[("open_dispute", f"disp:show:{which.id}")]]


def line_of(member: Member, area: Area) -> str:
    """Somebody who can be asked, on a button."""
    return f"{short_name(member.name)} · {short_name(area.name)}"


@dataclass(frozen=True, slots=True)
class PassingOn:
    """The steps that asking an expert and whistling share."""

    kind: ReferralKind
    about: About = About.LEAD

    @property
    def first(self) -> tuple[Step, ...]:
        """The matter, and the ground for passing it on."""
        return (
            self.pick.step,
            Step(
                "agreement",
                lambda _a, f: AskAgreement(f["code"], Colour(f["colour"]), self.kind, self.about),
                Choice(AGREEMENT_OF[self.about], only=agreements, columns=1),
            ),
            Step(
                "duty",
                lambda a, _f: AskDuty(a["agreement"] == Agreement.DECLINES, self.about),
                Choice(Duty, only=duties, columns=1),
                when=needs_duty,
            ),
            Step("law", lambda _a, _f: AskLaw(), Text(_LAW_LIMIT), when=names_law),
        )

    @property
    def request(self) -> Step:
        """What is asked."""
        return Step("request", lambda _a, _f: AskRequest(self.kind), Text(REQUEST_LIMIT), when=has_ground)

    @property
    def pick(self) -> LeadPick | DisputePick:
        """Picks the matter; its step has the name of what it is about."""
        return LeadPick(self._load_lead) if self.about is About.LEAD else DisputePick(self._load_dispute)

    def matter(self, answers: Answers) -> Matter:
        """The matter that was picked."""
        return Matter(self.about, answers[self.about.value])

    def back_to(self, answers: Answers) -> list[list[tuple[str, str]]]:
        """The button that opens it."""
        return opens(self.matter(answers))

    def summary(self, answers: Answers, facts: Facts, whom: Sequence[str]) -> PassingOnSummary:
        """What will happen."""
        asked = has_ground(answers)
        return PassingOnSummary(
            code=facts["code"],
            colour=Colour(facts["colour"]),
            kind=self.kind,
            about=self.about,
            agreement=Agreement(answers["agreement"]),
            law=law_of(answers) or "",
            whom=tuple(whom) if asked else (),
            request=answers["request"] if asked else "",
        )

    async def stop(self, scene: Scene, answers: Answers, facts: Facts) -> Finished:
        """Write the "no" down; nobody is asked."""
        await record_consent(
            scene.session,
            actor=scene.actor,
            which=self.matter(answers),
            kind=self.kind,
            given=False,
            now=scene.now,
            policy=scene.policy,
        )
        return Finished(NotPassedOn(facts["code"], self.about), self.back_to(answers))

    async def people(self, scene: Scene, number: int) -> list[tuple[Member, Area]]:
        """Who can be asked. Raises RefusedError(NOT_YOURS)."""
        return await self._whom(scene, await self._subject(scene, number))

    async def _subject(self, scene: Scene, number: int) -> Subject:
        which = Matter(self.about, number)
        return await matter_to_pass_on(scene.session, scene.actor, which, self.kind, now=scene.now, policy=scene.policy)

    async def _whom(self, scene: Scene, subject: Subject) -> list[tuple[Member, Area]]:
        return await whom_to_ask(scene.session, scene.actor, subject, self.kind, now=scene.now, policy=scene.policy)

    async def _load_lead(self, scene: Scene, number: int) -> tuple[Lead, dict[str, Any]]:
        subject = await self._subject(scene, number)
        lead = await scene.session.get_one(Lead, number)
        return lead, await self._known(scene, subject, key_matter=lead.key_matter)

    async def _load_dispute(self, scene: Scene, number: int) -> tuple[Dispute, dict[str, Any]]:
        subject = await self._subject(scene, number)
        dispute = await scene.session.get_one(Dispute, number)
        return dispute, await self._known(scene, subject, key_matter=False)  # those are never mediated

    async def _known(self, scene: Scene, subject: Subject, *, key_matter: bool) -> dict[str, Any]:
        people = await self._whom(scene, subject)
        if not people:
            raise RefusedError(Reason.NOBODY_TO_ASK)
        return {
            "about": self.about.value,
            "key_matter": key_matter,
            "agreed": await subject.consent_to(scene.session, self.kind) is True,
            # Units stand on one card, several may be chosen; experts are many, and searched.
            "people": [[str(member.id), line_of(member, area)] for member, area in people[:_MOST_UNITS]]
            if self.kind is ReferralKind.WHISTLE
            else [],
        }
