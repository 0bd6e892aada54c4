"""A lost phone: freezing a colleague's account, or one's own (spec 8)."""

from dataclasses import dataclass
from typing import Any

from domain.usecases.freezing import colleague, colleagues_of, freeze_account
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Choice, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from handlers.shortened import short_name
from messages.render import label
from models.freeze import FreezeReason
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskWhose:
    """Whose account?"""


@dataclass(frozen=True, slots=True)
class AskWhy:
    """What has happened?"""

    name: str


@dataclass(frozen=True, slots=True)
class FreezeSummary:
    """What a freeze does, before it is done."""

    name: str
    role: Role
    reason: FreezeReason
    is_me: bool


@dataclass(frozen=True, slots=True)
class AccountIsFrozen:
    """It is done."""

    name: str


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows, total = await colleagues_of(
        scene.session, actor=scene.actor, query=query, today=scene.today, offset=offset, limit=limit
    )
    return Found([(row.id, f"{short_name(row.name)} · {label(row.role, scene.actor.locale)}") for row in rows], total)


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    who = await colleague(scene.session, actor=scene.actor, member_id=value, today=scene.today)
    return {"name": who.name, "role": who.role.value, "is_me": who.id == scene.actor.member_id}


def _summary(answers: Answers, facts: Facts) -> FreezeSummary:
    return FreezeSummary(facts["name"], Role(facts["role"]), FreezeReason(answers["reason"]), facts["is_me"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, conversation_id: str) -> Finished:
    await freeze_account(
        scene.session,
        actor=scene.actor,
        member_id=answers["colleague"],
        reason=FreezeReason(answers["reason"]),
        conversation_id=conversation_id,
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(AccountIsFrozen(facts["name"]))


FREEZE = Flow(
    name="freeze",
    version=1,
    roles=frozenset(Role),  # one's own account at least; whose else is the use-case's to say
    steps=(
        Step("colleague", lambda _a, _f: AskWhose(), Pick(_search, _resolve), editable=False),
        Step("reason", lambda _a, f: AskWhy(f["name"]), Choice(FreezeReason, columns=1)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
)
