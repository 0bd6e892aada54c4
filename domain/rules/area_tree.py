"""Whether the areas of a sheet make a tree, together with those that are there already (spec 1)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.rules.area_row import AreaColumn, AreaRow
from domain.rules.sheet_row import RowFlaw, RowProblem
from models.area import AreaKind, GridKind

LEVEL = {kind: number for number, kind in enumerate(AreaKind)}
ON_TOP = (AreaKind.PROVINCE, AreaKind.CITY, AreaKind.COUNTY)
Rows = Sequence[tuple[int, AreaRow]]


@dataclass(frozen=True, slots=True)
class KnownArea:
    """An area of the register."""

    kind: AreaKind
    parent: str | None


@dataclass(frozen=True, slots=True)
class Tree:
    """The register's areas by code, and those of a sheet; `mentioned` are the codes of all its rows."""

    known: Mapping[str, KnownArea]
    rows: Rows
    mentioned: Collection[str]
    _first: dict[str, tuple[int, AreaRow]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for number, row in self.rows:
            self._first.setdefault(row.code, (number, row))

    def parent_of(self, row: AreaRow) -> str | None:
        """The code of the area above; an empty cell leaves a known area where it is."""
        if row.parent is not None or row.code not in self.known:
            return row.parent
        return self.known[row.code].parent

    def moved(self) -> list[tuple[int, AreaRow]]:
        """The rows whose area is known below another parent."""
        return [
            (number, row)
            for number, row in self.rows
            if row.code in self.known and self.parent_of(row) != self.known[row.code].parent
        ]

    def problems(self) -> Iterator[RowProblem]:
        """What keeps the rows from being a tree. A parent is always of a higher level, so there are no rings."""
        for number, row in self.rows:
            first = self._first[row.code][0]
            known = self.known.get(row.code)
            if first != number:
                yield RowProblem(number, AreaColumn.CODE, RowFlaw.SAME_CODE, str(first))
            elif known is not None and known.kind is not row.kind:
                yield RowProblem(number, AreaColumn.KIND, RowFlaw.KIND_CHANGED, row.code)
            elif (flaw := self._flaw_above(row)) is not None:
                yield RowProblem(number, AreaColumn.PARENT, flaw, self.parent_of(row) or "")

    def _flaw_above(self, row: AreaRow) -> RowFlaw | None:
        parent = self.parent_of(row)
        if parent is None:
            return None if row.kind in ON_TOP else RowFlaw.PARENT_NEEDED
        kind = self._kind_of(parent)
        if kind is None:
            # What is wrong with the parent's own row is told there.
            return None if parent in self.mentioned else RowFlaw.UNKNOWN_PARENT
        if LEVEL[kind] >= LEVEL[row.kind]:
            return RowFlaw.PARENT_NOT_ABOVE
        # Nothing lies between a village group and a grid, so the one right above it is all there is to look at.
        if kind is AreaKind.VILLAGE_GROUP and row.grid_kind is GridKind.EXCLUSIVE:
            return RowFlaw.EXCLUSIVE_IN_GROUP
        return None

    def _kind_of(self, code: str) -> AreaKind | None:
        if code in self._first:
            return self._first[code][1].kind
        return self.known[code].kind if code in self.known else None
