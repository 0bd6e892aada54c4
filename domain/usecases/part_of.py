"""Whether a row is a part of something, however deep, by the keys that lead there (spec 8)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Table, or_, select

Wholes = Mapping[str, CTE]  # by table: those that are meant


def wholes_of(found: Mapping[Table, Select[Any]], name: str) -> Wholes:
    """The records that selects of their keys give, named so that one statement asks for each once."""
    return {table.name: query.cte(f"{name}_{table.name}") for table, query in found.items()}


def is_part(table: Table, wholes: Wholes) -> ColumnElement[bool] | None:
    """The condition that a row is one of the wholes, or a part of one; None for a table that can be no part of any."""
    if table.name in wholes:
        (own,) = table.primary_key.columns
        return own.in_(select(wholes[table.name].c.id))
    found = []
    for column in table.columns:
        for key in column.foreign_keys:
            above = key.column.table
            if above is table or not key.column.primary_key or len(above.primary_key) > 1:
                continue
            if (condition := is_part(above, wholes)) is not None:
                found.append(column.in_(select(key.column).where(condition)))
    return or_(*found) if found else None
