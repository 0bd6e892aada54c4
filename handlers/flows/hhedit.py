"""Correcting what the register says of a household, one item at a time (spec 2)."""

from dataclasses import dataclass
from typing import Any

from domain.access import EDITS_REGISTER
from domain.rules.register import EditableItem, editable_items
from domain.usecases.register import edit_household
from handlers.flow import Finished, Flow, Step
from handlers.household_pick import HouseholdPick, in_reach
from handlers.questions import Answers, Choice, Confirm, Facts, Number, Question, Text
from handlers.scene import Scene
from models.area import Area
from models.household import Household

# What empties an item that may be empty.
NOTHING = frozenset({"-", "－", "—"})
_ANSWERS: dict[EditableItem, Question] = {
    EditableItem.NAME: Text(40, one_line=True),
    EditableItem.ADDRESS: Text(120, one_line=True),
    EditableItem.PEOPLE_COUNT: Number(1, 99),
    EditableItem.SITUATION: Text(500),
    EditableItem.CONTACT: Text(100, one_line=True),
    EditableItem.NEEDS: Text(500),
    EditableItem.POLITICAL_STATUS: Text(60, one_line=True),
}
_MAY_BE_EMPTY = frozenset(EditableItem) - {EditableItem.NAME, EditableItem.ADDRESS, EditableItem.PEOPLE_COUNT}


@dataclass(frozen=True, slots=True)
class AskItem:
    """What is to be changed?"""

    household: str
    code: str


@dataclass(frozen=True, slots=True)
class AskValue:
    """What is right?"""

    item: EditableItem
    old: str
    may_be_empty: bool


@dataclass(frozen=True, slots=True)
class EditSummary:
    """The change before it is saved."""

    household: str
    code: str
    item: EditableItem
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class EditSaved:
    """The change is saved."""

    household: str
    code: str
    item: EditableItem


async def _load(scene: Scene, household: Household, _grid: Area) -> dict[str, Any]:
    items = editable_items(scene.policy)
    return {"values": {item.value: str(getattr(household, item.value) or "") for item in items}}


def _offered(_answers: Answers, facts: Facts) -> list[EditableItem]:
    return [EditableItem(value) for value in facts["values"]]


def _step(item: EditableItem) -> Step:
    def ask(_answers: Answers, facts: Facts) -> AskValue:
        return AskValue(item, facts["values"].get(item.value, ""), item in _MAY_BE_EMPTY)

    def chosen(answers: Answers) -> bool:
        return bool(answers.get("item") == item)

    return Step(item.value, ask, _ANSWERS[item], when=chosen)


def _value(answers: Answers) -> str | int | None:
    item = EditableItem(answers["item"])
    value: str | int = answers[item.value]
    return None if item in _MAY_BE_EMPTY and value in NOTHING else value


def _summary(answers: Answers, facts: Facts) -> EditSummary:
    item, new = EditableItem(answers["item"]), _value(answers)
    old = facts["values"].get(item.value, "")
    return EditSummary(facts["household"], facts["code"], item, old, "" if new is None else str(new))


async def _finish(scene: Scene, answers: Answers, facts: Facts, _conversation_id: str) -> Finished:
    household = await edit_household(
        scene.session,
        actor=scene.actor,
        household_id=answers["household"],
        item=EditableItem(answers["item"]),
        value=_value(answers),
        seen_rev=facts["rev"],
        now=scene.now,
        policy=scene.policy,
    )
    saved = EditSaved(household.name, household.code, EditableItem(answers["item"]))
    again = ("edit_more", f"hh:edit:{household.id}")
    return Finished(saved, [[again, ("open_household", f"hh:show:{household.id}")]])


_PICK = HouseholdPick(_load)
HHEDIT = Flow(
    name="hhedit",
    version=1,
    roles=EDITS_REGISTER,
    steps=(
        _PICK.step,
        Step("item", lambda _a, f: AskItem(f["household"], f["code"]), Choice(EditableItem, only=_offered)),
        *(_step(item) for item in EditableItem),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=in_reach,
)
