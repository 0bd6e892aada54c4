"""One row of a tree of areas that comes as a sheet: what each cell may hold, and what is wrong with it otherwise."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from domain.rules.sheet_row import RowFlaw, RowProblem, flawed, problems_of, text_of
from models.area import AreaKind, GridKind


class AreaColumn(StrEnum):
    """The columns of the sheet. A cell of the parent may be empty, and so may one of the grid's kind."""

    CODE = "code"
    PARENT = "parent"
    KIND = "kind"
    NAME = "name"
    GRID_KIND = "grid_kind"


REQUIRED = (AreaColumn.CODE, AreaColumn.PARENT, AreaColumn.KIND, AreaColumn.NAME)
LONGEST_CODE = 24
LONGEST_GRID_CODE = 20  # the codes of its households are longer by a dash and three digits
_LONGEST_NAME = 80
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_BETWEEN_WORDS = re.compile(r"[\s()/、_-]")


def _meaning(words: Mapping[StrEnum, str]) -> dict[str, Any]:
    return {word: kind for kind, many in words.items() for word in many.split()}


KIND_WORDS = _meaning(
    {
        AreaKind.PROVINCE: "省 省级 自治区 直辖市 province",
        AreaKind.CITY: "市 市级 地级市 自治州 州 盟 city prefecture",
        AreaKind.COUNTY: "县 县级 区 旗 县级市 自治县 市辖区 county district",
        AreaKind.TOWNSHIP: "乡镇街道 乡镇 乡 镇 街道 街道办事处 township subdistrict",
        AreaKind.COMMUNITY: "村社区 村 社区 行政村 community village",
        AreaKind.VILLAGE_GROUP: "村民小组 小组 组 villagegroup",
        AreaKind.GRID: "网格 grid",
        AreaKind.MICROGRID: "微网格 microgrid",
    }
)
GRID_KIND_WORDS = _meaning(
    {
        GridKind.RURAL: "农村 农村网格 rural",
        GridKind.URBAN: "城市 城镇 城市网格 城镇网格 urban",
        GridKind.EXCLUSIVE: "专属 专属网格 exclusive",
    }
)


def _parent(value: object) -> str | None:
    text = text_of(value, LONGEST_CODE, is_code=True)
    if text is not None and not _CODE.fullmatch(text.upper()):
        raise flawed(RowFlaw.BAD_CODE, text)
    return text.upper() if text else None


def _code(value: object) -> str:
    code = _parent(value)
    if code is None:
        raise flawed(RowFlaw.MISSING)
    return code


def _name(value: object) -> str:
    name = text_of(value, _LONGEST_NAME)
    if name is None:
        raise flawed(RowFlaw.MISSING)
    return name


def _kind(value: object, info: ValidationInfo) -> StrEnum | None:
    """The kind that a word means; what stands between its characters (乡镇（街道）, 村/社区) does not count."""
    words, unknown = (
        (KIND_WORDS, RowFlaw.UNKNOWN_KIND)
        if info.field_name == AreaColumn.KIND
        else (GRID_KIND_WORDS, RowFlaw.UNKNOWN_GRID_KIND)
    )
    text = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
    word = _BETWEEN_WORDS.sub("", text).lower()
    if text and word not in words:
        raise flawed(unknown, text)
    found: StrEnum | None = words.get(word)
    if found is None and info.field_name == AreaColumn.KIND:
        raise flawed(RowFlaw.MISSING)
    return found


class AreaRow(BaseModel):
    """An area as a sheet tells of it; without a parent it is on top, or stays where the register has it."""

    model_config = ConfigDict(frozen=True)

    code: Annotated[str, BeforeValidator(_code)]
    parent: Annotated[str | None, BeforeValidator(_parent)] = None
    kind: Annotated[AreaKind, BeforeValidator(_kind)]
    name: Annotated[str, BeforeValidator(_name)]
    grid_kind: Annotated[GridKind | None, BeforeValidator(_kind)] = None


def read_area_row(row: int, cells: Mapping[str, Any]) -> AreaRow | list[RowProblem]:
    """The row with this number as an area, or everything that is wrong with it."""
    try:
        area = AreaRow.model_validate(cells)
    except ValidationError as error:
        return problems_of(row, error, AreaColumn)
    return list(_contradictions(row, area)) or area


def code_in(cells: Mapping[str, Any]) -> str | None:
    """The code of a row, also of one that cannot be read otherwise."""
    try:
        return _parent(cells.get(AreaColumn.CODE))
    except PydanticCustomError:
        return None


def _contradictions(row: int, area: AreaRow) -> Iterator[RowProblem]:
    if area.kind is not AreaKind.GRID:
        if area.grid_kind is not None:
            yield RowProblem(row, AreaColumn.GRID_KIND, RowFlaw.NO_GRID)
        return
    if area.grid_kind is None:
        yield RowProblem(row, AreaColumn.GRID_KIND, RowFlaw.GRID_KIND_NEEDED)
    if len(area.code) > LONGEST_GRID_CODE:
        yield RowProblem(row, AreaColumn.CODE, RowFlaw.TOO_LONG, str(LONGEST_GRID_CODE))
