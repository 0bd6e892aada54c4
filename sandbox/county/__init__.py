"""A made-up county: areas, the people who work there, and households, as plain rows."""

from sandbox.county.demo import small_county
from sandbox.county.province import stream_county
from sandbox.county.rows import KINDS, AreaRow, County, HouseholdRow, ResidentRow, StaffRow

__all__ = ["KINDS", "AreaRow", "County", "HouseholdRow", "ResidentRow", "StaffRow", "small_county", "stream_county"]
