"""The spreadsheets that this program reads and hands out: their columns, by the names they go by."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.rules import area_row, register_row
from domain.rules.area_row import AreaColumn
from domain.rules.register_row import RowColumn

_REMARK = re.compile(r"\(.*?\)|\*")


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of sheet. `words` and `columns` are the sections of console.toml with what is said about it."""

    names: Mapping[StrEnum, str]  # every column in its order, with the words for it
    required: tuple[StrEnum, ...]
    words: str
    columns: str

    def column_of(self, heading: object) -> StrEnum | None:
        """The column that a heading means; spaces, stars and what stands in brackets do not count."""
        word = plain(str(heading))
        return next((column for column, words in self.names.items() if word in words.split()), None)


def plain(heading: str) -> str:
    """A heading without what people decorate it with."""
    folded = unicodedata.normalize("NFKC", heading).lower()
    return _REMARK.sub("", "".join(folded.split()))


HOUSEHOLDS = Form(
    {
        RowColumn.CODE: "编号 户编号 编码 code",
        RowColumn.GRID: "网格 网格编号 网格编码 网格名称 所属网格 grid",
        RowColumn.ADDRESS: "门牌 门牌号 地址 住址 家庭住址 address",
        RowColumn.NAME: "户主 户主姓名 name",
        RowColumn.PEOPLE_COUNT: "人数 人口 人口数 家庭人口 people_count peoplecount",
        RowColumn.CONTACT: "联系方式 电话 联系电话 contact",
        RowColumn.SITUATION: "家庭情况 situation",
        RowColumn.NEEDS: "需求 家庭需求 needs",
        RowColumn.TIER: "分级 级别 tier",
        RowColumn.LAST_VISIT: "上次走访 上次走访日期 last_visit lastvisit",
    },
    register_row.REQUIRED,
    words="households",
    columns="column",
)
AREAS = Form(
    {
        AreaColumn.CODE: "编号 区域编号 编码 code",
        AreaColumn.PARENT: "上级编号 上级 上级编码 parent parent_code parentcode",
        AreaColumn.KIND: "级别 层级 类别 kind",
        AreaColumn.NAME: "名称 区域名称 name",
        AreaColumn.GRID_KIND: "网格类型 grid_kind gridkind",
    },
    area_row.REQUIRED,
    words="areas",
    columns="area_column",
)
