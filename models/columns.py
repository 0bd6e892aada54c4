"""The column types of this program: aware instants, enumerations as checked text, encrypted text."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from models.keyring import keyring

# Every constraint has a name, so that a migration can speak of it. Set before the first table is defined.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept as UTC. A naive value is refused: nobody could tell what it means.

    Raises ValueError when a naive datetime is written.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumText(TypeDecorator[StrEnum]):
    """A member of `enum`, stored as its text; `one_of` adds the check that the database itself makes."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        # Bulk loads pass members, and looking one up again costs more than writing it.
        if value is None or isinstance(value, self.enum):
            return value
        return self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)


class Encrypted(TypeDecorator[str]):
    """Text that is ciphertext in the database; `label` binds it to its column.

    A value copied into another column does not decrypt there. Raises models.keyring.CannotDecryptError on reading
    when no key of the ring fits.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring().encrypt(value, self.label)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring().decrypt(bytes(value), self.label)


def enum_text(enum: type[StrEnum]) -> Any:
    """The column type for `enum`, for SQLModel's `sa_type` (which is annotated for classes alone)."""
    return EnumText(enum)


def encrypted(label: str) -> Any:
    """The encrypted column type for the column named `label` ("table.column"), for SQLModel's `sa_type`."""
    return Encrypted(label)


def one_of(column: str, enum: type[StrEnum], *, optional: bool = False) -> CheckConstraint:
    """The database's own check that `column` holds a member of `enum` (or nothing, when optional)."""
    members = ", ".join(f"'{member.value}'" for member in enum)
    check = f"{column} IN ({members})"
    return CheckConstraint(f"{column} IS NULL OR {check}" if optional else check, name=f"{column}_known")
