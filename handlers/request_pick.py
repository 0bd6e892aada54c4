"""The first step of answering a request for help: which one; mostly it is known from its button."""

from dataclasses import dataclass
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.usecases.help_subject import Subject
from domain.usecases.referral_answers import request_to_answer, requests_to
from handlers.flow import Step
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from messages.render import label
from models.referral import Referral, ReferralKind, ReferralState


@dataclass(frozen=True, slots=True)
class AskWhichRequest:
    """Which request is it about?"""


@dataclass(frozen=True, slots=True)
class RequestPick:
    """Picks an open request to the actor that stands at `state`; `kinds` says which sort of them."""

    state: ReferralState
    kinds: tuple[ReferralKind, ...] = tuple(ReferralKind)

    @property
    def step(self) -> Step:
        """The step itself; another request is another conversation."""
        return Step("request", lambda _a, _f: AskWhichRequest(), Pick(self._search, self._resolve), editable=False)

    async def in_reach(self, scene: Scene, answers: Answers) -> bool:
        """Whether the request is still open to her."""
        if "request" not in answers:
            return True
        try:
            await request_to_answer(scene.session, scene.actor, answers["request"], now=scene.now)
        except RefusedError:
            return False
        return True

    def _fits(self, referral: Referral) -> bool:
        return referral.state is self.state and referral.kind in self.kinds

    async def _search(
        self, scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int
    ) -> Found:
        rows, _ = await requests_to(scene.session, actor=scene.actor, now=scene.now, limit=100)
        found = [
            (referral.id, request_line(referral, subject, scene.actor.locale))
            for referral, subject in rows
            if self._fits(referral) and query.upper() in subject.code
        ]
        return Found(found[offset : offset + limit], len(found))

    async def _resolve(self, scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
        referral, subject = await request_to_answer(scene.session, scene.actor, value, now=scene.now)
        if not self._fits(referral):
            accepted = self.state is ReferralState.ACCEPTED
            raise RefusedError(Reason.NOT_ACCEPTED_YET if accepted else Reason.REFERRAL_ANSWERED)
        return {"code": subject.code, "colour": subject.colour.value, "kind": referral.kind.value}


def request_line(referral: Referral, subject: Subject, locale: str) -> str:
    """A request on a button: no word of what it is about."""
    return f"{subject.code} {label(subject.colour, locale)} · {label(referral.state, locale)}"
