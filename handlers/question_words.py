"""What stands on the buttons of a question whose options are no plain list: value and word of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.question_kinds import Grouped, YesNo
from handlers.scene import Scene
from messages.render import label

Words = Sequence[tuple[str, str]]


def yes_no_words(question: YesNo, said: Mapping[str, bool], locale: str) -> list[Words]:
    """The yes and the no of each member; what was pressed is marked."""
    rows: list[Words] = []
    for member in question.options:
        words = {True: label(member, locale), False: label(member.value, locale, question.no)}
        marks = {said.get(member.value): "✅ "}
        rows.append(
            [(f"{member.value}.{'yes' if yes else 'no'}", marks.get(yes, "") + words[yes]) for yes in (True, False)]
        )
    return rows


def grouped_words(question: Grouped, scene: Scene, partial: Any) -> tuple[Words, bool]:
    """The members of the group that was pressed, or all groups; and whether it is the members."""
    group = (partial or {}).get("group")
    members = question.members(scene, group) if group else []
    if members:
        return members, True
    return [(f"!in.{value}", name) for value, name in question.groups(scene)], False
