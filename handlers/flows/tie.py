"""Declaring a tie to a household (conflict of interest), and ending it (spec 4)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.access import EDITS_REGISTER
from domain.usecases.ties import declare_tie, end_tie, tie_of
from handlers.flow import Finished, Flow, Step
from handlers.household_pick import HouseholdPick, in_reach
from handlers.questions import Answers, Choice, Confirm, Facts
from handlers.scene import Scene
from models.area import Area
from models.confidential import TieKind
from models.household import Household


class TieWish(StrEnum):
    """What she is to the household, or that she is nothing to it any more."""

    OWN = "own"
    KIN = "kin"
    NEIGHBOUR = "neighbour"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AskTie:
    """What are you to this household?"""

    household: str
    code: str
    tie: TieKind | None


@dataclass(frozen=True, slots=True)
class TieSummary:
    """What is declared, and what follows from it."""

    household: str
    code: str
    tie: TieKind | None


@dataclass(frozen=True, slots=True)
class TieNoted:
    """The tie is declared, or has ended."""

    household: str
    code: str
    tie: TieKind | None


async def _load(scene: Scene, household: Household, _grid: Area) -> dict[str, Any]:
    tie = await tie_of(scene.session, scene.actor.member_id, household.id)
    return {"tie": tie.kind.value if tie else None}


def _others(_answers: Answers, facts: Facts) -> list[TieWish]:
    """Whatever is not so already."""
    present = facts["tie"] or TieWish.NONE.value
    return [wish for wish in TieWish if wish.value != present]


def _wanted(answers: Answers) -> TieKind | None:
    wish = TieWish(answers["tie"])
    return None if wish is TieWish.NONE else TieKind(wish.value)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _conversation_id: str) -> Finished:
    kind, household_id = _wanted(answers), answers["household"]
    if kind is None:
        await end_tie(scene.session, actor=scene.actor, household_id=household_id, now=scene.now, policy=scene.policy)
    else:
        await declare_tie(scene.session, actor=scene.actor, household_id=household_id, kind=kind, now=scene.now)
    return Finished(
        TieNoted(facts["household"], facts["code"], kind), [[("open_household", f"hh:show:{household_id}")]]
    )


_PICK = HouseholdPick(_load)

TIE = Flow(
    name="tie",
    version=1,
    roles=EDITS_REGISTER,
    steps=(
        _PICK.step,
        Step(
            "tie",
            lambda _a, f: AskTie(f["household"], f["code"], TieKind(f["tie"]) if f["tie"] else None),
            Choice(TieWish, only=_others),
        ),
        Step("confirm", lambda a, f: TieSummary(f["household"], f["code"], _wanted(a)), Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=in_reach,
)
