"""Who lives behind a door: the shapes of families, their ages and names, and why one may need more visits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random

from sandbox.county.names import NameMaker
from sandbox.county.rows import ResidentRow


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of family: who belongs to it, how old its head is, and what may bring a visitor more often."""

    relations: tuple[str, ...]
    head_age: tuple[int, int]
    weight: int
    situation: str
    reasons: tuple[str, ...]
    female_head: float = 0.15


_SHAPES = (
    Shape(("head",), (66, 90), 12, "独自居住，子女在外地。", ("elder_alone", "illness"), 0.6),
    Shape(("head",), (24, 60), 13, "独自居住。", ("lives_alone", "disability", "recovering"), 0.4),
    Shape(("head", "spouse"), (62, 86), 18, "老两口同住。", ("illness", "disability", "hardship")),
    Shape(("head", "spouse"), (26, 60), 16, "夫妻二人同住。", ("family_conflict", "illness", "hardship")),
    Shape(("head", "spouse", "child"), (26, 48), 22, "三口之家。", ("family_conflict", "disability", "other")),
    Shape(
        ("head", "spouse", "child", "child"),
        (29, 46),
        9,
        "夫妻带两个孩子同住。",
        ("hardship", "family_conflict", "disability"),
    ),
    Shape(
        ("head", "spouse", "child", "parent"),
        (29, 50),
        4,
        "三代同堂。",
        ("illness", "family_conflict", "hardship"),
    ),
    Shape(("head", "child"), (26, 45), 4, "一人带孩子生活。", ("hardship", "other"), 0.6),
    Shape(("head", "other"), (56, 72), 2, "祖孙同住，孩子父母在外务工。", ("left_behind_child",), 0.6),
)
_REASON_SITUATIONS = {
    "illness": "因病长期服药。",
    "disability": "行动不便，出门需要搭手。",
    "family_conflict": "家庭近期有矛盾，愿意沟通。",
    "hardship": "家庭收入不稳定。",
    "recovering": "出院不久，在家休养。",
    "other": "近期家中有变动。",
}
_ELDER_NEEDS = ("需要代办养老资格认证", "看病取药需要陪同", "想学用手机")
_ADULT_NEEDS = ("想找就近的工作", "想了解医保报销", "想参加技能培训")
_CHILD_NEEDS = ("放学后需要照看", "需要课业辅导")
_MOTHERS_SURNAME = 0.08
_NEED_SHARE = 0.1
_SCHOOL_AGE = 6


class FamilyMaker:
    """Draws families. Deterministic: the same random source and day give the same families."""

    def __init__(self, rng: Random, today: date) -> None:
        self._rng = rng
        self._random = rng.random
        self._year = today.year
        self._names = NameMaker(rng)
        self._anywhere = _spread(_SHAPES)
        # Nobody retires to a factory's dormitory, and nobody brings a parent there.
        self._at_work = _spread(shape for shape in _SHAPES if shape.head_age[1] <= 60 and len(shape.relations) < 4)

    def family(self, *, at_work: bool = False) -> tuple[Shape, tuple[ResidentRow, ...]]:
        """One family and the kind of family it is; `at_work`: one that lives in an employer's dormitory."""
        shapes = self._at_work if at_work else self._anywhere
        shape = shapes[int(self._random() * len(shapes))]
        youngest, oldest = shape.head_age
        head_age = self._between(youngest, oldest)
        head_sex = "f" if self._random() < shape.female_head else "m"
        surname, other_surname = self._names.surname(), self._names.surname()
        child_surname = self._child_surname(shape, head_sex, surname, other_surname)
        # Siblings are born one after another, and no parent was younger than twenty.
        child_age = min(self._between(1, 17), head_age - 23)
        people = []
        for relation in shape.relations:
            if relation == "head":
                people.append(self._resident(relation, surname, head_sex, head_age))
            elif relation == "spouse":
                age = head_age + self._between(-3, 3)
                people.append(self._resident(relation, other_surname, _opposite(head_sex), age))
            elif relation == "parent":
                people.append(self._parent(surname, head_age))
            else:
                people.append(self._resident(relation, child_surname, self._sex(), child_age))
                child_age = max(0, child_age - self._between(1, 4))
        return shape, tuple(people)

    def reason(self, shape: Shape) -> str:
        """Why such a family may be visited more often."""
        return shape.reasons[int(self._random() * len(shape.reasons))]

    def _parent(self, family_surname: str, head_age: int) -> ResidentRow:
        # A father carries the family's surname; a mother kept her own.
        sex = self._sex()
        surname = family_surname if sex == "m" else self._names.surname()
        return self._resident("parent", surname, sex, head_age + self._between(22, 32))

    def _resident(self, relation: str, surname: str, sex: str, age: int) -> ResidentRow:
        birth_year = self._year - age
        return ResidentRow(
            name=surname + self._names.given(sex, birth_year),
            relation=relation,
            birth_year=birth_year,
            sex=sex,
            phone=self._phone(age),
            needs=self._need(age),
        )

    def _child_surname(self, shape: Shape, head_sex: str, surname: str, other_surname: str) -> str:
        if "spouse" not in shape.relations:
            return surname
        fathers, mothers = (surname, other_surname) if head_sex == "m" else (other_surname, surname)
        return mothers if self._random() < _MOTHERS_SURNAME else fathers

    def _phone(self, age: int) -> str | None:
        if age < 12 or (age > 75 and self._random() < 0.4):
            return None
        return f"1900000{int(self._random() * 10_000):04d}"

    def _need(self, age: int) -> str | None:
        if age < _SCHOOL_AGE or self._random() >= _NEED_SHARE:
            return None
        needs = _CHILD_NEEDS if age < 16 else _ELDER_NEEDS if age >= 60 else _ADULT_NEEDS
        return needs[int(self._random() * len(needs))]

    def _sex(self) -> str:
        return "f" if self._random() < 0.49 else "m"

    def _between(self, low: int, high: int) -> int:
        return low + int(self._random() * (high - low + 1))


def situation(shape: Shape, reason: str | None) -> str:
    """One neutral sentence about the family, with what the reason adds to it."""
    return shape.situation + _REASON_SITUATIONS.get(reason or "", "")


def _spread(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    return tuple(shape for shape in shapes for _ in range(shape.weight))


def _opposite(sex: str) -> str:
    return "m" if sex == "f" else "f"
