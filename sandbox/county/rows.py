"""What a made-up county consists of: plain rows, for a loader to store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One node of the area tree.

    `kind`: province, city, county, township, community, village_group, grid or microgrid.
    `grid_kind` (grids only): rural, urban or exclusive.
    A parent is always given before its children; a code is unique, but follow `parent_code`, not the
    code's dashes: a rural grid hangs below its village group and yet carries its community's prefix.
    """

    code: str
    parent_code: str | None
    kind: str
    name: str
    grid_kind: str | None = None


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One person who works with the bot; `appointments` are (role, area code) pairs."""

    telegram_id: int
    name: str
    locale: str
    appointments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """One person of a household; `relation` is head, spouse, child, parent or other."""

    name: str
    relation: str
    birth_year: int
    sex: str
    phone: str | None
    needs: str | None


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One household with its people; `last_visit_days_ago` is None where no visit was ever recorded."""

    code: str
    grid_code: str
    microgrid_code: str | None
    address: str
    tier: str
    tier_reason: str | None
    situation: str
    last_visit_days_ago: int | None
    residents: tuple[ResidentRow, ...]


@dataclass(frozen=True, slots=True)
class County:
    """A whole small county, held in memory."""

    areas: tuple[AreaRow, ...]
    staff: tuple[StaffRow, ...]
    households: tuple[HouseholdRow, ...]


KINDS: dict[type, str] = {AreaRow: "area", StaffRow: "member", HouseholdRow: "household"}  # a loader's method for each
