"""What the rows of every sheet have in common: how a cell is read as text, and how a mistake in it is told."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError
from pydantic_core import PydanticCustomError


class RowFlaw(StrEnum):
    """What may be wrong with a cell."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_DAY = "not_a_day"
    DAY_IN_FUTURE = "day_in_future"
    UNKNOWN_TIER = "unknown_tier"
    UNKNOWN_GRID = "unknown_grid"
    AMBIGUOUS_GRID = "ambiguous_grid"
    CODE_NEEDED = "code_needed"
    REPEATED = "repeated"
    OTHER_HOUSEHOLD = "other_household"
    MERGED_AWAY = "merged_away"
    NEEDS_SIGNATURE = "needs_signature"
    BAD_CODE = "bad_code"
    SAME_CODE = "same_code"
    UNKNOWN_KIND = "unknown_kind"
    KIND_CHANGED = "kind_changed"
    UNKNOWN_GRID_KIND = "unknown_grid_kind"
    GRID_KIND_NEEDED = "grid_kind_needed"
    NO_GRID = "no_grid"
    EXCLUSIVE_IN_GROUP = "exclusive_in_group"
    PARENT_NEEDED = "parent_needed"
    UNKNOWN_PARENT = "unknown_parent"
    PARENT_NOT_ABOVE = "parent_not_above"
    IN_USE = "in_use"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong, and where; `detail` is another row, a code, or what the cell holds."""

    row: int
    column: StrEnum
    flaw: RowFlaw
    detail: str = ""


# Letters and digits of full width are a slip of the keyboard; brackets and commas of full width are Chinese.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()} | {0x3000: " "}


def flawed(flaw: RowFlaw, detail: object = "") -> PydanticCustomError:
    """The error by which a validator of a cell tells its flaw."""
    # The type carries the flaw; what a person reads is written by whoever shows it.
    return PydanticCustomError(flaw.value, "{detail}", {"detail": str(detail)[:40]})


def text_of(value: object, longest: int, *, is_code: bool = False) -> str | None:
    """Text as it is written; a whole number (a code, a telephone) is text too, a date that Excel made up is not.

    Raises PydanticCustomError for what is no text, or more than `longest` characters.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise flawed(RowFlaw.NOT_TEXT, value)
    if isinstance(value, float):
        value = str(int(value)) if value.is_integer() else str(value)
    text = _clean(str(value)) if value is not None else ""
    if is_code:
        text = unicodedata.normalize("NFKC", text)  # the dashes of a code too
    if len(text) > longest:
        raise flawed(RowFlaw.TOO_LONG, longest)
    return text or None


def problems_of(row: int, error: ValidationError, columns: type[StrEnum]) -> list[RowProblem]:
    """What is wrong with the row of this number, by its `columns`."""
    return [
        RowProblem(row, columns(str(problem["loc"][0])), RowFlaw(problem["type"]), problem["ctx"]["detail"])
        for problem in error.errors(include_url=False, include_input=False)
    ]


def _clean(text: str) -> str:
    visible = "".join(char if char.isprintable() else " " for char in text.translate(_HALF_WIDTH))
    return " ".join(visible.split())
