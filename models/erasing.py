"""Forgetting and its proof: what is held back from it, and what was erased when (spec 8; docs/adr/0012)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of


class LegalHold(SQLModel, table=True):
    """What a rule would forget is kept until the hold is lifted: all of a household, one lead or dispute, or all of
    one item of a women's council.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN household_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lead_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN dispute_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN item_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="of_one_thing",
        ),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_somebody"),
    )

    id: int = Field(default=None, primary_key=True)
    household_id: int | None = Field(default=None, foreign_key="household.id", index=True)
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    dispute_id: int | None = Field(default=None, foreign_key="dispute.id", index=True)
    item_id: int | None = Field(default=None, foreign_key="agenda_item.id", index=True)
    reason: str = Field(sa_type=encrypted("legal_hold.reason"))
    placed_by: str = Field(max_length=80)
    placed_at: datetime = Field(sa_type=UtcDateTime)
    lifted_by: str | None = Field(default=None, max_length=80)
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ErasureKind(StrEnum):
    """Why something was erased."""

    RULE = "rule"  # its days were over
    PERSON = "person"  # the data of one person


class Erasure(SQLModel, table=True):
    """Something was erased: why, when, by whom, and how many rows of which tables. It names nobody.

    It is the door as well. As long as `door` is set, the triggers that keep histories let rows of them go. What it
    points to cannot exist, and the database looks at that when the transaction ends: an open door is never stored.
    """

    __table_args__ = (
        one_of("kind", ErasureKind),
        CheckConstraint("id > 0", name="number_above_zero"),
        CheckConstraint("door IS NULL OR door < 0", name="door_leads_nowhere"),
        CheckConstraint("(kind = 'rule') = (rule IS NOT NULL)", name="rule_if_by_one"),
        ForeignKeyConstraint(["door"], ["erasure.id"], name="fk_erasure_door", deferrable=True, initially="DEFERRED"),
        Index(
            "ix_erasure_door",
            "door",
            sqlite_where=text("door IS NOT NULL"),
            postgresql_where=text("door IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    kind: ErasureKind = Field(sa_type=enum_text(ErasureKind))
    rule: str | None = Field(default=None, max_length=32)
    ordered_by: str | None = Field(default=None, max_length=80)  # None: the program by itself
    at: datetime = Field(sa_type=UtcDateTime)
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # rows by table
    door: int | None = None
