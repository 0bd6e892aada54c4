"""a hold on an item

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BEFORE = ("household_id", "lead_id", "dispute_id")


def upgrade() -> None:
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.add_column(sa.Column("item_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_legal_hold_item_id"), "agenda_item", ["item_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_legal_hold_item_id"), ["item_id"], unique=False)
        _hold_one_of(batch_op, (*_BEFORE, "item_id"))


def downgrade() -> None:
    # The version before knows nothing that it could hold by them.
    op.execute("DELETE FROM legal_hold WHERE item_id IS NOT NULL")
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        _hold_one_of(batch_op, _BEFORE)
        batch_op.drop_index(batch_op.f("ix_legal_hold_item_id"))
        batch_op.drop_constraint(batch_op.f("fk_legal_hold_item_id"), type_="foreignkey")
        batch_op.drop_column("item_id")


def _hold_one_of(batch_op: "op.BatchOperations", columns: tuple[str, ...]) -> None:
    of_each = " + ".join(f"(CASE WHEN {column} IS NULL THEN 0 ELSE 1 END)" for column in columns)
    batch_op.drop_constraint(batch_op.f("ck_legal_hold_of_one_thing"), type_="check")
    batch_op.create_check_constraint("of_one_thing", f"{of_each} = 1")
