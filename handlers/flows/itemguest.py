"""Inviting X by name: an expert, or somebody of the place who works with the bot already (spec 5, R)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import ItemSight, led_item
from domain.refusals import Reason, RefusedError
from domain.usecases.item_changes import INVITED_TO, must_stand_in
from domain.usecases.item_guests import invite_member, people_to_invite
from handlers.flow import Finished, Flow, Step
from handlers.item_pick import ItemPick
from handlers.questions import Answers, Choice, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from handlers.shortened import short_name
from messages.render import label
from models.agenda import GuestKind
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskWhomToInvite:
    """Who is to be invited to it?"""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class AskGuestKind:
    """As what does she come?"""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class InvitationSummary:
    """The invitation before it is told."""

    code: str
    title: str
    name: str
    kind: GuestKind


@dataclass(frozen=True, slots=True)
class GuestInvited:
    """She is one of X, and is told."""

    code: str
    name: str


async def _load(scene: Scene, item_id: int) -> tuple[ItemSight, dict[str, Any]]:
    sight = await led_item(scene.session, scene.actor, item_id)
    must_stand_in(sight.item, INVITED_TO)
    return sight, {}


_PICK = ItemPick(_load)


async def _people(scene: Scene, answers: Answers, query: str) -> list[tuple[int, str, Role]]:
    return await people_to_invite(
        scene.session, actor=scene.actor, item_id=answers["item"], query=query, now=scene.now, policy=scene.policy
    )


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    people = await _people(scene, answers, query)
    named = [(member, f"{short_name(name)} {label(role, scene.actor.locale)}") for member, name, role in people]
    return Found(named[offset : offset + limit], len(named))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    names = {member: name for member, name, _ in await _people(scene, answers, "")}
    if value not in names:
        raise RefusedError(Reason.CANNOT_BE_ASKED)
    return {"name": names[value]}


def _summary(answers: Answers, facts: Facts) -> InvitationSummary:
    return InvitationSummary(facts["code"], facts["title"], facts["name"], GuestKind(answers["kind"]))


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    await invite_member(
        scene.session,
        actor=scene.actor,
        item_id=answers["item"],
        kind=GuestKind(answers["kind"]),
        member_id=answers["who"],
        now=scene.now,
        policy=scene.policy,
    )
    number = answers["item"]
    return Finished(
        GuestInvited(facts["code"], facts["name"]),
        [[("item_guests", f"item:guests:{number}"), ("open_item", f"item:show:{number}")]],
    )


ITEMGUEST = Flow(
    name="itemguest",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        _PICK.step,
        Step("who", lambda _a, f: AskWhomToInvite(f["code"], f["title"]), Pick(_search, _resolve)),
        Step("kind", lambda _a, f: AskGuestKind(f["code"], f["name"]), Choice(GuestKind, columns=1)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
