"""One row of a register that comes as a sheet: what each cell may hold, and what is wrong with it otherwise."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from domain.rules.sheet_row import RowFlaw, RowProblem, flawed, problems_of, text_of
from models.household import Tier


class RowColumn(StrEnum):
    """The columns of the sheet. Grid, address and name are needed, the rest may be missing."""

    CODE = "code"
    GRID = "grid"
    ADDRESS = "address"
    NAME = "name"
    PEOPLE_COUNT = "people_count"
    CONTACT = "contact"
    SITUATION = "situation"
    NEEDS = "needs"
    TIER = "tier"
    LAST_VISIT = "last_visit"


REQUIRED = (RowColumn.GRID, RowColumn.ADDRESS, RowColumn.NAME)


TIER_WORDS = {
    **dict.fromkeys(("key", "重点户", "重点"), Tier.KEY),
    **dict.fromkeys(("watch", "监测户", "监测"), Tier.WATCH),
    **dict.fromkeys(("ordinary", "一般户", "一般", "普通户", "普通"), Tier.ORDINARY),
}
_MOST_PEOPLE = 99
_LENGTHS = {"code": 24, "grid": 80, "address": 120, "name": 80, "contact": 200, "situation": 1000, "needs": 1000}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0?0:00(?::00)?)?")
_PLAIN_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")


def _text(value: object, info: ValidationInfo) -> str | None:
    name = str(info.field_name)
    return text_of(value, _LENGTHS[name], is_code=name in ("code", "grid"))


def _needed_text(value: object, info: ValidationInfo) -> str:
    text = _text(value, info)
    if text is None:
        raise flawed(RowFlaw.MISSING)
    return text


def _count(value: object) -> int | None:
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip().removesuffix("人").removesuffix("口").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise flawed(RowFlaw.NOT_A_NUMBER, value)
        value = int(text)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        raise flawed(RowFlaw.NOT_A_NUMBER, value)
    if not 0 <= value <= _MOST_PEOPLE:
        raise flawed(RowFlaw.OUT_OF_RANGE, int(value))
    return int(value)


def _day(value: object, info: ValidationInfo) -> date | None:
    day = _read_day(value)
    if day is not None and day > info.context["today"]:  # type: ignore[index]
        raise flawed(RowFlaw.DAY_IN_FUTURE, day)
    return day


def _read_day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    text = _number_text(value) if isinstance(value, int | float) else unicodedata.normalize("NFKC", str(value)).strip()
    if not text:
        return None
    found = _DAY.fullmatch(text) or _PLAIN_DAY.fullmatch(text)
    if found is None or isinstance(value, bool):
        raise flawed(RowFlaw.NOT_A_DAY, value)
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise flawed(RowFlaw.NOT_A_DAY, value) from error


def _number_text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _tier(value: object) -> Tier | None:
    if value is None:
        return None
    text = unicodedata.normalize("NFKC", str(value)).strip().lower()
    if text and text not in TIER_WORDS:
        raise flawed(RowFlaw.UNKNOWN_TIER, value)
    return TIER_WORDS.get(text)


_Needed = Annotated[str, BeforeValidator(_needed_text)]
_Optional = Annotated[str | None, BeforeValidator(_text)]


class RegisterRow(BaseModel):
    """A household as a sheet tells of it. An empty cell says nothing: it never empties the register."""

    model_config = ConfigDict(frozen=True)

    code: _Optional = None
    grid: _Needed
    address: _Needed
    name: _Needed
    people_count: Annotated[int | None, BeforeValidator(_count)] = None
    contact: _Optional = None
    situation: _Optional = None
    needs: _Optional = None
    tier: Annotated[Tier | None, BeforeValidator(_tier)] = None
    last_visit: Annotated[date | None, BeforeValidator(_day)] = None


def read_row(row: int, cells: Mapping[str, Any], today: date) -> RegisterRow | list[RowProblem]:
    """The row with this number as a household, or everything that is wrong with it."""
    # A column that is needed and not there at all is a missing cell too.
    given: dict[str, Any] = {**{column.value: None for column in REQUIRED}, **cells}
    try:
        return RegisterRow.model_validate(given, context={"today": today})
    except ValidationError as error:
        return problems_of(row, error, RowColumn)
