"""Proposing another tier for a household, with a reason (spec 2); for "key" a second one signs."""

from dataclasses import dataclass
from typing import Any

from domain.access import EDITS_REGISTER
from domain.refusals import Reason, RefusedError
from domain.usecases.tiers import pending_change, propose_tier
from handlers.flow import Finished, Flow, Step
from handlers.household_pick import HouseholdPick, in_reach
from handlers.questions import Answers, Choice, Confirm, Facts, Text
from handlers.scene import Scene
from models.area import Area
from models.household import Household, Tier
from models.tier_change import ProposalState, TierReason


@dataclass(frozen=True, slots=True)
class AskTier:
    """Which tier is right?"""

    household: str
    code: str
    tier: Tier


@dataclass(frozen=True, slots=True)
class AskReason:
    """Why?"""

    to_tier: Tier


@dataclass(frozen=True, slots=True)
class AskNote:
    """Anything the signer should know?"""


@dataclass(frozen=True, slots=True)
class TierSummary:
    """The proposal before it is made."""

    household: str
    code: str
    from_tier: Tier
    to_tier: Tier
    reason: TierReason
    note: str
    needs_signature: bool


@dataclass(frozen=True, slots=True)
class TierProposal:
    """The proposal is made; it waits for a signature, or holds already."""

    household: str
    code: str
    to_tier: Tier
    waits: bool


async def _load(scene: Scene, household: Household, _grid: Area) -> dict[str, Any]:
    # Better said now than after the last question.
    if await pending_change(scene.session, household.id) is not None:
        raise RefusedError(Reason.PROPOSAL_PENDING)
    return {}


def _other_tiers(_answers: Answers, facts: Facts) -> list[Tier]:
    return [tier for tier in Tier if tier.value != facts["tier"]]


def _summary(answers: Answers, facts: Facts) -> TierSummary:
    before, after = Tier(facts["tier"]), Tier(answers["tier"])
    return TierSummary(
        household=facts["household"],
        code=facts["code"],
        from_tier=before,
        to_tier=after,
        reason=TierReason(answers["reason"]),
        note=answers["note"] or "",
        needs_signature=Tier.KEY in (before, after),
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _conversation_id: str) -> Finished:
    change = await propose_tier(
        scene.session,
        actor=scene.actor,
        household_id=answers["household"],
        to_tier=Tier(answers["tier"]),
        reason=TierReason(answers["reason"]),
        note=answers["note"],
        now=scene.now,
        policy=scene.policy,
    )
    made = TierProposal(facts["household"], facts["code"], change.to_tier, change.state is ProposalState.PENDING)
    return Finished(made, [[("open_household", f"hh:show:{change.household_id}")]])


HHTIER = Flow(
    name="hhtier",
    version=1,
    roles=EDITS_REGISTER,
    steps=(
        HouseholdPick(_load).step,
        Step(
            "tier",
            lambda _a, f: AskTier(f["household"], f["code"], Tier(f["tier"])),
            Choice(Tier, only=_other_tiers),
        ),
        Step("reason", lambda a, _f: AskReason(Tier(a["tier"])), Choice(TierReason)),
        Step("note", lambda _a, _f: AskNote(), Text(500), optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=in_reach,
)
