"""A request for help as somebody may see it: whoever is asked, whoever asked, or the centre above a silent unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.usecases.referral_answers import Looked, Side
from domain.usecases.referrals import Matter
from handlers.flow import Finished
from handlers.passing_on import opens
from handlers.scene import Scene
from models.lead import Colour
from models.member import Member
from models.referral import OPEN, About, Referral, ReferralGround, ReferralKind, ReferralState

Buttons = Sequence[Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class RequestLook:
    """A request as the one who is asked sees it: what is asked, and not yet what the matter is."""

    code: str
    about: About
    colour: Colour
    kind: ReferralKind
    asked_by: str
    request: str
    by_law: bool
    state: ReferralState
    until: date


@dataclass(frozen=True, slots=True)
class AnswerLook:
    """A request as whoever asked sees it, with the answer."""

    code: str
    about: About
    colour: Colour
    kind: ReferralKind
    whom: str
    request: str
    law: str
    state: ReferralState
    reply: str
    until: date
    climbs: int


@dataclass(frozen=True, slots=True)
class SilentUnit:
    """A whistle that climbed to a centre: which unit is silent since when, and nothing of the matter."""

    code: str
    about: About
    colour: Colour
    whom: str
    asked_by: str
    since: date
    climbs: int


async def card_of_request(scene: Scene, looked: Looked) -> Finished:
    """The card and its buttons."""
    if looked.side is Side.ASKED:
        return Finished(await _request_look(scene, looked), _asked_buttons(looked.referral))
    if looked.side is Side.ASKER:
        return Finished(await _answer_look(scene, looked), _asker_buttons(looked.referral))
    return Finished(await _silent_unit(scene, looked))


async def _request_look(scene: Scene, looked: Looked) -> RequestLook:
    referral, subject = looked.referral, looked.subject
    return RequestLook(
        code=subject.code,
        about=subject.about,
        colour=subject.colour,
        kind=referral.kind,
        asked_by=await _name(scene, referral.asked_by_id),
        request=referral.request or "",
        by_law=referral.ground is ReferralGround.LAW,
        state=referral.state,
        until=scene.policy.today(referral.until),
    )


async def _answer_look(scene: Scene, looked: Looked) -> AnswerLook:
    referral, subject = looked.referral, looked.subject
    return AnswerLook(
        code=subject.code,
        about=subject.about,
        colour=subject.colour,
        kind=referral.kind,
        whom=await _name(scene, referral.member_id),
        request=referral.request or "",
        law=referral.law or "",
        state=referral.state,
        reply=referral.reply or "",
        until=scene.policy.today(referral.until),
        climbs=referral.climbs,
    )


async def _silent_unit(scene: Scene, looked: Looked) -> SilentUnit:
    referral, subject = looked.referral, looked.subject
    return SilentUnit(
        code=subject.code,
        about=subject.about,
        colour=subject.colour,
        whom=await _name(scene, referral.member_id),
        asked_by=await _name(scene, referral.asked_by_id),
        since=scene.policy.today(referral.asked_at),
        climbs=referral.climbs,
    )


async def _name(scene: Scene, member_id: int) -> str:
    return (await scene.session.get_one(Member, member_id)).name


def _asked_buttons(referral: Referral) -> Buttons:
    if referral.state is ReferralState.ACCEPTED:
        return working_buttons(referral)
    if referral.kind is ReferralKind.WHISTLE:
        return [[("on_it", f"ref:accept:{referral.id}")]]
    return [[("accept_request", f"ref:accept:{referral.id}"), ("decline_request", f"ref:decline:{referral.id}")]]


def working_buttons(referral: Referral) -> Buttons:
    """What somebody who has accepted can do."""
    return [*opens(matter_of(referral)), [("report_back", f"ref:report:{referral.id}")]]


def matter_of(referral: Referral) -> Matter:
    """What a request is about."""
    if referral.dispute_id is not None:
        return Matter(About.DISPUTE, referral.dispute_id)
    return Matter(About.LEAD, referral.lead_id or 0)


def _asker_buttons(referral: Referral) -> Buttons:
    rows = opens(matter_of(referral))
    if referral.state in OPEN:
        rows.append([("take_back", f"ref:drop:{referral.id}")])
    return rows
